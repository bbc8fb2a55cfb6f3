"""Places that callers are led to, as commands write them: ``person:anna``, ``say:We are closed.``, ``hang_up``."""

from __future__ import annotations

from typing import Final

from engine.cli.common import Failed
from web.editing.destinations import WORDS, Destination, Leads, Names

NAMED: Final = {
    "person": Leads.RING,
    "group": Leads.GROUP,
    "queue": Leads.QUEUE,
    "menu": Leads.MENU,
    "voicemail": Leads.VOICEMAIL,
    "say": Leads.SAY,
    "play": Leads.PLAY,
}
HELP: Final = "person:NAME, group:NAME, queue:NAME, menu:NAME, voicemail:NAME, say:TEXT, play:FILE or hang_up"


def read_place(text: str, names: Names) -> Destination:
    """The place that somebody wrote. A person who does not answer gets a message. Raises Failed."""
    kind, _, to = text.partition(":")
    to = to.strip()
    if kind in {each.value for each in WORDS} and not to:
        return Destination(Leads(kind))
    if kind not in NAMED or not to:
        words = ", ".join(each.value for each in Leads if each in WORDS)
        raise Failed(
            f"'{text}' is no place: expected one of {', '.join(f'{each}:...' for each in NAMED)}, or of {words}"
        )
    leads = NAMED[kind]
    if leads is Leads.RING:
        return Destination(leads, names.person(to), otherwise=names.person(to))
    return Destination(leads, names.person(to) if leads is Leads.VOICEMAIL else to)
