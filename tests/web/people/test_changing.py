"""Changing and removing people: the plan is changed there only, and nothing of theirs is left to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.store.console.invitations import StoredInvitation
from tests.web.people.conftest import BAKERY, NOW, Desk
from web.editing.plans import Plans
from web.mistakes import Mistakes, Stale
from web.numbers.stock import Use
from web.people.changing import Changed, change_person, remove_person, shown_person
from web.people.rows import ANY, TRANSFER, TypedPerson

Row = Callable[..., TypedPerson]
ORDERS = TypedPerson("", "orders@bakery.example", number="+31201234569", extension="102")


def change(desk: Desk, key: str, row: TypedPerson, seen: TypedPerson | None = None) -> Changed:
    where = (desk.plans, desk.store, desk.account, key, row)
    return change_person(*where, licences=desk.licences, author="an@bakery.example", now=NOW, seen=seen)


def remove(desk: Desk, key: str, instead: str | None = None) -> None:
    where = (desk.plans, desk.store, desk.account, key)
    remove_person(*where, licences=desk.licences, author="an", now=NOW, instead=instead)


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
        ("email", replace(ORDERS, email="nowhere")),
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
    with pytest.raises(Mistakes, match=r"desk is still used: key 5 of the menu welcome \(line 13\)"):
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


# --- two at once ------------------------------------------------------------------------------------------------------
SEEN = ORDERS


def test_of_two_who_change_different_facts_both_have_theirs_and_the_second_is_told(desk: Desk) -> None:
    desk.stocked("+31201234570")
    change(desk, "orders", replace(ORDERS, number="+31201234570"), SEEN)
    by_hand = desk.plans.path("bakery")
    by_hand.write_text(by_hand.read_text().replace("email: orders@", "email: all@"))
    changed = change(desk, "orders", replace(ORDERS, name="Orders"), SEEN)
    person = desk.roster().loaded.people["orders"]
    assert (person.name, person.number, person.email) == ("Orders", "+31201234570", "all@bakery.example")
    assert "E-mail address: all@bakery.example; Number: +31201234570" in str(changed.theirs)
    assert change(desk, "orders", shown_person(desk.roster(), "orders"), SEEN).saved.version == 0


def test_of_two_who_change_the_same_fact_the_second_is_shown_the_first_before_it_is_replaced(desk: Desk) -> None:
    change(desk, "orders", replace(ORDERS, name="Orders"), SEEN)
    with pytest.raises(Stale, match=r"meanwhile: Name: Orders\. What you have typed still stands below"):
        change(desk, "orders", replace(ORDERS, name="Cakes"), SEEN)
    assert desk.roster().loaded.people["orders"].name == "Orders"
    assert change(desk, "orders", replace(ORDERS, name="Orders"), SEEN).saved.version == 0, "both wanted the same"
    change(desk, "orders", replace(ORDERS, name="Cakes"), shown_person(desk.roster(), "orders"))
    assert desk.roster().loaded.people["orders"].name == "Cakes"


def test_a_number_and_what_stands_in_for_it_are_one_fact(desk: Desk) -> None:
    desk.stocked("+31201234570")
    change(desk, "orders", replace(ORDERS, number=TRANSFER, coming="070 123 4567", temporary="+31201234570"), SEEN)
    changed = change(desk, "orders", replace(ORDERS, name="Orders"), SEEN)
    coming = desk.stock().coming_for("orders")
    assert coming is not None
    assert coming.stand_in == "+31201234570"
    assert "Number: +31701234567" in str(changed.theirs)


def test_another_extension_is_followed_wherever_the_plan_names_the_old_one(desk: Desk) -> None:
    path = desk.plans.path("bakery")
    path.write_text(BAKERY.replace("{ring: orders}", "{ring: 102}"))
    change(desk, "orders", replace(ORDERS, extension="110"), SEEN)
    assert "{ring: 110}" in path.read_text()
    assert "# the old fax" in path.read_text()


def test_somebody_takes_the_place_of_who_is_removed(desk: Desk) -> None:
    remove(desk, "desk", instead="orders")
    text = desk.plans.read("bakery").text
    assert "5: {ring: orders}" in text
    assert "then: {ring: orders}" in text
    assert list(desk.roster().loaded.people) == ["orders"]
