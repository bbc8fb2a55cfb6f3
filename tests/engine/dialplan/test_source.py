"""YAML with places: what is text, what is not, and what no file may do to the engine."""

from __future__ import annotations

from typing import Any

import pytest

from engine.dialplan.source import (
    MAX_DEPTH,
    MAX_INTEGER_DIGITS,
    MAX_VALUES,
    Position,
    SourceMapping,
    SourceText,
    Unreadable,
    read_source,
)


def read(text: str) -> Any:
    def report(at: Position, what: str, suggestion: str) -> None:
        raise AssertionError(what)

    return read_source(text.encode(), report)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("08:30", "08:30"),
        ("12:30:45", "12:30:45"),
        ("0101", "0101"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("1.5", "1.5"),
        (".inf", ".inf"),
        ("2026-11-23", "2026-11-23"),
        ("+31201234567", "+31201234567"),
        ("<<", "<<"),
        ("=", "="),
        ("0", 0),
        ("42", 42),
        ("-7", -7),
        ("9" * MAX_INTEGER_DIGITS, int("9" * MAX_INTEGER_DIGITS)),
        ("9" * (MAX_INTEGER_DIGITS + 1), "9" * (MAX_INTEGER_DIGITS + 1)),
        ("9" * 10000, "9" * 10000),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"42"', "42"),
        ("'true'", "true"),
        ('""', ""),
    ],
)
def test_only_plain_decimals_and_true_false_null_are_more_than_text(written: str, value: object) -> None:
    found = read(f"a: {written}")["a"]
    assert found == value
    assert type(found) is (SourceText if isinstance(value, str) else type(value))


def test_everything_knows_its_place() -> None:
    root = read("a: 1\nbc:\n- x\n- {d: é, e: [y]}\n")
    assert root.at == Position(1, 1)
    assert root.key_at == {"a": Position(1, 1), "bc": Position(2, 1)}
    assert root.value_at == {"a": Position(1, 4), "bc": Position(3, 1)}
    assert root["bc"].item_at == [Position(3, 3), Position(4, 3)]
    assert root["bc"][1].value_at["e"] == Position(4, 13)
    assert root["bc"][0].at == Position(3, 3)


def test_keys_are_text_whatever_they_look_like() -> None:
    assert list(read("1: a\ntrue: b\n08: c\n'*': d")) == ["1", "true", "08", "*"]


def test_an_alias_is_what_it_refers_to() -> None:
    root = read("a: &x {k: 1}\nb: *x")
    assert root["b"] == {"k": 1}


def test_a_key_given_twice_is_reported_and_reading_goes_on() -> None:
    reports: list[tuple[Position, str]] = []
    root = read_source(b"a: 1\na: 2\nb: 3\nb: 4", lambda at, what, _: reports.append((at, what)))
    assert root == {"a": 1, "b": 3}
    assert reports == [(Position(2, 1), "'a' is given twice"), (Position(4, 1), "'b' is given twice")]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_is_bounded(opening: str) -> None:
    with pytest.raises(Unreadable):
        read(opening * 50_000)
    if opening == "[":
        read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
        with pytest.raises(Unreadable, match="nested deeper"):
            read("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_the_expansion_of_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [x,x]"] + [f"a{i}: &a{i} [*a{i - 1},*a{i - 1}]" for i in range(1, 60)]
    with pytest.raises(Unreadable, match=f"{MAX_VALUES:,} values"):
        read("\n".join(lines))


def test_a_copy_without_a_key_keeps_its_places() -> None:
    root = read("a: 1\nb: 2")
    copy = root.without("a")
    assert isinstance(copy, SourceMapping)
    assert (copy, copy.key_at["b"], root) == ({"b": 2}, Position(2, 1), {"a": 1, "b": 2})
