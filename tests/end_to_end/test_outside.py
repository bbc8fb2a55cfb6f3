"""Telephones outside, through a provider that is not ours (Kamailio with digest) to a softphone that is not ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kamailio import KAMAILIO
from office import MAIN_NUMBER, Office, elapsed, free_port, seconds_of, write_tone
from provider import PASSWORD, USER, Provider, provider

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(KAMAILIO is None, reason="Kamailio is not installed (apt package kamailio)"),
]

CALLER_HZ, OUTSIDE_HZ, DESK_HZ = 440, 1000, 620
QUESTION_HZ, KEYS_HZ, FORWARDED_HZ, QUIET_HZ = 1500, 1900, 2300, 2700
MOBILE = "+31687654321"
DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568"]}
people:
  front-desk:
    extension: 101
    name: Anna
    number: "+31 20 123 4568"
    follow_me: [{after: 1s, dial: "+31 6 8765 4321", for: 20s}]
  orders: {extension: 102, outside_forward: yes, codecs: [pcma, pcmu]}
  ovens: {extension: 1035}
main_number: {ring: front-desk, for: 20s, else: {hang_up: nobody}}
"""
TRUNKS = """\
trunks:
  dead: {{host: 127.0.0.1, port: {dead}, check: off}}
  provider: {{host: {host}, port: {port}, user: "{user}", password: {{env: PROVIDER_PASSWORD}}, check: off,
             addresses: {host}, codecs: [pcma, pcmu]}}
"""


class World:
    """An office with a provider, and the port of the telephone outside."""

    def __init__(self, office: Office, provider: Provider, outside: int) -> None:
        self.office = office
        self.provider = provider
        self.outside = outside


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    outside = free_port()
    for name, hertz in {
        "accept-for": QUESTION_HZ,
        "accept-press": KEYS_HZ,
        "forward-always": FORWARDED_HZ,
        "do-not-disturb-on": QUIET_HZ,
    }.items():
        prompts = tmp_path / "prompts" / "en"
        prompts.mkdir(parents=True, exist_ok=True)
        write_tone(prompts / f"{name}.wav", hertz, 0.6)
    settings = {
        "BELPLAN_PROMPTS": str(tmp_path / "prompts"),
        "BELPLAN_TRUNKS": str(tmp_path / "trunks.yaml"),
        "PROVIDER_PASSWORD": PASSWORD,
    }
    office = Office(tmp_path, DIALPLAN, settings=settings)
    async with provider(tmp_path, outside, office.port) as there:
        written = TRUNKS.format(dead=free_port(), host=there.host, port=there.port, user=USER)
        (tmp_path / "trunks.yaml").write_text(written)
        office.give_passwords("101", "102")
        await office.start()
        try:
            yield World(office, there, outside)
        finally:
            await office.close()
            print(office.story(), *there.said, sep="\n")  # shown by pytest where a test fails


@pytest.mark.interop(program="Kamailio", feature="Calls in from a provider's fixed address")
@pytest.mark.interop(program="Kamailio", feature="Calls out through a provider that challenges")
@pytest.mark.interop(program="Kamailio", feature="Diversion and History-Info, both ways")
@pytest.mark.interop(program="pjsua2", feature="P-Asserted-Identity, Diversion and History-Info towards a phone")
@pytest.mark.interop(program="pjsua2", feature="A trunk's order of codecs before the telephone's")
async def test_the_mobile_rings_after_the_desk_and_takes_the_call_by_a_key(world: World, tmp_path: Path) -> None:
    office = world.office
    desk = await office.phone("101", log=str(tmp_path / "desk.log"))
    mobile = await office.outside(
        MOBILE, local_port=world.outside, tone=OUTSIDE_HZ, record=str(tmp_path / "mobile.wav"), answer=200,
        codecs=("PCMU", "PCMA"), log=str(tmp_path / "mobile.log"),
    )  # fmt: skip
    server = f"{world.provider.host}:{world.provider.port}"
    caller = await office.outside("+31600000000", server=server, tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    caller.dial(f"sip:{MAIN_NUMBER}@{server}")
    await desk.wait("incoming")
    await mobile.wait("answered")
    asked = await office.logged("acceptance asked")
    await asyncio.sleep(2.5)
    assert "answered" not in [event.kind for event in caller.events], "answering is not enough"
    assert "failed" not in [event.kind for event in desk.events], "the desk goes on ringing"
    mobile.press("1")
    await caller.wait("answered")
    await desk.wait("failed")
    await asyncio.sleep(1.5)
    caller.hang_up()
    await mobile.wait("ended")
    ended = await office.logged("call ended")
    await office.close()

    rings = {line["person"]: line for line in office.log if line.get("event") == "ringing"}
    assert 0.9 < elapsed(rings["front-desk"], rings[MOBILE]) < 1.6
    assert (ended["verdict"], ended["answered_by"]) == ("talked", MOBILE)
    assert elapsed(asked, next(line for line in office.log if line.get("event") == "bridged")) > 2.4
    heard_outside = tmp_path / "mobile.wav"
    assert seconds_of(heard_outside, QUESTION_HZ) == pytest.approx(0.6, abs=0.25), "a call for ..."
    assert seconds_of(heard_outside, KEYS_HZ) == pytest.approx(0.6, abs=0.25), "press 1"
    assert 1.0 < seconds_of(heard_outside, CALLER_HZ) < 2.2, "only once the call was taken"
    assert 1.0 < seconds_of(tmp_path / "caller.wav", OUTSIDE_HZ) < 2.2
    assert len(world.provider.noted("CHALLENGED")) == 1
    (called,) = world.provider.noted("CALLED")
    assert called.startswith(f"{MOBILE} as {USER} from +31701112233 diverted ")
    assert '"Anna" <sip:+31201234568@bakery.test>;reason=follow-me' in called
    assert world.provider.noted("CALLS IN") == [f"{MAIN_NUMBER} from +31600000000"], "whom it vouches for is another"
    (history,) = world.provider.noted("HISTORY")
    assert history.startswith(
        "<sip:+31201110000@bakery.test>;index=1,"
        ' "Anna" <sip:+31201234568@bakery.test;cause=486>;index=1.1,'
        f" <sip:{MOBILE}@"
    )
    shown = (tmp_path / "desk.log").read_text(errors="replace")
    assert "P-Asserted-Identity: <sip:+31701112233@bakery.test>" in shown
    assert "Diversion: <sip:+31201110000@bakery.test>;reason=user-busy;counter=1" in shown
    assert "History-Info: <sip:+31201110000@bakery.test>;index=1, <sip:101@" in shown
    assert "PCMA (sendrecv)" in (tmp_path / "mobile.log").read_text(errors="replace"), "the trunk's first, not its own"
    assert called.endswith("hops 67"), "one hop less for us, two for the provider"


async def test_a_voicemail_outside_leaves_the_call_to_the_desk(world: World, tmp_path: Path) -> None:
    office = world.office
    desk = await office.phone("101", tone=DESK_HZ, answer=200, answer_after=4.0)
    voicemail = await office.outside(
        MOBILE, local_port=world.outside, tone=OUTSIDE_HZ, record=str(tmp_path / "voicemail.wav"), answer=200
    )
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await voicemail.wait("answered")
    await desk.wait("answered")
    await voicemail.wait("ended", 2)
    await asyncio.sleep(1.0)
    caller.hang_up()
    await desk.wait("ended")
    ended = await office.logged("call ended")
    await office.close()
    outcomes = {line["person"]: line["outcome"] for line in office.log if line.get("event") == "ringing ended"}
    assert outcomes == {"front-desk": "answered", MOBILE: "elsewhere"}
    assert ended["answered_by"] == "front-desk"
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.7
    assert seconds_of(tmp_path / "caller.wav", OUTSIDE_HZ) == 0.0
    assert seconds_of(tmp_path / "voicemail.wav", CALLER_HZ) == 0.0, "it recorded nothing but the question"


async def test_forwards_and_do_not_disturb_are_set_by_phone_and_survive_a_kill(world: World, tmp_path: Path) -> None:
    office = world.office
    orders = await office.phone("102", record=str(tmp_path / "orders.wav"), log=str(tmp_path / "orders.log"))
    orders.dial(f"sip:*21*0687654321%23@{office.server}")
    await orders.wait("answered")
    was_set = await office.logged("forward set")
    await orders.wait("ended")
    assert (was_set["person"], was_set["why"], was_set["to"]) == ("orders", "always", MOBILE)
    desk = await office.phone("101", record=str(tmp_path / "desk.wav"))
    desk.dial(f"sip:*26@{office.server}")
    await desk.wait("answered")
    assert (await office.logged("do not disturb set"))["on"] is True
    await desk.wait("ended")

    await office.kill()
    await office.start()
    mobile = await office.outside(MOBILE, local_port=world.outside, tone=OUTSIDE_HZ, answer=200)
    seen = len(desk.events)
    desk.dial("102")
    await mobile.wait("answered")
    await desk.wait("answered", after=seen)
    await asyncio.sleep(0.8)
    desk.hang_up()
    await mobile.wait("ended")
    assert (await office.logged("forwarded"))["to"] == MOBILE

    seen, heard = len(orders.events), len(office.log)
    orders.dial("101")
    await orders.wait("failed", after=seen)
    busy = await office.logged("ringing ended", after=heard, where=lambda line: line["person"] == "front-desk")
    assert busy["outcome"] == "busy"
    assert "incoming" not in [event.kind for event in (*desk.events, *orders.events)]
    await office.close()
    assert seconds_of(tmp_path / "orders.wav", FORWARDED_HZ) == pytest.approx(0.6, abs=0.25), "it is confirmed"
    talked = (tmp_path / "orders.log").read_text(errors="replace")
    assert "PCMA (sendrecv)" in talked, "the person's first codec"
    assert "PCMU (sendrecv)" not in talked, "the phone's own"
    assert seconds_of(tmp_path / "desk.wav", QUIET_HZ) == pytest.approx(0.6, abs=0.25)
    assert seconds_of(tmp_path / "desk.wav", OUTSIDE_HZ) > 0.5
    (called,) = world.provider.noted("CALLED")
    assert "from +31201234568" in called, "the number of the colleague who calls"


async def test_no_stranger_gets_out(world: World) -> None:
    office = world.office
    stranger = await office.outside()
    for target in (MOBILE, "*21*0687654321%23", "0687654321"):
        seen = len(stranger.events)
        stranger.dial(f"sip:{target}@{office.server}")
        assert (await stranger.wait("failed", after=seen)).status in (401, 404, 407)
    assert world.provider.noted("CHALLENGED") == []
