"""What a peer's session description says of the one stream we take: its codec, its keys, where it is sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from sip.sdp.agreement import STATIC_PAYLOADS, Agreement, Codec, LocalMedia, NotAcceptable, Refusal
from sip.sdp.crypto import Crypto, Encryption, SrtpKeys, answer_to, read_line, read_lines, settled
from sip.sdp.description import MediaDescription, RtpMap, SessionDescription

PLAIN = frozenset({"RTP/AVP", "RTP/AVPF"})
SECURE = frozenset({"RTP/SAVP", "RTP/SAVPF"})
EVENT = "telephone-event"
MAX_PTIME_MS = 60
"""The longest packets we send, whatever is wished."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The stream of an offer that we take: its place, the codec with the peer's payload number for it, and the keys.

    ``answers`` is the line that answers the peer's ``a=crypto``.
    """

    place: int
    payload: int
    codec: Codec
    keys: SrtpKeys | None = None
    answers: Crypto | None = None


def choose(local: LocalMedia, offer: SessionDescription, preferred: Sequence[Codec]) -> Chosen:
    """The stream we take. Raises NotAcceptable.

    A stream offered with port 0 is taken only where nothing else is offered: then the peer switches its audio off. Of
    several an encrypted one is taken before a plain one, unless we do not encrypt.
    """
    why = NotAcceptable(Refusal.NO_AUDIO)
    everything_off = all(media.port == 0 for media in offer.media)
    streams = list(enumerate(offer.media))
    if local.encryption is not Encryption.OFF:
        streams.sort(key=lambda stream: stream[1].protocol not in SECURE)
    for place, media in streams:
        if media.kind != "audio" or (media.port == 0 and not everything_off):
            continue
        try:
            encrypted = answer_encryption(local, media)
            common = _common(local, media)
            payload, codec = min(common, key=lambda each: _rank(each[1], preferred))
        except NotAcceptable as reason:
            why = reason
        else:
            answers, keys = encrypted or (None, None)
            return Chosen(place, payload, codec, keys, answers)
    raise why


def answer_encryption(local: LocalMedia, media: MediaDescription) -> tuple[Crypto, SrtpKeys] | None:
    """How a stream offered to us is encrypted: the line that answers, and the keys; None if it is not.

    Keys may stand at a plain stream, too: then it may be either, as many phones offer it. Raises NotAcceptable.
    """
    _check_protocol(media)
    found = None
    if local.encryption is not Encryption.OFF:
        found = answer_to(read_lines(media.values_of("crypto")), local.keys)
    _check_encryption(local, media, encrypted=found is not None)
    return found


def agreed_encryption(local: LocalMedia, offered: MediaDescription, answered: MediaDescription) -> SrtpKeys | None:
    """The keys that an answer to our stream has settled; None if it is not encrypted. Raises NotAcceptable."""
    _check_protocol(answered)
    lines = [read_line(value) for value in answered.values_of("crypto")]
    keys = settled(read_lines(offered.values_of("crypto")), [line for line in lines if line is not None])
    _check_encryption(local, answered, encrypted=keys is not None)
    return keys


def _check_protocol(media: MediaDescription) -> None:
    if media.protocol not in PLAIN | SECURE:
        refusal = Refusal.ENCRYPTED_ONLY if "SAVP" in media.protocol else Refusal.OTHER_PROFILE
        raise NotAcceptable(refusal, media.protocol[:40])


def _check_encryption(local: LocalMedia, media: MediaDescription, *, encrypted: bool) -> None:
    if media.protocol in SECURE and not encrypted:
        raise NotAcceptable(Refusal.ENCRYPTED_ONLY, "no crypto-suite in common")
    if local.encryption is Encryption.REQUIRED and not encrypted and media.port != 0:
        raise NotAcceptable(Refusal.NOT_ENCRYPTED)


def _common(local: LocalMedia, media: MediaDescription) -> list[tuple[int, Codec]]:
    """What the peer names of our codecs, in its order, with its payload numbers; at least one. Raises NotAcceptable."""
    found = [
        (payload, codec) for payload, rtpmap in payloads(media) for codec in local.codecs if codec.is_meant_by(rtpmap)
    ]
    if not found:
        raise NotAcceptable(Refusal.NO_COMMON_CODEC, " ".join(media.formats)[:80])
    return found


def _rank(codec: Codec, preferred: Sequence[Codec]) -> int:
    return preferred.index(codec) if codec in preferred else len(preferred)


def payloads(media: MediaDescription) -> list[tuple[int, RtpMap]]:
    """The payload numbers of a stream in order of preference, as far as they are explained or static."""
    found = []
    for text in media.formats:
        if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 127:
            number = int(text)
            rtpmap = media.rtpmaps.get(number) or STATIC_PAYLOADS.get(number)
            if rtpmap is not None:
                found.append((number, rtpmap))
    return found


def find_event(media: MediaDescription, clock_rate: int) -> RtpMap | None:
    """The telephone-event of the codec's own clock rate, else any (RFC 4733 section 2.1 asks for the same rate)."""
    events = [rtpmap for _, rtpmap in payloads(media) if rtpmap.name.lower() == EVENT and rtpmap.clock_rate > 0]
    return next((event for event in events if event.clock_rate == clock_rate), events[0] if events else None)


def agree(
    local: LocalMedia,
    theirs: SessionDescription,
    media: MediaDescription,
    codec: Codec,
    payloads: tuple[int, int],
    event_payloads: tuple[int | None, int | None],
    event: RtpMap | None,
    keys: SrtpKeys | None = None,
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
        keys=keys,
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


def place_of_audio(description: SessionDescription) -> int | None:
    """Where our own audio stream stands in a description of ours."""
    for place, media in enumerate(description.media):
        if media.kind == "audio" and media.port != 0 and media.protocol in PLAIN | SECURE:
            return place
    return None
