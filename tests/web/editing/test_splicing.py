"""A text with other values in it: whatever changes, it reads as it must, and no other line of it differs."""

from __future__ import annotations

import copy
import difflib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from engine.dialplan.source import Unreadable
from tests.web.editing.conftest import GOOD
from web.editing.plan import Plan
from web.editing.splicing import Unspliceable, spliced
from web.editing.values import at_path, canonical, leaves, same, value_of
from web.mistakes import Mistakes

TEXTS = {path.stem: path.read_bytes().decode() for path in GOOD}

SCALARS = st.one_of(
    st.integers(0, 10_000),
    st.booleans(),
    st.none(),
    st.sampled_from(
        ["yes", "NO", "08:30", "0101", "+31 20 123", "a: b", "a #b", "- x", "*", "#", "", " ", "it's", "é", "20s"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C", "Z"]), max_size=12),
)
NAMES = st.text("abcxyz-#*1 ", min_size=1, max_size=5).map(str.strip).filter(bool)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)


def edited(text: str, after: Any) -> str:
    return spliced(text, value_of(text), after)


def lines_gone(before: str, after: str) -> list[str]:
    return [line[1:] for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith("- ")]


@pytest.mark.parametrize("name", TEXTS)
def test_a_dialplan_written_unedited_is_the_same_byte_for_byte(name: str) -> None:
    text = TEXTS[name]
    plan = Plan(text)
    assert plan.with_data(plan.copied()).text == text


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_any_change_of_any_dialplan_reads_as_it_must_and_keeps_all_other_lines(data: st.DataObject) -> None:
    text = TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))]
    before = value_of(text)
    after = copy.deepcopy(before)
    path, old = data.draw(st.sampled_from([leaf for leaf in leaves(before) if len(leaf[0]) > 1]))
    *way, last = path
    at_path(after, way)[last] = data.draw(VALUES)
    try:
        changed = edited(text, after)
    except Unspliceable:
        assert "&" in text, "only what is written with anchors may be refused"
        return
    assert same(value_of(changed), after)
    gone = lines_gone(text, changed)
    assert len(gone) <= 1 or (isinstance(old, str) and "\n" in old) or len(gone) <= 2
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in changed.splitlines() if line.lstrip().startswith("#")] == comments


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_entries_come_and_go_without_touching_their_neighbours(data: st.DataObject) -> None:
    text = TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))]
    before = value_of(text)
    after = copy.deepcopy(before)
    collections = sorted({path[:-1] for path, _ in leaves(before) if len(path) > 1}, key=str)
    holder = at_path(after, data.draw(st.sampled_from(collections)))
    if isinstance(holder, list):
        holder.insert(data.draw(st.integers(0, len(holder))), data.draw(VALUES))
        if data.draw(st.booleans()):
            del holder[data.draw(st.integers(0, len(holder) - 1))]
    else:
        if data.draw(st.booleans()):
            del holder[data.draw(st.sampled_from(sorted(holder)))]
        holder |= data.draw(st.dictionaries(NAMES, VALUES, max_size=3))
    try:
        changed = edited(text, after)
    except Unspliceable:
        assert "&" in text
        return
    assert same(value_of(changed), after)


@settings(deadline=None, max_examples=100)
@given(before=st.dictionaries(NAMES, VALUES, min_size=1, max_size=5), after=st.dictionaries(NAMES, VALUES, max_size=5))
def test_what_is_written_by_program_can_be_changed_into_anything(before: dict[str, Any], after: dict[str, Any]) -> None:
    text = Plan("").with_data(before).text
    assert same(value_of(text), before)
    kept = next(iter(before))
    after = {kept: before[kept], **after}
    assert same(value_of(edited(text, after)), after)


@settings(deadline=None, max_examples=60)
@given(value=st.dictionaries(NAMES, st.text(max_size=20) | SCALARS, min_size=1, max_size=4))
def test_another_yaml_program_reads_texts_as_we_wrote_them(value: dict[str, Any]) -> None:
    text = Plan("").with_data(value).text
    try:
        read_back = value_of(text)
    except Unreadable:
        return  # unprintable: the engine takes no such text
    assert same(read_back, value)
    texts = {name: each for name, each in value.items() if isinstance(each, str)}
    read = YAML(typ="safe", pure=True).load(text)
    assert {str(name): each for name, each in read.items() if isinstance(each, str)} == texts


BY_HAND = """\
# The shop
account: {name: "Shop", country: NL}   # ours

people:   # everybody
    anna:   {extension: 101}   # the boss
    bob:    {extension: 102}

    # the new one
    carla:
        extension: 103
        email: c@x.example   # private

hours: &hours
  open: {days: mon-fri}
others: *hours
list:
- one   # first
- two
- {three: 3}
text: |
  many
  lines
empty:
"""


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        (lambda d: d["people"].pop("bob"), ["    bob:    {extension: 102}"], []),
        (lambda d: d["people"]["carla"].pop("email"), ["        email: c@x.example   # private"], []),
        (lambda d: d["people"].update(dan={"extension": 104}), [], ["    dan:    {extension: 104}"]),
        (lambda d: d["people"]["anna"].update(name="Anna"), ["    anna:   {extension: 101}   # the boss"],
         ["    anna:   {extension: 101, name: Anna}   # the boss"]),
        (lambda d: d["list"].remove("one"), ["- one   # first"], []),
        (lambda d: d["list"].insert(1, "yes"), [], ['- "yes"']),
        (lambda d: d["list"].append({"a": 1}), [], ["- {a: 1}"]),
        (lambda d: d.update(empty={"a": 1}), ["empty:"], ["empty: {a: 1}"]),
        (lambda d: d.update(text="one"), ["text: |", "  many", "  lines"], ["text: one"]),
        (lambda d: d.update(people="none"),
         ["people:   # everybody", *BY_HAND.splitlines()[4:11]], ["people: none   # everybody"]),
        (lambda d: d["account"].update(country="BE"), ['account: {name: "Shop", country: NL}   # ours'],
         ['account: {name: "Shop", country: BE}   # ours']),
    ],
)  # fmt: skip
def test_only_the_lines_of_the_edit_change(change: Any, gone: list[str], new: list[str]) -> None:
    for newline in ("\n", "\r\n"):
        text = BY_HAND.replace("\n", newline)
        after = value_of(text)
        change(after)
        changed = edited(text, after)
        diff = list(difflib.ndiff(text.split(newline), changed.split(newline)))
        assert [line[2:] for line in diff if line.startswith("- ")] == gone
        assert [line[2:] for line in diff if line.startswith("+ ") and line[2:]] == new
        assert changed.count("\n") == changed.count(newline)


def test_what_an_alias_repeats_is_not_changed_in_one_place_only() -> None:
    after = value_of(BY_HAND)
    after["hours"]["open"]["days"] = "sat"
    with pytest.raises(Unspliceable):
        edited(BY_HAND, after)
    with pytest.raises(Mistakes, match="Change it as text"):
        Plan(BY_HAND).with_data(after)


def test_a_byte_order_mark_stays() -> None:
    text = "\ufeff" + BY_HAND
    after = value_of(text)
    after["account"]["country"] = "BE"
    assert edited(text, after) == text.replace("country: NL", "country: BE")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &x [1]\nb: {<<: *x}\n", "merged with <<"),
        ("a:\n\tb: 1\n", "a tab stands here"),
        ("a: 1\na: 2\n", "given twice"),
        ("a: !!python/object:os.system x\n", "tags"),
        ("- 1\n", "no dialplan"),
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)), "values"),
        ("a: " + "[" * 100 + "]" * 100 + "\n", "nested"),
    ],
)  # fmt: skip
def test_traps_of_yaml_are_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Mistakes, match=sentence):
        _ = Plan(text).data


def test_one_is_not_true_and_order_is_nothing() -> None:
    assert not same({"a": 1}, {"a": True})
    assert not same({"a": "1"}, {"a": 1})
    assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert canonical([1, 2]) != canonical([2, 1])


def test_a_text_of_a_browser_keeps_the_line_breaks_of_the_file() -> None:
    assert Plan("a: 1\nb: 2\n").with_text("a: 1\r\nb: 3").text == "a: 1\nb: 3\n"
    assert Plan("a: 1\r\nb: 2\r\n").with_text("a: 1\nb: 3\n").text == "a: 1\r\nb: 3\r\n"


def test_the_dialplans_are_there() -> None:
    assert {"bakery", "clinic", "company", "photographer", "everything"} <= set(TEXTS)
    assert all(isinstance(path, Path) for path in GOOD)
