"""The stock: one account's only, used as the dialplan says, and the main number chosen from it first."""

from __future__ import annotations

import pytest

from engine.store.console.numbers import StoredNumber
from engine.store.store import Store
from tests.web.people.conftest import FACTS, NOW, Desk, desk, plans  # noqa: F401  (fixtures)
from web.editing.plans import Plans, Saved
from web.mistakes import Mistakes
from web.numbers.listed import read_typed
from web.numbers.main import begin, may_be_main, move
from web.numbers.stock import State, Stock, Use, add, remove
from web.people.roster import read_roster


def begun(plans: Plans, store: Store, number: str) -> Saved:  # noqa: F811
    owner = ("An Owner", "an@shop.example")
    return begin(plans, store.console.numbers, "shop", number, FACTS, owner, author="an", now=NOW)


def test_numbers_of_the_plan_are_there_with_their_use(desk: Desk) -> None:  # noqa: F811
    desk.stocked("+31201234570")
    uses = {each.national: (each.use, each.person) for each in desk.stock().numbers.values()}
    assert uses == {
        "020 123 4567": (Use.MAIN, None),
        "020 123 4568": (Use.OTHER, None),
        "020 123 4569": (Use.PERSON, "orders"),
        "020 123 4570": (Use.FREE, None),
    }


def test_all_are_added_or_none(desk: Desk) -> None:  # noqa: F811
    numbers = desk.store.console.numbers
    numbers.add([StoredNumber("+31201234571", "clinic")])
    assert add(numbers, "bakery", read_typed("020 123 4570", "NL"), NOW) == 1
    with pytest.raises(Mistakes) as refused:
        add(numbers, "bakery", read_typed("0201234570, 0201234571, 0201234572, 0201234573", "NL"), NOW,
            elsewhere=["+31201234573"])  # fmt: skip
    assert [str(each.what) for each in refused.value.mistakes] == [
        "+31 20 123 4570 is in your stock already.",
        "+31 20 123 4571 belongs to another account of this Belplan.",
        "+31 20 123 4573 belongs to another account of this Belplan.",
    ]
    assert numbers.count("bakery") == 1


def test_what_is_used_is_not_removed(desk: Desk) -> None:  # noqa: F811
    desk.stocked("+31201234569", "+31201234570")
    for number, why in {
        "+31201234567": "is the main number",
        "+31201234568": "among the plan's other numbers",
        "+31201234569": "is the number of orders",
        "+31201234599": "not in your stock",
    }.items():
        with pytest.raises(Mistakes, match=why):
            remove(desk.store.console.numbers, desk.stock(), number)
    remove(desk.store.console.numbers, desk.stock(), "+31201234570")
    assert "+31201234570" not in desk.stock().numbers


def test_the_main_number_comes_first_and_the_plan_begins_with_it(plans: Plans, store: Store) -> None:  # noqa: F811
    numbers = store.console.numbers
    with pytest.raises(Mistakes, match="Choose the main number first"):
        read_roster(plans, numbers, "shop", 2)
    numbers.add([StoredNumber("+31201234567", "shop"), StoredNumber("+31701234567", "shop", coming=True)])
    for number, why in {
        "": "Choose the main number",
        "020 123 4568": "not in your stock",
        "070 123 4567": "still being transferred",
        "0800 1234": "toll-free",
    }.items():
        with pytest.raises(Mistakes, match=why):
            begun(plans, store, number)
    assert begun(plans, store, "020 123 4567").version == 1
    roster = read_roster(plans, numbers, "shop", 1)
    (owner,) = roster.loaded.people.values()
    assert (owner.name, owner.email, owner.extension) == ("An Owner", "an@shop.example", "801")
    assert roster.loaded.main.kind == "ring"
    assert roster.licences.used == 1
    assert read_roster(plans, numbers, "shop", 2).licences.used == 0
    with pytest.raises(Mistakes, match="has its main number already"):
        begun(plans, store, "020 123 4567")


def test_another_main_number_leaves_the_old_one_in_the_stock(desk: Desk) -> None:  # noqa: F811
    desk.stocked("+31201234570")
    desk.store.console.numbers.add([StoredNumber("+31701234567", "bakery", coming=True)])
    stock = desk.stock()
    assert may_be_main(stock, "+31201234569") is not None
    with pytest.raises(Mistakes, match="still being transferred"):
        move(desk.plans, desk.store.console.numbers, stock, "+31701234567", "NL", author="an", now=NOW)
    desk.store.console.numbers.set_coming("bakery", ["+31701234567"], False)
    move(desk.plans, desk.store.console.numbers, desk.stock(), "+31701234567", "NL", author="an", now=NOW)
    uses = {each.number: each.use for each in desk.stock().numbers.values()}
    assert (uses["+31701234567"], uses["+31201234567"]) == (Use.MAIN, Use.FREE)
    assert '"+31 70 123 4567"' in desk.plans.read("bakery").text


def test_a_temporary_number_is_not_to_be_given_away() -> None:
    stored = [
        StoredNumber("+31701234567", "a", coming=True, meant_for="anna"),
        StoredNumber("+31201234567", "a", stands_in_for="+31701234567"),
    ]
    stock = Stock.of("a", stored, None)
    assert stock.numbers["+31201234567"].state is State.TEMPORARY
    assert not stock.free
    assert "stands in" in str(stock.why_not_free("+31201234567"))
