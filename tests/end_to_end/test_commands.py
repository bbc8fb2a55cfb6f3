"""The commands as an admin types them, beside a running system."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from office import DIALPLAN, Office

from engine.softphone.phone import PhoneFailed

pytestmark = pytest.mark.end_to_end


async def test_calls_tells_what_happened(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("0")
    await desk.wait("answered")
    desk.hang_up()
    await caller.wait("ended")
    await asyncio.sleep(1.5)
    row = (await office.command("calls")).splitlines()[-1].split("\t")
    assert row[1:3] == ["+31701112233", "+31201234567"]
    assert "welcome" in row[3]
    assert "front-desk" in row[3]
    assert "front-desk" in row[5]
    assert row[-1].startswith("talked")


async def test_check_points_at_the_mistake(office: Office) -> None:
    path = office.write_dialplan(DIALPLAN.replace("{ring: orders, for", "{ring: ordrs, for"))
    said = await office.command("check", str(path), code=1)
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "ordrs" in text)
    assert f"{path}:{line}:" in said
    assert "did you mean 'orders'?" in said


async def test_a_new_password_counts_at_once(office: Office) -> None:
    await office.command("password", "101", "--set", "another-password-5")
    await asyncio.sleep(2.0)
    await office.phone("101", password="another-password-5")


async def test_a_phone_registers_and_calls_by_a_password_of_which_only_hashes_are_kept(office: Office) -> None:
    secret = (await office.command("password", "101", "--hidden")).strip()
    await asyncio.sleep(2.0)
    assert secret not in await office.command("people", "--show-passwords")
    caller = await office.phone("101", password=secret)
    called = await office.phone("102")
    caller.dial("102")
    await called.wait("incoming")
    with pytest.raises(PhoneFailed, match="could not register"):
        await office.phone("101")


async def test_people_lists_what_to_type(office: Office) -> None:
    said = await office.command("people", "--show-passwords")
    assert "bakery\t101\tfront-desk\t101\tbakery.test\ttest-password-0123" in said
    assert "test-password" not in await office.command("people")


async def test_a_phone_at_the_keyboard(office: Office) -> None:
    desk = await office.phone("101", answer=200, tone=850.0)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine.cli.main", "phone", "102", "--tone", "500"),
        env=office.env | {"BELPLAN_LISTEN": ",".join(office.listen), "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    async def said(words: str) -> None:
        async with asyncio.timeout(10):
            while words not in (await process.stdout.readline()).decode():  # type: ignore[union-attr]
                pass

    await said("registered")
    process.stdin.write(b"call 101\n")
    await said("connected")
    process.stdin.write(b"5\n")
    digit = await desk.wait("digit")
    process.stdin.write(b"x\n")
    await said("call ended")
    process.stdin.write(b"q\n")
    assert await process.wait() == 0
    assert digit.text == "5"


async def test_a_second_engine_on_the_same_port_says_so(office: Office) -> None:
    environment = office.env | {"BELPLAN_STATE": str(office.folder / "other"), "BELPLAN_LISTEN": office.listen[0]}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine.cli.main", "serve"),
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 1
    assert b"in use" in out
    assert b"Traceback" not in out
