"""What reloads are measured and tested with: a company whose menu changes to and fro, and callers who can tell.

Callers press three keys and are put through to somebody. Where the first key leads is what the versions of the dialplan
differ in; so the person whose phone rings says which version a call was under.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import dropwhile
from typing import Any

from bench.big_dialplan import big_dialplan

MOMENT_SECONDS = 0.25
"""For so long after a reload, a call that is told of may have come in before it."""
CALLER = "+3170222"
"""What the numbers of callers begin with; the keys that they will press follow."""
FIRST_KEYS = range(3, 9)
"""Keys of the first menu that lead to menus whose menus ring people."""


def company(version: int, people: int = 1100, menus: int = 200) -> str:
    """A big dialplan; in an odd ``version`` each of FIRST_KEYS leads where the next one does in an even one."""
    text = big_dialplan(people, menus, always_open=True)
    if version % 2 == 0:
        return text
    for key in FIRST_KEYS:
        text = text.replace(f"      {key}: {{menu: menu{key}}}", f"      {key}: {{menu: MENU{_after(key)}}}")
    return text.replace("MENU", "menu")


def all_keys() -> list[str]:
    """What callers press: all ways of three keys that end with a person's phone ringing."""
    ways = (f"{one}{two}{three}" for three in range(1, 8) for two in range(1, 9) for one in FIRST_KEYS)
    return [keys for keys in ways if _number(keys) >= 200 and int(keys[2]) % 4]


def person_rung(keys: str, version: int) -> str:
    """Whose phone rings."""
    first = int(keys[0]) if version % 2 == 0 else _after(int(keys[0]))
    return f"person{_number(f'{first}{keys[1:]}')}"


def _after(key: int) -> int:
    return FIRST_KEYS[(FIRST_KEYS.index(key) + 1) % len(FIRST_KEYS)]


def _number(keys: str) -> int:
    """Keys lead down a tree of menus of eight keys each; the people come where the menus end (big_dialplan.py)."""
    return 64 * int(keys[0]) + 8 * int(keys[1]) + int(keys[2])


def caller_rows(ports: Iterable[int]) -> str:
    """SIPp's injection file for ``sipp/menu.xml``: a port for the sound, a number and three keys a line."""
    ways = all_keys()
    rows = (f"{port};{keys};{keys[0]};{keys[1]};{keys[2]};" for port, keys in zip(ports, _endless(ways), strict=False))
    return "\n".join(["SEQUENTIAL", *rows]) + "\n"


def _endless(ways: list[str]) -> Iterator[str]:
    while True:
        yield from ways


@dataclass(slots=True)
class Told:
    """What a log says of the calls and reloads that were. ``wrong`` are sentences."""

    calls: int = 0
    reloads: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Call:
    keys: str
    versions: tuple[int, ...]
    heard: str = ""


def judge(log: Iterable[Mapping[str, Any]]) -> Told:
    """Whether every call that is told of ended well, with all its keys, under the version it began with.

    What is said before the engine is ready is about the machine. The n-th reload of the log brought version n. Which
    one a call is under is decided when its INVITE comes in, which is a moment before the log tells of it.
    """
    told, going, reloaded_at = Told(), dict[str, _Call](), float("-inf")
    for line in dropwhile(lambda line: line.get("event") != "ready", log):
        match line.get("event"):
            case "dialplan reloaded":
                told.reloads += 1
                reloaded_at = _seconds(line)
                if not line["changes"]:
                    told.wrong.append(f"reload {told.reloads} changed nothing")
            case "call offered" if str(line["caller"]).startswith(CALLER):
                just_now = _seconds(line) < reloaded_at + MOMENT_SECONDS
                versions = (told.reloads, told.reloads - 1) if just_now else (told.reloads,)
                going[line["call"]] = _Call(str(line["caller"]).removeprefix(CALLER), versions)
            case "digit heard" if line["call"] in going:
                going[line["call"]].heard += line["digit"]
            case "call ended" if line["call"] in going:
                told.calls += 1
                told.wrong += _wrong(going.pop(line["call"]), line)
            case _:
                if line.get("level") in ("warning", "error", "critical"):
                    told.wrong.append(f"the engine says: {line}")
    told.wrong += [f"the call of {call.keys} never ended" for call in going.values()]
    return told


def _seconds(line: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()


def _wrong(call: _Call, ended: Mapping[str, Any]) -> Iterator[str]:
    people = [person_rung(call.keys, version) for version in call.versions]
    if call.heard != call.keys:
        yield f"of the keys {call.keys} the engine heard {call.heard or 'none'}"
    if ended["answered_by"] not in people or ended["by"] != "caller":
        yield f"{call.keys} should have talked to {' or '.join(people)}, and hung up: {ended}"
