"""The people of an account with what their phones do at the moment."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.control.messages import Call, CallState, Phone
from engine.dialplan.account import Account
from web.words import Sentence, say


class PhoneState(StrEnum):
    """What a person's phones do; what comes first counts."""

    TALKING = "talking"
    RINGING = "ringing"
    READY = "ready"
    SILENT = "silent"
    NONE = "none"


STATES: Final[Mapping[PhoneState, tuple[Sentence, str]]] = {
    PhoneState.TALKING: (say("On the phone"), "careful"),
    PhoneState.RINGING: (say("Ringing"), "careful"),
    PhoneState.READY: (say("Ready"), "good"),
    PhoneState.SILENT: (say("Does not answer"), "bad"),
    PhoneState.NONE: (say("No phone"), "plain"),
}
"""Each in words, and the kind of tag it is shown as."""


@dataclass(frozen=True, slots=True)
class PersonNow:
    """``key`` is the name in the dialplan; ``phones`` what their registered phones are, in their own words."""

    key: str
    name: str
    extension: str
    number: str
    state: PhoneState
    phones: tuple[str, ...] = ()

    @property
    def said(self) -> Sentence:
        return STATES[self.state][0]

    @property
    def kind(self) -> str:
        return STATES[self.state][1]


class Crowd:
    """Everybody of an account, looked at again only where a phone or somebody's being busy has changed."""

    def __init__(self) -> None:
        self._made_of: tuple[object, ...] = ()
        self._account: Account | None = None
        self._people: tuple[PersonNow, ...] = ()

    def now(self, account: Account | None, phones: Iterable[Phone], calls: Iterable[Call]) -> tuple[PersonNow, ...]:
        """Everybody, by extension; nobody before there is a plan."""
        of: dict[str, list[Phone]] = {}
        for phone in phones:
            of.setdefault(phone.extension, []).append(phone)
        talking, ringing = _busy(calls)
        if self._account is not account or self._made_of != (of, talking, ringing):
            self._account, self._made_of = account, (of, talking, ringing)
            self._people = tuple(_people(account, of, talking, ringing)) if account is not None else ()
        return self._people


def _people(
    account: Account, of: Mapping[str, list[Phone]], talking: Container[str], ringing: Container[str]
) -> Iterator[PersonNow]:
    for key, person in sorted(account.people.items(), key=lambda each: (len(each[1].extension), each[1].extension)):
        theirs = of.get(person.extension) or []
        if key in talking:
            state = PhoneState.TALKING
        elif key in ringing:
            state = PhoneState.RINGING
        elif any(phone.silent_since is None for phone in theirs):
            state = PhoneState.READY
        else:
            state = PhoneState.SILENT if theirs else PhoneState.NONE
        yield PersonNow(
            key,
            person.name or key,
            person.extension,
            person.number or "",
            state,
            tuple(phone.user_agent or phone.address for phone in theirs),
        )


def _busy(calls: Iterable[Call]) -> tuple[set[str], set[str]]:
    """Who talks, or has lifted the receiver to make a call, and who is rung."""
    talking: set[str] = set()
    ringing: set[str] = set()
    for call in calls:
        if call.person is not None:
            talking.add(call.person)
        if call.state is CallState.TALKING:
            talking.update(call.with_whom)
        else:
            ringing.update(call.with_whom)
    return talking, ringing
