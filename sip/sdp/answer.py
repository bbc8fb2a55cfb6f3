"""Offer and answer (RFC 3264) for one audio stream over plain RTP: our side and the peer's words -> an agreement.

We take the first audio stream that is plain RTP/AVP and has a codec in common; of its codecs the one we prefer, if it
is there, else the first, in the offer's order of preference, that we speak. Every other stream is refused with port 0
in its place. The answer keeps the offer's payload numbers. Encryption (SAVP), feedback profiles (AVPF), rtcp-mux and
ICE are not agreed to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import replace

from sip.sdp.agreement import STATIC_PAYLOADS, Agreement, Codec, LocalMedia, NotAcceptable, Refusal
from sip.sdp.description import Attribute, MediaDescription, Origin, RtpMap, SessionDescription

__all__ = ["Agreement", "Codec", "LocalMedia", "NotAcceptable", "Refusal", "make_answer", "make_offer", "read_answer"]

PROTOCOL = "RTP/AVP"
EVENT_PAYLOAD = 101
"""The payload number we offer telephone-event with: the one nearly everybody uses."""
EVENT_RANGE = "0-15"
"""The events we understand: the keys of a telephone (RFC 4733 section 3.2)."""
EVENT = "telephone-event"
MAX_PTIME_MS = 60
"""The longest packets we send, whatever is wished."""


# --- making descriptions ----------------------------------------------------------------------------------------------


def make_offer(local: LocalMedia, previous: SessionDescription | None = None) -> SessionDescription:
    """Describe our side. In a running session ``previous`` is what we sent last: its streams keep their places, and
    those that are not our audio stay refused, and the number of telephone-event stays (RFC 3264 sections 8, 8.3.2)."""
    numbers = _own_numbers(local)
    place = None if previous is None else _place_of_audio(previous)
    told = None if previous is None or place is None or not local.events else _find_event(previous.media[place], 8000)
    event = told.payload if told else _own_event_payload(local, numbers)
    codecs = [(number, codec) for number, codec in zip(numbers, local.codecs, strict=True)]
    events = [] if event is None else [(event, 8000)]
    wide = next((codec.clock_rate for codec in local.codecs if codec.clock_rate != 8000), None)
    if wide is not None and event is not None:
        events.append((_free_number([*numbers, event]), wide))
    audio = _audio_line(local, codecs, events, local.direction)
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
    place, payload, codec = _choose(local, offer, preferred)
    media = offer.media[place]
    event = _find_event(media, codec.clock_rate) if local.events else None
    event_payload = event.payload if event else None
    agreement = _agree(local, offer, media, codec, (payload, payload), (event_payload, event_payload), event)
    events = [] if event_payload is None else [(event_payload, agreement.event_rate)]
    audio = _audio_line(local, [(payload, codec)], events, agreement.direction)
    if media.port == 0:
        audio = replace(audio, port=0)
    answered = tuple(audio if i == place else _with_port_zero(m) for i, m in enumerate(offer.media))
    return replace(_describe(local, answered), time=offer.time), agreement


def read_answer(local: LocalMedia, offer_sent: SessionDescription, answer: SessionDescription) -> Agreement:
    """Read the answer to an offer made with the same ``local`` (RFC 3264 section 7). Raises NotAcceptable."""
    place = _place_of_audio(offer_sent)
    if place is None or place >= len(answer.media) or answer.media[place].kind != "audio":
        raise NotAcceptable(Refusal.NOT_AN_ANSWER, "our audio stream is not answered")
    media = answer.media[place]
    if media.port == 0:
        raise NotAcceptable(Refusal.STREAM_REFUSED)
    _check_protocol(media)
    numbers = _own_numbers(local)
    for payload, rtpmap in _payloads(media):
        for number, codec in zip(numbers, local.codecs, strict=True):
            if codec.is_meant_by(rtpmap):
                event = _find_event(media, codec.clock_rate) if local.events else None
                own_event = _find_event(offer_sent.media[place], codec.clock_rate)
                events = (event.payload, own_event.payload) if event and own_event else (None, None)
                return _agree(local, answer, media, codec, (payload, number), events, event)
    raise NotAcceptable(Refusal.NO_COMMON_CODEC, " ".join(media.formats))


def _describe(local: LocalMedia, media: tuple[MediaDescription, ...]) -> SessionDescription:
    origin = Origin(str(local.session_id), str(local.version), local.address)
    return SessionDescription(origin, "-", local.address, "0 0", (), media)


def _audio_line(
    local: LocalMedia,
    codecs: list[tuple[int, Codec]],
    events: list[tuple[int, int]],
    direction: str,
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
    attributes.append((direction, None))
    return MediaDescription("audio", local.port, PROTOCOL, tuple(formats), None, tuple(attributes))


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


# --- reading descriptions ---------------------------------------------------------------------------------------------


def _choose(local: LocalMedia, offer: SessionDescription, preferred: Sequence[Codec]) -> tuple[int, int, Codec]:
    """The place of the stream we take, the payload number and the codec.

    A stream offered with port 0 is taken only where nothing else is offered: then the peer switches its audio off.
    """
    why = NotAcceptable(Refusal.NO_AUDIO)
    everything_off = all(media.port == 0 for media in offer.media)
    for place, media in enumerate(offer.media):
        if media.kind != "audio" or (media.port == 0 and not everything_off):
            continue
        try:
            _check_protocol(media)
            common = _common(local, media)
            payload, codec = min(common, key=lambda each: _rank(each[1], preferred))
        except NotAcceptable as reason:
            why = reason
        else:
            return place, payload, codec
    raise why


def _check_protocol(media: MediaDescription) -> None:
    if media.protocol != PROTOCOL:
        refusal = Refusal.ENCRYPTED_ONLY if "SAVP" in media.protocol else Refusal.OTHER_PROFILE
        raise NotAcceptable(refusal, media.protocol[:40])


def _common(local: LocalMedia, media: MediaDescription) -> list[tuple[int, Codec]]:
    """What the peer names of our codecs, in its order, with its payload numbers; at least one. Raises NotAcceptable."""
    found = [
        (payload, codec) for payload, rtpmap in _payloads(media) for codec in local.codecs if codec.is_meant_by(rtpmap)
    ]
    if not found:
        raise NotAcceptable(Refusal.NO_COMMON_CODEC, " ".join(media.formats)[:80])
    return found


def _rank(codec: Codec, preferred: Sequence[Codec]) -> int:
    return preferred.index(codec) if codec in preferred else len(preferred)


def _payloads(media: MediaDescription) -> list[tuple[int, RtpMap]]:
    """The payload numbers of a stream in order of preference, as far as they are explained or static."""
    found = []
    for text in media.formats:
        if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 127:
            number = int(text)
            rtpmap = media.rtpmaps.get(number) or STATIC_PAYLOADS.get(number)
            if rtpmap is not None:
                found.append((number, rtpmap))
    return found


def _find_event(media: MediaDescription, clock_rate: int) -> RtpMap | None:
    """The telephone-event of the codec's own clock rate, else any (RFC 4733 section 2.1 asks for the same rate)."""
    events = [rtpmap for _, rtpmap in _payloads(media) if rtpmap.name.lower() == EVENT and rtpmap.clock_rate > 0]
    return next((event for event in events if event.clock_rate == clock_rate), events[0] if events else None)


def _agree(
    local: LocalMedia,
    theirs: SessionDescription,
    media: MediaDescription,
    codec: Codec,
    payloads: tuple[int, int],
    event_payloads: tuple[int | None, int | None],
    event: RtpMap | None,
) -> Agreement:
    address, deaf = _remote_address(local, theirs, media)
    direction = theirs.direction_of(media)
    they_receive = direction in ("sendrecv", "recvonly") and not deaf and media.port != 0
    they_send = direction in ("sendrecv", "sendonly") and media.port != 0
    return Agreement(
        codec=codec,
        send_payload=payloads[0],
        receive_payload=payloads[1],
        event_send_payload=event_payloads[0],
        event_receive_payload=event_payloads[1],
        event_rate=event.clock_rate if event else codec.clock_rate,
        remote_address=address,
        remote_port=media.port,
        remote_rtcp_port=_remote_rtcp_port(media),
        direction=_direction(
            sends=they_receive and local.direction in ("sendrecv", "sendonly"),
            receives=they_send and local.direction in ("sendrecv", "recvonly"),
        ),
        remote_holds=not they_receive,
        ptime_ms=_ptime_ms(local, media),
        common=tuple(named for _, named in _common(local, media)),
    )


def _direction(*, sends: bool, receives: bool) -> str:
    if sends:
        return "sendrecv" if receives else "sendonly"
    return "recvonly" if receives else "inactive"


def _remote_address(local: LocalMedia, theirs: SessionDescription, media: MediaDescription) -> tuple[str, bool]:
    """Where the peer receives, and whether that is nowhere (0.0.0.0): the hold of RFC 2543 (RFC 3264 section 8.4)."""
    text = theirs.address_of(media)
    if text is None:
        raise NotAcceptable(Refusal.NO_ADDRESS)
    try:
        address = ipaddress.ip_address(text.partition("/")[0])
    except ValueError:
        raise NotAcceptable(Refusal.NOT_AN_IP_ADDRESS, text[:60]) from None
    if address.is_unspecified:
        return str(address), True
    if address.is_multicast:
        raise NotAcceptable(Refusal.MULTICAST, text[:60])
    if "%" in text:
        raise NotAcceptable(Refusal.NOT_AN_IP_ADDRESS, text[:60])
    if (address.version == 6) != (":" in local.address):
        raise NotAcceptable(Refusal.OTHER_ADDRESS_FAMILY, text[:60])
    return str(address), False


def _remote_rtcp_port(media: MediaDescription) -> int | None:
    """The port of ``a=rtcp`` (RFC 3605), else the one after the stream's (RFC 3550 section 11), None for no stream."""
    if media.port == 0:
        return None
    said = (media.attribute("rtcp") or "").split(" ")[0]
    if said.isascii() and said.isdigit() and len(said) <= 5 and 0 < int(said) <= 65535:
        return int(said)
    return media.port + 1 if media.port < 65535 else None


def _ptime_ms(local: LocalMedia, media: MediaDescription) -> int:
    """The length of the packets the peer wants: its ptime, at most its maxptime (RFC 8866 section 6.4), else ours."""
    wanted = _milliseconds(media.attribute("ptime")) or local.ptime_ms
    longest = _milliseconds(media.attribute("maxptime")) or MAX_PTIME_MS
    return min(wanted, longest, MAX_PTIME_MS)


def _milliseconds(text: str | None) -> int | None:
    """A positive whole number of at least 10 ms; fractions, which hardly anybody sends, are cut off."""
    whole = (text or "").strip().partition(".")[0]
    if whole.isascii() and whole.isdigit() and len(whole) <= 4 and int(whole) >= 10:
        return int(whole)
    return None


def _place_of_audio(description: SessionDescription) -> int | None:
    """Where our own audio stream stands in a description of ours."""
    for place, media in enumerate(description.media):
        if media.kind == "audio" and media.port != 0 and media.protocol == PROTOCOL:
            return place
    return None
