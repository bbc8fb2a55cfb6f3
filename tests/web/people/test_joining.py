"""People who join: written into the plan in one change that leaves all else as it is, or told what is wrong where."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.web.people.conftest import BAKERY, Desk
from web.editing.plans import Plans
from web.mistakes import Mistakes
from web.numbers.stock import State, Use
from web.people.joining import check_rows
from web.people.rows import ANY, TRANSFER, TypedPerson

Row = Callable[..., TypedPerson]


def wrong(desk: Desk, *rows: TypedPerson) -> dict[str, str]:
    """What is told, by field; the plan is as it was."""
    with pytest.raises(Mistakes) as refused:
        desk.add(*rows)
    assert desk.plans.read(desk.account).text == BAKERY
    return {each.field: str(each.what) for each in refused.value.mistakes}


def test_two_join_with_the_next_extensions_and_numbers_of_the_stock(desk: Desk, row: Row) -> None:
    desk.stocked("+31201234570", "+31201234571")
    joined, saved = desk.add(
        row("anna@bakery.example", name="Anna de Vries", number=ANY),
        row("Bo@Bakery.example", number="020 123 4570"),
        row("cleo@bakery.example"),
    )
    assert [(each.key, each.facts.extension, each.facts.number) for each in joined] == [
        ("anna-de-vries", "103", "+31201234571"),
        ("bo", "104", "+31201234570"),
        ("cleo", "105", None),
    ]
    assert saved.version
    text = desk.plans.read("bakery").text
    assert text.startswith("# written by hand\n")
    assert "# the old fax" in text
    assert desk.roster().licences.used == 3
    assert {each.number: each.person for each in desk.stock().numbers.values() if each.use is Use.PERSON} == {
        "+31201234569": "orders",
        "+31201234570": "bo",
        "+31201234571": "anna-de-vries",
    }


def test_everything_that_is_wrong_is_told_beside_its_field(desk: Desk, row: Row) -> None:
    desk.stocked("+31201234570")
    told = wrong(
        desk,
        row("anna@bakery", name="x" * 61, number="+31 20 123 4569"),
        row("", number="0800 1234", extension="102"),
        row("DESK@bakery.example", extension="112"),
        row("one@bakery.example", number="+31 20 123 4570", extension="702"),
        row("two@bakery.example", number="+31 20 123 4570", extension="51"),
        row("one@bakery.example", extension="501", temporary=ANY),
        row("six@bakery.example", number="transfer", coming="0900 1234", extension="12"),
    )
    for field, part in {
        "people.0.name": "60 characters",
        "people.1.email": "or a name at least",
        "people.1.extension": "102 is the extension of orders. 103 is free",
        "people.2.email": "desk has this address already",
        "people.2.extension": "emergency",
        "people.3.extension": "parked",
        "people.4.number": "is given to one@bakery.example above",
        "people.4.extension": "3 digits",
        "people.5.email": "one@bakery.example has this address",
        "people.5.extension": "It begins with 5, a key of the menu welcome",
        "people.6.coming": "premium",
    }.items():
        assert part in told.get(field, ""), (field, told)


def test_a_number_that_will_not_do_is_told_with_the_reason(desk: Desk, row: Row) -> None:
    told = wrong(desk, row("an@bakery.example", number="0800 1234"), row("bo@bakery.example", number="020 999 1234"))
    assert "toll-free" in told["people.0.number"]
    assert "not in your stock" in told["people.1.number"]
    assert (
        "is the number of orders already" in wrong(desk, row("a@b.example", number="+31201234569"))["people.2.number"]
    )
    assert "is the main number" in wrong(desk, row("a@b.example", number="+31201234567"))["people.3.number"]


def test_too_few_licences_say_how_many_are_missing(desk: Desk, row: Row) -> None:
    desk.stocked(*(f"+3120123460{each}" for each in range(4)))
    desk.licences = 2
    told = wrong(desk, *(row(f"p{each}@bakery.example", number=ANY) for each in range(4)))
    assert told[""].startswith("3 licences are missing: 5 people would have a number, and the account has 2.")
    desk.add(row("p@bakery.example", number=ANY), row("no@bakery.example"))


def test_a_number_to_come_is_promised_and_another_stands_in_for_it(desk: Desk, row: Row) -> None:
    desk.stocked("+31201234570")
    desk.add(row("anna@bakery.example", number=TRANSFER, coming="070 123 4567", temporary=ANY))
    stock = desk.stock()
    coming = stock.coming_for("anna")
    assert coming is not None
    assert (coming.number, coming.state, coming.stand_in) == ("+31701234567", State.COMING, "+31201234570")
    temporary = stock.numbers["+31201234570"]
    assert (temporary.state, temporary.use, temporary.person) == (State.TEMPORARY, Use.PERSON, "anna")
    assert desk.roster().licences.used == 2
    with pytest.raises(Mistakes, match="coming for somebody else"):
        desk.add(row("bo@bakery.example", number=TRANSFER, coming="070 123 4567"))


def test_a_refused_change_promises_nothing(desk: Desk, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Mistakes([])

    monkeypatch.setattr(Plans, "save", refuse)
    with pytest.raises(Mistakes):
        desk.add(row("anna@bakery.example", number=TRANSFER, coming="070 123 4567"))
    assert desk.store.console.numbers.of("bakery") == []


def test_of_two_managers_who_take_one_number_at_once_the_second_hears_of_the_first(desk: Desk, row: Row) -> None:
    desk.stocked("+31201234570")
    rows = [row(f"p{each}@bakery.example", number="+31 20 123 4570") for each in range(4)]
    told: list[str] = []

    def add(one: TypedPerson) -> None:
        try:
            desk.add(one)
            told.append("")
        except Mistakes as problem:
            told.append(str(problem))

    threads = [threading.Thread(target=add, args=(each,)) for each in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told)[0] == ""
    assert all("is the number of p" in each for each in sorted(told)[1:])
    assert len(desk.roster().loaded.people) == 3


def test_two_managers_who_add_people_at_once_both_succeed(desk: Desk, row: Row) -> None:
    before = Plans.save
    rows = [row("first@bakery.example"), row("second@bakery.example")]

    def save_late(self: Plans, *words: object, **more: object) -> object:
        Plans.save = before  # type: ignore[method-assign]
        desk.add(rows[1])
        return before(self, *words, **more)  # type: ignore[arg-type]

    Plans.save = save_late  # type: ignore[method-assign,assignment]
    try:
        (first,), _ = desk.add(rows[0])
    finally:
        Plans.save = before  # type: ignore[method-assign]
    people = desk.roster().loaded.people
    assert people["second"].extension == "103"
    assert (first.facts.extension, people["first"].extension) == ("104", "104")


def test_500_people_at_once_are_a_matter_of_a_moment(desk: Desk, row: Row) -> None:
    rows = [row(f"person{each}@bakery.example", name=f"Person {each}") for each in range(500)]
    joined, _ = desk.add(*rows)
    assert len({each.facts.extension for each in joined}) == 500
    with pytest.raises(Mistakes):
        check_rows(desk.roster(), rows)
