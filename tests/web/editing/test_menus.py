"""The main number and menus as forms see them: what is not changed stays as written, all else says what was meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.web.editing.conftest import GOOD
from web.editing.destinations import Destination, Leads, Names, read, tidy, written
from web.editing.difference import Side, difference
from web.editing.main_number import Line, leading_to, lines_of, with_lines
from web.editing.menus import Greeting, Menu, Patience, menu_of, menus_of, new_name, with_menu, without_menu
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.editing.wording import outline
from web.mistakes import Mistakes

TEXTS = {path.stem: path.read_bytes().decode() for path in GOOD}
ORDERS = Destination(Leads.RING, "orders", otherwise="orders")


@pytest.fixture
def bakery() -> Plan:
    return Plan(TEXTS["bakery"])


def new_lines(before: Plan, after: Plan) -> list[str]:
    return [line.text.strip() for line in difference(before.text, after.text) if line.side is Side.AFTER]


@pytest.mark.parametrize("name", TEXTS)
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(name: str) -> None:
    plan = Plan(TEXTS[name])
    assert with_lines(plan, lines_of(plan)) == plan
    for menu in menus_of(plan):
        assert with_menu(plan, menu, menu_of(plan, menu)) == plan


def test_a_menu_changes_where_it_must(bakery: Plan) -> None:
    menu = menu_of(bakery, "welcome")
    assert menu.dial_extensions
    assert menu.greeting == Greeting(play="welcome.wav")
    assert menu.keys["1"] == Destination(Leads.RING, "orders", "20s", "orders")
    assert menu.no_input == Patience(3, Destination(Leads.RING, "front-desk", otherwise="front-desk"))
    keys = dict(menu.keys)
    keys["3"] = Destination(Leads.SAY, "We are open: every day", then="repeat")
    keys["1"] = replace(keys["1"], seconds="30s")
    del keys["2"]
    changed = with_menu(bakery, "welcome", replace(menu, keys=keys, no_input=Patience(2, Destination(Leads.HANG_UP))))
    assert new_lines(bakery, changed) == [
        "1: {ring: orders, for: 30s, else: {voicemail: orders}}",
        '3: {say: "We are open: every day", then: repeat}',
        "no_input: {tries: 2, then: hang_up}",
    ]
    assert menu_of(changed, "welcome").keys == keys


def test_a_comment_keeps_its_column(bakery: Plan) -> None:
    changed = with_menu(bakery, "welcome", replace(menu_of(bakery, "welcome"), dial_extensions=False))
    assert "    dial_extensions: false                    # a caller may also dial 101 or 102 here\n" in changed.text


def test_what_is_written_by_hand_may_move_and_go_but_not_be_made() -> None:
    plan = Plan(TEXTS["clinic"])
    menu = menu_of(plan, "welcome")
    assert menu.keys["8"].leads is Leads.OTHER
    assert menu.keys["8"].written == "{language: en, then: repeat}"
    moved = with_menu(plan, "welcome", replace(menu, keys={**menu.keys, "7": menu.keys["8"]}))
    assert new_lines(plan, moved) == ["7: {language: en, then: repeat}"]
    less = with_menu(plan, "welcome", replace(menu, keys={**menu.keys, "8": Destination(Leads.BACK)}))
    assert new_lines(plan, less) == ["8: back"]
    with pytest.raises(Mistakes, match="as text only"):
        with_menu(plan, "welcome", replace(menu, keys={"1": Destination(Leads.OTHER, written="{ask: http://x}")}))
    with pytest.raises(Mistakes, match="as text only"):
        with_menu(plan, "welcome", replace(menu, greeting=Greeting(written="{play: /etc/passwd}")))


def test_mistakes_in_a_menu_stand_beside_their_fields(bakery: Plan) -> None:
    wrong = Menu(
        keys={
            "1": Destination(Leads.RING, "nobody", "soon", "nobody"),
            "x": Destination(Leads.HANG_UP),
            "2": Destination(Leads.SAY),
            "3": Destination(Leads.MENU),
        },
        no_input=Patience(0, Destination(Leads.REPEAT)),
        wrong_input=Patience(21),
    )
    with pytest.raises(Mistakes) as refusal:
        with_menu(bakery, "orders", wrong)
    assert {mistake.field for mistake in refusal.value.mistakes} == {
        *(
            "name",
            "greeting",
            "keys.1.to",
            "keys.1.seconds",
            "keys.1.otherwise",
            "keys.x.key",
            "keys.2.to",
            "keys.3.to",
        ),
        *("no_input.tries", "no_input.leads", "wrong_input.tries"),
    }


def test_a_new_menu_comes_behind_the_others_and_may_lead_to_itself(bakery: Plan, plans: Plans) -> None:
    assert new_name(bakery) == "menu"
    menu = Menu(Greeting(say="More."), keys={"1": ORDERS, "2": Destination(Leads.MENU, "more")})
    changed = with_menu(bakery, "more", menu)
    assert changed.text.endswith(
        "  more:\n    greeting: {say: More.}\n    keys:\n"
        "      1: {ring: orders, else: {voicemail: orders}}\n      2: {menu: more}\n"
    )
    assert plans.check("bakery", changed).errors == ()
    assert menu_of(changed, "more") == menu
    assert without_menu(changed, "more") == bakery
    with pytest.raises(Mistakes, match="no menu"):
        without_menu(bakery, "more")


def test_a_menu_without_keys_and_a_plan_without_menus(bakery: Plan) -> None:
    empty = with_menu(bakery, "welcome", replace(menu_of(bakery, "welcome"), keys={}))
    assert "keys" not in empty.data["menus"]["welcome"]
    assert "menus" not in without_menu(bakery, "welcome").data
    assert with_menu(without_menu(bakery, "welcome"), "m", Menu(Greeting(say="x"))).data["menus"] == {
        "m": {"greeting": {"say": "x"}}
    }


# --- the main number --------------------------------------------------------------------------------------------------


def test_a_person_answers_within_the_hours_that_there_are(bakery: Plan) -> None:
    assert new_lines(bakery, leading_to(bakery, ORDERS)) == [
        "- {during: open, ring: orders, else: {voicemail: orders}}"
    ]
    always = leading_to(bakery, ORDERS, during="")
    assert new_lines(bakery, always) == ["main_number: {ring: orders, else: {voicemail: orders}}"]
    again = leading_to(always, Destination(Leads.MENU, "welcome"), during="open", outside=Destination(Leads.HANG_UP))
    assert again.data["main_number"] == [{"during": "open", "menu": "welcome"}, "hang_up"]
    assert new_lines(bakery, leading_to(bakery, ORDERS, outside=Destination(Leads.SAY, "Closed."))) == [
        "- {during: open, ring: orders, else: {voicemail: orders}}",
        "- {say: Closed.}",
    ]


def test_lines_for_some_callers_and_switches_stay() -> None:
    plan = Plan(TEXTS["company"])
    to = Destination(Leads.RING, "amy-carter")
    changed = leading_to(plan, to)
    assert new_lines(plan, changed) == ["- {during: open, ring: amy-carter}"]
    always = leading_to(plan, to, during="")
    assert [(line.during, line.callers) for line in lines_of(always)] == [
        ("night", ""),
        ("snow", ""),
        ("open", "key-accounts"),
        ("", ""),
    ]


def test_mistakes_in_lines(bakery: Plan) -> None:
    def fields(*lines: Line) -> set[str]:
        with pytest.raises(Mistakes) as refusal:
            with_lines(bakery, lines)
        return {mistake.field for mistake in refusal.value.mistakes}

    assert fields() == {"lines"}
    assert fields(Line(ORDERS, "open")) == {"lines.0.leads"}
    assert fields(Line(ORDERS, "noon"), Line(ORDERS)) == {"lines.0.during"}
    assert fields(Line(Destination(Leads.REPEAT))) == {"lines.0.leads"}
    assert fields(Line(Destination(Leads.MENU, "x"))) == {"lines.0.to"}


def test_a_call_that_ends_outside_hours_has_its_condition(bakery: Plan, plans: Plans) -> None:
    changed = with_lines(bakery, [Line(Destination(Leads.HANG_UP), "open"), Line(ORDERS)])
    assert changed.data["main_number"][0] == {"during": "open", "hang_up": "closed"}
    assert plans.check("bakery", changed).errors == ()


# --- destinations and words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "leads", "to"),
    [
        ("orders", Leads.RING, "orders"),
        (102, Leads.RING, "orders"),
        ({"ring": 102}, Leads.RING, "orders"),
        ("welcome", Leads.MENU, "welcome"),
        ("x.WAV", Leads.PLAY, "x.WAV"),
        ("repeat", Leads.REPEAT, ""),
        ({"voicemail": "orders"}, Leads.VOICEMAIL, "orders"),
        ({"voicemail": "orders", "limit": "2m"}, Leads.OTHER, ""),
        ({"ring": "orders", "busy": "repeat"}, Leads.OTHER, ""),
        ({"ring": "orders", "else": {"menu": "welcome"}}, Leads.OTHER, ""),
        ({"say": {"en": "x"}}, Leads.OTHER, ""),
        ({"say": "x", "then": {"ring": "orders"}}, Leads.OTHER, ""),
        ([{"ring": "orders"}], Leads.OTHER, ""),
        (True, Leads.OTHER, ""),
        (None, Leads.OTHER, ""),
        ("nobody", Leads.OTHER, ""),
    ],
)  # fmt: skip
def test_destinations_are_read_as_they_are_meant(bakery: Plan, raw: object, leads: Leads, to: str) -> None:
    names = Names.of(bakery)
    found = read(raw, names)
    assert (found.leads, found.to) == (leads, to)
    assert raw is None or written(found, raw, names) is raw


def test_forms_send_more_than_a_destination_needs() -> None:
    sent = Destination(Leads.RING, "orders", " 20 s ", "orders", "repeat", "x")
    assert tidy(sent) == Destination(Leads.RING, "orders", "20s", "orders")
    assert tidy(replace(sent, leads=Leads.HANG_UP)) == Destination(Leads.HANG_UP)
    assert tidy(replace(sent, leads=Leads.SAY)) == Destination(Leads.SAY, "orders", then="repeat")


def test_the_tree_that_callers_go_down(bakery: Plan) -> None:
    tree = outline(with_menu(bakery, "welcome", replace(
        menu_of(bakery, "welcome"), keys={"1": ORDERS, "2": Destination(Leads.MENU, "welcome")})))  # fmt: skip
    assert [(str(step.way), str(step.to)) for step in tree] == [
        ("During open", "the menu welcome"),
        ("Otherwise", "a message for Front desk (101)"),
    ]
    assert [(str(step.way), str(step.to), step.after) for step in tree[0].after] == [
        ("Key 1", "Orders (102) rings, else a message for Orders (102)", ()),
        ("Key 2", "the menu welcome", ()),
        ("No key, 3 times", "Front desk (101) rings, else a message for Front desk (101)", ()),
    ]
    for text in TEXTS.values():
        assert outline(Plan(text))
