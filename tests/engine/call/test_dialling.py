"""The digit matcher: which keys wait, what fast and late digits mean, and the whole against a naive oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call.dialling import BURST_GAP, MAX_DIGITS, AnyKey, Dialling, Tail
from engine.call.protocol import ExtensionDialled, Key, KeyPlan, Keys, NoInput, WrongInput

PLAN = KeyPlan(keys=frozenset("1250*"), extensions=frozenset({"101", "102", "20", "2015", "300"}))
GAP = PLAN.between_digits


def dial(plan: KeyPlan, presses: list[tuple[float, str]], tail: Tail | None = None) -> tuple[Keys, float, int]:
    """The meaning, when it was known, and how many presses it took, if presses are looked at as they come."""
    dialling = Dialling(plan, tail)
    for count, (at, digit) in enumerate(presses):
        if dialling.deadline is not None and at > dialling.deadline:
            result = dialling.expire(dialling.deadline)
            assert result is not None
            return result, dialling.deadline, count
        if (result := dialling.press(digit, at)) is not None:
            return result, at, count + 1
    deadline = dialling.deadline if dialling.deadline is not None else 60.0
    result = dialling.expire(deadline)
    assert result is not None
    return result, deadline, len(presses)


def fast(digits: str, gap: float = 0.2) -> list[tuple[float, str]]:
    return [(index * gap, digit) for index, digit in enumerate(digits)]


@pytest.mark.parametrize(
    ("digits", "meaning", "known_at"),
    [
        ("5", Key("5"), 0.0),
        ("*", Key("*"), 0.0),
        ("0", Key("0"), 0.0),
        ("1", Key("1"), GAP),
        ("1#", Key("1"), 0.2),
        ("101", ExtensionDialled("101"), 0.4),
        ("2015", ExtensionDialled("2015"), 0.6),
        ("20", ExtensionDialled("20"), 0.2 + GAP),
        ("20#", ExtensionDialled("20"), 0.4),
        ("300", ExtensionDialled("300"), 0.4),
        ("3", WrongInput("3"), GAP),
        ("9", WrongInput("9"), 0.0),
        ("#", WrongInput("#"), 0.0),
        ("109", WrongInput("109"), 0.4 + GAP),
        ("199", WrongInput("199"), 0.4 + GAP),
        ("1995#", WrongInput("1995"), 0.8),
        ("10", WrongInput("10"), 0.2 + GAP),
        ("12", WrongInput("12"), 0.2 + GAP),
        ("2016", WrongInput("2016"), 0.6 + GAP),
        ("1*", WrongInput("1*"), 0.2 + GAP),
        ("", NoInput(), 60.0),
    ],
)
def test_what_digits_mean_and_when_it_is_known(digits: str, meaning: Keys, known_at: float) -> None:
    result, at, taken = dial(PLAN, fast(digits))
    assert result == meaning
    assert at == pytest.approx(known_at)
    assert taken == len(digits)


SEQUENCES = KeyPlan(
    keys=frozenset({"1", "12", "2", "00", "*", "*9", "8#", "8", "#1", "101", "305"}),
    extensions=frozenset({"101", "30"}),
)


@pytest.mark.parametrize(
    ("digits", "meaning", "known_at"),
    [
        ("2", Key("2"), 0.0),
        ("1", Key("1"), GAP),
        ("1#", Key("1"), 0.2),
        ("12", Key("12"), 0.2),
        ("00", Key("00"), 0.2),
        ("0", WrongInput("0"), GAP),
        ("0#", WrongInput("0"), 0.2),
        ("07", WrongInput("07"), 0.2 + GAP),
        ("13", WrongInput("13"), 0.2 + GAP),
        ("120", Key("12"), 0.2),
        ("*", Key("*"), GAP),
        ("*9", Key("*9"), 0.2),
        ("*1", WrongInput("*1"), 0.2 + GAP),
        ("8", Key("8"), GAP),
        ("8#", Key("8#"), 0.2),
        ("#1", Key("#1"), 0.2),
        ("##", WrongInput("#"), 0.2),
        ("101", Key("101"), 0.4),
        ("30", ExtensionDialled("30"), 0.2 + GAP),
        ("305", Key("305"), 0.4),
        ("7", WrongInput("7"), 0.0),
    ],
)
def test_keys_of_several_digits_follow_the_rule_of_extensions(digits: str, meaning: Keys, known_at: float) -> None:
    result, at, _ = dial(SEQUENCES, fast(digits))
    assert (result, at) == (meaning, pytest.approx(known_at))


@pytest.mark.parametrize(("digits", "swallowed"), [("12", True), ("8#", False), ("2", False)])
def test_the_hash_after_a_key_of_several_digits_is_swallowed(digits: str, swallowed: bool) -> None:
    first = Dialling(SEQUENCES)
    for at, digit in fast(digits):
        first.press(digit, at)
    second = Dialling(KeyPlan(keys=frozenset("#")), first.tail)
    assert second.press("#", 0.6) == (None if swallowed else Key("#"))


def test_waiting_for_any_key_takes_none() -> None:
    waiting = AnyKey(Tail(until=1.0))
    assert waiting.press("#", 0.5) is None, "the end of what was dialled before is no new press"
    assert waiting.press("7", 0.6) is not None
    assert (waiting.spare, waiting.tail) == ("7", None)


def test_without_extensions_every_key_acts_at_once() -> None:
    plan = KeyPlan(keys=frozenset("12"))
    assert dial(plan, fast("12")) == (Key("1"), 0.0, 1)


def test_presses_looked_at_late_in_one_batch_belong_together_as_they_were_pressed() -> None:
    dialling = Dialling(PLAN)
    assert dialling.press("1", 0.0) is None
    assert dialling.press("0", 1.9) is None
    assert dialling.press("2", 3.8) == ExtensionDialled("102")
    assert dialling.spare is None


def test_a_press_after_the_deadline_is_handed_back_even_if_both_are_looked_at_late() -> None:
    dialling = Dialling(PLAN)
    assert dialling.press("1", 0.0) is None
    assert dialling.press("0", GAP + 0.01) == Key("1")
    assert dialling.spare == "0"


def test_the_deadline_moves_with_each_digit_and_does_not_expire_early() -> None:
    dialling = Dialling(PLAN)
    dialling.press("1", 10.0)
    assert dialling.expire(10.0 + GAP - 0.01) is None
    dialling.press("0", 11.0)
    assert dialling.deadline == 11.0 + GAP
    assert dialling.expire(10.0 + GAP) is None


def test_the_hash_after_a_complete_extension_is_swallowed_by_the_next_collection() -> None:
    first = Dialling(PLAN)
    for at, digit in fast("101"):
        result = first.press(digit, at)
    assert result == ExtensionDialled("101")
    second = Dialling(PLAN, first.tail)
    assert second.press("#", 0.6) is None
    assert second.press("5", 0.8) == Key("5")


def test_the_rest_of_a_wrong_number_is_no_new_choice() -> None:
    first = Dialling(PLAN)
    assert first.press("9", 0.0) == WrongInput("9")
    second = Dialling(PLAN, first.tail)
    assert second.press("5", 0.3) is None
    assert second.press("0", 0.3 + BURST_GAP) is None
    assert second.digits == ""


def test_a_deliberate_key_after_a_wrong_one_counts() -> None:
    first = Dialling(PLAN)
    assert first.press("9", 0.0) == WrongInput("9")
    assert Dialling(PLAN, first.tail).press("5", BURST_GAP + 0.01) == Key("5")
    assert Dialling(PLAN, first.tail).press("*", 0.1) == Key("*")


def test_a_wrong_number_without_end_is_bounded() -> None:
    dialling = Dialling(PLAN)
    for at, digit in fast("1" + "9" * 500):
        assert dialling.press(digit, at) is None
    assert len(dialling.digits) == MAX_DIGITS


def oracle(plan: KeyPlan, presses: list[tuple[float, str]]) -> tuple[Keys, int]:
    """The rules read naively: look at the whole burst and say what it means and how many presses it takes."""
    if not presses:
        return NoInput(), 0
    entries = plan.keys | plan.extensions
    first = presses[0][1]
    if not any(entry.startswith(first) and entry != first for entry in entries):
        return (Key(first) if first in plan.keys else WrongInput(first)), 1
    burst = first
    for index in range(1, len(presses)):
        at, digit = presses[index]
        if at - presses[index - 1][0] > plan.between_digits:
            break
        on_the_way = any(entry.startswith(burst + digit) for entry in entries)
        if digit == "#" and not on_the_way:
            return whole(plan, burst), index + 1
        burst += digit
        longer = any(entry.startswith(burst) and entry != burst for entry in entries)
        if on_the_way and burst in entries and not longer:
            return whole(plan, burst), index + 1
    return whole(plan, burst), len(burst)


def whole(plan: KeyPlan, burst: str) -> Keys:
    if burst in plan.keys:
        return Key(burst)
    return ExtensionDialled(burst) if burst in plan.extensions else WrongInput(burst)


KEYS = st.frozensets(st.one_of(st.sampled_from("0123*#"), st.text("012*#", min_size=2, max_size=4)), max_size=8)
EXTENSIONS = st.frozensets(st.text("0123", min_size=2, max_size=4), max_size=6)
PRESSES = st.lists(st.tuples(st.sampled_from([0.1, 1.0, 1.99, 2.5, 9.0]), st.sampled_from("01239*#")), max_size=12).map(
    lambda gaps: [(sum(gap for gap, _ in gaps[: i + 1]), digit) for i, (_, digit) in enumerate(gaps)]
)


@settings(max_examples=400)
@given(KEYS, EXTENSIONS, PRESSES, st.booleans())
def test_it_agrees_with_a_naive_reading_of_the_rules(
    keys: frozenset[str], extensions: frozenset[str], presses: list[tuple[float, str]], late: bool
) -> None:
    """Whether presses are looked at as they come or all late, the meaning is the same."""
    plan = KeyPlan(keys=keys, extensions=extensions)
    expected, taken = oracle(plan, presses)
    if not late:
        result, _, count = dial(plan, presses)
        assert (result, count) == (expected, taken)
        return
    dialling, outcome, count = Dialling(plan), None, 0
    for at, digit in presses:
        outcome = dialling.press(digit, at)
        count += dialling.spare is None
        if outcome is not None:
            break
    assert (outcome or dialling.expire(1e9), count) == (expected, taken)


@settings(max_examples=400)
@given(KEYS, EXTENSIONS, st.data())
def test_what_is_dialled_fast_is_never_split(
    keys: frozenset[str], extensions: frozenset[str], data: st.DataObject
) -> None:
    """Any key or extension with which nothing longer begins is taken whole, whatever shorter ones begin it."""
    entries = keys | extensions
    alone = sorted(one for one in entries if not any(two.startswith(one) and two != one for two in entries))
    if not alone:
        return
    wanted = data.draw(st.sampled_from(alone))
    result, at, taken = dial(KeyPlan(keys, extensions), fast(wanted))
    assert result == (Key(wanted) if wanted in keys else ExtensionDialled(wanted))
    assert (at, taken) == (pytest.approx(0.2 * (len(wanted) - 1)), len(wanted))


@settings(max_examples=300)
@given(KEYS, EXTENSIONS, st.sampled_from("0123456789*#"))
def test_only_what_could_go_on_waits(keys: frozenset[str], extensions: frozenset[str], digit: str) -> None:
    """A press that begins nothing longer has its effect in the very call that takes it."""
    dialling = Dialling(KeyPlan(keys, extensions))
    waits = any(one.startswith(digit) and one != digit for one in keys | extensions)
    assert (dialling.press(digit, 0.0) is None) == waits == (dialling.deadline is not None)
