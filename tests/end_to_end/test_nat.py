"""Phones behind routers of all kinds, an engine behind one, and phones whose address changes (network namespaces)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from nat import FORWARDING, FULL_CONE, HOME, MAPPING_SECONDS, PORT, RESTRICTED, SYMMETRIC, WORLD, FarOffice, Internet
from nat import internet as an_internet
from office import seconds_of

from engine.softphone.phone import Softphone

pytestmark = pytest.mark.end_to_end

DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  cone: {extension: 101}
  restricted: {extension: 102}
  symmetric: {extension: 103}
main_number: {ring: cone}
"""
TONES = {"101": 440.0, "102": 620.0, "103": 1000.0}
KEEP_ALIVE = {"BELPLAN_KEEP_ALIVE": "0.7s"}


@pytest.fixture
def internet() -> Iterator[Internet]:
    with an_internet() as made:
        yield made


async def registered(
    office: FarOffice, internet: Internet, homes: dict[str, str], folder: Path
) -> dict[str, Softphone]:
    """A phone in each home."""
    places = {extension: internet.home(extension, rules) for extension, rules in homes.items()}
    starting = [
        office.phone_in(
            home.inside, extension, HOME, tone=TONES[extension], record=str(folder / f"{extension}.wav"), answer=200
        )
        for extension, home in places.items()
    ]
    return dict(zip(places, await asyncio.gather(*starting), strict=True))


@pytest.mark.interop(program="pjsua2", feature="Behind a full-cone, an address-restricted and a symmetric router")
async def test_phones_behind_routers_of_all_kinds_are_called_and_talk_both_ways(
    internet: Internet, tmp_path: Path
) -> None:
    homes = {"101": FULL_CONE, "102": RESTRICTED, "103": SYMMETRIC}
    office = FarOffice(tmp_path, DIALPLAN, internet.world, WORLD, KEEP_ALIVE)
    office.give_passwords(*homes)
    await office.start()
    try:
        phones = await registered(office, internet, homes, tmp_path)
        await asyncio.sleep(MAPPING_SECONDS + 1)  # without keep-alives no router would let a call through any more
        for caller, called in (("101", "102"), ("102", "103"), ("103", "101")):
            before = len(phones[called].events)
            phones[caller].dial(called)
            await phones[called].wait("answered", 5, after=before)
            await asyncio.sleep(0.7)
            phones[caller].hang_up()
            await phones[called].wait("ended", 5, after=before)
        await asyncio.gather(*(phone.close() for phone in phones.values()))
        for listener in TONES:
            for speaker in TONES.keys() - {listener}:
                heard = seconds_of(tmp_path / f"{listener}.wav", TONES[speaker])
                assert heard > 0.4, f"{listener} heard {speaker} for {heard} s"
    finally:
        await office.close()
        print(office.story())


@pytest.mark.interop(program="pjsua2", feature="A server behind a router that forwards its ports")
async def test_an_engine_behind_a_router_shows_the_world_the_routers_address_alone(
    internet: Internet, tmp_path: Path
) -> None:
    home = internet.home("e", FORWARDING)
    office = FarOffice(tmp_path, DIALPLAN, home.inside, HOME, {"BELPLAN_ADVERTISE": home.outer})
    office.give_passwords("101", "102")
    await office.start()
    capture = await internet.capture(tmp_path / "frames")
    try:
        outside, inside = await asyncio.gather(
            office.phone_in(
                internet.world, "101", WORLD, f"{home.outer}:{PORT}", tone=440, record=str(tmp_path / "101.wav")
            ),
            office.phone_in(home.inside, "102", HOME, tone=620, record=str(tmp_path / "102.wav"), answer=200),
        )
        outside.dial("102")
        await inside.wait("answered", 5)
        await asyncio.sleep(0.8)
        outside.hang_up()
        await inside.wait("ended", 5)
        inside.dial("101")
        await outside.wait("incoming", 5)
        outside.answer()
        await asyncio.sleep(0.8)
        inside.hang_up()
        await outside.wait("ended", 5, call=2)
        await asyncio.gather(outside.close(), inside.close())
        assert seconds_of(tmp_path / "101.wav", 620) > 1.0
        assert seconds_of(tmp_path / "102.wav", 440) > 1.0
        frames = await capture()
        assert frames.count(b"INVITE sip:") >= 2
        assert home.outer.encode() in frames
        assert HOME.rpartition(".")[0].encode() not in frames, "the world need not know how our network is numbered"
    finally:
        await office.close()
        print(office.story())


@pytest.mark.interop(program="pjsua2", feature="A router that gets another address, and gives other ports, in a call")
async def test_a_call_goes_on_when_the_phone_gets_another_address(internet: Internet, tmp_path: Path) -> None:
    home = internet.home("m", SYMMETRIC)
    office = FarOffice(tmp_path, DIALPLAN, internet.world, WORLD, KEEP_ALIVE)
    office.give_passwords("101", "103")
    await office.start()
    try:
        desk, moving = await asyncio.gather(
            office.phone_in(internet.world, "101", WORLD, tone=440, record=str(tmp_path / "101.wav")),
            office.phone_in(home.inside, "103", HOME, tone=620, record=str(tmp_path / "103.wav"), answer=200),
        )
        desk.dial("103")
        await moving.wait("answered", 5)
        await asyncio.sleep(0.7)
        home.move()
        await asyncio.sleep(2.5)
        before = len(moving.events)
        moving.register()  # as phones do now and then: it says nothing within the call
        await moving.wait("registered", 5, after=before)
        desk.hang_up()
        await moving.wait("ended", 3)
        await asyncio.gather(desk.close(), moving.close())
        heard = [seconds_of(tmp_path / f"{who}.wav", hertz) for who, hertz in (("101", 620), ("103", 440))]
        assert min(heard) > 1.3, f"both heard each other again: {heard}"
    finally:
        await office.close()
        print(office.story())
