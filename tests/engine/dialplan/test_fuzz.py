"""Whatever a file holds, loading it returns an account or raises DialplanErrors, and nothing else."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.dialplan.check import check
from engine.dialplan.findings import DialplanErrors, Finding
from engine.dialplan.load import load_account
from engine.dialplan.model import BY_KEY, BY_WORD

CORPUS = Path(__file__).parents[2] / "dialplans"
FILES = [path.read_bytes() for path in sorted(CORPUS.glob("*/*.yaml")) if path.stat().st_size < 5000]
WORDS = [
    *BY_KEY, *BY_WORD, "account", "name", "country", "language", "timezone", "numbers", "main", "others", "people",
    "extension", "number", "email", "hours", "days", "from", "to", "except", "holidays", "main_number", "during",
    "anonymous", "everybody", "+31*", "file", "answers", "token", "env",
    "menus", "greeting", "keys", "then", "else", "for", "tries", "no_input", "busy", "welcome.wav", "NL",
    "Europe/Amsterdam", "+31 20 123 4567", "08:00", "mon-fri", "1", "*", "a", "b", "20s", "101",
    "languages", "nl", "callers_from", "notice", "only_for", "interruptible", "announce", "in", "any", "cause", "tone",
]  # fmt: skip

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(WORDS), st.text(max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), inner)
    ),
    max_leaves=12,
)
SECTIONS = st.sampled_from(["account", "numbers", "people", "hours", "callers", "block", "main_number", "menus"])
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

BASE = {
    "account": {"name": "A", "country": "NL", "timezone": "Europe/Amsterdam"},
    "numbers": {"main": "+31 20 123 4567"},
    "people": {"a": {"extension": 101}},
    "hours": {"open": {"days": "mon-fri"}},
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
