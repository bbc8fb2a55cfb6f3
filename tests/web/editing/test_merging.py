"""Two people change the same plan: both changes, or a word about what both have changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.web.editing.conftest import GOOD
from web.editing.accounts import with_account
from web.editing.menus import menu_of, with_menu
from web.editing.merging import merged, part_in_words
from web.editing.people import PersonFacts, with_person, without
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.mistakes import Stale

BAKERY = Plan(next(path for path in GOOD if path.stem == "bakery").read_text(), "base")
THEIRS = "theirs"


def theirs_of(plan: Plan) -> Plan:
    return replace(plan, digest=THEIRS)


def test_changes_of_different_parts_are_put_together_comments_included() -> None:
    mine = replace(BAKERY, text=BAKERY.text.replace("keys:\n", "keys:   # mine\n").replace("tries: 3", "tries: 2"))
    theirs = theirs_of(with_person(BAKERY, PersonFacts("103", "Anna"), "anna"))
    both = merged(BAKERY, mine, theirs)
    assert both.parts == ()
    assert both.plan is not None
    assert both.plan.digest == THEIRS
    assert both.plan.text == theirs.text.replace("keys:\n", "keys:   # mine\n").replace("tries: 3", "tries: 2")


def test_changes_of_lines_beside_each_other_are_put_together_by_what_they_say() -> None:
    mine = with_person(BAKERY, PersonFacts("103", "Anna"), "anna")
    theirs = theirs_of(with_person(BAKERY, PersonFacts("104", "Bob"), "bob"))
    both = merged(BAKERY, mine, theirs)
    assert both.plan is not None
    assert list(both.plan.data["people"]) == ["front-desk", "orders", "bob", "anna"]


def test_changes_of_the_same_part_are_named() -> None:
    menu = menu_of(BAKERY, "welcome")
    mine = with_menu(with_account(BAKERY, name="A"), "welcome", replace(menu, dial_extensions=False))
    theirs = theirs_of(with_menu(with_account(BAKERY, name="B"), "welcome", replace(menu, keys={})))
    both = merged(BAKERY, mine, theirs)
    assert both.plan is not None
    assert both.plan.data == mine.data, "in these parts it says what mine does"
    assert [str(part_in_words(part)) for part in both.parts] == ["the account", "the menu welcome"]


def test_the_same_change_twice_is_one() -> None:
    changed = with_account(BAKERY, name="A")
    both = merged(BAKERY, changed, theirs_of(changed))
    assert both.plan == theirs_of(changed)


def test_somebody_removed_stays_removed() -> None:
    mine = with_account(BAKERY, name="A")
    theirs = theirs_of(without(BAKERY, "orders"))
    both = merged(BAKERY, mine, theirs)
    assert both.plan is not None
    assert "orders" not in both.plan.data["people"]
    other_way = merged(BAKERY, without(BAKERY, "orders"), theirs_of(mine))
    assert other_way.plan is not None
    assert other_way.plan.data == both.plan.data


@pytest.mark.parametrize("text", ["", "- x\n", "a: [\n"])
def test_what_is_no_plan_is_merged_with_nothing(text: str) -> None:
    assert merged(BAKERY, replace(BAKERY, text=text), theirs_of(with_account(BAKERY, name="A"))).plan is None


def test_the_second_manager_merges_and_saves(plans: Plans) -> None:
    plan = plans.opened("bakery")
    plans.save("bakery", with_account(plan, name="First"), author="first", what="", now=1.0)
    mine = with_person(plan, PersonFacts("103", "Anna"), "anna")
    with pytest.raises(Stale):
        plans.save("bakery", mine, author="second", what="", now=2.0)
    both = plans.merge("bakery", mine).plan
    assert both is not None
    plans.save("bakery", both, author="second", what="", now=3.0)
    now = plans.read("bakery")
    assert now.data["account"]["name"] == "First"
    assert "anna" in now.data["people"]
    assert plans.before("bakery", mine) == plan
