"""What the engine tells a media worker and what comes back: small frozen structs, msgpack over a socketpair.

Times are seconds (float), addresses text, audio 8,000 Hz unless said otherwise. Both sides check ``PROTOCOL_VERSION``.
"""

from __future__ import annotations

import msgspec

PROTOCOL_VERSION = 2


class Message(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """The base of all that travels; the tag is the class's name."""


# --- sounds: what a leg can be made to hear ---------------------------------------------------------------------------


class File(Message, frozen=True):
    """An audio file that soundfile reads; encoded once per codec and cached, re-read when it changes."""

    path: str


class Tone(Message, frozen=True):
    """A call-progress tone of a country: ``ringback``, ``busy``, ``congestion``; or one that is the same everywhere and
    ends: ``beep``, and ``joined`` and ``left`` of a conference. It sounds for ``seconds``, if they are given.
    """

    kind: str
    country: str = "NL"
    seconds: float | None = None


class Silence(Message, frozen=True):
    """Comfort silence, sent as packets; ``seconds`` None goes on until stopped."""

    seconds: float | None = None


Sound = File | Tone | Silence


# --- commands, engine -> worker ---------------------------------------------------------------------------------------


class Keys(Message, frozen=True):
    """How a stream is encrypted (SRTP): a crypto-suite by its name in SDP, our master key with its salt, the peer's."""

    suite: str
    send: bytes
    receive: bytes

    def __repr__(self) -> str:
        return f"Keys(suite={self.suite!r})"


class Stream(Message, frozen=True):
    """How a leg talks to its peer after offer/answer (RFC 3264): payload numbers of both directions, peer's address.

    ``codec`` is one of media/codecs/registry.py. ``event_*`` are the telephone-event payload numbers (RFC 4733), None
    where the peer offers none; then digits are heard in-band. ``send``/``receive`` follow the direction attribute;
    ``timeout`` is how many seconds nothing may come before the leg is reported dead, None while on hold or not wanted.
    With ``tell_heard`` LegHeard comes once the peer's media does. ``beside`` is the host the peer's SIP comes from,
    ``proved`` one where the peer is known to be; elsewhere only a few packets go before one came from there.
    ``keys`` encrypt RTP and RTCP; without them both are plain.
    """

    codec: str
    send_payload: int
    receive_payload: int
    remote_address: str
    remote_port: int
    remote_rtcp_port: int | None = None
    ptime_ms: int = 20
    event_send_payload: int | None = None
    event_receive_payload: int | None = None
    event_rate: int = 8000
    send: bool = True
    receive: bool = True
    timeout: float | None = 30.0
    tell_heard: bool = False
    beside: str | None = None
    proved: str | None = None
    keys: Keys | None = None


class OpenLeg(Message, frozen=True):
    """Bind an even/odd port pair on ``address`` for leg number ``leg``; answered by LegOpened or LegFailed."""

    leg: int
    address: str


class ConfigureLeg(Message, frozen=True):
    """Set or change the stream of a leg, at answer time and at each re-INVITE; what plays goes on without a click."""

    leg: int
    stream: Stream


class Play(Message, frozen=True):
    """Play sounds one after the other, from the next frame on; replaces what was playing.

    A digit stops it within the worker if ``barge_in``. ``loop`` repeats all of it. A leg in a conference hears it in
    place of the others, or together with them if ``over``. Answered by Played with ``play``.
    """

    leg: int
    play: int
    sounds: tuple[Sound, ...]
    barge_in: bool = False
    loop: bool = False
    over: bool = False


class Stop(Message, frozen=True):
    """Stop what the leg plays (silence follows; never dead air); Played comes back if something was playing.

    With ``play`` only that Play is stopped, not one that has replaced it meanwhile.
    """

    leg: int
    play: int | None = None


class SendDigits(Message, frozen=True):
    """Press keys towards the peer by RFC 4733 events, or in-band where the peer takes none."""

    leg: int
    digits: str
    duration: float = 0.1


class Join(Message, frozen=True):
    """Bridge two legs of one worker: packets of each go on through the other as they arrive, transcoded if needed."""

    leg: int
    other: int


class Part(Message, frozen=True):
    """Undo Join for both legs."""

    leg: int


class Enter(Message, frozen=True):
    """Take part in conference ``room`` of this worker: hear all others in it and be heard by them; undoes Join."""

    leg: int
    room: int


class Leave(Message, frozen=True):
    """Undo Enter."""

    leg: int


class Mute(Message, frozen=True):
    """While ``on``, the others of the conference do not hear the leg; said after Enter."""

    leg: int
    on: bool


class Hold(Message, frozen=True):
    """While ``on``, the leg hears ``sounds`` in a loop instead of its bridged partner, which has put it on hold."""

    leg: int
    on: bool
    sounds: tuple[Sound, ...] = ()


class Record(Message, frozen=True):
    """Write what comes from the leg to a WAV file until StopRecording, ``limit`` seconds, ``silence`` seconds of quiet.

    The file is a readable WAV at any moment (kill -9 loses at most the last second). A key in ``stop_keys`` ends it.
    ``both`` mixes in what the leg hears. Answered by Recorded.
    """

    leg: int
    record: int
    path: str
    limit: float = 180.0
    silence: float | None = None
    stop_keys: str = ""
    both: bool = False


class StopRecording(Message, frozen=True):
    leg: int


class CloseLeg(Message, frozen=True):
    """Give the ports back (they rest before they are used again); answered by LegClosed with statistics."""

    leg: int


class Preload(Message, frozen=True):
    """Read, resample and encode these files now, off the loop, so that the first caller does not wait."""

    paths: tuple[str, ...]


class Shutdown(Message, frozen=True):
    """Close all legs and end the process."""


Command = (
    OpenLeg
    | ConfigureLeg
    | Play
    | Stop
    | SendDigits
    | Join
    | Part
    | Enter
    | Leave
    | Mute
    | Hold
    | Record
    | StopRecording
    | CloseLeg
    | Preload
    | Shutdown
)


# --- events, worker -> engine -----------------------------------------------------------------------------------------


class WorkerReady(Message, frozen=True):
    version: int
    pid: int


class LegOpened(Message, frozen=True):
    leg: int
    port: int


class LegFailed(Message, frozen=True):
    """A command could not be carried out; ``reason`` is a sentence for the log."""

    leg: int
    reason: str


class DigitPressed(Message, frozen=True):
    """A key of the peer, reported at its first packet (RFC 4733), once; or heard in-band. ``at``: monotonic seconds."""

    leg: int
    digit: str
    method: str  # "rfc4733" | "inband"
    at: float


class Played(Message, frozen=True):
    """A Play ended: ``finished`` (all heard), else it was stopped, replaced or interrupted by a digit."""

    leg: int
    play: int
    finished: bool
    seconds: float
    failed: str = ""


class Recorded(Message, frozen=True):
    """A recording ended: ``why`` is ``limit``, ``silence``, ``key``, ``stopped``, ``closed`` or ``failed``.

    ``failed`` says in a sentence what went wrong with the file; ``spoken`` are the seconds that were no silence.
    """

    leg: int
    record: int
    path: str
    seconds: float
    why: str
    failed: str = ""
    spoken: float = 0.0


class LegHeard(Message, frozen=True):
    """Media has come from the peer, whose source is known now."""

    leg: int


class LegSilent(Message, frozen=True):
    """Nothing came from the peer for ``seconds``, the stream's timeout (RTP dead): the engine ends the call."""

    leg: int
    seconds: float


class LegClosed(Message, frozen=True):
    """Statistics of a leg's life: packets both ways, lost, dropped as not from the peer, jitter and round trip (s).

    ``strangers`` are counted until the peer's source is known; from then on the kernel refuses them. ``invalid`` are
    datagrams dropped for any other reason; ``drops`` has them all by the names of media/rtp.py's Drop, in lower case.
    """

    leg: int
    received: int
    sent: int
    lost: int
    strangers: int
    jitter: float
    remote_lost: int = 0
    round_trip: float | None = None
    invalid: int = 0
    drops: dict[str, int] = {}


class WorkerStatus(Message, frozen=True):
    """Every two seconds: legs open, how late the loop woke up since the last one (s), CPU used since the start (s)."""

    legs: int
    late_p99: float
    cpu: float


Event = (
    WorkerReady
    | LegOpened
    | LegFailed
    | DigitPressed
    | Played
    | Recorded
    | LegHeard
    | LegSilent
    | LegClosed
    | WorkerStatus
)
