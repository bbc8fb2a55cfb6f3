"""Providers with whom one registers (Kamailio, a second Belplan): calls both ways, failover, limits, emergencies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from certificates import Authority
from kamailio import KAMAILIO, running
from name_server import ELSEWHERE, name_server, needs_dnsmasq, needs_root, told_of
from office import PASSWORD as OFFICE_PASSWORD
from office import Office, elapsed, free_port, seconds_of, write_tone
from registrar_provider import PASSWORD, TLS, USER, RegistrarProvider

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(KAMAILIO is None, reason="Kamailio is not installed (apt package kamailio)"),
]

DESK_HZ, OUTSIDE_HZ, REFUSED_HZ = 620, 1000, 1700
MOBILE, ABROAD, HELP = "+31687654321", "+4930123456", "112"
DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568", "+31 20 123 4569"]}
outside: {calls: national, at_once: 1}
people:
  front-desk: {extension: 101, name: Anna, number: "+31 20 123 4568"}
  orders: {extension: 102, calls: international}
  cellar: {extension: 103, number: "+31 20 123 4569", calls: none, encryption: required, codecs: opus}
main_number: {ring: front-desk, for: 20s, else: {hang_up: nobody}}
"""
TRUNKS = """\
trunks:
  first: {{host: provider.test, proxy: "127.0.0.1:{first}", user: "{user}", password: {password}, register: yes,
          expires: 60s, check: 1s, calls: 1}}
  second: {{host: 127.0.0.1, port: {second}, user: "{user}", password: {{env: PROVIDER_PASSWORD}},
           writes: international, identity: preferred, check: off, priority: 2}}
"""


class World:
    """An office with two providers, and the port of the telephone outside."""

    def __init__(self, office: Office, first: RegistrarProvider, second: RegistrarProvider, outside: int) -> None:
        self.office = office
        self.first = first
        self.second = second
        self.outside = outside


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    outside = free_port()
    prompts = tmp_path / "prompts" / "en"
    prompts.mkdir(parents=True)
    write_tone(prompts / "outside-not-allowed.wav", REFUSED_HZ, 0.6)
    settings = {
        "BELPLAN_PROMPTS": str(tmp_path / "prompts"),
        "BELPLAN_TRUNKS": str(tmp_path / "trunks.yaml"),
        "PROVIDER_PASSWORD": PASSWORD,
    }
    async with (
        running(RegistrarProvider(tmp_path, outside, "first", min_expires=90)) as first,
        running(RegistrarProvider(tmp_path, outside, "second")) as second,
    ):
        office = Office(tmp_path, DIALPLAN, settings=settings)
        write_trunks(tmp_path, first, second)
        office.give_passwords("101", "102", "103")
        await office.start()
        try:
            yield World(office, first, second, outside)
        finally:
            await office.close()
            print(office.story(), *first.said, *second.said, sep="\n")  # shown by pytest where a test fails


def write_trunks(folder: Path, first: RegistrarProvider, second: RegistrarProvider, password: str = PASSWORD) -> None:
    (folder / "trunks.yaml").write_text(
        TRUNKS.format(first=first.port, second=second.port, user=USER, password=f'"{password}"')
    )
    (folder / "trunks.yaml").chmod(0o600)


@pytest.mark.interop(program="Kamailio", feature="Registration with a provider that challenges")
@pytest.mark.interop(program="Kamailio", feature="Registration by an outbound proxy, and for longer (423)")
@pytest.mark.interop(program="Kamailio", feature="Calls in over a registration")
@pytest.mark.interop(program="Kamailio", feature="A call that comes by two ways: refused the second time (482)")
@pytest.mark.interop(program="Kamailio", feature="P-Preferred-Identity towards a provider")
@pytest.mark.interop(program="Kamailio", feature="Failover to a second provider, and back")
@pytest.mark.interop(program="Kamailio", feature="A hidden number: anonymous, Privacy and an identity for the provider")
@pytest.mark.interop(program="Kamailio", feature="Numbers in the provider's form: +E.164, international, national")
@pytest.mark.interop(program="Kamailio", feature="OPTIONS tells that a provider is down, and up again")
async def test_calls_both_ways_over_a_registration_and_past_a_provider_that_stops(world: World, tmp_path: Path) -> None:
    office, first, second = world.office, world.first, world.second
    await office.logged("trunk registered")
    desk = await office.phone("101", tone=DESK_HZ, answer=200)
    outside = await office.outside(
        MOBILE, server=f"127.0.0.1:{first.port}", local_port=world.outside, tone=OUTSIDE_HZ, answer=200,
        record=str(tmp_path / "outside.wav"),
    )  # fmt: skip

    outside.dial(f"sip:0201234567@127.0.0.1:{first.port}")
    offered = await office.logged("call offered")
    await outside.wait("answered")
    await asyncio.sleep(0.8)
    outside.hang_up()
    await office.logged("call ended")
    assert (offered["caller"], offered["called"]) == ("+31612345678", "0201234567"), "the provider's word, not From"
    assert len([line for line in office.log if line.get("event") == "call offered"]) == 1, "it rings once"
    replies = first.noted("REPLIED")
    assert (replies.count("482"), replies.count("200")) == (1, 1), "of the way by which it came for the second time"

    heard, seen = len(office.log), len(desk.events)
    desk.dial("0687654321")
    await desk.wait("answered", after=seen)
    answered = await office.logged("answered outside", after=heard)
    await asyncio.sleep(0.5)
    desk.hang_up()
    await office.logged("call ended", after=heard)
    assert (answered["number"], answered["trunk"]) == (MOBILE, "first")
    assert first.noted("CALLED") == [f"{MOBILE} as {USER} from +31201234568 privacy <null> identity <null>"]
    assert first.noted("PREFERRED") == [f"<null> by <sip:127.0.0.1:{first.port};lr>"]
    assert first.noted("TOO BRIEF") == ["60"]
    (registered,) = first.noted("REGISTERED")
    assert registered.endswith(f" by <sip:127.0.0.1:{first.port};lr> expires 90")

    heard, seen = len(office.log), len(desk.events)
    desk.dial(f"sip:*31*0687654321@{office.server}")
    await desk.wait("answered", after=seen)
    desk.hang_up()
    await office.logged("call ended", after=heard)
    assert "from anonymous privacy id identity <sip:+31201234568@provider.test>" in first.noted("CALLED")[-1]

    heard = len(office.log)
    await first.stop()
    await office.logged("trunk down", after=heard)
    row = (await office.command("trunks")).splitlines()[1].split("\t")
    assert (row[0], row[3], row[4], "no answer" in row[6]) == ("first", "no", "0 of 1", True)
    heard, seen = len(office.log), len(desk.events)
    desk.dial("0687654321")
    ringing = await office.logged("ringing", after=heard)
    answered = await office.logged("answered outside", after=heard)
    assert answered["trunk"] == "second"
    assert elapsed(ringing, answered) < 0.7, "nobody waits for the one that is down"
    assert second.noted("CALLED")[-1].startswith("0031687654321 ")
    assert second.noted("PREFERRED")[-1].startswith("<sip:0031201234568@127.0.0.1> ")
    await desk.wait("answered", after=seen)
    desk.hang_up()
    await office.logged("call ended", after=heard)

    heard = len(office.log)
    await first.start()
    await office.logged("trunk up", after=heard)
    await asyncio.sleep(0.5)
    assert len(first.noted("REGISTERED")) == 2, "it had forgotten us, and we have come back"
    await office.close()
    assert first.noted("REGISTERED")[-1].endswith("expires 0"), "we leave when we stop"
    assert seconds_of(tmp_path / "outside.wav", DESK_HZ) > 0.5


async def test_a_wrong_password_is_not_hammered_and_a_right_one_is_taken_at_a_reload(world: World) -> None:
    office, first = world.office, world.first
    await office.logged("trunk registered")
    heard = len(office.log)
    write_trunks(office.folder, first, world.second, "wrong")
    office.reload()
    refused = await office.logged("trunk not registered", after=heard)
    assert refused["reason"].startswith("401")
    await asyncio.sleep(1)
    assert len(first.noted("WRONG")) == 1
    assert "not registered" in await office.command("trunks")
    assert "wrong" not in office.story()
    heard = len(office.log)
    write_trunks(office.folder, first, world.second)
    office.reload()
    await office.logged("trunk registered", after=heard)


@pytest.mark.interop(program="pjsua2", feature="Calls to the outside by permission, emergency calls")
@pytest.mark.interop(program="pjsua2", feature="Emergency calls of a phone that cannot encrypt as it should")
async def test_permission_limits_and_an_emergency_when_everything_is_taken(world: World, tmp_path: Path) -> None:
    office, first = world.office, world.first
    await office.logged("trunk registered")
    desk = await office.phone("101", record=str(tmp_path / "desk.wav"))
    orders = await office.phone("102")
    outside = await office.outside(
        MOBILE, server=f"127.0.0.1:{first.port}", local_port=world.outside, tone=OUTSIDE_HZ, answer=200
    )
    desk.dial("004930123456")
    refused = await office.logged("outside refused")
    assert (refused["number"], refused["why"]) == (ABROAD, "permission")
    await desk.wait(("ended", "failed"))
    assert not first.noted("CALLED")

    orders.dial("004930123456")
    await orders.wait("answered")
    heard, seen = len(office.log), len(desk.events)
    desk.dial("0687654321")
    assert (await office.logged("outside refused", after=heard))["why"] == "calls"
    await desk.wait(("ended", "failed"), after=seen)

    cellar = await office.phone("103", srtp="never")
    cellar.dial("101")
    assert (await cellar.wait("failed")).status == 488, "nobody is to listen on the way"
    heard, seen = len(office.log), len(cellar.events)
    cellar.dial("112")
    emergency = await office.logged("emergency called", after=heard)
    assert (emergency["level"], emergency["person"], emergency["shows"]) == ("warning", "cellar", "+31201234569")
    await orders.wait("ended")
    await cellar.wait("answered", after=seen)
    assert first.noted("CALLED")[-1].startswith(f"112 as {USER} from +31201234569")
    await asyncio.sleep(0.5)
    cellar.hang_up()
    ended = await office.logged("call ended", after=heard, where=lambda line: line["verdict"] == "talked")
    assert ended
    assert outside.events
    await office.close()
    assert seconds_of(tmp_path / "desk.wav", REFUSED_HZ) == pytest.approx(0.6, abs=0.25)


async def test_strangers_get_no_line_whoever_they_say_to_be(world: World) -> None:
    office = world.office
    await office.logged("trunk registered")
    for number in (USER, "101", "first"):
        stranger = await office.outside(number)
        for target in (MOBILE, "0687654321", "112", "*31*0687654321"):
            seen = len(stranger.events)
            stranger.dial(f"sip:{target}@{office.server}")
            assert (await stranger.wait("failed", after=seen)).status in (401, 403, 404, 407)
    assert world.first.noted("CALLED") == world.second.noted("CALLED") == []


OVER_TLS = """\
trunks:
  secure: {{host: localhost, port: {port}, transport: tls, user: "{user}", password: {password}, register: yes,
           check: 1s, encryption: required, identity: asserted}}
"""


@pytest.mark.skipif(not TLS, reason="Kamailio's TLS is not installed (apt package kamailio-tls-modules)")
@pytest.mark.interop(program="Kamailio", feature="Registration and calls both ways over TLS")
@pytest.mark.interop(program="Kamailio", feature="P-Asserted-Identity, both ways")
async def test_calls_both_ways_over_tls_with_a_provider_that_shows_who_it_is(tmp_path: Path) -> None:
    outside_port, authority = free_port(), Authority(tmp_path)
    settings = {
        "BELPLAN_TRUNKS": str(tmp_path / "trunks.yaml"),
        "BELPLAN_TRUSTED_AUTHORITIES": str(authority.file),
    }
    certificate = authority.issue(["localhost"])
    office = Office(tmp_path, DIALPLAN, settings=settings)
    async with running(RegistrarProvider(tmp_path, outside_port, certificate=certificate)) as made:
        (tmp_path / "trunks.yaml").write_text(OVER_TLS.format(port=made.port, user=USER, password=PASSWORD))
        office.give_passwords("101")
        try:
            await office.start()
            await office.logged("trunk registered")
            assert " over tls " in made.noted("REGISTERED")[0]
            desk = await office.phone("101", tone=DESK_HZ, answer=200)
            outside = await office.outside(
                MOBILE, server=f"127.0.0.1:{made.port}", local_port=outside_port, tone=OUTSIDE_HZ, answer=200,
                srtp="required", record=str(tmp_path / "outside.wav"),
            )  # fmt: skip
            outside.dial(f"sip:0201234567@127.0.0.1:{made.port}")
            offered = await office.logged("call offered")
            await outside.wait("answered")
            await asyncio.sleep(0.5)
            outside.hang_up()
            await office.logged("call ended")
            assert offered["caller"] == "+31612345678", "over the connection that we have opened"
            heard, seen = len(office.log), len(desk.events)
            desk.dial("0687654321")
            await desk.wait("answered", after=seen)
            await asyncio.sleep(0.5)
            desk.hang_up()
            await office.logged("call ended", after=heard)
            (called,) = made.noted("CALLED")
            assert called.endswith("privacy <null> identity <sip:+31201234568@localhost>")
        finally:
            await office.close()
            print(office.story(), *made.said, sep="\n")  # shown by pytest where the test fails
    assert seconds_of(tmp_path / "outside.wav", DESK_HZ) > 0.4


BY_NAME = """\
trunks:
  named: {{host: provider.example, user: "{user}", password: {password}, register: yes, check: off}}
"""


@needs_root
@needs_dnsmasq
@pytest.mark.interop(program="Kamailio", feature="Found by NAPTR, SRV and address records (dnsmasq)")
@pytest.mark.interop(program="Kamailio", feature="Failover to another machine of the same provider")
async def test_a_provider_found_by_its_name_and_another_machine_of_it_where_one_is_stopped(tmp_path: Path) -> None:
    outside_port = free_port()
    office = Office(tmp_path, DIALPLAN, settings={"BELPLAN_TRUNKS": str(tmp_path / "trunks.yaml")})
    office.within = told_of(ELSEWHERE, tmp_path)
    office.give_passwords("101")
    (tmp_path / "trunks.yaml").write_text(BY_NAME.format(user=USER, password=PASSWORD))
    async with (
        running(RegistrarProvider(tmp_path, outside_port, "one", tcp=True)) as one,
        running(RegistrarProvider(tmp_path, outside_port, "two", tcp=True)) as two,
    ):
        records = [
            "naptr-record=provider.example,10,10,S,SIP+D2T,,_sip._tcp.provider.example",
            f"srv-host=_sip._tcp.provider.example,one.provider.example,{one.port},10,10",
            f"srv-host=_sip._tcp.provider.example,two.provider.example,{two.port},20,10",
            *(f"host-record={name}.provider.example,127.0.0.1" for name in ("one", "two")),
        ]
        try:
            with name_server(records, ELSEWHERE, 53):
                await office.start()
                await office.logged("trunk registered")
                assert " over tcp " in one.noted("REGISTERED")[0]
                desk = await office.phone("101")
                await office.outside(MOBILE, local_port=outside_port, answer=200)
                await one.stop()
                desk.dial("0687654321")
                await desk.wait("answered")
                desk.hang_up()
                await office.logged("call ended")
                assert len(two.noted("CALLED")) == 1
        finally:
            await office.close()
            print(office.story(), *one.said, *two.said, sep="\n")  # shown by pytest where the test fails
    rings, answered = (
        next(line for line in office.log if line.get("event") == event) for event in ("ringing", "answered outside")
    )
    assert elapsed(rings, answered) < 2, "nothing waits for the one that is gone"


BRANCH = """\
account: {name: Branch, country: NL, language: en, timezone: Europe/Amsterdam, domain: branch.test}
numbers: {main: "+31 10 765 4321"}
outside: {calls: national}
people:
  town: {extension: 201}
  clerk: {extension: 202}
main_number: {ring: clerk, for: 20s, else: {hang_up: nobody}}
"""
TO_BRANCH = """\
trunks:
  branch: {{host: 127.0.0.1, port: {port}, transport: tcp, user: "201", password: "{password}", register: yes,
           number: "+31 20 123 4568", numbers: "+31 10"}}
"""
TO_TOWN = """\
trunks:
  town: {{host: 127.0.0.1, port: {port}, addresses: 127.0.0.1, numbers: "+31 20", check: 1s}}
"""


@pytest.mark.interop(program="Belplan", feature="Trunk between two engines, registered one way, by address the other")
async def test_two_engines_are_each_others_providers(tmp_path: Path) -> None:
    branch = Office(tmp_path / "branch", BRANCH, settings={"BELPLAN_TRUNKS": str(tmp_path / "to-town.yaml")})
    town = Office(tmp_path / "town", DIALPLAN, settings={"BELPLAN_TRUNKS": str(tmp_path / "to-branch.yaml")})
    (tmp_path / "to-branch.yaml").write_text(TO_BRANCH.format(port=branch.port, password=OFFICE_PASSWORD))
    (tmp_path / "to-town.yaml").write_text(TO_TOWN.format(port=town.port))
    branch.give_passwords("201", "202", account="bakery")
    town.give_passwords("101", "102")
    try:
        await asyncio.gather(branch.start(), town.start())
        await town.logged("trunk registered")
        desk = await town.phone("101", tone=DESK_HZ, answer=200)
        clerk = await branch.phone(
            "202", domain="branch.test", tone=OUTSIDE_HZ, answer=200, record=str(tmp_path / "clerk.wav")
        )
        desk.dial("0107654321")
        offered = await branch.logged("call offered")
        assert (offered["caller"], offered["called"]) == ("+31201234568", "+31107654321")
        await desk.wait("answered")
        await asyncio.sleep(0.5)
        desk.hang_up()
        await town.logged("call ended")

        for called, reached in (("0201234567", "+31201234567"), ("201", "+31201234568")):
            heard, seen = len(town.log), len(clerk.events)
            clerk.dial(called)
            offered = await town.logged("call offered", after=heard)
            assert offered["called"] == reached, "by its number, and over the registration"
            await clerk.wait("answered", after=seen)
            await asyncio.sleep(0.3)
            clerk.hang_up()
            await town.logged("call ended", after=heard)
    finally:
        await town.close()
        await branch.close()
        print(town.story(), branch.story(), sep="\n")
    assert seconds_of(tmp_path / "clerk.wav", DESK_HZ) > 0.5
