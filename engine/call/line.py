"""One side of a live call: a SIP leg and a media leg, and the offers and answers (RFC 3264) that tie them together."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from engine.call.keypad import KeyPresses, info_digit
from media.commands import DigitPressed, Sound, Stream
from media.plane import Leg
from sip.rim.calls import CallLeg
from sip.sdp.answer import Agreement, Codec, LocalMedia, NotAcceptable, Refusal, make_answer, make_offer, read_answer
from sip.sdp.description import SessionDescription

PCMU = Codec("PCMU", 8000, 0)
PCMA = Codec("PCMA", 8000, 8)
CODECS = (PCMA, PCMU)

SWEEP_SECONDS = 1.0
"""A silent leg is noticed so much later at most (media/worker/loop.py looks twice a second)."""

_session_ids = itertools.count(1)


def stream_of(agreement: Agreement, timeout: float, hold_timeout: float) -> Stream:
    """What the media leg must know of an offer/answer result; a leg on hold may be silent for longer."""
    send = agreement.direction in ("sendrecv", "sendonly")
    receive = agreement.direction in ("sendrecv", "recvonly")
    return Stream(
        codec=agreement.codec.name,
        send_payload=agreement.send_payload,
        receive_payload=agreement.receive_payload,
        remote_address=agreement.remote_address,
        remote_port=agreement.remote_port,
        remote_rtcp_port=agreement.remote_rtcp_port,
        ptime_ms=agreement.ptime_ms,
        event_send_payload=agreement.event_send_payload,
        event_receive_payload=agreement.event_receive_payload,
        event_rate=agreement.event_rate,
        send=send,
        receive=receive,
        timeout=timeout if receive and not agreement.remote_holds else hold_timeout,
    )


class Line:
    """A SIP leg with its media leg. Opens nothing itself; ``close`` ends both.

    ``on_hold`` is told when the peer puts us on hold (True) or takes us back (False), ``on_info_digit`` of each key
    that comes as INFO and not in the media. ``advertised`` is the address the peer is told if it is of the leg's kind.
    A line that is ``kept`` lasts as long as its SIP leg, whoever opened it.
    """

    def __init__(
        self,
        media: Leg,
        *,
        advertised: str | None,
        timeout: float,
        hold_timeout: float,
        codecs: Sequence[Codec] = CODECS,
    ) -> None:
        self.media = media
        self.keys = KeyPresses()
        self.held = False
        self.on_hold: Callable[[bool], None] | None = None
        self.on_info_digit: Callable[[str], None] | None = None
        self.agreement: Agreement | None = None
        self.sip: CallLeg | None = None
        self.kept = False
        self._timeouts = (timeout, hold_timeout)
        alike = advertised is not None and (":" in advertised) == (":" in media.address)
        self._local = LocalMedia(
            address=advertised if advertised and alike else media.address,
            port=media.port,
            codecs=tuple(codecs),
            session_id=next(_session_ids),
            version=1,
        )
        self._offered: SessionDescription | None = None
        self._described: SessionDescription | None = None
        media.on_digit = self._take_digit

    @property
    def codec(self) -> Codec | None:
        return self.agreement.codec if self.agreement else None

    def attach(self, sip: CallLeg) -> None:
        """Take the SIP leg's later offers and INFO digits."""
        self.sip = sip
        sip.on_offer = self.take_offer
        sip.on_answer = self.take_answer
        sip.on_info = self._take_info

    def keep(self) -> None:
        """Let the media leg live as long as the SIP leg: it goes on to talk in another call."""
        if not self.kept and self.sip is not None:
            self.kept = True
            self.sip.ended.add_done_callback(lambda _: self.media.abandon())

    async def close(self) -> None:
        """Close the media leg, unless it is kept."""
        if not self.kept:
            await self.media.close()

    def take_offer(self, offer: bytes | None) -> bytes:
        """Our answer to the peer's offer, first or in a re-INVITE; without an offer, ours (late offer).

        Raises NotAcceptable when there is no audio we can speak, ProtocolError where it is no SDP at all.
        """
        if offer is None:
            return self.make_offer()
        theirs = SessionDescription.parse(offer)
        answer, agreement = make_answer(self._local, theirs)
        if self._differs(answer):
            answer, agreement = make_answer(self._local, theirs)
        self._described = answer
        self._agree(agreement)
        return bytes(answer)

    def check_offer(self, offer: bytes) -> None:
        """Raises what ``take_offer`` would raise; nothing is agreed yet."""
        make_answer(self._local, SessionDescription.parse(offer))

    def make_offer(self) -> bytes:
        """An offer of ours: the first, in a re-INVITE, or to a peer that sent none."""
        offer = make_offer(self._local, self._described)
        if self._differs(offer):
            offer = make_offer(self._local, self._described)
        self._described = self._offered = offer
        return bytes(offer)

    def take_answer(self, answer: bytes) -> None:
        """The peer's answer to our last offer. Raises NotAcceptable, or ProtocolError where it is no SDP at all."""
        if self._offered is None:
            raise NotAcceptable(Refusal.NOT_AN_ANSWER)
        self._agree(read_answer(self._local, self._offered, SessionDescription.parse(answer)))

    def _differs(self, description: SessionDescription) -> bool:
        """Whether this is not what the peer was told last; then our version goes up by one (RFC 3264 section 8)."""
        if self._described is None or description == self._described:
            return False
        self._local = self._local.revised(version=self._local.version + 1)
        return True

    def _agree(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self.media.configure(stream_of(agreement, *self._timeouts))
        if agreement.remote_holds != self.held:
            self.held = agreement.remote_holds
            if self.on_hold is not None:
                self.on_hold(self.held)

    def _take_digit(self, press: DigitPressed) -> None:
        self.keys.press(press.digit, press.method, press.at)

    def _take_info(self, content_type: str, body: bytes) -> None:
        digit = info_digit(content_type, body)
        if digit is not None:
            self.keys.press(digit, "info", asyncio.get_running_loop().time())
            if self.on_info_digit is not None:
                self.on_info_digit(digit)

    @contextmanager
    def heard_within(self, seconds: float | None) -> Iterator[None]:
        """In the block the media leg is dead if nothing comes in its first ``seconds``; later on it may take longer."""
        usual = self._timeouts
        if seconds is None or seconds >= usual[0]:
            yield
            return
        self._take_timeouts((seconds, usual[1]))
        timer = asyncio.get_running_loop().call_later(seconds + SWEEP_SECONDS, self._take_timeouts, usual)
        try:
            yield
        finally:
            timer.cancel()

    def _take_timeouts(self, timeouts: tuple[float, float]) -> None:
        self._timeouts = timeouts
        if self.agreement is not None:
            self.media.configure(stream_of(self.agreement, *timeouts))

    def hear_instead(self, sounds: Sequence[Sound]) -> None:
        """Let the peer hear sounds in a loop, or silence if there are none, instead of the bridged partner."""
        self.media.hold(True, tuple(sounds))

    def hear_partner(self) -> None:
        """Undo ``hear_instead``."""
        self.media.hold(False)
