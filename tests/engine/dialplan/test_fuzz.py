"""Whatever a file holds, loading it returns an account or raises DialplanErrors, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.big_dialplan import big_dialplan
from engine.dialplan.check import check
from engine.dialplan.findings import DialplanErrors, Finding
from engine.dialplan.load import load_account
from engine.dialplan.model import BY_KEY, BY_WORD
from engine.dialplan.source import read_source

CORPUS = Path(__file__).parents[2] / "dialplans"
FILES = [path.read_bytes() for path in sorted(CORPUS.glob("*/*.yaml")) if path.stat().st_size < 5000]
WORDS = [
    *BY_KEY, *BY_WORD, "account", "name", "country", "language", "timezone", "numbers", "main", "others", "people",
    "extension", "number", "email", "hours", "days", "from", "to", "except", "holidays", "main_number", "during",
    "anonymous", "everybody", "+31*", "file", "answers", "token", "env",
    "menus", "greeting", "keys", "then", "else", "for", "tries", "no_input", "busy", "welcome.wav", "NL",
    "Europe/Amsterdam", "+31 20 123 4567", "08:00", "mon-fri", "1", "*", "a", "b", "20s", "101",
    "languages", "nl", "callers_from", "notice", "only_for", "interruptible", "announce", "in", "any", "cause", "tone",
    "forward", "always", "no_answer", "not_registered", "follow_me", "after", "ring", "dial", "accept", "show",
    "caller", "do_not_disturb", "outside_forward", "+31 6 12345678", "15s", "tell", "all", "*21", "#21",
    "switches", "features", "switch", "set", "on", "off", "auto", "closed", "open", "08:30-12:00", "12-24", "02-30",
    "queue", "agents", "strategy", "all", "each", "rest", "wrap_up", "messages", "position", "wait", "every", "most",
    "patience", "nobody", "leave", "full", "too_long", "priority", "person", "weight", "sign_in",
    "mailboxes", "pin", "email", "keep", "30 days", "limit", "silence", "full", "refused", "own", "any", "4711",
    "parking", "slots", "701-703", "702", "time", "ring_back", "rounds", "park", "pick_up", "page", "any", "parked",
    "interrupt", "from_outside", "groups", "members", "nothing", "full", "nobody", "refused", "*70", "*8",
    "2026-12-24", "07-20 to 08-10", "sun before 12-25", "24 dec", "region", "NH", "*60", "#1",
]  # fmt: skip

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(WORDS), st.text(max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), inner)
    ),
    max_leaves=12,
)
SECTIONS = st.sampled_from(
    [
        *("account", "numbers", "people", "hours", "switches", "callers", "block", "main_number", "menus", "features"),
        *("mailboxes", "parking", "groups", "queues"),
    ]
)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

BASE = {
    "account": {"name": "A", "country": "NL", "timezone": "Europe/Amsterdam"},
    "numbers": {"main": "+31 20 123 4567"},
    "people": {
        "a": {"extension": 101, "forward": {"busy": "b"}, "follow_me": [{"after": "5s", "dial": "+31 6 12345678"}]},
        "b": {"extension": 102},
    },
    "hours": {"open": {"days": "mon-fri"}, "shop": {"mon-fri": "08:30-17:30", "holidays": "closed"}},
    "switches": ["night"],
    "queues": {"b": {"agents": ["a"], "keys": {"1": "a"}}},
    "main_number": "welcome",
    "menus": {"welcome": {"greeting": "welcome.wav", "keys": {"1": "a"}}},
}


def written(value: object) -> str:
    """``value`` as flow-style YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(str(key))}: {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''").replace("\n", " ") + "'"
    return "null" if value is None else str(value).lower()


def attempt(data: bytes, folder: Path) -> bool:
    """Load and check ``data``; True if it loads."""
    path = folder / "fuzz.yaml"
    path.write_bytes(data)
    findings: tuple[Finding, ...] = ()
    try:
        check(load_account(path, sounds_cache=folder / "cache", prompts_dir=folder / "prompts"))
    except DialplanErrors as errors:
        findings = errors.findings
        assert findings
    assert all(finding.line >= 1 and finding.column >= 1 and finding.what for finding in findings)
    return not findings


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes(folder: Path, data: bytes) -> None:
    attempt(data, folder)


@FUZZ
@given(st.sampled_from(FILES), st.integers(0, 5000), st.integers(0, 20), st.binary(max_size=6))
def test_any_damage_to_a_file(folder: Path, data: bytes, at: int, cut: int, put: bytes) -> None:
    at %= len(data) + 1
    attempt(data[:at] + put + data[at + cut :], folder)


# --- a good dialplan with something changed in its structure ----------------------------------------------------------

GOOD = [path.read_bytes() for path in sorted(CORPUS.glob("good/*.yaml"))]
LARGE = big_dialplan(people=12, menus=9).encode()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a tree."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in places(each, (*path, key)))]


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


TREES = [plain(read_source(data, lambda *_: None)) for data in (*GOOD, LARGE)]


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def mutate(tree: Any, draw: Callable[[Any], Any]) -> Any:
    """One change: a value replaced, left out, moved, doubled, renamed, or put one level deeper."""
    path = draw(st.sampled_from(places(tree)[1:]))
    above, step = at(tree, path[:-1]), path[-1]
    match draw(st.sampled_from(["replace", "remove", "swap", "repeat", "rename", "wrap"])):
        case "replace":
            above[step] = draw(VALUES)
        case "remove":
            del above[step]
        case "swap":
            above[step] = copy.deepcopy(at(tree, draw(st.sampled_from(places(tree)))))
        case "repeat" if isinstance(above, list):
            above.extend(above[step] for _ in range(draw(st.integers(1, 60))))
        case "rename" if isinstance(above, dict):
            above[draw(st.sampled_from(WORDS))] = above.pop(step)
        case _:
            above[step] = {draw(st.sampled_from(WORDS)): above[step]} if draw(st.booleans()) else [above[step]]
    return tree


@FUZZ
@given(st.sampled_from(TREES), st.integers(1, 4), st.data())
def test_any_change_to_the_structure_of_a_good_dialplan(folder: Path, tree: Any, changes: int, data: Any) -> None:
    tree = copy.deepcopy(tree)
    for _ in range(changes):
        if isinstance(tree, dict) and tree:
            tree = mutate(tree, data.draw)
    attempt(written(tree).encode(), folder)


def test_the_trees_load_before_they_are_changed(folder: Path) -> None:
    assert [attempt(written(tree).encode(), folder) for tree in TREES[:-1]] == [True] * len(GOOD)


@FUZZ
@given(SECTIONS, VALUES)
def test_any_value_in_a_section(folder: Path, section: str, value: object) -> None:
    attempt(written(BASE | {section: value}).encode(), folder)


@FUZZ
@given(VALUES)
def test_any_value_as_a_destination(folder: Path, value: object) -> None:
    menus = {"welcome": {"greeting": "welcome.wav", "keys": {"1": value}, "no_input": {"tries": 1, "then": value}}}
    attempt(written(BASE | {"menus": menus}).encode(), folder)


def test_the_base_of_the_fuzzing_loads(folder: Path) -> None:
    assert attempt(written(BASE).encode(), folder)
