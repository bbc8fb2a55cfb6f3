"""The event package ``dialog`` (RFC 4235): the lamps beside the keys of a phone.

A key may watch a colleague's extension, a parking slot, or a star code whose doing has a state: a night switch, a
person's own sign-in. What is no call is told as one that is going on while the lamp is to be lit.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import cast
from xml.sax.saxutils import escape, quoteattr

from engine.dialplan.account import Account
from engine.dialplan.features import Dialled
from engine.office.extensions import Part, Stage
from engine.watching.package import Place, Seen

MAX_SHOWN = 3
"""Calls of one person that a document tells of, the newest: more would not go into a datagram."""
MAX_OTHER = 40
"""Characters of a number or a name in it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One call as a watcher may see it; ``other`` is empty where they may not know with whom."""

    call: str
    calling: bool
    stage: Stage
    other: str = ""
    name: str = ""


Lines = tuple[Line, ...]
LIT: Lines = (Line("1", False, Stage.CONFIRMED),)
DARK: Lines = ()


class DialogInfo:
    """Full documents only: a phone that has missed one is right again with the next."""

    event = "dialog"
    content_type = "application/dialog-info+xml"

    def find(self, place: Place, person: str, number: str) -> Seen | None:
        account, office = place.account, place.office
        watched = account.person_by_extension.get(number)
        if watched is not None:
            open_ = may_see_others(account, person, watched)
            return Seen((("person", watched),), lambda: _lines(office.extensions.parts(watched), open_))
        if number in account.slots:
            return Seen((("slot", number),), lambda: DARK if office.slots.call_in(number) is None else LIT)
        feature = account.features.find(number)
        lamp = feature.to.lamp(account, person) if isinstance(feature, Dialled) else None
        if lamp is None:
            return None
        return Seen((("fact", lamp.fact),), lambda: LIT if lamp.lit(office.standing) else DARK)

    def write(self, stands: Hashable, entity: str, version: int) -> bytes:
        lines = cast(Lines, stands)
        dialogs = "".join(_dialog(line, entity) for line in lines)
        return (
            '<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info"'
            f' version="{version}" state="full" entity={quoteattr(entity)}>\n'
            f"{dialogs or IDLE}</dialog-info>\n"
        ).encode()


IDLE = '<dialog id="0"><state>terminated</state></dialog>\n'
"""Phones of some makers take a document without any dialog for no news."""


def may_see_others(account: Account, watcher: str, watched: str) -> bool:
    """Whether a watcher may know with whom somebody talks: they themselves, those with whom they share a group or a
    queue, and everybody in an account that has neither. The same may pick up their calls by ``*8`` alone."""
    teams = [*account.groups.values(), *account.queues.values()]
    return watcher == watched or not teams or any(team.has(watcher) and team.has(watched) for team in teams)


def _lines(parts: tuple[Part, ...], open_: bool) -> Lines:
    return tuple(
        Line(
            f"{zlib.crc32(part.call.encode()):08x}",
            part.calling,
            part.stage,
            part.other[:MAX_OTHER] if open_ else "",
            part.name[:MAX_OTHER] if open_ else "",
        )
        for part in parts[-MAX_SHOWN:]
    )


def _dialog(line: Line, entity: str) -> str:
    direction = "initiator" if line.calling else "recipient"
    return (
        f'<dialog id="{line.call}" direction="{direction}"><state>{line.stage.value}</state>'
        f"{''.join(_sides(line, entity))}</dialog>\n"
    )


def _sides(line: Line, entity: str) -> Iterator[str]:
    if line.other:
        host = entity.rpartition("@")[2]
        other = line.other if "@" in line.other else f"{line.other}@{host}"
        display = f" display={quoteattr(line.name)}" if line.name else ""
        yield f"<remote><identity{display}>{escape(f'sip:{other}')}</identity>"
        yield f"<target uri={quoteattr(f'sip:{other}')}/></remote>"
