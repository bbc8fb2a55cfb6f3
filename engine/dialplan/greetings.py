"""Greetings of menus that people have recorded by phone: which facts tell of them, and when they are heard.

A recording stands in for one variant of a menu's greeting (that of some hours, or of all other times) in one language.
What the file says comes back when the fact is gone, or the recording.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.dialplan.greeting import Variant
from engine.office.shelf import file_name
from engine.office.standing import Standing
from media.commands import File, Sound

if TYPE_CHECKING:
    from engine.call.protocol import Call
    from engine.dialplan.path import Path

FACT = "greeting/"
OF_MAILBOX = "mailbox-greeting/"
"""Facts of what is heard before the beep are of a kind of their own."""


def fact_of(menu: str, language: str, during: str | None) -> str:
    """The name of the fact that tells the file of a recording."""
    return f"{FACT}{menu}/{language}/{during}" if during else f"{FACT}{menu}/{language}"


def shelf_name(menu: str, language: str, during: str | None) -> str:
    """What the file of a recording begins with."""
    return file_name("greeting", menu, language, during or "")


def files_named(standing: Standing) -> Iterable[str]:
    """The files of all recordings that count."""
    names = (*standing.names(FACT), *standing.names(OF_MAILBOX))
    return [file for name in names if (file := standing.get(name)) is not None]


def greeting_heard(menu: str, variant: Variant, call: Call, path: Path) -> tuple[Sound, ...]:
    """A variant of a menu's greeting as the caller hears it: as somebody recorded it, else as the file says.

    Where the file says the same in the account's language and in the caller's, one recording does for both.
    """
    written = path.sounds_of(variant.announcements)
    recorded = _recorded(menu, path.language, variant, call)
    if recorded is None and written == path.account.sounds_of(variant.announcements):
        recorded = _recorded(menu, path.account.language, variant, call)
    return written if recorded is None else (File(recorded),)


def _recorded(menu: str, language: str, variant: Variant, call: Call) -> str | None:
    file = call.office.standing.get(fact_of(menu, language, variant.during))
    return None if file is None else call.office.shelf.find(file)
