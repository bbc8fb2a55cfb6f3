"""Keys in session descriptions: which lines count, what is answered, and what is never accepted silently."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.sdp.answer import Codec, LocalMedia, NotAcceptable, Refusal, make_answer, make_offer, read_answer
from sip.sdp.crypto import (
    KEY_BYTES,
    MAX_LINES,
    Crypto,
    Encryption,
    SrtpKeys,
    answer_to,
    new_keys,
    read_line,
    read_lines,
    settled,
)
from sip.sdp.description import SessionDescription

SUITE = "AES_CM_128_HMAC_SHA1_80"
KEY = bytes(range(30))
INLINE = "inline:" + base64.b64encode(KEY).decode()
OURS = new_keys(lambda size: b"\x07" * size)
THEIRS = new_keys(lambda size: b"\x09" * size)
LOCAL = LocalMedia("192.0.2.1", 16384, (Codec("PCMA"), Codec("PCMU")), session_id=7, version=1)
OFFERING = replace(LOCAL, encryption=Encryption.OFFERED, keys=OURS)
REQUIRING = replace(LOCAL, encryption=Encryption.REQUIRED, keys=OURS)
PEER = replace(LOCAL, address="192.0.2.2", port=20000, keys=THEIRS)


def parsed(description: SessionDescription) -> SessionDescription:
    return SessionDescription.parse(bytes(description))


# --- lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f"1 {SUITE} {INLINE}",
        f"1 {SUITE} {INLINE}|2^20",
        f"1 {SUITE} {INLINE}|1048576",
        f"1 {SUITE} {INLINE} WSH=128",
        f"1 {SUITE} {INLINE} -vendor=x",
        f"1  {SUITE}  {INLINE} ",
        f"1 {SUITE} {INLINE.rstrip('=')}",
    ],
)
def test_lines_we_can_do_what_they_ask_for(line: str) -> None:
    assert read_line(line) == Crypto(1, SUITE, KEY)


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"1 {SUITE}",
        f"x {SUITE} {INLINE}",
        f"1 AES_256_CM_HMAC_SHA1_80 {INLINE}",
        f"1 AEAD_AES_256_GCM {INLINE}",
        f"1 {SUITE} {INLINE}|2^20|1:4",
        f"1 {SUITE} {INLINE};{INLINE}|2^20|2:4",
        f"1 {SUITE} {INLINE} UNENCRYPTED_SRTP",
        f"1 {SUITE} {INLINE} KDR=1",
        f"1 {SUITE} inline:not base64",
        f"1 {SUITE} inline:" + "A" * 39,
        f"1 {SUITE} {INLINE}" + " -x" * 300,
    ],
    ids=range(12),
)
def test_lines_that_are_passed_over(line: str) -> None:
    assert read_line(line) is None


@given(st.text(max_size=600))
def test_whatever_stands_in_a_line_nothing_escapes(text: str) -> None:
    """Any text is a Crypto or None."""
    found = read_line(text)
    assert found is None or read_line(str(found)) == found


def test_lines_are_bounded() -> None:
    assert len(read_lines([f"1 {SUITE} {INLINE}"] * (MAX_LINES + 5))) == MAX_LINES


def test_no_key_is_shown() -> None:
    assert repr(KEY) not in repr(Crypto(1, SUITE, KEY)) + repr(SrtpKeys(SUITE, KEY, KEY))


# --- offers and answers -----------------------------------------------------------------------------------------------


def test_the_first_of_theirs_that_we_know_is_answered_with_its_tag() -> None:
    offered = [Crypto(5, SUITE, b"a" * 30), Crypto(6, "AEAD_AES_128_GCM", b"b" * 28)]
    found = answer_to(offered, OURS)
    assert found is not None
    line, keys = found
    assert (line.tag, line.suite) == (5, SUITE)
    assert keys == SrtpKeys(SUITE, b"\x07" * 30, b"a" * 30)


def test_an_answer_names_one_of_ours_by_tag_and_suite() -> None:
    theirs = Crypto(OURS[1].tag, OURS[1].suite, b"c" * KEY_BYTES[OURS[1].suite])
    assert settled(OURS, [theirs]) == SrtpKeys(theirs.suite, OURS[1].key, theirs.key)
    assert settled(OURS, [replace(theirs, tag=9)]) is None
    assert settled(OURS, [theirs, theirs]) is None
    assert settled(OURS, []) is None


@pytest.mark.parametrize("ours", [OFFERING, REQUIRING])
@pytest.mark.parametrize("theirs", [Encryption.OFFERED, Encryption.REQUIRED])
def test_both_settle_on_the_same_keys(ours: LocalMedia, theirs: Encryption) -> None:
    offer = parsed(make_offer(ours))
    assert offer.media[0].protocol == "RTP/SAVP"
    answer, agreed = make_answer(replace(PEER, encryption=theirs), offer)
    taken = read_answer(ours, offer, parsed(answer))
    assert agreed.keys is not None
    assert taken.keys == SrtpKeys(agreed.keys.suite, agreed.keys.receive, agreed.keys.send)
    assert taken.keys.suite == next(iter(KEY_BYTES)), "the best one"


def test_who_never_encrypts_refuses_an_encrypted_offer() -> None:
    with pytest.raises(NotAcceptable) as caught:
        make_answer(PEER, parsed(make_offer(OFFERING)))
    assert caught.value.refusal is Refusal.ENCRYPTED_ONLY


def test_plain_sound_is_refused_where_it_must_be_encrypted() -> None:
    plain = parsed(make_offer(PEER))
    with pytest.raises(NotAcceptable) as caught:
        make_answer(REQUIRING, plain)
    assert caught.value.refusal is Refusal.NOT_ENCRYPTED
    answer, _ = make_answer(PEER, parsed(make_offer(LOCAL)))
    with pytest.raises(NotAcceptable) as caught:
        read_answer(REQUIRING, parsed(make_offer(REQUIRING)), parsed(answer))
    assert caught.value.refusal is Refusal.NOT_ENCRYPTED
    assert make_answer(OFFERING, plain)[1].keys is None


def test_an_encrypted_answer_without_a_key_of_ours_is_no_agreement() -> None:
    offer = parsed(make_offer(OFFERING))
    answer, _ = make_answer(replace(PEER, encryption=Encryption.OFFERED), offer)
    stripped = bytes(answer).decode().replace("a=crypto:1", "a=crypto:7")
    with pytest.raises(NotAcceptable) as caught:
        read_answer(OFFERING, offer, SessionDescription.parse(stripped.encode()))
    assert caught.value.refusal is Refusal.ENCRYPTED_ONLY


def test_keys_at_a_plain_stream_are_taken_as_many_phones_offer_them() -> None:
    text = bytes(make_offer(PEER)).decode().replace("a=sendrecv", f"a=crypto:1 {SUITE} {INLINE}\r\na=sendrecv")
    answer, agreed = make_answer(OFFERING, SessionDescription.parse(text.encode()))
    assert agreed.keys == SrtpKeys(SUITE, b"\x07" * 30, KEY)
    assert answer.media[0].protocol == "RTP/AVP"
    assert make_answer(LOCAL, SessionDescription.parse(text.encode()))[1].keys is None


def test_of_two_streams_the_encrypted_one_is_taken() -> None:
    plain, secure = (make_offer(replace(PEER, encryption=each)) for each in (Encryption.OFF, Encryption.REQUIRED))
    both = parsed(replace(plain, media=(*plain.media, *secure.media)))
    answer, agreed = make_answer(OFFERING, both)
    assert [media.port == 0 for media in answer.media] == [True, False]
    assert agreed.keys is not None
    assert make_answer(LOCAL, both)[1].keys is None
