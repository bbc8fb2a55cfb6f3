"""Whatever is YAML may stand in a dialplan's file: it is read, edited or refused in a sentence, never stumbled over."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from web.editing.accounts import account_of, main_number_of, other_numbers_of, with_account, with_main, with_others
from web.editing.beyond import beyond
from web.editing.destinations import Destination, Leads, Names
from web.editing.hours import with_hours
from web.editing.main_number import leading_to, lines_of, with_lines
from web.editing.menus import Greeting, Menu, menu_of, menus_of, with_menu, without_menu
from web.editing.merging import merged
from web.editing.people import PersonFacts, key_for, people_of, with_person, without
from web.editing.plan import Plan
from web.editing.wording import outline
from web.mistakes import Mistakes

SECTIONS = (
    "account",
    "numbers",
    "people",
    "hours",
    "switches",
    "main_number",
    "menus",
    "groups",
    "queues",
    "mailboxes",
)
WORDS = ("ring", "menu", "voicemail", "say", "play", "then", "else", "for", "during", "from", "keys", "greeting",
         "no_input", "tries", "extension", "name", "main", "others", "ask", "file", "a", "1", "*")  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.sampled_from([*WORDS, "x.wav", "repeat", "", "  ", "101"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)
PLANS = st.dictionaries(st.sampled_from(SECTIONS), VALUES, max_size=6)


@settings(deadline=None, max_examples=80)
@given(data=PLANS)
def test_any_plan_is_read_and_edited_or_refused(data: dict[str, Any]) -> None:
    plan = Plan("").with_data(data) if data else Plan("")
    anna = PersonFacts("103", "Anna")
    ring = Destination(Leads.RING, "a", otherwise="a")
    looks = (
        *(Names.of, people_of, account_of, main_number_of, other_numbers_of, menus_of, lines_of, outline),
        *(lambda p: beyond(p, "x"), lambda p: key_for(p, anna), lambda p: [menu_of(p, name) for name in menus_of(p)]),
    )
    edits = (
        lambda p: with_person(p, anna),
        lambda p: without(p, "a"),
        lambda p: with_account(p, name="X"),
        lambda p: with_main(p, "+31 20 123 4567"),
        lambda p: with_others(p, ["+31 20 123 4568"]),
        lambda p: leading_to(p, ring),
        lambda p: leading_to(p, ring, during=""),
        lambda p: with_lines(p, lines_of(p)),
        lambda p: with_menu(p, "a", Menu(Greeting(say="x"), keys={"1": ring})),
        lambda p: without_menu(p, "a"),
        lambda p: with_hours(p, "mon-fri", "09:00", "17:00", except_holidays=True)[0],
    )
    for look in looks:
        with suppress(Mistakes):
            look(plan)
    for edit in edits:
        with suppress(Mistakes):
            edited = edit(plan)
            assert isinstance(edited.data, dict)
            merged(plan, edited, plan)
