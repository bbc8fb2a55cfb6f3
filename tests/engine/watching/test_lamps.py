"""Lamps of a running engine, over the wire: what is told of whom, to whom, and when it is over."""

from __future__ import annotations

import re

from bench.lamp_keys import Key
from engine.dialplan.switches import Setting, fact_of
from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallParked,
    CallPickedUp,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
)
from engine.forward_events import DoNotDisturbSet
from engine.setting_values import ListenOn
from engine.settings import Settings
from engine.watching.dialog_info import MAX_SHOWN
from sip.errors import DropReason
from tests.watched_house import House, opened


def offered(caller: str, called: str, person: str | None = None):
    return lambda c, t: CallOffered(c, t, "bakery", caller, called, person)


def ringing(person: str, extension: str, shown: str = ""):
    return lambda c, t: Ringing(c, t, person, extension, 1, shown)


def ringing_ended(person: str, extension: str, outcome: str):
    return lambda c, t: RingingEnded(c, t, person, extension, outcome, 1.0)


def ended(c: str, t: float) -> CallEnded:
    return CallEnded(c, t, Verdict.TALKED, Side.CALLER, "", 1.0)


async def stands(phone, key: Key, state: str, news: int) -> str:
    """Wait for the next document, which must say so."""
    await phone.until(lambda: len(key.told) > news)
    assert key.state == state
    return key.told[-1][1]


async def test_a_colleagues_lamp_goes_through_a_call(house: House) -> None:
    bob = await house.phone("102", registers=False)
    key = await bob.key("101")
    assert (key.status, key.state, len(key.told)) == (200, "terminated", 1)
    assert 'version="0" state="full" entity="sip:101@bakery.test"' in key.told[0][1]
    house.emit(offered("+31701112233", "+31201234567"))
    house.emit(ringing("anna", "101", 'Smith & "Sons"'))
    early = await stands(bob, key, "early", 1)
    assert 'direction="recipient"' in early
    assert """display='Smith &amp; "Sons"'>sip:+31701112233@bakery.test<""" in early
    house.emit(ringing_ended("anna", "101", "answered"))
    await stands(bob, key, "confirmed", 2)
    house.emit(lambda c, t: Bridged(c, t, "anna", "101"))
    house.emit(lambda c, t: Unbridged(c, t, "anna", 1.0, Side.CALLER))
    house.emit(ended)
    last = await stands(bob, key, "terminated", 3)
    assert 'version="3"' in last
    assert len(key.told) == 4, "what changes nothing is not told"


async def test_who_calls_is_on_the_phone(house: House) -> None:
    bob = await house.phone("102", registers=False)
    key = await bob.key("101")
    house.emit(offered("101", "103", "anna"))
    trying = await stands(bob, key, "trying", 1)
    assert 'direction="initiator"' in trying
    assert "sip:103@bakery.test" in trying
    house.emit(ringing("carl", "103"))
    await stands(bob, key, "early", 2)
    house.emit(lambda c, t: CallAnswered(c, t))
    await stands(bob, key, "confirmed", 3)
    house.emit(lambda c, t: CallPickedUp(c, t, "+31205550000"))
    assert "+31205550000" in await stands(bob, key, "confirmed", 4)
    house.emit(ended)
    await stands(bob, key, "terminated", 5)


async def test_whom_somebody_talks_to_is_told_to_their_team_alone(house: House) -> None:
    """Anna and Bob share a group, Anna and Carl a queue, Bob and Carl nothing."""
    carl = await house.phone("103", registers=False)
    bob, anna = await carl.key("102"), await carl.key("101")
    house.emit(offered("+31701112233", "+31201234567"))
    house.emit(ringing("bob", "102"))
    house.emit(ringing("anna", "101"))
    assert "+31701112233" not in await stands(carl, bob, "early", 1)
    assert "+31701112233" in await stands(carl, anna, "early", 1)
    assert "remote" not in bob.told[-1][1]


async def test_of_many_calls_the_newest_are_told(house: House) -> None:
    bob = await house.phone("102", registers=False)
    key = await bob.key("101")
    for number in range(MAX_SHOWN + 2):
        house.emit(offered(f"+3170111220{number}", "x"), f"call-{number}")
        house.emit(ringing("anna", "101"), f"call-{number}")
    await bob.until(lambda: "+31701112204" in key.told[-1][1])
    assert key.told[-1][1].count("<dialog ") == MAX_SHOWN
    ids = re.findall(r'<dialog id="(\w+)"', key.told[-1][1])
    assert len(set(ids)) == MAX_SHOWN


async def test_a_parking_slot(house: House) -> None:
    bob = await house.phone("102", registers=False)
    key = await bob.key("701")
    assert key.state == "terminated"
    house.emit(offered("+31701112233", "x"))
    house.emit(lambda c, t: CallParked(c, t, "701", "anna"))
    await stands(bob, key, "confirmed", 1)
    house.emit(ended)
    await stands(bob, key, "terminated", 2)


CODES = {
    "*281": (fact_of("night", Setting.ON), fact_of("night", Setting.AUTO)),
    "*60": (fact_of("open", Setting.OFF), fact_of("open", Setting.AUTO)),
    "*221": (("queue/helpdesk/signed/anna", "in"), ("queue/helpdesk/signed/anna", "out")),
    "*26": (("person/anna/do_not_disturb", "on"), ("person/anna/do_not_disturb", "off")),
    "*21": (("person/anna/forward/always", "extension 102"), ("person/anna/forward/always", None)),
}


async def test_star_codes_whose_doing_has_a_state(house: House) -> None:
    anna = await house.phone("101", registers=False)
    standing = house.engine.store.standing.of("bakery")
    for code, facts in CODES.items():
        key = await anna.key(code)
        assert key.state == "terminated", code
        for (name, value), state in zip(facts, ("confirmed", "terminated"), strict=True):
            news = len(key.told)
            standing.put(name, value)
            await stands(anna, key, state, news)


async def test_a_switch_turned_by_a_command_beside_us(house: House) -> None:
    """Its process writes into the database, which we look at about once a second, on another thread."""
    anna = await house.phone("101", registers=False)
    key = await anna.key("*281")
    with_command = house.engine.store.standing
    with_command._facts.clear()
    name, value = fact_of("night", Setting.ON)
    with_command.write("bakery", name, value)
    with_command._facts.clear()
    with_command._newest = (0, None)
    with_command.refresh()
    await stands(anna, key, "confirmed", 1)


async def test_nobody_watches_another_account(house: House) -> None:
    number = "101"
    bob = await house.phone("102", registers=False)
    bob.domain = "other.test"
    key = bob.watch("102", bob.password, number)
    await bob.until(lambda: key.status)
    assert key.status == 401, "a password of one account is none of another"
    stranger = await house.phone("102", domain="other.test", registers=False)
    key = stranger.watch("102", stranger.password, number)
    uri = key.subscribe.uri
    assert uri.host == "other.test"
    stranger.domain = "bakery.test"
    key = await stranger.key(number)
    assert key.status == 401


async def test_what_is_not_there_is_404(house: House) -> None:
    anna = await house.phone("101", registers=False)
    for number in ("999", "welcome", "*999", "*97", "+31201234567", "*222", "800"):
        assert (await anna.key(number)).status == 404, number


async def test_a_reload_ends_what_is_gone_and_tells_what_is_new(house: House) -> None:
    bob = await house.phone("102", registers=False)
    anna, carl, night = await bob.key("101"), await bob.key("103"), await bob.key("*281")
    plan = house.settings.dialplans / "bakery.yaml"
    text = plan.read_text()
    plan.write_text(
        re.sub(r"  carl: .*\n", "", text).replace("agents: [anna, carl]", "agents: [anna]").replace("[night]", "[late]")
    )
    await house.engine.reload()
    await bob.until(lambda: carl.ended)
    assert carl.ended == "noresource"
    assert not anna.ended
    assert not night.ended, "the code has another switch behind it"
    house.engine.store.standing.of("bakery").put(*fact_of("late", Setting.ON))
    await stands(bob, night, "confirmed", 1)
    plan.write_text(re.sub(r"  bob: .*\n", "", plan.read_text()).replace("[anna, bob]", "[anna]"))
    await house.engine.reload()
    await bob.until(lambda: anna.ended and night.ended)
    assert not house.engine.watch_room.watching._watchers, "who is gone watches nothing"


async def test_presence(house: House) -> None:
    bob = await house.phone("102", registers=False)
    key = await bob.key("101", "presence")
    assert "<basic>closed</basic>" in key.told[-1][1]
    anna = await house.phone("101")
    await bob.until(lambda: "<basic>open</basic>" in key.told[-1][1])
    house.emit(offered("101", "103", "anna"))
    await bob.until(lambda: "<note>On the phone</note>" in key.told[-1][1])
    house.emit(ended)
    await bob.until(lambda: "note" not in key.told[-1][1])
    house.engine.store.standing.of("bakery").put("person/anna/do_not_disturb", "on")
    house.emit(lambda c, t: DoNotDisturbSet(c, t, "anna", True))
    await bob.until(lambda: "<note>Do not disturb</note>" in key.told[-1][1])
    assert "<basic>closed</basic>" in key.told[-1][1]
    house.engine.store.standing.of("bakery").put("person/anna/do_not_disturb", None)
    await bob.until(lambda: "<basic>open</basic>" in key.told[-1][1])
    await anna.register(0)
    await bob.until(lambda: "<basic>closed</basic>" in key.told[-1][1])
    assert len(key.told) == 7


async def test_a_change_that_nobody_watches_costs_a_look(house: House) -> None:
    bob = await house.phone("102", registers=False)
    key = await bob.key("101")
    house.emit(offered("+31701112233", "x"))
    house.emit(ringing("carl", "103"))
    house.emit(ended)
    assert (await bob.key("103")).state == "terminated"
    assert len(key.told) == 1


async def test_lamps_outlive_a_restart(settings: Settings) -> None:
    async with opened(settings) as house:
        port = house.engine.addresses[0].port
        bob = await house.phone("102", registers=False)
        key = await bob.key("101")
        house.emit(offered("+31701112233", "x"))
        house.emit(ringing("anna", "101"))
        await stands(bob, key, "early", 1)
        house.phones.clear()
    again = settings.model_copy(update={"listen": (ListenOn("udp", "127.0.0.1", port),)})
    async with opened(again) as house:
        house.phones.append(bob)
        told = await stands(bob, key, "terminated", 2)
        assert int(re.findall(r'version="(\d+)"', told)[0]) > 1


async def test_an_office_that_is_told_anew_is_no_flood(settings: Settings) -> None:
    """All phones of an office behind one router answer at once after a restart: none is taken for a stranger."""
    many = 200
    async with opened(settings) as house:
        port = house.engine.addresses[0].port
        bob = await house.phone("102", registers=False)
        for number in range(many):
            bob.watch("102", bob.password, ("101", "103", "701", "*281")[number % 4])
            if number % 20 == 19:
                await bob.until(lambda: all(key.told for key in bob.keys.values()))
        house.phones.clear()
    told = {key: len(key.told) for key in bob.keys.values()}
    few = {"listen": (ListenOn("udp", "127.0.0.1", port),), "requests_per_source": 5.0, "never_ban": ()}
    async with opened(settings.model_copy(update=few)) as house:
        house.phones.append(bob)
        await bob.until(lambda: all(len(key.told) > count for key, count in told.items()), 30)
        assert (await bob.key("101")).status == 200, "it has read all that was answered before"
        assert DropReason.OVER_LIMIT not in house.engine.agent.drops.counts
