"""Dialogs by themselves: RFC 3261 section 12."""

import pytest

from sip.dialog.dialog import Dialog, contact_of
from sip.errors import DropReason, ProtocolError
from sip.message.build import response
from sip.message.envelope import Request, Response
from sip.message.values import NameAddr, Uri

INVITE = Request(
    "INVITE",
    Uri.parse("sip:desk@bakery.example"),
    [
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"),
        ("From", "<sip:caller@example.net>;tag=theirs"),
        ("To", "<sip:desk@bakery.example>"),
        ("Call-ID", "call-1"),
        ("CSeq", "7 INVITE"),
        ("Contact", "<sip:caller@192.0.2.1:5070>"),
    ],
)
NEAR, FAR = "<sip:near.example;lr>", "<sip:far.example;lr>"


def ok(*headers: tuple[str, object]) -> Response:
    return response(INVITE, 200, to_tag="ours", headers=[("Contact", "<sip:desk@192.0.2.9>"), *headers])


def test_the_called_side_takes_record_route_in_its_order():
    dialog = Dialog.of_request(INVITE.with_header("Record-Route", f"{NEAR}, {FAR}"), "ours")
    assert dialog.key == ("call-1", "ours", "theirs")
    assert [str(route) for route in dialog.routes] == [NEAR, FAR]
    assert dialog.target == Uri.parse("sip:caller@192.0.2.1:5070")
    assert (dialog.local_cseq, dialog.remote_cseq) == (0, 7)


def test_the_calling_side_takes_record_route_reversed():
    dialog = Dialog.of_response(INVITE, ok(("Record-Route", FAR), ("Record-Route", NEAR)))
    assert dialog.key == ("call-1", "theirs", "ours")
    assert [str(route) for route in dialog.routes] == [NEAR, FAR]
    assert dialog.next_hop == Uri.parse("sip:near.example;lr")
    assert (dialog.local_cseq, dialog.remote_cseq) == (7, None)


def test_a_request_goes_to_the_target_by_loose_routes():
    bye = Dialog.of_request(INVITE.with_header("Record-Route", f"{NEAR}, {FAR}"), "ours").make("BYE")
    assert bye.start_line == "BYE sip:caller@192.0.2.1:5070 SIP/2.0"
    assert bye.header_all("Route") == [NEAR, FAR]
    assert (bye.from_tag, bye.to_tag, str(bye.cseq)) == ("ours", "theirs", "1 BYE")


def test_a_strict_first_hop_takes_the_request_uri_and_the_target_comes_last():
    strict = "<sip:strict.example;method=INVITE>"
    bye = Dialog.of_request(INVITE.with_header("Record-Route", f"{strict}, {FAR}"), "ours").make("BYE")
    assert bye.start_line == "BYE sip:strict.example SIP/2.0"
    assert bye.header_all("Route") == [FAR, "<sip:caller@192.0.2.1:5070>"]


def test_an_ack_repeats_the_number_of_its_invite_and_takes_none_of_its_own():
    dialog = Dialog.of_response(INVITE, ok())
    assert str(dialog.make("ACK", cseq=7).cseq) == "7 ACK"
    assert [dialog.make("INFO").cseq.number, dialog.make("BYE").cseq.number] == [8, 9]


@pytest.mark.parametrize(("number", "in_order"), [(6, False), (7, True), (8, True), (4000, True)])
def test_an_older_request_is_out_of_order(number: int, in_order: bool):
    dialog = Dialog.of_request(INVITE, "ours")
    assert dialog.in_order(INVITE.with_header("CSeq", f"{number} INVITE")) is in_order


def test_an_older_request_is_not_noted():
    dialog = Dialog.of_request(INVITE, "ours")
    dialog.in_order(INVITE.with_header("CSeq", "3 INVITE"))
    assert dialog.remote_cseq == 7


def test_a_new_contact_is_the_new_target_and_none_changes_nothing():
    dialog = Dialog.of_request(INVITE, "ours")
    dialog.refresh_target(INVITE.with_header("Contact", "<sip:elsewhere@198.51.100.3>"))
    assert dialog.target.host == "198.51.100.3"
    dialog.refresh_target(INVITE.without("Contact"))
    assert dialog.target.host == "198.51.100.3"


def test_headers_of_a_target_do_not_come_back_as_headers():
    dialog = Dialog.of_request(INVITE.with_header("Contact", "<sip:x@192.0.2.1?Subject=evil>"), "ours")
    assert dialog.make("BYE").start_line == "BYE sip:x@192.0.2.1 SIP/2.0"


@pytest.mark.parametrize("contact", ["<mailto:caller@example.net>", "<tel:+3120>", "<sip:>"])
def test_a_contact_that_no_request_can_go_to_is_refused(contact: str):
    with pytest.raises(ProtocolError) as refused:
        contact_of(INVITE.with_header("Contact", contact))
    assert refused.value.reason in (DropReason.BAD_HEADER, DropReason.BAD_URI)


def test_the_2xx_corrects_way_and_target_of_an_early_dialog_but_not_its_numbers():
    dialog = Dialog.of_response(INVITE, ok(("Record-Route", FAR)))
    dialog.make("UPDATE")
    dialog.remote_cseq = 4
    dialog.confirm(ok(("Record-Route", NEAR)).with_header("Contact", NameAddr("", Uri.parse("sip:new@192.0.2.10"))))
    assert [str(route) for route in dialog.routes] == [NEAR]
    assert dialog.target.host == "192.0.2.10"
    assert (dialog.local_cseq, dialog.remote_cseq) == (8, 4)
