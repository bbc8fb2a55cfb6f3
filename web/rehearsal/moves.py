"""What is given in a rehearsal: when the call comes and from whom, which keys were pressed, and what phones did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, TypeVar

from engine.call.accepting import ACCEPT
from engine.call.ring_plan import is_outside
from engine.call.script import Phone
from engine.dialplan.account import Account
from engine.dialplan.findings import Wrong
from engine.rehearsal.given import REACTS_TO_QUESTION, outside_number, read_phone, read_time
from engine.rehearsal.keys import MAX_KEYS, read_keys
from engine.rehearsal.situation import as_signalled
from web.mistakes import Mistake, Mistakes
from web.words import say

KEYS: Final = "0123456789*#"
LONGEST: Final = 1800.0
"""Seconds after which every caller hangs up."""
MAX_REACTIONS: Final = 100
EARLIEST: Final = 946_684_800.0
LATEST: Final = 4_102_444_800.0
"""2000 and 2100: public holidays are known for those years."""
STANDS: Final = ("on", "off")
TALKS: Final = 60.0
"""Seconds that somebody talks who answers, unless told otherwise."""
NEAR: Final = 0.01
"""Seconds: moments are told in thousandths."""

Does = Literal["answers", "declines", "busy"]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the phone of an ``extension`` (or outside number) does that began to ring at ``rang_at``.

    It answers or declines ``after`` so many seconds; whoever answers talks for ``talks``. Moments count from the
    beginning of the call.
    """

    extension: str
    rang_at: float
    does: Does
    after: float = 0.0
    talks: float = TALKS

    @property
    def phone(self) -> Phone:
        if self.does == "busy":
            return Phone(busy=True)
        if self.does == "declines":
            return Phone(declines_after=self.after)
        return Phone(answers_after=self.after, talks=self.talks, presses=(REACTS_TO_QUESTION, ACCEPT))


@dataclass(frozen=True, slots=True)
class Moves:
    """A call as far as it was played.

    ``begins_at`` is in seconds since 1970, ``keys`` and ``hangs_up_at`` in seconds from there. ``phones`` says what
    phones do by themselves, by extension; None for one that is not registered. Those that it lacks ring on until there
    is a reaction. ``switches`` stand as they are told, and otherwise as they stand.
    """

    begins_at: float
    caller: str
    called: str
    home: str | None = None
    keys: tuple[tuple[float, str], ...] = ()
    reactions: tuple[Reaction, ...] = ()
    hangs_up_at: float | None = None
    phones: Mapping[str, Phone | None] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)

    def registered(self, account: Account) -> dict[str, Phone]:
        """The phones that are there, with what they do by themselves."""
        everybody = {extension: self.phones.get(extension, Phone()) for extension in account.person_by_extension}
        return {extension: phone for extension, phone in everybody.items() if phone is not None}


class Reacting(Mapping[str, Phone]):
    """Phones that do what is told of the moment at which they ring; ``clock`` gives that."""

    def __init__(self, moves: Moves, registered: Mapping[str, Phone], clock: Callable[[], float]) -> None:
        self._moves = moves
        self._registered = registered
        self._clock = clock

    def __getitem__(self, extension: str) -> Phone:
        usual = self._outside(extension) if is_outside(extension) else self._registered[extension]
        now = self._clock()
        for reaction in self._moves.reactions:
            if reaction.extension == extension and abs(reaction.rang_at - now) <= NEAR:
                return reaction.phone
        return usual

    def _outside(self, number: str) -> Phone:
        return self._moves.phones.get(number) or Phone()

    def __contains__(self, extension: object) -> bool:
        return extension in self._registered or (isinstance(extension, str) and is_outside(extension))

    def __iter__(self) -> Iterator[str]:
        return iter(self._registered)

    def __len__(self) -> int:
        return len(self._registered)


@dataclass(frozen=True, slots=True)
class Typed:
    """The same as people and programs write it: a time such as ``2026-12-24 16:30`` on the account's clock, or
    ``begins_at`` in seconds since 1970 (neither for now), numbers or names, and phones in words, such as ``answers
    after 5s``. ``keys`` may be a text: ``1 at 8s, 2 at 15s``.
    """

    at: str = ""
    begins_at: float | None = None
    caller: str = ""
    called: str = ""
    keys: str | tuple[tuple[float, str], ...] = ()
    reactions: tuple[Reaction, ...] = ()
    hangs_up_at: float | None = None
    phones: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)


def moves_of(typed: Typed, account: Account, now: float) -> Moves:
    """What was typed, for calls to an account. Raises Mistakes, each at its field."""
    mistakes: list[Mistake] = []
    begins_at = now if typed.begins_at is None else typed.begins_at
    if typed.at.strip():
        begins_at = _read("at", partial(_moment, account), typed.at.strip(), mistakes) or now
    keys = _read("keys", read_keys, typed.keys, mistakes) if isinstance(typed.keys, str) else typed.keys
    phones = {
        extension: _read(f"phones.{extension}", read_phone, words, mistakes)
        for extension, words in typed.phones.items()
        if words
    }
    if keys is not None and len(keys) > MAX_KEYS:
        mistakes.append(Mistake("keys", say("A caller presses at most {most} keys.", most=MAX_KEYS)))
    if mistakes or keys is None:
        raise Mistakes(mistakes)
    caller = typed.caller.strip() or outside_number(account.country)
    called = typed.called.strip() or account.numbers.main
    inside = caller in account.people or caller in account.person_by_extension
    extension = account.people[caller].extension if caller in account.people else caller
    return Moves(
        begins_at=begins_at,
        caller=extension if inside else as_signalled(caller, account.country),
        called="".join(called.split()),
        home=account.domain if inside else None,
        keys=tuple(sorted(keys)),
        reactions=typed.reactions,
        hangs_up_at=typed.hangs_up_at,
        phones=phones,
        switches={name: stands for name, stands in typed.switches.items() if stands in STANDS},
    )


def _read(name: str, reading: Callable[[str], Value], text: str, mistakes: list[Mistake]) -> Value | None:
    """A field as ``reading`` reads it; None, and a mistake more, where it cannot."""
    try:
        return reading(text)
    except Wrong as wrong:
        said = f"{wrong.what} ({wrong.suggestion})" if wrong.suggestion else wrong.what
        mistakes.append(Mistake(name, say("{what}", what=said)))
        return None


def _moment(account: Account, text: str) -> float:
    """Seconds since 1970 of a time on the account's clock. Raises Wrong."""
    try:
        moment = read_time(text.replace("T", " "), account.info.timezone)
    except OverflowError:
        moment = 0.0
    if not EARLIEST <= moment <= LATEST:
        raise Wrong("the call is too far away", "take a day of this century")
    return moment
