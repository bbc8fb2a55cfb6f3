"""INVITE with Replaces: which dialog is meant and whether it may be replaced (RFC 3891 section 3)."""

from __future__ import annotations

import pytest

from sip.dialog.replacing import refusal
from sip.dialog.session import State
from sip.errors import DropReason, ProtocolError
from sip.events import IncomingInvite
from sip.message.replaces import MAX_REPLACES, Replaces
from sip.testing.parts import ANSWER, new_core
from sip.testing.scripted import ScriptedPeer

MEANT = Replaces("call-1", "ours", "theirs")


@pytest.mark.parametrize(
    "text",
    ["a@b;to-tag=1;from-tag=2", "a@b;from-tag=2;to-tag=1;early-only", 'x;to-tag=1;from-tag=2;other="y"'],
)
def test_what_is_read_can_be_written(text: str) -> None:
    read = Replaces.parse(text)
    assert Replaces.parse(str(read)) == read
    assert read.early_only == ("early-only" in text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a@b",
        "a@b;to-tag=1",
        "a@b;to-tag=1;from-tag",
        ";to-tag=1;from-tag=2",
        "a b;to-tag=1;from-tag=2",
        f"{'a' * MAX_REPLACES};to-tag=1;from-tag=2",
    ],
)
def test_what_names_no_dialog_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        Replaces.parse(text)
    assert (refused.value.status_hint, refused.value.reason) == (400, DropReason.BAD_HEADER)


@pytest.mark.parametrize(
    "headers", [[("Replaces", "nonsense")], [("Replaces", f"{MEANT}"), ("Replaces", "b;to-tag=1;from-tag=2")]]
)
def test_an_invite_with_a_bad_or_a_second_replaces_is_no_call(headers: list[tuple[str, object]]) -> None:
    peer = ScriptedPeer(new_core())
    invite = peer.request("INVITE")
    for name, value in headers:
        invite = invite.with_added(name, str(value))
    peer.send(invite)
    peer.next_response(400)
    assert peer.drops() == [DropReason.BAD_HEADER]


def test_a_dialog_is_found_by_its_call_id_and_both_tags() -> None:
    peer = ScriptedPeer(new_core())
    session = peer.call()
    calls, key = peer.core.calls, (peer.call_id, session.local_tag, peer.tag)
    assert calls.find_dialog(key) is session
    for wrong in ((peer.call_id, session.local_tag, "x"), ("x", *key[1:]), (peer.call_id, peer.tag, session.local_tag)):
        assert calls.find_dialog(wrong) is None
    assert peer.core.calls.find_dialog(Replaces("call-1", session.local_tag, peer.tag).key) is session


@pytest.mark.parametrize(
    ("state", "early_only", "status"),
    [
        (State.INVITED, False, 481),
        (State.CALLING, False, 0),
        (State.CALLING, True, 0),
        (State.CANCELLING, False, 481),
        (State.ANSWERED, False, 0),
        (State.CONFIRMED, False, 0),
        (State.CONFIRMED, True, 486),
        (State.OFFERED, True, 486),
        (State.LEAVING, False, 603),
        (State.ENDED, False, 603),
    ],
)
def test_which_dialogs_can_be_replaced(state: State, early_only: bool, status: int) -> None:
    peer = ScriptedPeer(new_core())
    session = peer.call()
    session.state = state
    assert refusal(session, Replaces("a", "b", "c", early_only)) == status


def test_replaces_is_understood() -> None:
    peer = ScriptedPeer(new_core())
    invite = peer.request("INVITE", headers=[("Require", "replaces"), ("Replaces", str(MEANT))])
    peer.send(invite)
    peer.told(IncomingInvite).session.answer(ANSWER, peer.now)
