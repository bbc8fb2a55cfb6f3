"""What a reload changed, in words an admin would use: ``menu welcome: key 3 now leads to ring orders``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel

from engine.dialplan.account import Account, Person
from engine.dialplan.change import Change
from engine.dialplan.greeting import Variant
from engine.dialplan.model import Node
from engine.dialplan.schedule import Schedule
from engine.dialplan.sound import Announcement
from engine.dialplan.wording import written

MAX_CHANGES = 50
"""Changes that are told; of more, how many there are."""
MAX_SHOWN = 60
"""Characters of a value."""

NAMED = {
    "person": "person {name}",
    "hours": "hours {name}",
    "group": "group {name}",
    "queue": "queue {name}",
    "conference": "conference {name}",
    "mailbox": "mailbox {name}",
    "callers": "callers {name}",
    "switch": "switch {name}",
    "menu": "menu {name}",
}
"""What has a section of its own in a dialplan."""

SECRETS = frozenset({"pin", "moderator_pin"})
"""Fields whose values stand in no log."""

IS_NOW = "{where} is now {now} (was {before})"
LEADS = "{where} now leads to {now} (was {before})"

_MISSING = object()


def differences(before: Sequence[Account], after: Sequence[Account]) -> list[Change]:
    """What is different in ``after``, a sentence each; with several accounts each begins with the account's key."""
    old, new = {account.key: account for account in before}, {account.key: account for account in after}
    prefixed = len(old.keys() | new.keys()) > 1
    told: list[Change] = [
        Change("{account}: {change}", account=key, change=change) if prefixed else change
        for key in sorted(old.keys() & new.keys())
        for change in _of_account(old[key], new[key])
    ]
    told += [Change("account {account} removed", account=key) for key in sorted(old.keys() - new.keys())]
    told += [Change("account {account} added", account=key) for key in sorted(new.keys() - old.keys())]
    more = len(told) - MAX_CHANGES
    return told if more <= 0 else [*islice(told, MAX_CHANGES), Change("and {n} more", n=more)]


def _of_account(before: Account, after: Account) -> Iterator[Change]:
    yield from _of_fields(Change("account"), before.info, after.info)
    yield from _of_fields(Change("numbers"), before.numbers, after.numbers)
    yield from _of_sections("person", before.people, after.people)
    yield from _of_sections("hours", before.hours, after.hours)
    yield from _of_sections("group", before.groups, after.groups)
    yield from _of_sections("queue", before.queues, after.queues)
    yield from _of_sections("conference", before.conferences, after.conferences)
    yield from _of_sections("mailbox", before.shared_mailboxes, after.shared_mailboxes)
    yield from _of_sections("callers", before.callers.lists, after.callers.lists)
    yield from _of_values(Change("outside"), before.outside_rules, after.outside_rules)
    yield from _of_values(Change("block"), before.callers.block, after.callers.block)
    yield from _of_sections("switch", before.switches, after.switches)
    yield from _of_values(Change("parking"), before.parking, after.parking)
    yield from _of_values(Change("main number"), before.main, after.main)
    yield from _of_sections("menu", before.menus, after.menus)
    yield from _of_keys(Change("star codes"), before.features, after.features)


def _of_sections(noun: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in before:
        if name not in after:
            yield Change("{where} removed", where=_named(noun, name))
    for name, value in after.items():
        where = _named(noun, name)
        if name in before:
            yield from _of_values(where, before[name], value)
        elif isinstance(value, Person):
            yield Change("{where} added (extension {extension})", where=where, extension=value.extension)
        else:
            yield Change("{where} added", where=where)


def _named(noun: str, name: str) -> Change:
    return Change(NAMED[noun], name=name)


def _of_values(where: Change, before: Any, after: Any, field: tuple[Any, str] = (None, "")) -> Iterator[Change]:
    """``where`` names the place for people. Nodes are told by where they lead, blocks field by field."""
    if isinstance(before, Node) and isinstance(after, Node):
        if (type(before), before.name) == (type(after), after.name):
            yield from _of_fields(where, before, after)
        else:
            yield Change(LEADS, where=where, now=_shown(after), before=_shown(before))
    elif isinstance(before, Schedule) and isinstance(after, Schedule):
        yield from _of_lines(where, before.in_words, after.in_words)
    elif isinstance(before, Announcement) or isinstance(after, Announcement):
        if _plain(before) != _plain(after):
            yield Change(IS_NOW, where=where, now=_shown(after), before=_shown(before))
    elif isinstance(before, BaseModel) and type(before) is type(after):
        yield from _of_fields(where, before, after)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _of_keys(where, before, after)
    elif _listed(before) and _listed(after) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
            line = where if len(before) == 1 else Change("{where}, line {number}", where=where, number=number)
            yield from _of_values(line, old, new)
    elif _plain(before) != _plain(after):
        yield Change(IS_NOW, where=where, now=_shown(after, *field), before=_shown(before, *field))


def _of_lines(where: Change, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Hours, by the lines that are not in both."""
    gone, new = ([line for line in one if line not in other] for one, other in ((before, after), (after, before)))
    if gone or new:
        yield Change(IS_NOW, where=where, now=_shown(tuple(new)), before=_shown(tuple(gone)))


def _listed(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(item, BaseModel) for item in value)


def _of_fields(where: Change, before: BaseModel, after: BaseModel) -> Iterator[Change]:
    for name, field in type(after).model_fields.items():
        if getattr(before, name) is getattr(after, name):  # most fields of most people say nothing
            continue
        shown = (field.alias or name).replace("_", " ")
        place = where if name in ("to", "rules") else Change("{where}: {field}", where=where, field=shown)
        if name in SECRETS:
            if getattr(before, name) != getattr(after, name):
                yield Change("{where} is no longer the same", where=place)
            continue
        yield from _of_values(place, getattr(before, name), getattr(after, name), (type(after), name))


def _of_keys(where: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    place = where.values["where"] if where.values.get("field") == "keys" else where
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, _MISSING), after.get(key, _MISSING)
        if new is _MISSING:
            yield Change("{where}: key {key} removed (led to {before})", where=place, key=key, before=_shown(old))
        elif old is _MISSING:
            yield Change("{where}: key {key} added, leads to {now}", where=place, key=key, now=_shown(new))
        else:
            yield from _of_values(Change("{where}: key {key}", where=place, key=key), old, new)


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
    if value is None or value == ():
        return Change("left out")
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
