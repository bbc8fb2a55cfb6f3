"""One side of a live call: a SIP leg and a media leg, and the offers and answers (RFC 3264) that tie them together."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from engine.call.codecs import CODECS
from engine.call.keypad import KeyPresses, info_digit
from media.commands import DigitPressed, Keys, Sound, Stream
from media.plane import Leg
from sip.errors import ProtocolError
from sip.rim.calls import CallLeg, ReofferRefused
from sip.sdp.answer import Agreement, Codec, LocalMedia, NotAcceptable, Refusal, make_answer, make_offer, read_answer
from sip.sdp.crypto import Crypto, Encryption, new_keys
from sip.sdp.description import SessionDescription
from sip.sdp.reading import SECURE

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
"""A silent leg is noticed so much later at most (media/worker/loop.py looks twice a second)."""

_session_ids = itertools.count(1)


def stream_of(
    agreement: Agreement, timeout: float, hold_timeout: float, *, early: bool = False, sip: CallLeg | None = None
) -> Stream:
    """What the media leg must know of an offer/answer result; a leg on hold may be silent for longer.

    Before the call is answered (``early``) nobody has to send anything. ``sip`` knows where the peer is.
    """
    silence: float | None = timeout
    send = agreement.direction in ("sendrecv", "sendonly")
    receive = agreement.direction in ("sendrecv", "recvonly")
    if early:
        silence = None
    elif agreement.remote_holds or not receive:
        silence = hold_timeout
    keys = agreement.keys
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
        keys=None if keys is None else Keys(keys.suite, keys.send, keys.receive),
        send=send,
        receive=receive,
        timeout=silence,
        tell_heard=early,
        beside=sip.host if sip is not None else None,
        proved=sip.proved_host if sip is not None else None,
    )


class Line:
    """A SIP leg with its media leg. Opens nothing itself; ``close`` ends both.

    ``on_hold`` is told when the peer puts us on hold (True) or takes us back (False), ``on_info_digit`` of each key
    that comes as INFO and not in the media. ``early`` until the call is answered, if anything is heard before.
    ``shown`` is the address the peer is told, None for the leg's own. ``codecs`` are offered in their order; in an
    answer the peer's order counts, unless they are ``ours_first``. ``encryption`` says whether sound is encrypted. A
    line that is ``kept`` lasts as long as its SIP leg, whoever opened it.
    """

    def __init__(
        self,
        media: Leg,
        *,
        shown: str | None = None,
        timeout: float,
        hold_timeout: float,
        codecs: Sequence[Codec] = CODECS,
        ours_first: bool = False,
        encryption: Encryption = Encryption.OFF,
    ) -> None:
        self.media = media
        self.keys = KeyPresses()
        self.held = False
        self.early = False
        self.on_hold: Callable[[bool], None] | None = None
        self.on_info_digit: Callable[[str], None] | None = None
        self.agreement: Agreement | None = None
        self.sip: CallLeg | None = None
        self.kept = False
        self._timeouts = (timeout, hold_timeout)
        self._ours_first = ours_first
        self._encryption = encryption
        self._keys: tuple[Crypto, ...] = ()
        self._local = LocalMedia(
            address=shown or media.address,
            port=media.port,
            codecs=tuple(codecs),
            session_id=next(_session_ids),
            version=1,
        )
        self._described: SessionDescription | None = None
        self._plain: SessionDescription | None = None
        media.on_digit = self._take_digit

    @property
    def codec(self) -> Codec | None:
        return self.agreement.codec if self.agreement else None

    @property
    def common(self) -> Sequence[Codec]:
        """The codecs of ours that the peer has named."""
        return self.agreement.common if self.agreement else ()

    def attach(self, sip: CallLeg) -> None:
        """Take the SIP leg's later offers and INFO digits."""
        self.sip = sip
        sip.on_offer = self.take_offer
        sip.on_answer = self.take_answer
        sip.on_info = self._take_info
        sip.on_proved = self._describe
        self._describe()

    def keep(self) -> None:
        """Let the media leg live as long as the SIP leg: it goes on to talk in another call."""
        if not self.kept and self.sip is not None:
            self.kept = True
            self.sip.ended.add_done_callback(lambda _: self.media.abandon())

    async def close(self) -> None:
        """Close the media leg, unless it is kept."""
        if not self.kept:
            await self.media.close()

    def take_offer(self, offer: bytes | None, wanted: Codec | None = None) -> bytes:
        """Our answer to the peer's offer, first or in a re-INVITE; without an offer, ours (late offer).

        The codec ``wanted`` is taken if it is there, in a re-INVITE the one that is talked. Raises NotAcceptable when
        there is no audio we can speak, ProtocolError where it is no SDP at all.
        """
        if offer is None:
            return self.make_offer()
        theirs = SessionDescription.parse(offer)
        self._expect(offer)
        talked = wanted or self.codec
        preferred = () if talked is None else (talked,)
        if self._ours_first:
            preferred = (*preferred, *self._local.codecs)
        answer, agreement = make_answer(self._local, theirs, preferred)
        if self._is_somebody_else(agreement):
            # who comes new to a call has not heard its packets, and could not follow their count under the old key
            self._keys = ()
            self._expect(offer)
            answer, agreement = make_answer(self._local, theirs, preferred)
        if self._differs(answer):
            answer, agreement = make_answer(self._local, theirs, preferred)
        self._described = answer
        self._agree(agreement)
        return bytes(answer)

    def _is_somebody_else(self, agreement: Agreement) -> bool:
        """Whether another device is at the other end now: it brings a key of its own, from another place."""
        before = self.agreement
        if before is None or before.keys is None or agreement.keys is None:
            return False
        moved = (before.remote_address, before.remote_port) != (agreement.remote_address, agreement.remote_port)
        return moved and before.keys.receive != agreement.keys.receive

    def check_offer(self, offer: bytes) -> tuple[Codec, ...]:
        """The codecs in common, in the peer's order. Raises what ``take_offer`` would raise; nothing is agreed yet."""
        self._expect(offer)
        _, agreement = make_answer(self._local, SessionDescription.parse(offer))
        return agreement.common

    async def change_codec(self, codec: Codec) -> bool:
        """Ask the peer to talk this codec from now on (a re-INVITE that offers no other); whether it does."""
        if self.sip is None:
            return False
        before, told = self._local, self._described
        self._local = self._local.revised(codecs=(codec,))
        offer = self.make_offer()
        asked = self._described
        try:
            self.take_answer(await self.sip.reoffer(offer))
        except ReofferRefused:
            if self._described is asked:
                # what was refused was never said: a refresh repeats what was said before, and is answered by that
                self._described = told
            return False
        except (NotAcceptable, ProtocolError):
            return False
        finally:
            self._local = replace(self._local, codecs=before.codecs)
        return self.codec == codec

    def make_offer(self) -> bytes:
        """An offer of ours: the first, in a re-INVITE, or to a peer that sent none.

        The first is for encrypted sound if that may be, later ones are for what was agreed; a stream that was switched
        off had no keys, even where they are required.
        """
        agreed_plain = self.agreement is not None and self.agreement.keys is None
        plain = agreed_plain and self._encryption is not Encryption.REQUIRED
        self._arm(Encryption.OFF if plain else self._encryption)
        offer = make_offer(self._local, self._described)
        if self._differs(offer):
            offer = make_offer(self._local, self._described)
        self._described = offer
        return bytes(offer)

    def second_offer(self) -> bytes | None:
        """What is offered to a peer that refuses the first offer: plain sound, if it need not be encrypted."""
        if self._encryption is not Encryption.OFFERED:
            return None
        plain = self._local.revised(encryption=Encryption.OFF, keys=())
        self._plain = make_offer(plain)
        return bytes(self._plain)

    def _expect(self, offer: bytes) -> None:
        """Get ready for the peer's offer: keys are only made for one that brings some, or must."""
        brings = b"a=crypto:" in offer or self._encryption is Encryption.REQUIRED
        self._arm(self._encryption if brings else Encryption.OFF)

    def _arm(self, encryption: Encryption) -> None:
        """Be ready to encrypt, or not. Our keys are the same for as long as the call lasts."""
        if encryption is not Encryption.OFF and not self._keys:
            self._keys = new_keys(secrets.token_bytes)
        keys = () if encryption is Encryption.OFF else self._keys
        self._local = replace(self._local, encryption=encryption, keys=keys)

    def take_answer(self, answer: bytes) -> None:
        """The peer's answer to what we described last: an offer, or, where the session is refreshed, all the same.

        Raises NotAcceptable, or ProtocolError where it is no SDP at all.
        """
        if self._described is None:
            raise NotAcceptable(Refusal.NOT_AN_ANSWER)
        theirs = SessionDescription.parse(answer)
        if self._plain is not None and not any(media.protocol in SECURE for media in theirs.media):
            # whoever answers plainly has been made the second offer
            self._local = self._local.revised(encryption=Encryption.OFF, keys=())
            self._described = self._plain
        self._plain = None
        self._agree(read_answer(self._local, self._described, theirs))

    def take_early(self, answer: bytes, on_heard: Callable[[], None]) -> None:
        """The answer of a provisional response; ``on_heard`` is told when its media comes. Raises as ``take_answer``.

        ``answered`` follows.
        """
        self.early, self.media.on_heard = True, on_heard
        self.take_answer(answer)

    def answered(self) -> None:
        """The call is answered: from now on whoever is silent for too long is gone."""
        if self.early:
            self.early, self.media.on_heard = False, None
            self._describe()

    def _differs(self, description: SessionDescription) -> bool:
        """Whether this is not what the peer was told last; then our version goes up by one (RFC 3264 section 8)."""
        if self._described is None or description == self._described:
            return False
        self._local = self._local.revised(version=self._local.version + 1)
        return True

    def _agree(self, agreement: Agreement) -> None:
        if self.agreement is not None and self.agreement.keys is not None and agreement.keys is None:
            log.info(
                "sound is encrypted no longer, as the peer wants it", extra={"call": self.sip.id if self.sip else ""}
            )
        self.agreement = agreement
        self._describe()
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

    def be_patient(self) -> None:
        """Let the peer be silent for as long as one on hold may: whoever calls for help may be unable to speak."""
        self._take_timeouts((self._timeouts[1], self._timeouts[1]))

    def _take_timeouts(self, timeouts: tuple[float, float]) -> None:
        self._timeouts = timeouts
        self._describe()

    def _describe(self) -> None:
        """Tell the media leg how it talks, as far as that is agreed."""
        if self.agreement is not None:
            self.media.configure(stream_of(self.agreement, *self._timeouts, early=self.early, sip=self.sip))

    def hear_instead(self, sounds: Sequence[Sound]) -> None:
        """Let the peer hear sounds in a loop, or silence if there are none, instead of the bridged partner."""
        self.media.hold(True, tuple(sounds))

    def hear_partner(self) -> None:
        """Undo ``hear_instead``."""
        self.media.hold(False)
