"""Offer and answer (RFC 3264) for one audio stream, plain or encrypted: our side and the peer's words -> an agreement.

We take the first audio stream whose encryption suits us and that has a codec in common; of its codecs the one we
prefer, if it is there, else the first, in the offer's order of preference, that we speak. Every other stream is refused
with port 0 in its place. The answer keeps the offer's payload numbers and its profile. Keys by DTLS, rtcp-mux and ICE
are not agreed to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sip.sdp.agreement import STATIC_PAYLOADS, Agreement, Codec, LocalMedia, NotAcceptable, Refusal
from sip.sdp.crypto import Crypto, Encryption
from sip.sdp.description import Attribute, MediaDescription, Origin, RtpMap, SessionDescription
from sip.sdp.reading import EVENT, agree, agreed_encryption, choose, find_event, payloads, place_of_audio

__all__ = ["Agreement", "Codec", "LocalMedia", "NotAcceptable", "Refusal", "make_answer", "make_offer", "read_answer"]

AVP, SAVP = "RTP/AVP", "RTP/SAVP"
EVENT_PAYLOAD = 101
"""The payload number we offer telephone-event with: the one nearly everybody uses."""
EVENT_RANGE = "0-15"
"""The events we understand: the keys of a telephone (RFC 4733 section 3.2)."""


# --- making descriptions ----------------------------------------------------------------------------------------------


def make_offer(local: LocalMedia, previous: SessionDescription | None = None) -> SessionDescription:
    """Describe our side. In a running session ``previous`` is what we sent last: its streams keep their places, and
    those that are not our audio stay refused, and the number of telephone-event stays (RFC 3264 sections 8, 8.3.2)."""
    numbers = _own_numbers(local)
    place = None if previous is None else place_of_audio(previous)
    told = None if previous is None or place is None or not local.events else find_event(previous.media[place], 8000)
    event = told.payload if told else _own_event_payload(local, numbers)
    codecs = [(number, codec) for number, codec in zip(numbers, local.codecs, strict=True)]
    events = [] if event is None else [(event, 8000)]
    wide = next((codec.clock_rate for codec in local.codecs if codec.clock_rate != 8000), None)
    if wide is not None and event is not None:
        events.append((_free_number([*numbers, event]), wide))
    encrypted = local.encryption is not Encryption.OFF
    audio = _audio_line(local, codecs, events, local.direction, *((SAVP, local.keys) if encrypted else (AVP,)))
    if previous is None:
        return _describe(local, (audio,))
    if place is None:
        return _describe(local, (*map(_with_port_zero, previous.media), audio))
    return _describe(local, tuple(audio if i == place else _with_port_zero(m) for i, m in enumerate(previous.media)))


def make_answer(
    local: LocalMedia, offer: SessionDescription, preferred: Sequence[Codec] = ()
) -> tuple[SessionDescription, Agreement]:
    """Answer an offer (RFC 3264 section 6), with the first of the ``preferred`` codecs that it names, if it names any.

    Raises NotAcceptable.
    """
    chosen = choose(local, offer, preferred)
    place, payload, codec = chosen.place, chosen.payload, chosen.codec
    media = offer.media[place]
    event = find_event(media, codec.clock_rate) if local.events else None
    event_payload = event.payload if event else None
    agreement = agree(
        local, offer, media, codec, (payload, payload), (event_payload, event_payload), event, chosen.keys
    )
    events = [] if event_payload is None else [(event_payload, agreement.event_rate)]
    lines = () if chosen.answers is None else (chosen.answers,)
    audio = _audio_line(local, [(payload, codec)], events, agreement.direction, media.protocol, lines)
    if media.port == 0:
        audio = replace(audio, port=0)
    answered = tuple(audio if i == place else _with_port_zero(m) for i, m in enumerate(offer.media))
    return replace(_describe(local, answered), time=offer.time), agreement


def read_answer(local: LocalMedia, offer_sent: SessionDescription, answer: SessionDescription) -> Agreement:
    """Read the answer to an offer made with the same ``local`` (RFC 3264 section 7). Raises NotAcceptable."""
    place = place_of_audio(offer_sent)
    if place is None or place >= len(answer.media) or answer.media[place].kind != "audio":
        raise NotAcceptable(Refusal.NOT_AN_ANSWER, "our audio stream is not answered")
    media = answer.media[place]
    if media.port == 0:
        raise NotAcceptable(Refusal.STREAM_REFUSED)
    keys = agreed_encryption(local, offer_sent.media[place], media)
    numbers = _own_numbers(local)
    for payload, rtpmap in payloads(media):
        for number, codec in zip(numbers, local.codecs, strict=True):
            if codec.is_meant_by(rtpmap):
                event = find_event(media, codec.clock_rate) if local.events else None
                own_event = find_event(offer_sent.media[place], codec.clock_rate)
                events = (event.payload, own_event.payload) if event and own_event else (None, None)
                return agree(local, answer, media, codec, (payload, number), events, event, keys)
    raise NotAcceptable(Refusal.NO_COMMON_CODEC, " ".join(media.formats))


def _describe(local: LocalMedia, media: tuple[MediaDescription, ...]) -> SessionDescription:
    origin = Origin(str(local.session_id), str(local.version), local.address)
    return SessionDescription(origin, "-", local.address, "0 0", (), media)


def _audio_line(
    local: LocalMedia,
    codecs: list[tuple[int, Codec]],
    events: list[tuple[int, int]],
    direction: str,
    protocol: str,
    crypto: Sequence[Crypto] = (),
) -> MediaDescription:
    attributes: list[Attribute] = []
    for number, codec in codecs:
        attributes.append(("rtpmap", str(RtpMap(number, codec.name, codec.clock_rate, codec.channels))))
        if codec.fmtp:
            attributes.append(("fmtp", f"{number} {codec.fmtp}"))
    formats = [str(number) for number, _ in codecs]
    for number, rate in events:
        formats.append(str(number))
        attributes.append(("rtpmap", str(RtpMap(number, EVENT, rate))))
        attributes.append(("fmtp", f"{number} {EVENT_RANGE}"))
    attributes.append(("ptime", str(local.ptime_ms)))
    if local.rtcp_port is not None and local.rtcp_port != local.port + 1:
        attributes.append(("rtcp", str(local.rtcp_port)))
    attributes += [("crypto", str(line)) for line in crypto]
    attributes.append((direction, None))
    return MediaDescription("audio", local.port, protocol, tuple(formats), None, tuple(attributes))


def _with_port_zero(media: MediaDescription) -> MediaDescription:
    """A stream with port 0: kind, profile and formats stay as they were (RFC 3264 section 6)."""
    return MediaDescription(media.kind, 0, media.protocol, media.formats)


def _own_numbers(local: LocalMedia) -> list[int]:
    """Our payload number of each codec: given, static, or the next free one from 96 on."""
    static = {(rtpmap.name, rtpmap.clock_rate): number for number, rtpmap in STATIC_PAYLOADS.items()}
    fixed = [c.payload_type if c.payload_type is not None else static.get((c.name, c.clock_rate)) for c in local.codecs]
    free = (number for number in range(96, 128) if number != EVENT_PAYLOAD and number not in fixed)
    return [number if number is not None else next(free) for number in fixed]


def _own_event_payload(local: LocalMedia, taken: list[int]) -> int | None:
    if not local.events:
        return None
    return EVENT_PAYLOAD if EVENT_PAYLOAD not in taken else _free_number(taken)


def _free_number(taken: list[int]) -> int:
    """The highest dynamic payload number that is free, as codecs take the lowest."""
    return max(set(range(96, 128)) - set(taken))
