"""Several organisations on one engine, and who may register as whom."""

from __future__ import annotations

import asyncio

import pytest
from office import Office
from raw_caller import RawCaller

from engine.softphone.phone import PhoneFailed

pytestmark = pytest.mark.end_to_end

GARAGE = """\
account: {name: Garage, country: NL, language: en, timezone: Europe/Amsterdam, domain: garage.test}
numbers: {main: "+31 30 765 4321"}
people:
  workshop: {extension: 101}
main_number: {ring: workshop}
"""
PASSWORD_OF_GARAGE = "garage-password-77"


async def add_garage(office: Office) -> None:
    office.write_dialplan(GARAGE, "garage")
    await office.command("password", "101", "--account", "garage", "--set", PASSWORD_OF_GARAGE)
    office.reload()
    await office.logged("dialplan reloaded")


async def test_equal_extensions_of_two_accounts_never_meet(office: Office) -> None:
    await add_garage(office)
    baker = await office.phone("101", answer=200)
    mechanic = await office.phone("101", domain="garage.test", password=PASSWORD_OF_GARAGE, answer=200)
    caller = await office.outside()
    caller.dial(f"sip:+31307654321@{office.server}")
    await mechanic.wait("incoming")
    await caller.wait("answered")
    assert "incoming" not in [event.kind for event in baker.events]
    caller.hang_up()
    seen = len(caller.events)
    caller.dial(f"sip:+31201234568@{office.server}")
    await baker.wait("incoming")
    await caller.wait("answered", after=seen)
    assert [event.kind for event in mechanic.events].count("incoming") == 1


async def test_a_password_is_good_in_its_own_account_only(office: Office) -> None:
    await add_garage(office)
    with pytest.raises(PhoneFailed, match="could not register"):
        await office.phone("101", domain="garage.test")


async def test_unknown_user_and_wrong_password_look_alike(office: Office) -> None:
    answers = []
    for user in ("101", "999"):
        with RawCaller(("127.0.0.1", office.port), f"sip:{user}@bakery.test") as phone:
            credentials = (
                f'Authorization: Digest username="{user}", realm="bakery.test", nonce="x",'
                f' uri="sip:{user}@bakery.test",'
                f' algorithm=MD5, qop=auth, nc=00000001, cnonce="y", response="{"0" * 32}"'
            )
            phone.send("REGISTER", "", credentials)
            assert await phone.final("REGISTER") == 401
            lines = phone.messages[-1].splitlines()
            answers.append([lines[0], *(line.split(":")[0] for line in lines[1:])])
    assert answers[0] == answers[1]


async def test_a_phone_that_goes_away_is_not_registered_any_more(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    desk.tell("register", on=False)
    await desk.wait("unregistered")
    caller = await office.outside()
    caller.dial(f"sip:+31201234568@{office.server}")
    await caller.wait("failed")
    outcome = await office.logged("ringing ended")
    assert outcome["outcome"] == "not_registered"


async def test_nobody_registers_as_somebody_else(office: Office) -> None:
    await office.phone("101")
    with pytest.raises(PhoneFailed, match="could not register"):
        await office.phone("102", password="not-the-password-1")
    await asyncio.sleep(0)
    assert [line for line in office.log if line.get("event") == "wrong_credentials"]
