"""Numbers put into a dialplan's values: where they lead, what gives way, and that once more changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.transfers.live import Wish, gone_live
from web.transfers.office import office_of

MAIN, FAX, TEMPORARY, NEW, OTHER = (f"+3120123456{digit}" for digit in (7, 8, 9, 1, 2))


def plan() -> dict[str, Any]:
    return {
        "account": {"name": "The Bakery", "country": "NL"},
        "numbers": {"main": "020 1234567", "others": ["020-1234568", "+31 20 123 4569"]},
        "people": {
            "desk": {"extension": 101, "number": "0201234569"},
            "orders": {"extension": 102},
        },
    }


def after(*wishes: Wish) -> tuple[str, tuple[str, ...], dict[str, str]]:
    data = gone_live(plan(), "NL", wishes)
    assert gone_live(data, "NL", wishes) == data
    office = office_of("bakery", data)
    return office.main, office.others, {name: each.number for name, each in office.people.items() if each.number}


@pytest.mark.parametrize(
    ("wish", "main", "others", "people"),
    [
        (Wish(NEW), MAIN, (FAX, TEMPORARY, NEW), {"desk": TEMPORARY}),
        (Wish(NEW, temporary=FAX), MAIN, (NEW, TEMPORARY), {"desk": TEMPORARY}),
        (Wish(NEW, main=True), NEW, (MAIN, FAX, TEMPORARY), {"desk": TEMPORARY}),
        (Wish(NEW, main=True, temporary=MAIN), NEW, (FAX, TEMPORARY), {"desk": TEMPORARY}),
        (Wish(NEW, main=True, temporary=FAX), NEW, (MAIN, TEMPORARY), {"desk": TEMPORARY}),
        (Wish(NEW, person="desk", temporary=TEMPORARY), MAIN, (FAX, NEW), {"desk": NEW}),
        (Wish(NEW, person="desk"), MAIN, (FAX, TEMPORARY), {"desk": NEW}),
        (Wish(NEW, person="orders"), MAIN, (FAX, TEMPORARY), {"desk": TEMPORARY, "orders": NEW}),
        (Wish(NEW, person="orders", temporary=FAX), MAIN, (NEW, TEMPORARY), {"desk": TEMPORARY, "orders": NEW}),
        (Wish(NEW, person="gone"), MAIN, (FAX, TEMPORARY, NEW), {"desk": TEMPORARY}),
    ],
)
def test_where_a_number_leads(wish: Wish, main: str, others: tuple[str, ...], people: dict[str, str]) -> None:
    assert after(wish) == (main, others, people)


def test_a_persons_old_number_that_is_nobodys_then_leads_to_the_main_number() -> None:
    data = plan()
    data["numbers"].pop("others")
    office = office_of("bakery", gone_live(data, "NL", [Wish(NEW, person="desk")]))
    assert (office.others, office.people["desk"].number) == ((TEMPORARY,), NEW)
    office = office_of("bakery", gone_live(data, "NL", [Wish(NEW, person="desk", temporary=TEMPORARY)]))
    assert (office.others, office.people["desk"].number) == ((), NEW)


def test_what_is_written_otherwise_stays_as_it_is_written() -> None:
    data = gone_live(plan(), "NL", [Wish(NEW, person="desk", temporary=TEMPORARY)])
    assert data["numbers"] == {"main": "020 1234567", "others": ["020-1234568", "+31 20 123 4561"]}
    assert data["account"] == plan()["account"]


wishes = st.builds(
    Wish,
    st.sampled_from([NEW, OTHER]),
    st.booleans(),
    st.sampled_from([None, "desk", "orders", "gone"]),
    st.sampled_from([None, MAIN, FAX, TEMPORARY]),
)


@given(st.lists(wishes, max_size=3, unique_by=lambda wish: wish.number))
def test_whatever_is_wished_the_second_time_changes_nothing_and_no_number_is_missing(wanted: list[Wish]) -> None:
    """Invariant: every number that came is there, only temporary ones are gone, and doing it again does nothing."""
    if sum(wish.main for wish in wanted) > 1:
        return
    data = gone_live(plan(), "NL", wanted)
    assert gone_live(data, "NL", wanted) == data
    numbers = office_of("bakery", data).numbers
    assert numbers >= {wish.number for wish in wanted}
    gone = {MAIN, FAX, TEMPORARY} - numbers
    assert gone <= {wish.temporary for wish in wanted}
