"""Forms of the main number and of menus: what stands in their fields, and what somebody has chosen in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from web.editing.destinations import NEXT, SOUNDS, Destination, Leads, Names, tidy
from web.editing.menus import MAX_KEYS, TRIES, Greeting, Menu, Patience
from web.editing.wording import in_words
from web.mistakes import Mistake, Mistakes
from web.shell.typed import Typed
from web.words import Sentence, say

MAX_SHOWN = 60
SPARE_ROWS = 3
"""Empty rows for further keys, in a form that is shown."""

GROUPS: Mapping[Leads, tuple[Sentence, str]] = {
    Leads.RING: (say("A person rings"), "people"),
    Leads.GROUP: (say("A group rings"), "groups"),
    Leads.QUEUE: (say("Callers wait in a queue"), "queues"),
    Leads.MENU: (say("Another menu"), "menus"),
}
"""Destinations that are chosen by name: what they are called, and the section of the plan with the names."""
WITHOUT_NAME: Mapping[Leads, Sentence] = {
    Leads.SAY: say("Say a text"),
    Leads.DIRECTORY: say("Dial somebody by name"),
    Leads.HANG_UP: say("Hang up"),
}
BACK: Mapping[Leads, Sentence] = {
    Leads.REPEAT: say("Hear this menu again"),
    Leads.BACK: say("Back to the menu before"),
    Leads.TOP: say("Back to the first menu"),
}

Option = tuple[str, str | Sentence]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a destination can be chosen from: groups of values with their words."""

    groups: tuple[tuple[Sentence, tuple[Option, ...]], ...]
    mailboxes: tuple[Option, ...]

    @staticmethod
    def chosen(options: Markup, value: str) -> Markup:
        """The options as a page has made them once for all fields, with the one chosen that has this value."""
        field = f'value="{escape(value)}"'
        return Markup(str(options).replace(field, f"{field} selected", 1))


def by_hand(to: Destination | None) -> Sentence | None:
    """What somebody has written by hand, where that is what is chosen now: one more option, to leave it so."""
    if to is None or to.leads is not Leads.OTHER:
        return None
    return say("as it is: {what}", what=to.written[:MAX_SHOWN])


def choices(names: Names, recordings: Sequence[Option], *, in_menu: bool) -> Choices:
    """All destinations of a plan; ``recordings`` are pairs of file and words."""
    groups: list[tuple[Sentence, tuple[Option, ...]]] = []
    for leads, (title, section) in GROUPS.items():
        if names.sections[section]:
            groups.append((title, tuple(_option(Destination(leads, name), names) for name in names.sections[section])))
    groups.append(
        (
            say("A message is taken"),
            tuple(_option(Destination(Leads.VOICEMAIL, name), names) for name in names.mailboxes),
        )
    )
    if recordings:
        played = tuple((f"play:{file}", say("play {recording}", recording=words)) for file, words in recordings)
        groups.append((say("Play a recording"), played))
    others = {**WITHOUT_NAME, **(BACK if in_menu else {})}
    groups.append((say("More"), tuple((leads.value, words) for leads, words in others.items())))
    return Choices(tuple(group for group in groups if group[1]), voicemails(names))


def _option(to: Destination, names: Names) -> Option:
    return value_of(to), in_words(to, names)


def voicemails(names: Names) -> tuple[Option, ...]:
    """Whose voicemail may take a message."""
    return tuple((name, say("a message for {name}", name=names.shown.get(name, name))) for name in names.mailboxes)


def value_of(to: Destination | None) -> str:
    """A destination as the value of the field in which it is chosen."""
    if to is None:
        return ""
    if to.leads in (Leads.RING, Leads.GROUP, Leads.QUEUE, Leads.MENU, Leads.VOICEMAIL, Leads.PLAY):
        return f"{to.leads.value}:{to.to}"
    return str(to.leads.value)


def fields_of(prefix: str, to: Destination | None) -> dict[str, str]:
    """The fields of a destination, filled."""
    to = to or Destination(Leads.OTHER)
    return {
        f"{prefix}.to": "" if to == Destination(Leads.OTHER) else value_of(to),
        f"{prefix}.text": to.to if to.leads is Leads.SAY else "",
        f"{prefix}.then": to.then,
        f"{prefix}.seconds": to.seconds.removesuffix("s"),
        f"{prefix}.otherwise": to.otherwise,
    }


def destination_in(typed: Typed, prefix: str, now: Destination | None) -> Destination | None:
    """What was chosen in the fields of ``prefix``; None for nothing. ``now`` is what the plan says there."""
    kind, _, to = typed.text(f"{prefix}.to").partition(":")
    if not kind or kind not in {each.value for each in Leads}:
        return None
    leads = Leads(kind)
    if leads is Leads.OTHER:
        return now if now is not None and now.leads is Leads.OTHER else Destination(Leads.OTHER)
    then = typed.text(f"{prefix}.then")
    return tidy(
        Destination(
            leads,
            typed.text(f"{prefix}.text") if leads is Leads.SAY else to,
            typed.text(f"{prefix}.seconds"),
            typed.text(f"{prefix}.otherwise"),
            then if leads in SOUNDS and then in NEXT else "",
        )
    )


# --- menus ------------------------------------------------------------------------------------------------------------


def menu_fields(menu: Menu) -> dict[str, str]:
    """A menu's form, filled."""
    greeting = menu.greeting
    fields = {
        "greeting": "say" if greeting.say or not (greeting.play or greeting.written) else
        f"play:{greeting.play}" if greeting.play else "other",
        "greeting_text": greeting.say,
    }  # fmt: skip
    if menu.dial_extensions:
        fields["dial_extensions"] = "yes"
    for row, (key, to) in enumerate(menu.keys.items()):
        fields |= {f"keys.{row}.key": key, **fields_of(f"keys.{row}", to)}
    for name, patience in (("no_input", menu.no_input), ("wrong_input", menu.wrong_input)):
        fields |= {f"{name}.tries": str(patience.tries), **fields_of(name, patience.then)}
    return fields


def menu_in(typed: Typed, now: Menu) -> tuple[Menu, dict[str, int]]:
    """The menu of a form, and which row each key stands in. ``now`` is the menu of the plan. Raises Mistakes."""
    mistakes: list[Mistake] = []
    keys: dict[str, Destination] = {}
    rows: dict[str, int] = {}
    by_hand = {fields_of("x", to)["x.to"]: to for to in now.keys.values()}
    for row, fields in typed.rows("keys").items():
        key = fields.get("key", "")
        to = destination_in(typed, f"keys.{row}", now.keys.get(key) or by_hand.get("other"))
        if not key and to is None:
            continue
        if not key:
            mistakes.append(Mistake(f"keys.{row}.key", say("Which key leads there?")))
        elif key in keys:
            mistakes.append(Mistake(f"keys.{row}.key", say("Key {key} is there twice.", key=key[:8])))
        elif to is None:
            mistakes.append(Mistake(f"keys.{row}.to", say("Choose where this leads.")))
        else:
            keys[key], rows[key] = to, row
    menu = Menu(
        greeting=greeting_in(typed, now.greeting),
        dial_extensions=typed.checked("dial_extensions"),
        keys=keys,
        no_input=_patience_in(typed, "no_input", now.no_input),
        wrong_input=_patience_in(typed, "wrong_input", now.wrong_input),
    )
    if mistakes:
        raise Mistakes(mistakes)
    return menu, rows


def greeting_in(typed: Typed, now: Greeting) -> Greeting:
    """The greeting that was chosen."""
    kind, _, file = typed.text("greeting").partition(":")
    if kind == "other":
        return now
    return Greeting(play=file) if kind == "play" else Greeting(say=typed.text("greeting_text"))


def _patience_in(typed: Typed, name: str, now: Patience) -> Patience:
    tries = typed.text(f"{name}.tries", str(TRIES))
    return Patience(int(tries) if tries.isascii() and tries.isdigit() and len(tries) < 4 else 0,
                    destination_in(typed, name, now.then))  # fmt: skip


def rows_shown(typed: Typed) -> list[int]:
    """The rows of keys that a form has: those that are filled, and some more."""
    filled = list(typed.rows("keys"))
    after = max(filled, default=-1) + 1
    return [*filled, *range(after, min(after + SPARE_ROWS, MAX_KEYS + SPARE_ROWS))]


def in_form(problem: Mistakes, rows: Mapping[str, int], typed: Typed) -> Mistakes:
    """Mistakes of a menu or of the main number beside the fields of the form."""
    return Mistakes(_placed(problem.mistakes, rows, typed))


def _placed(mistakes: Sequence[Mistake], rows: Mapping[str, int], typed: Typed) -> Iterator[Mistake]:
    for mistake in mistakes:
        field = mistake.field
        if field.startswith("keys."):
            key, _, rest = field.removeprefix("keys.").rpartition(".")
            field = f"keys.{rows.get(key, 0)}.{rest}"
        prefix, _, last = field.rpartition(".")
        if last == "leads":
            field = f"{prefix}.to"
        elif last == "to" and typed.text(field) == Leads.SAY.value:
            field = f"{prefix}.text"
        elif field == "greeting" and typed.text("greeting") == "say":
            field = "greeting_text"
        yield Mistake(field, mistake.what)
