"""MESSAGE: what is handed on, and what is refused before anybody sees it (RFC 3428)."""

from __future__ import annotations

import pytest

from sip.errors import DropReason
from sip.events import IncomingMessage
from sip.gate import Admit, Challenge
from sip.outside.message import MAX_TEXT
from sip.testing.parts import ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer

ME = Admit(identity="101@bakery.example")


def peer(decision=ME) -> ScriptedPeer:
    return ScriptedPeer(new_core(gate=ScriptedGate(decision)))


def send(phone: ScriptedPeer, body: bytes = b"hello", kind: str = "text/plain", **headers: object) -> None:
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    phone.send(phone.request("MESSAGE", body=body, content_type=kind, headers=lines))


@pytest.mark.parametrize("kind", ["text/plain", "Text/Plain;charset=UTF-8", 'text/plain;charset="us-ascii"'])
def test_a_text_is_told_with_its_sender(kind: str):
    phone = peer()
    send(phone, "Größe".encode(), kind)
    told = phone.told(IncomingMessage)
    assert (told.identity, told.request.body.decode()) == ("101@bakery.example", "Größe")
    phone.sends_nothing()
    phone.core.respond(told.request, told.transaction, 202, phone.now)
    phone.next_response(202)


def test_a_repeated_message_is_told_once():
    phone = peer()
    request = phone.request("MESSAGE", body=b"hello", content_type="text/plain")
    phone.send(request)
    phone.send(request)
    phone.told(IncomingMessage)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"hello", "text/html"),
        (b"hello", "text/plain;charset=utf-16"),
        (b"\xff\xfe", "text/plain"),
        (b" \r\n", "text/plain"),
        (b"<isComposing/>", "application/im-iscomposing+xml"),
        (b"Content-Type: text/plain", "message/cpim"),
    ],
)
def test_what_is_no_plain_text_is_415(body: bytes, kind: str):
    phone = peer()
    send(phone, body, kind)
    assert phone.next_response(415).header("Accept") == "text/plain"
    assert phone.drops() == [DropReason.UNSUPPORTED_BODY]


def test_a_packed_text_is_415():
    phone = peer()
    send(phone, Content_Encoding="gzip")
    phone.next_response(415)


def test_the_longest_text():
    phone = peer()
    send(phone, b"x" * MAX_TEXT)
    phone.told(IncomingMessage)
    send(phone, b"x" * (MAX_TEXT + 1))
    phone.next_response(413)
    assert phone.drops() == [DropReason.TOO_LARGE]


def test_strangers_are_challenged_and_nobodies_refused():
    phone = peer(Challenge(('Digest realm="x"',), proxy=False))
    send(phone)
    phone.next_response(401)
    phone = peer(Admit())
    send(phone)
    phone.next_response(403)
    assert phone.drops() == [DropReason.NOT_ALLOWED]
