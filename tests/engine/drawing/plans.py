"""Dialplans to draw: made up by hypothesis from all that can be nested, and one of a company of 60 people."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from engine.dialplan.account import Account

NASTY = '<b>Tom & "Jerry\'s"</b> #quot; --> |end| `x` {y} [z] 1. 名前'
MENUS = ("welcome", "sales", "1. more", "end")

Load = Callable[[object], Account]


def framed(main: object, menus: dict[str, object], people: dict[str, object] | None = None) -> dict[str, object]:
    """A whole dialplan."""
    known = {"desk": {"extension": 101, "name": NASTY, "number": "+31 20 123 4568"}, "orders": {"extension": 102}}
    return {
        "account": {"name": NASTY[:60], "country": "NL", "timezone": "Europe/Amsterdam", "domain": "a.test"},
        "numbers": {"main": "+31 20 123 4567", "others": ["+31 20 123 4568", "+31 20 123 4569"]},
        "people": people or known,
        "hours": {"open": {"days": "mon-fri", "from": "08:00", "to": "17:30", "except": "holidays"}, "late": {}},
        "main_number": main,
        "menus": menus,
    }


SIMPLE = st.one_of(
    st.sampled_from(["hang_up", "repeat", "back", "top", "desk", "102"]),
    st.sampled_from(MENUS).map(lambda name: {"menu": name}),
    st.sampled_from([{"hang_up": "busy"}, {"hang_up": NASTY[:60]}, {"voicemail": "desk"}, {"play": "goodbye.wav"}]),
)


def _nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    person = st.sampled_from(["desk", "orders"])
    ways = st.dictionaries(st.sampled_from(["busy", "no_answer", "declined", "not_registered", "else"]), inner)
    return st.one_of(
        st.builds(lambda who, out: {"ring": who, **out}, person, ways),
        st.builds(lambda who, then: {"voicemail": who, "then": then}, person, inner),
        st.builds(lambda then: {"play": ["goodbye.wav", "please-hold.wav"], "then": then}, inner),
        st.builds(
            lambda first, last: [{"during": "open", **first}, last],
            st.one_of(inner.filter(lambda value: isinstance(value, dict)), st.just({"menu": "sales"})),
            inner,
        ),
    )


DESTINATIONS: st.SearchStrategy[object] = st.recursive(SIMPLE, _nested, max_leaves=5)
KEYS = st.dictionaries(st.sampled_from("0123456789*#"), DESTINATIONS, max_size=6)
MENU = st.builds(
    lambda keys, extensions, nothing: {
        "greeting": "please-hold.wav", "keys": keys, "dial_extensions": extensions, "no_input": {"then": nothing},
    },
    KEYS, st.booleans(), DESTINATIONS,
)  # fmt: skip
PLANS = st.builds(framed, DESTINATIONS, st.fixed_dictionaries(dict.fromkeys(MENUS, MENU)))


def company(*, people: int = 60, departments: int = 12) -> dict[str, object]:
    """A company with a main menu, a menu for each department, and everybody behind a key."""
    everybody = {f"person-{n}": {"extension": 2000 + n, "name": f"Person Number {n}"} for n in range(people)}
    menus: dict[str, object] = {
        "main": {
            "greeting": "please-hold.wav",
            "dial_extensions": True,
            "keys": {**{str(n): {"menu": f"part-{n}"} for n in range(3)}, "*": "repeat"},
        }
    }
    for part in range(3):
        keys = {str(n): {"menu": f"department-{part * departments // 3 + n}"} for n in range(departments // 3)}
        menus[f"part-{part}"] = {"greeting": "please-hold.wav", "keys": {**keys, "*": "back"}}
    each = people // departments
    for department in range(departments):
        members = [f"person-{department * each + n}" for n in range(each)]
        keys = {str(n + 1): {"ring": who, "else": {"voicemail": who}} for n, who in enumerate(members)}
        menus[f"department-{department}"] = {
            "greeting": "please-hold.wav",
            "keys": {**keys, "0": {"menu": "main"}, "*": "back"},
        }
    return framed([{"during": "open", "menu": "main"}, {"voicemail": "person-0"}], menus, everybody)


MENU_OF_ONE = {"welcome": {"greeting": "goodbye.wav", "keys": {"1": "orders"}}}
PARKING = framed({"ring": "desk", "else": {"menu": "welcome"}}, MENU_OF_ONE) | {"parking": {"slots": "701-702"}}
"""People park callers, which is a way of its own."""
