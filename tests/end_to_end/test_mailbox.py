"""A message from the beep to the owner's ear and inbox: left, mailed, heard, deleted, and kept through a power cut."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from mail_server import Postbox, serving_mail, smtp_settings
from office import Office, elapsed, free_port, seconds_of

pytestmark = pytest.mark.end_to_end

CALLER_HZ, OWNER_HZ, BEEP_HZ = 620.0, 1850.0, 1000.0
PIN = "4711"
SMTP_PORT = free_port()
MAIL = smtp_settings(SMTP_PORT, "phone@bakery.test")
DIALPLAN = f"""\
account: {{name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}}
numbers: {{main: "+31 20 123 4567", others: ["+31 20 123 4568"]}}
people:
  front-desk: {{extension: 101, number: "+31 20 123 4568"}}
  orders: {{extension: 102, email: orders@bakery.test, voicemail: {{pin: "{PIN}", greeting: hours.wav}}}}
  ovens: {{extension: 1035}}
mailboxes:
  sales: {{extension: 800, people: [orders, front-desk]}}
main_number: {{menu: welcome}}
menus:
  welcome: {{greeting: greeting.wav, keys: {{1: {{voicemail: orders}}, 9: {{mailbox: any, then: hang_up}}}}}}
"""


def recordings(office: Office) -> list[Path]:
    return sorted((office.folder / "state" / "voicemail").rglob("*.wav"))


async def listed(office: Office) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await office.command("voicemail", "--format", "json")).splitlines()]


def star(office: Office, code: str) -> str:
    return f"sip:{code}@{office.server}"


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN, "settings": MAIL}], indirect=True)
async def test_a_message_reaches_its_owners_ear_and_inbox(office: Office, tmp_path: Path) -> None:
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.3)
    caller.press("1")
    beeped = await office.logged("prompt played", where=lambda line: line["sounds"][-1] == "beep")
    await asyncio.sleep(2.5)
    caller.press("#")
    await asyncio.sleep(1.0)
    caller.press("3")
    await asyncio.sleep(1.0)
    caller.press("#")
    left = await office.logged("voicemail left")
    await caller.wait("ended", 8)
    assert (left["urgent"], left["mailbox"]) == (True, "orders")
    assert 2.0 < left["seconds"] < elapsed(beeped, left)

    owner = await office.phone("102", record=str(tmp_path / "owner.wav"))
    owner.dial(star(office, "*97"))
    await office.logged("mailbox opened")
    postbox = Postbox()
    async with serving_mail(SMTP_PORT, postbox):
        await office.logged("mailbox used", 30, where=lambda line: line["what"] == "heard")
        await office.logged("a message was sent by e-mail", 20)
        assert any(str(line["event"]).startswith("the mail server cannot be reached") for line in office.log)
        (message,) = recordings(office)
        owner.press("3")
        await office.logged("mailbox changed", where=lambda line: (line["new"], line["saved"]) == (0, 0))
        owner.press("*")
        await owner.wait("ended", 8)
        async with asyncio.timeout(10):
            while recordings(office):  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(0.1)
        await office.close()

    assert 0.1 < seconds_of(tmp_path / "caller.wav", BEEP_HZ) < 0.6, "the beep before it"
    said = pytest.approx(left["seconds"], abs=0.6)
    assert seconds_of(tmp_path / "owner.wav", CALLER_HZ) == said
    (mail,) = postbox.mails
    assert mail["To"] == "orders@bakery.test"
    assert str(mail["Subject"]).startswith("Urgent: Voicemail from +31701112233 (0:0")
    (attached,) = mail.iter_attachments()
    assert seconds_of(io.BytesIO(attached.get_content()), CALLER_HZ) == said  # type: ignore[arg-type]
    assert message.name.endswith(".wav")


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN}], indirect=True)
async def test_a_message_that_a_power_cut_interrupts_is_heard_after_it(office: Office, tmp_path: Path) -> None:
    caller = await office.outside(tone=CALLER_HZ)
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.3)
    caller.press("1")
    await office.logged("prompt played", where=lambda line: line["sounds"][-1] == "beep")
    await asyncio.sleep(3.0)
    await office.kill()
    await office.start()
    (message,) = await listed(office)
    (file,) = recordings(office)
    assert (message["path"], message["mailbox"], message["caller"]) == (str(file), "orders", "+31701112233")
    assert 2.0 < message["seconds"] < 3.3
    assert not message["heard_at"]

    owner = await office.phone("102", record=str(tmp_path / "owner.wav"))
    owner.dial(star(office, "*97"))
    await office.logged("mailbox used", 30, where=lambda line: line["what"] == "heard")
    owner.hang_up()
    await office.logged("call ended")
    (message,) = await listed(office)
    assert message["heard_at"]
    await office.close()
    assert seconds_of(tmp_path / "owner.wav", CALLER_HZ) == pytest.approx(message["seconds"], abs=0.6)


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN}], indirect=True)
async def test_an_owner_on_the_road_gets_in_by_pin_and_records_a_greeting(office: Office, tmp_path: Path) -> None:
    owner = await office.outside("+31701110001", tone=OWNER_HZ)
    owner.dial(office.main_number())
    await owner.wait("answered")
    await asyncio.sleep(0.3)
    owner.press(f"9102#{PIN}#", ms=80)
    opened = await office.logged("mailbox opened")
    assert opened["by_pin"]
    await asyncio.sleep(0.5)
    for keys, pause in (("0", 0.7), ("1", 0.7)):
        owner.press(keys)
        await asyncio.sleep(pause)
    seen = len(office.log)
    owner.press("#")
    await office.logged("prompt played", where=lambda line: line["sounds"][-1] == "beep", after=seen)
    await asyncio.sleep(2.5)
    owner.press("#")
    await asyncio.sleep(1.0)
    owner.press("1")
    await office.logged("mailbox used", where=lambda line: line["what"] == "greeting recorded")
    owner.hang_up()
    await office.logged("call ended")

    stranger = await office.outside("+31701110002")
    stranger.dial(office.main_number())
    await stranger.wait("answered")
    await asyncio.sleep(0.3)
    stranger.press("9102#1111#", ms=80)
    await office.logged("mailbox refused")
    stranger.hang_up()

    caller = await office.outside("+31701110003", record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.3)
    caller.press("1")
    seen = len(office.log)
    await office.logged("prompt played", where=lambda line: line["sounds"][-1] == "beep", after=seen)
    caller.hang_up()
    await office.logged("call ended", after=seen)
    await office.close()
    assert 1.5 < seconds_of(tmp_path / "caller.wav", OWNER_HZ) < 3.0, "the greeting that was recorded by phone"
    told = [str(line.get(name, "")) for line in office.log for name in ("digit", "digits", "text")]
    assert not any(PIN in text or "1111" in text for text in told)
    pressed = [line["digit"] for line in office.log if line.get("event") == "digit heard"]
    assert "".join(pressed).startswith("9" + "?" * len(f"102#{PIN}#") + "01#"), "number and PIN are told to nobody"
    assert await listed(office) == []
