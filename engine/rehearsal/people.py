"""People as they are named on a command line: by name or extension, with what their phones do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.call.accepting import ACCEPT
from engine.call.ring_plan import is_outside
from engine.call.script import Phone
from engine.dialplan.account import Account
from engine.dialplan.durations import read_duration
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.values import read_number
from engine.rehearsal.given import REACTS_AFTER, REACTS_TO_QUESTION, TALKS


def extension_of(account: Account, who: str) -> str:
    """The extension of a person named by it or by name; of a telephone outside its number (E.164). Raises Wrong."""
    if who.startswith("+"):
        return read_number(who, account.country)
    if who in account.person_by_extension:
        return who
    if who in account.people:
        return account.people[who].extension
    known = [*account.people, *account.person_by_extension]
    raise Wrong(
        f"nobody in {account.key} is called '{who}'", did_you_mean(who, known, f"there are: {', '.join(known)}")
    )


def listed(account: Account, text: str) -> list[str]:
    """The extensions of ``101,orders``. Raises Wrong."""
    return [extension_of(account, who.strip()) for who in text.split(",") if who.strip()]


def with_seconds(account: Account, text: str) -> dict[str, float]:
    """The extensions of ``102=5,101`` with their seconds, REACTS_AFTER where none are given. Raises Wrong."""
    found = {}
    for part in text.split(","):
        who, equals, seconds = part.partition("=")
        if who.strip():
            found[extension_of(account, who.strip())] = read_duration(seconds.strip()) if equals else REACTS_AFTER
    return found


def phones_of(
    account: Account,
    *,
    registered: Iterable[str] | None = None,
    busy: Iterable[str] = (),
    answers: Mapping[str, float] | None = None,
    declines: Mapping[str, float] | None = None,
    talks: float = TALKS,
) -> dict[str, Phone]:
    """The registered phones by extension (everybody's if ``registered`` is None); who is not named does not answer.

    Whoever picks up a telephone outside takes the call, too, if they are asked to by a key.
    """
    answers, declines = answers or {}, declines or {}
    there = [*(account.person_by_extension if registered is None else registered), *busy, *answers, *declines]
    return {
        extension: Phone(
            answers_after=answers.get(extension),
            declines_after=declines.get(extension),
            busy=extension in set(busy),
            talks=talks,
            presses=(REACTS_TO_QUESTION, ACCEPT) if is_outside(extension) else None,
        )
        for extension in there
    }
