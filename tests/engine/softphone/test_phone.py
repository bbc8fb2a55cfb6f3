"""The face of a softphone process, with programs that behave well and badly."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from engine.softphone import phone as room
from engine.softphone.phone import PhoneFailed, PhoneUnavailable, Softphone, program
from engine.softphone.settings import PhoneEvent, PhoneSettings

HEAD = """\
import json, sys
settings = json.loads(sys.stdin.readline())
def report(kind, **words):
    print(json.dumps({"kind": kind, "at": 0.0, **words}), flush=True)
"""
GOOD = """\
report("ready", text=settings["user"])
if settings["password"]:
    if settings["password"] != "unheard":
        report("registered" if settings["password"] == "right" else "unregistered", status=403, text="no")
print("chatter that is no event", flush=True)
for line in sys.stdin:
    words = json.loads(line)
    if words["do"] == "quit":
        break
    report("told", text=line.strip(), call=words.get("call", 0))
report("closed")
"""


def phone(script: str = GOOD, *, password: str | None = None, **words: Any) -> Softphone:
    settings = PhoneSettings(user="101", server="127.0.0.1:5060", password=password, **words)
    return Softphone(settings, command=[sys.executable, "-c", HEAD + script])


async def test_it_starts_is_told_things_and_ends() -> None:
    heard: list[PhoneEvent] = []
    softphone = phone(password="right")
    softphone._on_event = heard.append
    async with softphone:
        softphone.dial("102")
        softphone.press("12", method="info", ms=60)
        softphone.answer(486, call=2)
        first = await softphone.wait("told")
        later = await softphone.wait("told", call=2)
    assert '"uri":"sip:102@127.0.0.1:5060"' in first.text.replace(" ", "")
    assert '"status":486' in later.text.replace(" ", "")
    assert [event.kind for event in heard] == ["ready", "registered", "told", "told", "told", "closed"]
    assert softphone.events == heard


async def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.softphone.phone.REGISTER_SECONDS", 0.2)
    with pytest.raises(PhoneFailed, match=r"nothing answers at 127\.0\.0\.1:5060: is Belplan running there"):
        async with phone(GOOD, password="unheard"):
            pass


async def test_a_wrong_password_is_said_and_leaves_no_process() -> None:
    softphone = phone(password="wrong")
    with pytest.raises(PhoneFailed, match="101 could not register: 403 no"):
        async with softphone:
            pass
    assert softphone._process is not None
    assert softphone._process.returncode is not None


async def test_a_program_that_ends_is_noticed_at_once() -> None:
    with pytest.raises(PhoneFailed, match="ended while waiting for ready"):
        async with phone("report('failed', text='no socket')"):
            pass


async def test_what_did_not_happen_is_said_with_what_did() -> None:
    async with phone() as softphone:
        with pytest.raises(PhoneFailed, match=r"no answered within 0.1 s; it reported: ready 101"):
            await softphone.wait("answered", 0.1)


async def test_waiting_may_begin_after_what_was_seen() -> None:
    async with phone() as softphone:
        softphone.hold()
        await softphone.wait("told")
        seen = len(softphone.events)
        with pytest.raises(PhoneFailed):
            await softphone.wait("told", 0.1, after=seen)
        softphone.resume()
        assert "resume" in (await softphone.wait("told", after=seen)).text


async def test_a_program_that_does_not_leave_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CLOSE_SECONDS", 0.2)
    softphone = phone("report('ready')\nimport time\ntime.sleep(60)")
    async with asyncio.timeout(10), softphone:
        pass
    assert softphone._process is not None
    assert softphone._process.returncode == -9
    await softphone.close()


async def test_a_power_cut() -> None:
    async with phone() as softphone:
        await softphone.kill()
        with pytest.raises(PhoneFailed, match="ended"):
            await softphone.wait("told", 5)


async def test_closing_what_never_started_is_nothing() -> None:
    await phone().close()


@pytest.mark.parametrize(
    ("pjsua2", "baresip", "chosen"),
    [(True, True, "pjsua"), (True, False, "pjsua"), (False, True, "baresip"), (False, False, None)],
)
def test_the_program_is_what_is_installed(
    monkeypatch: pytest.MonkeyPatch, pjsua2: bool, baresip: bool, chosen: str | None
) -> None:
    monkeypatch.setattr(room.importlib.util, "find_spec", lambda name: object() if pjsua2 else None)
    monkeypatch.setattr(room.shutil, "which", lambda name: "/usr/bin/baresip" if baresip else None)
    if chosen is None:
        with pytest.raises(PhoneUnavailable, match="apt install baresip"):
            program()
    else:
        assert program()[-1].endswith(chosen)
    if baresip:
        assert program("[::1]:5060")[-1].endswith("baresip")
    else:
        with pytest.raises(PhoneUnavailable, match="apt install baresip"):
            program("[::1]:5060")


@pytest.mark.parametrize(
    ("settings", "host", "target", "uri"),
    [
        ({"server": "127.0.0.1:5060"}, "127.0.0.1", "102", "sip:102@127.0.0.1:5060"),
        ({"server": "127.0.0.1:5060", "domain": "bakery.test"}, "bakery.test", "102", "sip:102@bakery.test"),
        ({"server": "[::1]:5060"}, "[::1]", "+3120", "sip:+3120@[::1]:5060"),
        ({"server": "x:1"}, "x", "sip:a@b", "sip:a@b"),
        ({"server": "x:1"}, "x", "sips:a@b", "sips:a@b"),
    ],
)
def test_where_a_typed_number_leads(settings: dict[str, str], host: str, target: str, uri: str) -> None:
    wanted = PhoneSettings(user="101", **settings)
    assert wanted.host == host
    assert wanted.uri_of(target) == uri
