"""What a reload changed, in words an admin would use: ``menu welcome: key 3 now leads to ring orders``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel

from engine.dialplan.account import Account, Person
from engine.dialplan.greeting import Variant
from engine.dialplan.model import Node
from engine.dialplan.schedule import Schedule
from engine.dialplan.sound import Announcement
from engine.dialplan.wording import written

MAX_CHANGES = 50
"""Changes that are told; of more, how many there are."""
MAX_SHOWN = 60
"""Characters of a value."""

SECRETS = frozenset({"pin", "moderator_pin"})
"""Fields whose values stand in no log."""

_MISSING = object()


def differences(before: Sequence[Account], after: Sequence[Account]) -> list[str]:
    """What is different in ``after``, a sentence each; with several accounts each begins with the account's key."""
    old, new = {account.key: account for account in before}, {account.key: account for account in after}
    prefixed = len(old.keys() | new.keys()) > 1
    told = [
        f"{key}: {change}" if prefixed else change
        for key in sorted(old.keys() & new.keys())
        for change in _of_account(old[key], new[key])
    ]
    told += [f"account {key} removed" for key in sorted(old.keys() - new.keys())]
    told += [f"account {key} added" for key in sorted(new.keys() - old.keys())]
    more = len(told) - MAX_CHANGES
    return told if more <= 0 else [*islice(told, MAX_CHANGES), f"and {more} more"]


def _of_account(before: Account, after: Account) -> Iterator[str]:
    yield from _of_fields("account", before.info, after.info)
    yield from _of_fields("numbers", before.numbers, after.numbers)
    yield from _of_sections("person", before.people, after.people)
    yield from _of_sections("hours", before.hours, after.hours)
    yield from _of_sections("group", before.groups, after.groups)
    yield from _of_sections("queue", before.queues, after.queues)
    yield from _of_sections("conference", before.conferences, after.conferences)
    yield from _of_sections("mailbox", before.shared_mailboxes, after.shared_mailboxes)
    yield from _of_sections("callers", before.callers.lists, after.callers.lists)
    yield from _of_values("outside", before.outside_rules, after.outside_rules)
    yield from _of_values("block", before.callers.block, after.callers.block)
    yield from _of_sections("switch", before.switches, after.switches)
    yield from _of_values("parking", before.parking, after.parking)
    yield from _of_values("main number", before.main, after.main)
    yield from _of_sections("menu", before.menus, after.menus)
    yield from _of_keys("star codes", before.features, after.features)


def _of_sections(noun: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in before:
        if name not in after:
            yield f"{noun} {name} removed"
    for name, value in after.items():
        if name not in before:
            extension = f" (extension {value.extension})" if isinstance(value, Person) else ""
            yield f"{noun} {name} added{extension}"
        else:
            yield from _of_values(f"{noun} {name}", before[name], value)


def _of_values(where: str, before: Any, after: Any, field: tuple[Any, str] = (None, "")) -> Iterator[str]:
    """``where`` names the place for people. Nodes are told by where they lead, blocks field by field."""
    if isinstance(before, Node) and isinstance(after, Node):
        if (type(before), before.name) == (type(after), after.name):
            yield from _of_fields(where, before, after)
        else:
            yield f"{where} now leads to {_shown(after)} (was {_shown(before)})"
    elif isinstance(before, Schedule) and isinstance(after, Schedule):
        yield from _of_lines(where, before.in_words, after.in_words)
    elif isinstance(before, Announcement) or isinstance(after, Announcement):
        if _plain(before) != _plain(after):
            yield f"{where} is now {_shown(after)} (was {_shown(before)})"
    elif isinstance(before, BaseModel) and type(before) is type(after):
        yield from _of_fields(where, before, after)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _of_keys(where, before, after)
    elif _listed(before) and _listed(after) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
            yield from _of_values(where if len(before) == 1 else f"{where}, line {number}", old, new)
    elif _plain(before) != _plain(after):
        yield f"{where} is now {_shown(after, *field)} (was {_shown(before, *field)})"


def _of_lines(where: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Hours, by the lines that are not in both."""
    gone, new = ([line for line in one if line not in other] for one, other in ((before, after), (after, before)))
    if gone or new:
        yield f"{where} is now {_shown(tuple(new))} (was {_shown(tuple(gone))})"


def _listed(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(item, BaseModel) for item in value)


def _of_fields(where: str, before: BaseModel, after: BaseModel) -> Iterator[str]:
    for name, field in type(after).model_fields.items():
        if getattr(before, name) is getattr(after, name):  # most fields of most people say nothing
            continue
        shown = (field.alias or name).replace("_", " ")
        place = where if name in ("to", "rules") else f"{where}: {shown}"
        if name in SECRETS:
            if getattr(before, name) != getattr(after, name):
                yield f"{place} is no longer the same"
            continue
        yield from _of_values(place, getattr(before, name), getattr(after, name), (type(after), name))


def _of_keys(where: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    place = where.removesuffix(": keys")
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, _MISSING), after.get(key, _MISSING)
        if new is _MISSING:
            yield f"{place}: key {key} removed (led to {_shown(old)})"
        elif old is _MISSING:
            yield f"{place}: key {key} added, leads to {_shown(new)}"
        else:
            yield from _of_values(f"{place}: key {key}", old, new)


def _plain(value: Any) -> Any:
    """A value without the places it has in its file."""
    if isinstance(value, BaseModel):
        return type(value), {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Variant):
        return value.during, _plain(value.announcements)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _shown(value: Any, of: Any = None, name: str = "") -> str:
    text = _in_words(value, of, name)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def _in_words(value: Any, of: Any = None, name: str = "") -> str:
    if value is None or value == ():
        return "left out"
    if isinstance(value, Announcement):
        return " / ".join(text if value.play else f'"{text}"' for text in value.versions.values())
    if isinstance(value, Variant):
        said = ", ".join(map(_in_words, value.announcements))
        return f"{said} during {value.during}" if value.during else said
    if isinstance(value, Node):
        kind = (value.keys or (value.kind,))[0]
        return f"{kind} {value.name}".strip() if value.kind not in ("", "word") else value.name
    if isinstance(value, BaseModel):
        given = [(field.alias or name, name) for name, field in type(value).model_fields.items()]
        given = [(alias, name) for alias, name in given if name not in SECRETS]
        texts = [f"{alias} {_in_words(getattr(value, name), type(value), name)}" for alias, name in given]
        return ", ".join(texts)
    if isinstance(value, tuple | list):
        return ", ".join(map(_in_words, value))
    return written(value, of, name)
