"""Where a key, silence or a line of the main number leads, as far as a form can say it; all else stays as written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from engine.dialplan.model import AUDIO_SUFFIXES
from web.editing.people import as_written
from web.editing.plan import Plan
from web.editing.writing import in_line
from web.mistakes import Mistake
from web.words import say

MAX_SPOKEN = 2000
MAX_SECONDS = 600
_SECONDS = re.compile(r"([1-9][0-9]{0,2}) ?s?")


class Leads(Enum):
    """The kinds of destinations that forms know. ``OTHER`` is what somebody has written by hand."""

    RING = "ring"
    GROUP = "group"
    QUEUE = "queue"
    MENU = "menu"
    VOICEMAIL = "voicemail"
    SAY = "say"
    PLAY = "play"
    DIRECTORY = "directory"
    REPEAT = "repeat"
    BACK = "back"
    TOP = "top"
    HANG_UP = "hang_up"
    OTHER = "other"


WORDS = {Leads.DIRECTORY, Leads.REPEAT, Leads.BACK, Leads.TOP, Leads.HANG_UP}
"""Destinations that are a word alone."""
REACHING = {Leads.RING: "people", Leads.GROUP: "groups", Leads.QUEUE: "queues"}
"""Those that may fail to reach anybody, and the section that has their names."""
SOUNDS = {Leads.SAY, Leads.PLAY}
NEXT = ("", "repeat", "back", "top", "hang_up")
"""What may follow something played; "" is back to the menu, or the end."""


@dataclass(frozen=True, slots=True)
class Destination:
    """``to`` is a name, a recording's file or the text to be spoken.

    ``seconds`` is how long it rings ("" for what is usual), ``otherwise`` whose voicemail takes a message then,
    ``then`` what follows something played. ``written`` is what stands in the plan by hand.
    """

    leads: Leads
    to: str = ""
    seconds: str = ""
    otherwise: str = ""
    then: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Whom and what a plan's destinations may name, by section; a person's extension stands for the person.

    ``shown`` is what people are called on pages, by their names in the plan: "An Bakker (101)".
    """

    sections: Mapping[str, tuple[str, ...]]
    by_extension: Mapping[str, str]
    shown: Mapping[str, str]

    @classmethod
    def of(cls, plan: Plan) -> Names:
        sections = {}
        for section in ("people", "groups", "queues", "menus", "mailboxes", "hours", "switches"):
            block = plan.data.get(section)
            sections[section] = tuple(map(str, block)) if isinstance(block, dict | list) else ()
        people = plan.data.get("people")
        found = people.items() if isinstance(people, dict) else ()
        entries = {str(name): each for name, each in found if isinstance(each, dict)}
        by_extension = {str(each.get("extension")): name for name, each in entries.items()}
        shown = {name: titled(str(each.get("name") or name), str(each.get("extension") or ""))
                 for name, each in entries.items()}  # fmt: skip
        return cls(sections, by_extension, shown)

    @property
    def mailboxes(self) -> tuple[str, ...]:
        """Everybody has one, and there are shared ones."""
        return (*self.sections["people"], *self.sections["mailboxes"])

    @property
    def during(self) -> tuple[str, ...]:
        return (*self.sections["hours"], *self.sections["switches"])

    def person(self, word: Any) -> str:
        """The name of the person whom a word of the plan means."""
        name = str(word)
        return name if name in self.sections["people"] else self.by_extension.get(name, name)


def titled(name: str, extension: str) -> str:
    """A person as pages show them, who tell two of the same name by their extensions."""
    return f"{name} ({extension})" if extension else name


# --- reading ----------------------------------------------------------------------------------------------------------


def read(raw: Any, names: Names) -> Destination:
    """A destination of the plan."""
    found = _of_block(raw, names) if isinstance(raw, dict) else _of_word(raw, names)
    return found or Destination(Leads.OTHER, written=in_line(raw))


def _of_word(raw: Any, names: Names) -> Destination | None:
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        return None
    word = str(raw)
    if word in {each.value for each in WORDS}:
        return Destination(Leads(word))
    if word.lower().endswith(AUDIO_SUFFIXES):
        return Destination(Leads.PLAY, word)
    if names.person(word) in names.sections["people"]:
        return Destination(Leads.RING, names.person(word))
    for leads, section in ((Leads.MENU, "menus"), (Leads.GROUP, "groups"), (Leads.QUEUE, "queues")):
        if word in names.sections[section]:
            return Destination(leads, word)
    return None


def _of_block(raw: Mapping[str, Any], names: Names) -> Destination | None:
    kind = next((leads for leads in Leads if leads.value in raw), None)
    if kind is None or not isinstance(raw[kind.value], str | int) or isinstance(raw[kind.value], bool):
        return None
    rest = {name: each for name, each in raw.items() if name != kind.value}
    to = str(raw[kind.value])
    if kind in REACHING:
        otherwise = _mailbox(rest.pop("else", None), names)
        seconds = str(rest.pop("for", "")).replace(" ", "")
        if rest or otherwise is None or (seconds and not _SECONDS.fullmatch(seconds)):
            return None
        return Destination(kind, names.person(to) if kind is Leads.RING else to, seconds, otherwise)
    if kind in SOUNDS:
        then = rest.pop("then", "")
        return Destination(kind, to, then=str(then)) if not rest and then in NEXT else None
    if rest or kind in WORDS:
        return None
    return Destination(kind, names.person(to) if kind is Leads.VOICEMAIL else to)


def _mailbox(raw: Any, names: Names) -> str | None:
    """Whose voicemail ``else`` leads to: "" for nobody's; None if it leads elsewhere."""
    if raw is None:
        return ""
    found = read(raw, names)
    return found.to if found.leads is Leads.VOICEMAIL else None


# --- writing ----------------------------------------------------------------------------------------------------------


def written(wanted: Destination, before: Any, names: Names) -> Any:
    """What the plan says for ``wanted``; ``before`` is what it says, and stays if it means that already."""
    if before is not None and read(before, names) == wanted:
        return before
    kind = wanted.leads
    if kind in WORDS:
        return kind.value
    block: dict[str, Any] = {kind.value: as_written(wanted.to) if kind not in SOUNDS else wanted.to}
    if kind in REACHING:
        if wanted.seconds:
            block["for"] = f"{wanted.seconds.removesuffix('s')}s"
        if wanted.otherwise:
            block["else"] = {"voicemail": as_written(wanted.otherwise)}
    if kind in SOUNDS and wanted.then:
        block["then"] = wanted.then
    return block


def mistakes_in(wanted: Destination, field: str, before: Any, names: Names) -> Iterator[Mistake]:
    """What is wrong with a destination somebody chose; ``field`` is the form's prefix of its fields."""
    kind = wanted.leads
    if kind is Leads.OTHER:
        if before is None or read(before, names) != wanted:
            yield Mistake(f"{field}.leads", say("What is written by hand can be changed as text only."))
    elif kind in SOUNDS:
        if not wanted.to:
            yield Mistake(f"{field}.to", say("Type what callers are to hear, or choose a recording."))
        elif len(wanted.to) > MAX_SPOKEN:
            yield Mistake(f"{field}.to", say("This text is too long: at most {most} characters.", most=MAX_SPOKEN))
        if wanted.then not in NEXT:
            yield Mistake(f"{field}.then", say("Choose what follows."))
    elif kind not in WORDS:
        section = REACHING.get(kind, "menus")
        known = names.mailboxes if kind is Leads.VOICEMAIL else names.sections[section]
        if not wanted.to:
            yield Mistake(f"{field}.to", say("Choose where this leads."))
        elif wanted.to not in known:
            yield Mistake(f"{field}.to", say("{name} is not in the plan (any more).", name=wanted.to[:60]))
    if wanted.otherwise and wanted.otherwise not in names.mailboxes:
        yield Mistake(f"{field}.otherwise", say("{name} has no voicemail.", name=wanted.otherwise[:60]))
    if wanted.seconds and not (_SECONDS.fullmatch(wanted.seconds) and int(wanted.seconds.rstrip("s ")) <= MAX_SECONDS):
        yield Mistake(f"{field}.seconds", say("Type seconds, such as 20."))


def tidy(wanted: Destination) -> Destination:
    """A destination without what its kind has no use for, as forms send all their fields."""
    kind = wanted.leads
    seconds = wanted.seconds.strip().removesuffix("s").strip()
    return replace(
        wanted,
        to="" if kind in WORDS or kind is Leads.OTHER else wanted.to,
        seconds=f"{seconds}s" if kind in REACHING and seconds else "",
        otherwise=wanted.otherwise if kind in REACHING else "",
        then=wanted.then if kind in SOUNDS else "",
        written=wanted.written if kind is Leads.OTHER else "",
    )
