"""What a scenario gives, made into a situation that can be rehearsed: the file's ``given`` first, then its own."""

from __future__ import annotations

from collections.abc import Iterator

from engine.call.script import Phone
from engine.dialplan.account import Account
from engine.dialplan.forwards import disturb_fact, forward_fact
from engine.dialplan.greetings import fact_of, shelf_name
from engine.dialplan.switches import FACT
from engine.dialplan.values import e164
from engine.rehearsal.given import TALKS, outside_number
from engine.rehearsal.scenarios import Given, Scenario, Suite
from engine.rehearsal.situation import Situation, as_signalled


def situation_of(suite: Suite, scenario: Scenario) -> Situation:
    """The call that a scenario is about."""
    account = suite.account
    given = _together(suite.given, scenario.given)
    caller = given.caller or outside_number(account.country)
    called = given.calls or account.numbers.main
    inside = caller in account.people or caller in account.person_by_extension
    return Situation(
        begins_at=given.time or 0.0,
        caller=_extension(caller, account) if inside else as_signalled(caller, account.country),
        called="".join(_extension(called, account).split()),
        home=account.domain if inside else None,
        keys=scenario.when.keys,
        phones=_phones(given, account),
        hangs_up_at=scenario.when.hangs_up,
        speaks=scenario.when.speaks,
        ahead=tuple(given.queues.values()),
        others=tuple(one.call for one in given.waiting),
        standing={f"{FACT}{name}": value for name, value in given.switches.items()}
        | dict(_set_by_phone(given, account))
        | dict(_recorded(given, account))
        | given.standing,
        voicemail=given.voicemail,
    )


def _recorded(given: Given, account: Account) -> Iterator[tuple[str, str]]:
    """The facts of greetings that are recorded, in every language and for all hours."""
    for menu in given.recorded:
        for language in account.languages:
            for variant in account.menus[menu].greeting:
                yield fact_of(menu, language, variant.during), f"{shelf_name(menu, language, variant.during)}.wav"


def _together(whole: Given, own: Given) -> Given:
    """What a scenario says itself goes before what the whole file says; what has names one by one."""
    said = {name: getattr(own, name) for name in own.model_fields_set}
    for name in ("phones", "switches", "voicemail", "standing", "forwards", "queues"):
        said[name] = getattr(whole, name) | getattr(own, name)
    return whole.model_copy(update=said)


def _extension(who: str, account: Account) -> str:
    return account.people[who].extension if who in account.people else who


def _phones(given: Given, account: Account) -> dict[str, Phone]:
    """The registered phones by extension; one of which nothing is said rings until the caller or the flow gives up."""
    registered = (*(account.people if given.registered is None else given.registered), *given.phones)
    phones = {name: given.phones.get(name, Phone(talks=TALKS)) for name in registered}
    return {_extension(name, account): phone for name, phone in phones.items() if phone is not None}


def _set_by_phone(given: Given, account: Account) -> Iterator[tuple[str, str]]:
    """Forwards, and who wants not to be disturbed, as the facts that they are."""
    for person, forwards in given.forwards.items():
        for why, to in forwards.items():
            if to in ("voicemail", "off"):
                yield forward_fact(person, why, to)
            elif _extension(to, account) in account.person_by_extension:
                yield forward_fact(person, why, f"extension {_extension(to, account)}")
            else:
                yield forward_fact(person, why, f"number {e164(to, account.country) or to}")
    for person in given.do_not_disturb:
        yield disturb_fact(person, "on")
