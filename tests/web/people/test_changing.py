"""Changing and removing people: the plan is changed there only, and nothing of theirs is left to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.store.console.invitations import StoredInvitation
from tests.web.people.conftest import BAKERY, NOW, Desk
from web.editing.plans import Plans
from web.mistakes import Mistakes
from web.numbers.stock import Use
from web.people.changing import Changed, change_person, remove_person
from web.people.rows import ANY, TRANSFER, TypedPerson

Row = Callable[..., TypedPerson]
ORDERS = TypedPerson("", "orders@bakery.example", number="+31201234569", extension="102")


def change(desk: Desk, key: str, row: TypedPerson) -> Changed:
    return change_person(
        desk.plans, desk.store, desk.account, key, row, licences=desk.licences, author="an@bakery.example", now=NOW
    )


def remove(desk: Desk, key: str) -> None:
    remove_person(desk.plans, desk.store, desk.account, key, licences=desk.licences, author="an", now=NOW)


def test_another_name_and_number(desk: Desk) -> None:
    desk.stocked("+31201234570")
    changed = change(desk, "orders", replace(ORDERS, name="Orders", number="020 123 4570"))
    assert not changed.new_extension
    person = desk.roster().loaded.people["orders"]
    assert (person.name, person.number, person.extension) == ("Orders", "+31201234570", "102")
    assert desk.stock().numbers["+31201234569"].use is Use.FREE


def test_nothing_changed_is_no_version(desk: Desk) -> None:
    assert change(desk, "orders", ORDERS).saved.version == 0
    assert desk.plans.read("bakery").text == BAKERY


def test_another_extension_has_another_password_and_needs_another_invitation(desk: Desk) -> None:
    desk.store.passwords.ensure("bakery", ["102"])
    desk.store.console.invitations.put([StoredInvitation("bakery", "102", "orders@bakery.example", "x", NOW, NOW + 60)])
    assert change(desk, "orders", replace(ORDERS, extension="110")).new_extension
    assert desk.store.passwords.lookup("bakery", "102") is None
    assert desk.store.console.invitations.of("bakery") == {}


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("extension", replace(ORDERS, extension="101")),
        ("email", replace(ORDERS, email="desk@bakery.example")),
        ("email", replace(ORDERS, email="")),
        ("name", replace(ORDERS, name="x" * 61)),
        ("number", replace(ORDERS, number="+31201234567")),
        ("coming", replace(ORDERS, number=TRANSFER, coming="020 123 4568")),
    ],
)
def test_what_will_not_do_is_told_beside_its_field(desk: Desk, field: str, row: TypedPerson) -> None:
    with pytest.raises(Mistakes) as refused:
        change(desk, "orders", row)
    assert [each.field for each in refused.value.mistakes] == [field]
    assert desk.plans.read("bakery").text == BAKERY


def test_a_number_to_come_and_what_stands_in_for_it_later(desk: Desk) -> None:
    desk.stocked("+31201234570")
    desk.licences = 1
    change(desk, "orders", replace(ORDERS, number=TRANSFER, coming="+31 70 123 4567"))
    assert desk.roster().loaded.people["orders"].number is None
    assert desk.roster().licences.used == 2
    change(desk, "orders", replace(ORDERS, number="+31701234567", temporary=ANY))
    coming = desk.stock().coming_for("orders")
    assert coming is not None
    assert coming.stand_in == desk.roster().loaded.people["orders"].number
    change(desk, "orders", replace(ORDERS, number=""))
    assert desk.stock().coming_for("orders") is None
    assert not any(each.stands_in_for for each in desk.stock().numbers.values())


def test_a_further_number_needs_a_licence(desk: Desk) -> None:
    desk.licences = 1
    desk.stocked("+31201234570")
    with pytest.raises(Mistakes, match="licences are missing"):
        change(desk, "desk", TypedPerson("", "desk@bakery.example", "Front desk", ANY, extension="101"))


def test_who_is_named_elsewhere_is_not_removed_and_the_places_are_told(desk: Desk) -> None:
    with pytest.raises(Mistakes, match="Front desk is still where callers are led: menus › welcome › keys › 5 › ring;"):
        remove(desk, "desk")
    assert desk.plans.read("bakery").text == BAKERY
    with pytest.raises(Mistakes, match="no such person"):
        remove(desk, "nobody")


def test_who_is_removed_leaves_nothing_behind(desk: Desk, row: Row) -> None:
    desk.stocked("+31201234570")
    ((anna,), _) = desk.add(row("anna@bakery.example", number=TRANSFER, coming="070 123 4567", temporary=ANY))
    extension = anna.facts.extension
    desk.store.passwords.ensure("bakery", [extension])
    remove(desk, "anna")
    assert desk.plans.read("bakery").text == BAKERY
    assert desk.store.passwords.lookup("bakery", extension) is None
    stock = desk.stock().numbers
    assert stock["+31201234570"].free
    assert stock["+31701234567"].person is None


def test_a_change_that_fails_leaves_what_was_promised(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.stocked("+31201234570")
    first = replace(ORDERS, number=TRANSFER, coming="+31 70 123 4567", temporary="+31201234570")
    change(desk, "orders", first)
    before = desk.store.console.numbers.of("bakery")

    def refuse(*_: object, **__: object) -> None:
        raise Mistakes([])

    monkeypatch.setattr(Plans, "save", refuse)
    with pytest.raises(Mistakes):
        change(desk, "orders", replace(first, coming="+31 70 123 4568"))
    with pytest.raises(Mistakes):
        change(desk, "orders", replace(ORDERS, number=""))
    assert desk.store.console.numbers.of("bakery") == before
