"""The registrar (RFC 3261 section 10), REGISTER by REGISTER, on a made-up clock."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip import registrar as registrar_room
from sip.errors import DropReason
from sip.message.intake import parse
from sip.message.values import NameAddr
from sip.registering import MAX_PATH, MAX_USER_AGENT
from sip.registrar import Limits
from tests.sip.desk import AOR, LIMITS, NOW, OUTBOUND, OVER_TCP, PHONE, Desk, listed


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- how long ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "header", "granted"),
    [
        ("<sip:101@a>", None, LIMITS.default),
        ("<sip:101@a>", "600", 600),
        ("<sip:101@a>;expires=300", "600", 300),
        ("<sip:101@a>;expires=4294967295", None, LIMITS.maximum),
        ("<sip:101@a>", "99999999999999999999999", LIMITS.maximum),
        ("<sip:101@a>;expires=soon", None, 3600),
        ("<sip:101@a>", str(LIMITS.minimum), LIMITS.minimum),
    ],
)
def test_a_contact_lasts_as_long_as_it_asks_within_limits(
    desk: Desk, contact: str, header: str | None, granted: int
) -> None:
    assert listed(desk.register(contact, expires=header)) == {"sip:101@a": granted}
    desk.now += granted - 1
    assert desk.phones() == ["sip:101@a"]
    desk.now += 1
    assert desk.phones() == []


def test_too_brief_is_refused_with_what_would_do(desk: Desk) -> None:
    answer = desk.register("<sip:101@a>", "<sip:101@b>;expires=59")
    assert (answer.status, answer.header("Min-Expires")) == (423, str(LIMITS.minimum))
    assert desk.phones() == []
    assert desk.refused == [DropReason.INTERVAL_TOO_BRIEF]


def test_an_hour_is_never_too_brief() -> None:
    desk = Desk(Limits(minimum=7200, maximum=86400))
    assert desk.register("<sip:101@a>", expires="3600").status == 200
    assert desk.register("<sip:101@a>", expires="3599").status == 423


def test_the_answer_counts_down(desk: Desk) -> None:
    desk.register("<sip:101@a>", expires="600")
    desk.now += 100.4
    assert listed(desk.register()) == {"sip:101@a": 500}


def test_expired_bindings_are_given_back_to_the_store(desk: Desk) -> None:
    desk.register("<sip:101@a>", expires="60")
    desk.register("<sip:102@a>", expires="600", aor="102@bakery.example")
    desk.registrar.expire(desk.now + 61)
    assert len(desk.registrar) == 1
    assert list(desk.store.kept) == ["102@bakery.example"]


# --- several contacts, queries, removal -------------------------------------------------------------------------------


def test_several_contacts_of_one_register_come_back_as_written(desk: Desk) -> None:
    one = '<sip:101@a:5070;transport=tcp;ob>;+sip.instance="<urn:uuid:1,2;3>";reg-id=1;q=0.5;methods="INVITE, ACK"'
    two = '"Desk, front" <sip:101@[2001:db8::9]:5062;line=a%20b>;audio;+g.x="a\\"b"'
    answer = desk.register(f"{one}, {two}")
    written = answer.header_all("Contact")
    read = parse(b"SIP/2.0 200 OK\r\n" + answer.encode().partition(b"\r\n")[2])
    contacts = {str(contact.uri): contact for contact in read.contacts}
    assert contacts["sip:101@a:5070;transport=tcp;ob"].param("+sip.instance") == "<urn:uuid:1,2;3>"
    assert contacts["sip:101@a:5070;transport=tcp;ob"].param("methods") == "INVITE, ACK"
    assert contacts["sip:101@a:5070;transport=tcp;ob"].param("q") == "0.5"
    assert 'methods="INVITE, ACK"' in written[0]
    assert contacts["sip:101@[2001:db8::9]:5062;line=a%20b"].param("+g.x") == 'a"b'
    assert contacts["sip:101@[2001:db8::9]:5062;line=a%20b"].param("audio") == ""


def test_a_query_changes_nothing(desk: Desk) -> None:
    desk.register("<sip:101@a>")
    saves = desk.store.saves
    assert listed(desk.register()) == {"sip:101@a": LIMITS.default}
    assert desk.store.saves == saves


def test_zero_takes_one_contact_away(desk: Desk) -> None:
    desk.register("<sip:101@a>, <sip:101@b>")
    assert listed(desk.register("<sip:101@A>;expires=0")) == {"sip:101@b": LIMITS.default}
    assert desk.register("<sip:101@nobody>", expires="0").status == 200


def test_a_star_with_zero_takes_all_away(desk: Desk) -> None:
    desk.register("<sip:101@a>, <sip:101@b>")
    assert listed(desk.register("*", expires="0")) == {}
    assert desk.store.kept == {}


@pytest.mark.parametrize("expires", [None, "60", "never"])
def test_a_star_without_zero_is_refused(desk: Desk, expires: str | None) -> None:
    desk.register("<sip:101@a>")
    assert desk.register("*", expires=expires).status == 400
    assert desk.phones() == ["sip:101@a"]
    assert desk.refused == [DropReason.BAD_HEADER]


@pytest.mark.parametrize("contacts", [["*", "<sip:101@a>"], ["<sip:101@a>, *"], ["<sip:101@a", "<sip:101@b>"]])
def test_malformed_contacts_are_refused_as_a_whole(desk: Desk, contacts: list[str]) -> None:
    assert desk.register("<sip:101@b>", *contacts, expires="0").status == 400
    assert desk.register(*contacts).status == 400
    assert desk.phones() == []
    assert len(desk.refused) == 2


def test_a_contact_that_is_no_sip_uri_is_refused(desk: Desk) -> None:
    assert desk.register("<sip:101@a>", "<mailto:a@b.example>").status == 400
    assert desk.refused == [DropReason.UNSUPPORTED_SCHEME]
    assert desk.phones() == []


def test_headers_in_a_contact_are_not_kept(desk: Desk) -> None:
    desk.register("<sip:101@a?Route=%3Csip:evil%3E>")
    assert desk.phones() == ["sip:101@a"]


def test_addresses_of_record_do_not_meet(desk: Desk) -> None:
    desk.register("<sip:1@a>")
    desk.register("<sip:1@a>", aor="101@clinic.example")
    desk.register("*", expires="0")
    assert desk.phones() == []
    assert desk.phones("101@clinic.example") == ["sip:1@a"]


# --- order ------------------------------------------------------------------------------------------------------------


def test_an_overtaken_register_fails_and_changes_nothing(desk: Desk) -> None:
    desk.register("<sip:101@a>", cseq=7)
    assert desk.register("<sip:101@new>", "<sip:101@a>;expires=0", cseq=6).status == 500
    assert desk.register("*", expires="0", cseq=6).status == 500
    assert desk.register("*", expires="0", cseq=7).status == 500
    assert desk.phones() == ["sip:101@a"]
    assert desk.refused == [DropReason.OUT_OF_ORDER] * 3


def test_a_repetition_is_answered_and_changes_nothing(desk: Desk) -> None:
    desk.register("<sip:101@a>", expires="600", cseq=7)
    desk.now += 10
    assert listed(desk.register("<sip:101@a>", expires="600", cseq=7)) == {"sip:101@a": 590}
    assert desk.store.saves == 1


def test_another_call_id_begins_anew(desk: Desk) -> None:
    desk.register("<sip:101@a>", cseq=7)
    assert listed(desk.register("<sip:101@a>", expires="60", cseq=1, call_id="restarted")) == {"sip:101@a": 60}


def test_the_last_of_equal_contacts_in_one_register_counts(desk: Desk) -> None:
    assert listed(desk.register("<sip:101@a>;expires=100, <sip:101@a>;expires=200")) == {"sip:101@a": 200}


# --- devices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reg_id", ["", ";reg-id=1"])
def test_a_device_that_comes_from_another_port_replaces_itself(desk: Desk, reg_id: str) -> None:
    device = f';+sip.instance="<urn:uuid:1>"{reg_id}'
    desk.register(f"<sip:101@a:5060>{device}", headers=OUTBOUND)
    moved = replace(PHONE, remote=("203.0.113.9", 40999))
    desk.register(f"<sip:101@a:6060>{device}", call_id="restarted", cseq=1, flow=moved, headers=OUTBOUND)
    (binding,) = desk.registrar.lookup(AOR, desk.now)
    assert (str(binding.contact), binding.flow, binding.instance) == ("sip:101@a:6060", moved, "<urn:uuid:1>")


def test_two_ways_of_one_device_and_two_devices_at_one_private_address_stay_apart(desk: Desk) -> None:
    for instance, reg_id in ((1, 1), (1, 2), (2, 1)):
        contact = f'<sip:101@192.168.1.5>;+sip.instance="<urn:uuid:{instance}>";reg-id={reg_id}'
        desk.register(contact, headers=OUTBOUND)
    found = {(binding.instance, binding.reg_id) for binding in desk.registrar.lookup(AOR, desk.now)}
    assert found == {("<urn:uuid:1>", "1"), ("<urn:uuid:1>", "2"), ("<urn:uuid:2>", "1")}


def test_a_contact_is_the_same_whatever_its_spelling(desk: Desk) -> None:
    desk.register("<sip:101@Phone.example:5060;transport=UDP>")
    assert listed(desk.register("<sip:101@phone.EXAMPLE:5060;transport=udp>", expires="60")) == {
        "sip:101@phone.example:5060;transport=udp": 60
    }


def test_a_refresh_from_another_port_moves_the_flow(desk: Desk) -> None:
    desk.register("<sip:101@192.168.1.5>")
    moved = replace(PHONE, remote=("203.0.113.9", 40999))
    desk.register("<sip:101@192.168.1.5>", flow=moved)
    assert [binding.flow for binding in desk.registrar.lookup(AOR, desk.now)] == [moved]


def test_preferred_contacts_come_first_then_the_freshest(desk: Desk) -> None:
    for contact in ("<sip:1@a>;q=0.5", "<sip:2@a>", "<sip:3@a>;q=0.9", "<sip:4@a>;q=high", "<sip:5@a>;q=0"):
        desk.now += 1
        desk.register(contact)
    assert desk.phones() == ["sip:4@a", "sip:2@a", "sip:3@a", "sip:1@a", "sip:5@a"]


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_one_register_with_too_many_contacts_is_refused(desk: Desk) -> None:
    contacts = [f"<sip:{number}@a>" for number in range(LIMITS.max_contacts + 1)]
    assert desk.register(*contacts).status == 403
    assert desk.phones() == []
    assert desk.refused == [DropReason.TOO_MANY_CONTACTS]
    assert desk.register(*contacts[1:]).status == 200


def test_a_new_contact_takes_the_place_of_the_one_refreshed_longest_ago(desk: Desk) -> None:
    for number in range(LIMITS.max_contacts):
        desk.now += 1
        desk.register(f"<sip:{number}@a>")
    desk.now += 1
    desk.register("<sip:0@a>")
    desk.now += 1
    desk.register("<sip:new@a>")
    assert len(desk.phones()) == LIMITS.max_contacts
    assert "sip:1@a" not in desk.phones()
    assert {"sip:0@a", "sip:new@a"} <= set(desk.phones())


def test_addresses_of_record_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrar_room, "MAX_AORS", 2)
    for user in ("1", "2"):
        assert desk.register("<sip:x@a>", aor=f"{user}@bakery.example").status == 200
    assert desk.register("<sip:x@a>", aor="3@bakery.example").status == 503
    assert desk.register("<sip:y@a>", aor="2@bakery.example").status == 200
    assert desk.refused == [DropReason.TOO_MANY_CONTACTS]


def test_what_a_phone_says_of_itself_is_cut(desk: Desk) -> None:
    desk.register("<sip:101@a>", headers=["User-Agent: " + "x" * 1000])
    assert desk.registrar.lookup(AOR, desk.now)[0].user_agent == "x" * MAX_USER_AGENT


# --- Path, Date -------------------------------------------------------------------------------------------------------


def test_the_path_is_kept_as_a_route_and_given_back(desk: Desk) -> None:
    path = "<sip:edge1.example;lr>, <sip:edge2.example;lr;ob>"
    answer = desk.register("<sip:101@a>", headers=[f"Path: {path}", "Supported: path"])
    assert answer.header_all("Path") == [path]
    expected = (NameAddr.parse("<sip:edge1.example;lr>"), NameAddr.parse("<sip:edge2.example;lr;ob>"))
    assert desk.registrar.lookup(AOR, desk.now)[0].path == expected


@pytest.mark.parametrize("path", ["<sip:edge", ", ".join(["<sip:edge;lr>"] * (MAX_PATH + 1))])
def test_a_path_that_cannot_be_followed_is_refused(desk: Desk, path: str) -> None:
    assert desk.register("<sip:101@a>", headers=[f"Path: {path}"]).status == 400
    assert desk.phones() == []
    assert len(desk.refused) == 1


def test_the_answer_has_the_date(desk: Desk) -> None:
    assert desk.register().header("Date") == "Mon, 21 Sep 2026 14:13:20 GMT"


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_closed_connection_takes_outbound_bindings_with_it_and_leaves_those_with_an_address(desk: Desk) -> None:
    desk.register('<sip:101@a>;+sip.instance="<urn:uuid:1>";reg-id=1', flow=OVER_TCP, headers=OUTBOUND)
    desk.register("<sip:101@b>", flow=OVER_TCP)
    assert desk.registrar.reaches_over(OVER_TCP)
    desk.registrar.flow_closed(OVER_TCP)
    assert desk.phones() == ["sip:101@b"]
    assert [str(binding.contact) for binding in desk.store.kept[AOR]] == ["sip:101@b"]


def test_a_connection_is_not_needed_once_its_phone_has_moved(desk: Desk) -> None:
    device = '<sip:101@a>;+sip.instance="<urn:uuid:1>";reg-id=1'
    desk.register(device, flow=OVER_TCP, headers=OUTBOUND)
    moved = replace(OVER_TCP, connection=8)
    desk.register(device, flow=moved, headers=OUTBOUND)
    assert desk.registrar.reaches_over(moved)
    assert not desk.registrar.reaches_over(OVER_TCP)
    desk.registrar.flow_closed(OVER_TCP)
    assert desk.phones() == ["sip:101@a"]


def test_two_lines_of_one_phone_share_its_connection(desk: Desk) -> None:
    lines = {f"10{n}@bakery.example": f'<sip:10{n}@a>;+sip.instance="<urn:uuid:{n}>";reg-id=1' for n in (1, 2)}
    for aor, contact in lines.items():
        desk.register(contact, aor=aor, flow=OVER_TCP, call_id=aor, headers=OUTBOUND)
    second = {"aor": "102@bakery.example", "flow": OVER_TCP, "headers": OUTBOUND}
    desk.register(f"{lines['102@bakery.example']};expires=0", call_id="2", **second)
    assert desk.registrar.reaches_over(OVER_TCP)
    desk.register(lines["102@bakery.example"], call_id="3", **second)
    desk.registrar.flow_closed(OVER_TCP)
    assert [desk.phones(aor) for aor in lines] == [[], []]
    assert not desk.registrar.reaches_over(OVER_TCP)


# --- over a restart ---------------------------------------------------------------------------------------------------


def test_bindings_outlive_the_process(desk: Desk) -> None:
    desk.register('<sip:101@a>;q=0.5;+sip.instance="<urn:uuid:1>";reg-id=1', expires="600", cseq=7)
    desk.register("<sip:102@a>", aor="102@bakery.example", flow=OVER_TCP)
    again = Desk(store=desk.store)
    again.now = NOW + 100
    assert again.registrar.lookup(AOR, NOW) == desk.registrar.lookup(AOR, NOW)
    assert listed(again.register(aor="102@bakery.example")) == {"sip:102@a": LIMITS.default - 100}
    assert again.register('<sip:101@b>;+sip.instance="<urn:uuid:1>";reg-id=1', cseq=6).status == 500


CONTACTS = st.sampled_from(
    ["<sip:1@a>", "<sip:2@a>;q=0.1", '<sip:3@a>;+sip.instance="<i>"', "<sip:4@a>;expires=0", "*"]
)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.lists(CONTACTS, max_size=4),
            st.sampled_from([None, "0", "30", "60", "7200"]),
            st.sampled_from(["one", "two"]),
            st.integers(1, 5),
            st.floats(0, 100),
        ),
        max_size=12,
    )
)
def test_whatever_comes_it_is_all_or_nothing_and_the_store_agrees(
    steps: list[tuple[list[str], str | None, str, int, float]],
) -> None:
    desk = Desk(Limits(max_contacts=2))
    for contacts, expires, call_id, cseq, seconds in steps:
        desk.now += seconds
        before = desk.registrar.lookup(AOR, desk.now)
        answer = desk.register(*contacts, expires=expires, call_id=call_id, cseq=cseq)
        after = desk.registrar.lookup(AOR, desk.now)
        assert answer.status in (200, 400, 403, 423, 500)
        if answer.status == 200:
            assert len(answer.contacts) == len(after) <= 2
        else:
            assert after == before
    desk.registrar.expire(desk.now)
    assert sorted(desk.store.kept.get(AOR, []), key=str) == sorted(desk.registrar.lookup(AOR, desk.now), key=str)
