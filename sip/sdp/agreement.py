"""The values of offer and answer: what we can do, what both sides settle on, and why sometimes they do not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sip.sdp.crypto import Crypto, Encryption, SrtpKeys
from sip.sdp.description import RtpMap

STATIC_PAYLOADS = {
    0: RtpMap(0, "PCMU", 8000),
    3: RtpMap(3, "GSM", 8000),
    4: RtpMap(4, "G723", 8000),
    8: RtpMap(8, "PCMA", 8000),
    9: RtpMap(9, "G722", 8000),
    13: RtpMap(13, "CN", 8000),
    15: RtpMap(15, "G728", 8000),
    18: RtpMap(18, "G729", 8000),
}
"""The audio payload numbers that need no rtpmap (RFC 3551 table 4) and are met on telephones."""


class Refusal(Enum):
    """Why no agreement was found, and the warning code that tells the peer (RFC 3261 section 20.43)."""

    NO_AUDIO = "no_audio", 304
    ENCRYPTED_ONLY = "encrypted_only", 302
    OTHER_PROFILE = "other_profile", 302
    NO_COMMON_CODEC = "no_common_codec", 305
    NO_ADDRESS = "no_address", 301
    NOT_AN_IP_ADDRESS = "not_an_ip_address", 301
    MULTICAST = "multicast", 330
    OTHER_ADDRESS_FAMILY = "other_address_family", 300
    STREAM_REFUSED = "stream_with_port_zero", 304
    NOT_ENCRYPTED = "not_encrypted", 302
    NOT_AN_ANSWER = "not_an_answer", 399

    def __init__(self, reason: str, warning: int) -> None:
        self.reason = reason
        self.warning = warning


class NotAcceptable(Exception):
    """No stream can be agreed on: 488 (RFC 3261 section 13.3.1.3). ``refusal`` says why."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(f"{refusal.reason}: {detail}" if detail else refusal.reason)
        self.refusal = refusal

    @property
    def warning(self) -> int:
        """The warning code (RFC 3261 section 20.43)."""
        return self.refusal.warning


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec we speak. ``payload_type`` None takes the static number (RFC 3551), or a free dynamic one."""

    name: str
    clock_rate: int = 8000
    payload_type: int | None = None
    fmtp: str = ""
    channels: int = 1

    def is_meant_by(self, rtpmap: RtpMap) -> bool:
        """True if the peer's line names this codec (names are case-insensitive, RFC 4855)."""
        return (
            rtpmap.name.lower() == self.name.lower()
            and rtpmap.clock_rate == self.clock_rate
            and rtpmap.channels == self.channels
        )


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Our side: where we receive, what we speak, in our order. ``direction`` is ours.

    ``session_id`` and ``version`` go into ``o=``; each description of a session that differs from the one sent before
    needs a higher version (RFC 3264 section 8): see ``revised``.

    ``encryption`` says whether sound may or must be encrypted, with our own ``keys``, one a suite. Where it is not OFF,
    an offer is for encrypted sound only: whoever may refuse that is made another one, with OFF.

    ``events`` offers and takes telephone-event (RFC 4733). ``rtcp_port`` is told (RFC 3605) if it is not ``port`` + 1.
    """

    address: str
    port: int
    codecs: tuple[Codec, ...]
    session_id: int
    version: int
    direction: str = "sendrecv"
    ptime_ms: int = 20
    events: bool = True
    rtcp_port: int | None = None
    encryption: Encryption = Encryption.OFF
    keys: tuple[Crypto, ...] = ()

    def revised(self, **changes: Any) -> LocalMedia:
        """The same with changes; the version goes up by one if, and only if, something differs (RFC 3264 section 8)."""
        revised = replace(self, **changes)
        return self if revised == self else replace(revised, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides have settled on.

    ``send_payload`` and ``receive_payload`` number the codec in what we send and get, ``event_*`` telephone-event
    (None: not agreed, digits are in the sound), whose clock is ``event_rate`` Hz. ``direction`` is ours.
    ``keys`` encrypt it (None: it is plain). ``common`` are the codecs of ours that the peer has named, in its order.
    ``remote_holds`` says that the peer takes no media from us for now; ``remote_port`` 0 that it has switched the
    stream off. ``ptime_ms`` is the length of the packets we are to send.
    """

    codec: Codec
    send_payload: int
    receive_payload: int
    event_send_payload: int | None
    event_receive_payload: int | None
    event_rate: int
    remote_address: str
    remote_port: int
    remote_rtcp_port: int | None
    direction: str
    remote_holds: bool
    ptime_ms: int
    common: tuple[Codec, ...] = ()
    keys: SrtpKeys | None = None
