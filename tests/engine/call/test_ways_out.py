"""Which trunks a call may take, in which order, and whose line an emergency call takes."""

from __future__ import annotations

import pytest

from engine.call.trunk import Trunk
from engine.call.ways_out import EMERGENCY_FIRST, WaysOut
from engine.office.standing import Remembered

HOME = Trunk("home", "h.example")
GERMAN = Trunk("german", "g.example", prefixes=("+49",))
BERLIN = Trunk("berlin", "b.example", prefixes=("+4930", "+4940"), emergency=False)
CHEAP = Trunk("cheap", "c.example", priority=2)
FIRST = Trunk("first", "f.example", priority=1)


def names(trunks: tuple[Trunk, ...]) -> list[str]:
    return [trunk.name for trunk in trunks]


@pytest.mark.parametrize(
    ("number", "order"),
    [
        ("+4930123456", ["berlin", "german", "home", "first", "cheap"]),
        ("+4989123456", ["german", "home", "first", "cheap"]),
        ("+31201234567", ["home", "first", "cheap"]),
        ("116117", ["home", "first", "cheap"]),
    ],
)
def test_the_longest_prefix_then_priority_then_the_files_order(number: str, order: list[str]) -> None:
    assert names(WaysOut((CHEAP, HOME, GERMAN, BERLIN, FIRST)).to("bakery", number)) == order


def test_one_that_is_down_is_passed_over_and_one_that_refuses_us_comes_last() -> None:
    ways = WaysOut((HOME, FIRST, CHEAP))
    ways.state("home").down, ways.state("first").refused = True, True
    assert names(ways.to("bakery", "+31201234567")) == ["cheap", "first"]
    ways.state("home").down = False
    assert names(ways.to("bakery", "+31201234567"))[0] == "home"


def test_an_emergency_call_tries_all_that_may_carry_it_also_what_seems_down() -> None:
    ways = WaysOut((BERLIN, GERMAN, HOME, CHEAP))
    ways.state("home").down = True
    assert names(ways.to_emergency("bakery", "112")) == ["cheap", "german", "home"]


def test_a_trunks_lines_are_bounded_and_given_back_once() -> None:
    ways = WaysOut((Trunk("a", "a.example", calls=2),))
    (trunk,) = ways.trunks
    first, second = ways.take_line(trunk, lambda _: None), ways.take_line(trunk, lambda _: None)
    assert first is not None
    assert second is not None
    assert ways.take_line(trunk, lambda _: None) is None
    first()
    first()
    assert len(ways.state("a").lines) == 1
    assert ways.take_line(trunk, lambda _: None) is not None


def test_an_emergency_call_ends_the_youngest_other_one_where_there_is_no_line() -> None:
    ways, ended = WaysOut((Trunk("a", "a.example", calls=2),)), []
    (trunk,) = ways.trunks
    ways.take_line(trunk, lambda why: ended.append(("first", why)))
    ways.take_line(trunk, lambda why: ended.append(("second", why)))
    for _ in range(3):
        assert ways.take_line(trunk, lambda why: ended.append(("help", why)), emergency=True) is not None
    assert ended == [("second", EMERGENCY_FIRST), ("first", EMERGENCY_FIRST)], "and never another one like it"
    assert ways.take("bakery") is not None


def test_a_trunks_minutes_are_those_of_one_day_and_outlive_the_process() -> None:
    facts = Remembered()
    trunk = Trunk("a", "a.example", seconds=600.0)
    ways = WaysOut((trunk,), standing=facts)
    noon = 1_795_435_200.0
    ways.purse(trunk, noon).take(400.0)
    assert WaysOut((trunk,), standing=facts).purse(trunk, noon).left == 200.0
    assert ways.purse(trunk, noon + 86400.0).left == 600.0


def test_a_trunk_without_minutes_is_passed_over_but_for_emergencies() -> None:
    import time

    trunk = Trunk("a", "a.example", seconds=60.0)
    ways = WaysOut((trunk,))
    ways.purse(trunk, time.time()).take(60.0)
    assert ways.take_line(trunk, lambda _: None) is None
    assert ways.take_line(trunk, lambda _: None, emergency=True) is not None


def test_no_account_has_more_than_the_settings_say_but_for_emergencies() -> None:
    ways = WaysOut((HOME,), most=1)
    give_back = ways.take("bakery")
    assert give_back is not None
    assert ways.take("bakery") is None
    assert ways.take("bakery", emergency=True) is not None
