"""Wrong PINs across calls: how many there may be, and when they are forgotten."""

from __future__ import annotations

from engine.office.guesses import MAX_PROTECTED, MOST_WRONG, WITHIN_SECONDS, Guesses


def test_after_so_many_wrong_ones_nobody_may_try_until_the_oldest_is_long_ago() -> None:
    guesses = Guesses()
    for second in range(MOST_WRONG):
        assert guesses.may_try("greetings", float(second))
        guesses.was_wrong("greetings", float(second))
    assert not guesses.may_try("greetings", WITHIN_SECONDS - 0.1)
    assert guesses.may_try("greetings", WITHIN_SECONDS)
    guesses.was_wrong("greetings", WITHIN_SECONDS)
    assert not guesses.may_try("greetings", WITHIN_SECONDS), "one more for each that is forgotten"


def test_each_thing_is_counted_for_itself_and_nothing_grows() -> None:
    guesses = Guesses()
    for number in range(MAX_PROTECTED + 10):
        for _ in range(MOST_WRONG):
            guesses.was_wrong(f"box {number}", 0.0)
    assert len(guesses._wrong) == MAX_PROTECTED
    assert not guesses.may_try(f"box {MAX_PROTECTED}", 1.0)
    assert guesses.may_try("another", 1.0)
