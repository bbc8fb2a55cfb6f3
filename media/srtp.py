"""SRTP (RFC 3711, 6188, 7714) at the edge of a leg: what is sent is encrypted last, what comes is decrypted first.

Encryption is libsrtp's, by pylibsrtp. Each direction has its own master key; a new key begins a new context, with its
rollover counter at zero, the same key goes on with the old one.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable

from pylibsrtp import Error, Policy, Session, _binding

from media.commands import Keys
from media.rtp import ENCRYPTION_BYTES, MAX_PACKET_BYTES, RECEIVED

ffi, lib = _binding.ffi, _binding.lib

PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
_libsrtp = ctypes.CDLL(_binding.__file__)
BY_NAME = {
    "AES_256_CM_HMAC_SHA1_80": _libsrtp.srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
    "AES_256_CM_HMAC_SHA1_32": _libsrtp.srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
}
"""Suites that libsrtp knows and pylibsrtp has no number for, as DTLS has none."""
TAGS = {
    "AES_256_CM_HMAC_SHA1_80": 10,
    "AES_256_CM_HMAC_SHA1_32": 4,
    "AES_CM_128_HMAC_SHA1_80": 10,
    "AES_CM_128_HMAC_SHA1_32": 4,
    "AEAD_AES_128_GCM": 16,
    "AEAD_AES_256_GCM": 16,
}
"""Bytes that encryption adds to a packet of media."""
WINDOW = 256
"""Packets by which one may be late and still count; RFC 3711 section 3.3.2 asks for 64 at least."""
NOBODY = -1
"""As the source of packets."""
MAX_SOURCES = 64
"""SSRCs of a peer: libsrtp keeps something of each, and has to find it for each packet."""

_sent = bytearray(MAX_PACKET_BYTES + ENCRYPTION_BYTES)
_sent_view, _received_view = memoryview(_sent), memoryview(RECEIVED)
_sent_there, _received_there = ffi.from_buffer(_sent), ffi.from_buffer(RECEIVED)
_length = array("i", [0])
_length_there = ffi.from_buffer("int[]", _length)
_words = _received_view[: MAX_PACKET_BYTES // 4 * 4].cast("I")
SSRC = 2
"""Which of the words it is."""
_protect, _unprotect = lib.srtp_protect, lib.srtp_unprotect


class Srtp:
    """Both directions of one leg. Raises KeyError for an unknown suite, ValueError for a key of a wrong length.

    ``ssrc`` is that of all that is sent, where it is known before: what libsrtp keeps of it lies closer together then.

    What may not be sent (sent already, or too late by the window) and what the peer did not send, or not now, comes to
    nothing: empty bytes.

    Media is encrypted and decrypted where it lies, in buffers that all legs share: libsrtp works so, and the functions
    of pylibsrtp would copy each packet into a buffer of its session, which is in no cache. All that is needed for a
    packet lies in this one object and in no closure, for the same reason.
    """

    __slots__ = (
        "_in",
        "_in_handle",
        "_keys",
        "_out",
        "_out_handle",
        "_receive",
        "_refuse",
        "_send",
        "_source",
        "_sources",
        "_ssrc",
        "_tag",
    )

    def __init__(self, keys: Keys, ssrc: int | None = None) -> None:
        self._keys = keys
        self._ssrc = ssrc
        self._sources: set[bytes] = set()
        self._source = NOBODY
        self._send_by(keys)
        self._receive_by(keys)

    def _send_by(self, keys: Keys) -> None:
        direction = Policy.SSRC_ANY_OUTBOUND if self._ssrc is None else Policy.SSRC_SPECIFIC
        self._out = _session(keys.suite, keys.send, direction, self._ssrc or 0)
        self._out_handle = self._out._srtp[0]
        self._tag = TAGS[keys.suite]

    def _receive_by(self, keys: Keys) -> None:
        self._in = _session(keys.suite, keys.receive, Policy.SSRC_ANY_INBOUND)
        self._in_handle = self._in._srtp[0]
        self._sources.clear()
        self._source = NOBODY

    def change(self, keys: Keys) -> None:
        """Go on with these keys."""
        old, self._keys = self._keys, keys
        if (keys.suite, keys.send) != (old.suite, old.send):
            self._send_by(keys)
        if (keys.suite, keys.receive) != (old.suite, old.receive):
            self._receive_by(keys)

    def sending(self, send: Callable[[memoryview], object]) -> Callable[[bytes | memoryview], object]:
        """``emit``, which from now on sends so."""
        self._send = send
        return self.emit

    def emit(self, packet: bytes | memoryview) -> object:
        """Encrypt a packet of at most MAX_PACKET_BYTES and send it; nothing where it may not be sent.

        A memoryview is the beginning of RECEIVED, and is encrypted there.
        """
        _length[0] = size = len(packet)
        there, view = _received_there, _received_view
        if type(packet) is bytes:
            there, view = _sent_there, _sent_view
            view[:size] = packet
        if _protect(self._out_handle, there, _length_there):
            return None
        return self._send(view[: size + self._tag])

    def receiving(self, receive: Callable[[bytearray], int], refuse: Callable[[], int]) -> Callable[[bytearray], int]:
        """``receive_into``, which from now on receives so; ``refuse`` says what is told of what is not the peer's."""
        self._receive, self._refuse = receive, refuse
        return self.receive_into

    def receive_into(self, _: bytearray) -> int:
        """Receive into RECEIVED and decrypt: the size then."""
        _length[0] = size = self._receive(RECEIVED)
        if _words[SSRC] != self._source:
            return self._of_a_new_source(size) or self._refuse()
        if size > MAX_PACKET_BYTES or _unprotect(self._in_handle, _received_there, _length_there):
            return self._refuse()
        return size - self._tag

    def decrypt(self, size: int) -> int:
        """Decrypt the first ``size`` bytes of RECEIVED; how many they are then, 0 if they are none of the peer's."""
        _length[0] = size
        return self._of_a_new_source(size)

    def _of_a_new_source(self, size: int) -> int:
        source = bytes(RECEIVED[8:12])
        if not self._may_speak(source) or size > MAX_PACKET_BYTES:
            return 0
        number = _words[SSRC]
        if _unprotect(self._in_handle, _received_there, _length_there):
            return 0
        self._source = number
        self._sources.add(source)
        return size - self._tag

    def _may_speak(self, source: bytes) -> bool:
        return source in self._sources or len(self._sources) < MAX_SOURCES

    def protect(self, packet: bytes) -> bytes:
        return _or_nothing(self._out.protect, packet)

    def protect_rtcp(self, packet: bytes) -> bytes:
        return _or_nothing(self._out.protect_rtcp, packet)

    def unprotect(self, packet: bytes) -> bytes:
        return self._of_the_peer(self._in.unprotect, packet, packet[8:12])

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        return self._of_the_peer(self._in.unprotect_rtcp, packet, packet[4:8])

    def _of_the_peer(self, work: Callable[[bytes], bytes], packet: bytes, source: bytes) -> bytes:
        plain = _or_nothing(work, packet) if self._may_speak(source) else b""
        if plain:
            self._sources.add(source)
        return plain


def _or_nothing(work: Callable[[bytes], bytes], packet: bytes) -> bytes:
    try:
        return work(packet)
    except (Error, ValueError):
        return b""


def _session(suite: str, key: bytes, direction: int, ssrc: int = 0) -> Session:
    if suite in BY_NAME:
        policy = Policy(key=key, ssrc_type=direction, ssrc_value=ssrc)
        BY_NAME[suite](_address(policy._policy.rtp))
        BY_NAME["AES_256_CM_HMAC_SHA1_80"](_address(policy._policy.rtcp))  # RTCP has the long tag in both (RFC 6188 4)
    else:
        policy = Policy(key=key, ssrc_type=direction, ssrc_value=ssrc, srtp_profile=PROFILES[suite])
    policy.window_size = WINDOW
    return Session(policy)


def _address(crypto_policy: object) -> ctypes.c_void_p:
    return ctypes.c_void_p(int(ffi.cast("uintptr_t", ffi.addressof(crypto_policy))))
