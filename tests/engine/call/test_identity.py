"""Who calls, as headers say it: what counts of a provider, what of anybody else, and what goes on to phones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.identity import ANONYMOUS, MAX_DIVERSIONS, MAX_SHOWN, identity_of
from engine.call.presenting import caller_shown, diversion_headers, withheld_headers
from engine.call.protocol import Caller
from engine.call.ring_plan import PLAIN, Diversion, Presentation
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri


def invite(*headers: tuple[str, str], from_: str = '"Eve" <sip:+31201111111@evil.example>;tag=1') -> Request:
    return Request("INVITE", Uri.parse("sip:+31201234567@here"), [("From", from_), *headers], b"")


PROVEN = ("P-Asserted-Identity", '"Bakery" <sip:+31612345678@provider.example>, <tel:+31612345678>')


def test_what_a_provider_asserts_counts() -> None:
    said = identity_of(invite(PROVEN), trusted=True)
    assert (said.shown.display, said.shown.uri.user, said.withheld) == ("Bakery", "+31612345678", False)


def test_of_anybody_else_it_means_nothing() -> None:
    forged = invite(
        PROVEN, ("Diversion", "<sip:101@here>;reason=no-answer"), ("History-Info", "<sip:101@here>;index=1")
    )
    said = identity_of(forged, trusted=False)
    assert said.shown.uri.user == "+31201111111"
    assert said.diversions == ()


@pytest.mark.parametrize(
    "asserted", ["", "<", '"open <sip:x@y>', "<sip:provider.example>", "<mailto:a@b>", "\0", "sip:"]
)
def test_what_asserts_nobody_leaves_from(asserted: str) -> None:
    said = identity_of(invite(("P-Asserted-Identity", asserted)), trusted=True)
    assert said.shown.uri.user == "+31201111111"


def test_a_number_as_tel_uri_counts() -> None:
    said = identity_of(invite(("P-Asserted-Identity", "<tel:+31612345678>")), trusted=True)
    assert said.shown.uri.user == "+31612345678"


def test_what_a_phone_prefers_counts_nowhere() -> None:
    said = identity_of(invite(("P-Preferred-Identity", "<sip:+31900@x>")), trusted=True)
    assert said.shown.uri.user == "+31201111111"


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("wish", ["id", "user", "header", "ID; critical", "session;user"])
def test_a_wish_for_privacy_is_honoured_whoever_has_it(wish: str, trusted: bool) -> None:
    said = identity_of(invite(PROVEN, ("Privacy", wish)), trusted=trusted)
    assert (said.shown, said.withheld) == (ANONYMOUS, True)


@pytest.mark.parametrize("wish", ["none", "critical", "history", "", "none;id"])
def test_other_wishes_hide_nobody(wish: str) -> None:
    assert not identity_of(invite(PROVEN, ("Privacy", wish)), trusted=True).withheld


# --- diversions -------------------------------------------------------------------------------------------------------


def test_whom_the_caller_had_called_the_last_one_first() -> None:
    headers = [
        ("Diversion", '"Desk" <sip:+31205550002@p>;reason=user-busy;counter=1'),
        ("Diversion", "<tel:+31205550001>;reason=unconditional"),
    ]
    said = identity_of(invite(*headers), trusted=True)
    assert said.diversions == (
        Diversion("Desk", "+31205550002", "user-busy"),
        Diversion("", "+31205550001", "unconditional"),
    )


@pytest.mark.parametrize(
    "history",
    [
        "<sip:+31205550001@p>;index=1, <sip:+31205550002@p;cause=486>;index=1.1,"
        " <sip:+31201234567@h;cause=408>;index=1.1.1",
        "<sip:+31205550001@p?Reason=SIP%3Bcause%3D486>;index=1,"
        " <sip:+31205550002@p?Reason=SIP%3Bcause%3D408>;index=1.1, <sip:+31201234567@h>;index=1.1.1",
    ],
    ids=["RFC 4458", "RFC 4244"],
)
def test_history_info_says_the_same(history: str) -> None:
    said = identity_of(invite(("History-Info", history)), trusted=True)
    assert said.diversions == (
        Diversion("", "+31205550002", "no-answer"),
        Diversion("", "+31205550001", "user-busy"),
    )


def test_a_mere_way_through_proxies_is_no_diversion() -> None:
    history = "<sip:+31201234567@p>;index=1, <sip:+31201234567@here>;index=1.1"
    assert identity_of(invite(("History-Info", history)), trusted=True).diversions == ()


def test_few_and_short_ones_are_taken() -> None:
    many = ", ".join(f'"{"x" * 500}" <sip:{number}@p>;reason=unknown' for number in range(100))
    said = identity_of(invite(("Diversion", many)), trusted=True)
    assert len(said.diversions) == MAX_DIVERSIONS
    assert max(len(each.name) for each in said.diversions) == MAX_SHOWN


@given(st.sampled_from(["P-Asserted-Identity", "Privacy", "Diversion", "History-Info"]), st.text(max_size=120))
def test_no_header_raises(name: str, value: str) -> None:
    """Whatever a header holds, there is a caller to show."""
    said = identity_of(invite((name, value)), trusted=True)
    for header, written in diversion_headers(said.diversions, "bakery.test", rung=Uri.parse("sip:101@x")):
        assert "\n" not in written, header


# --- what goes on -----------------------------------------------------------------------------------------------------


def test_forwards_are_told_in_both_ways() -> None:
    forwarded = [Diversion("Orders", "102", "no-answer"), Diversion("Desk", "101", "user-busy")]
    headers = diversion_headers(forwarded, "bakery.test", rung=Uri.parse("sip:103@bakery.test"))
    assert headers == (
        ("Diversion", '"Orders" <sip:102@bakery.test>;reason=no-answer;counter=1'),
        ("Diversion", '"Desk" <sip:101@bakery.test>;reason=user-busy;counter=1'),
        (
            "History-Info",
            '"Desk" <sip:101@bakery.test>;index=1, "Orders" <sip:102@bakery.test;cause=486>;index=1.1,'
            " <sip:103@bakery.test;cause=408>;index=1.1.1",
        ),
    )
    said = identity_of(invite(headers[2]), trusted=True)
    assert [(each.number, each.reason) for each in said.diversions] == [("102", "no-answer"), ("101", "user-busy")]


def test_who_is_not_forwarded_costs_nothing() -> None:
    assert diversion_headers((), "bakery.test", rung=Uri.parse("sip:103@bakery.test")) == ()


def test_a_reason_from_outside_is_written_as_a_string() -> None:
    ((_, value),) = diversion_headers([Diversion("", "101", "do; not=disturb")], "bakery.test")
    assert NameAddr.parse(value).param("reason") == "do; not=disturb"


def test_phones_see_nothing_of_who_withholds_their_number() -> None:
    hidden = Caller("102", "Orders", "orders", withheld=True)
    assert caller_shown(hidden, "bakery.test", PLAIN) == ANONYMOUS
    prefixed = caller_shown(hidden, "bakery.test", Presentation("Sales: "))
    assert (prefixed.display, prefixed.uri.user) == ("Sales: Anonymous", "anonymous")


def test_a_provider_is_told_all_the_same() -> None:
    asserted = NameAddr("", Uri.parse("sip:+31201234567@provider.example"))
    assert withheld_headers(asserted) == (
        ("P-Asserted-Identity", "<sip:+31201234567@provider.example>"),
        ("Privacy", "id"),
    )
