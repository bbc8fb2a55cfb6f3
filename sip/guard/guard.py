"""The guard: looks at each packet before it is parsed, and says whether it is worth that.

*Known* is the path (address and port, or connection) over which a phone has proved its password: it has a bucket of its
own, and no ban of its source holds for it, so that the phones of an office go on whatever else comes from its router.
*Trusted* is the source such a phone is at. Everybody else is a stranger.

*What counts.* Over UDP a source address proves nothing. So only what answers a nonce made for that address, or comes
over a connection, may lead to a ban; anything else can only empty the token buckets of its source, for seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sip.errors import DropReason
from sip.flow import Address, Flow
from sip.guard.bans import Bans, Offence, Policy
from sip.guard.buckets import Buckets, Rate
from sip.guard.devices import Device, device
from sip.guard.kinds import Kind, call_id_of, has_to_tag, kind_of, names_a_scanner
from sip.guard.load import Load, Shedding
from sip.guard.recent import Recent
from sip.guard.slowing import Slowing
from sip.guard.sources import Networks, source_of

MAX_KNOWN: Final = 50_000
"""Paths, and as many sources, that are remembered as known; then the one used longest ago is forgotten."""
KNOWN_SECONDS: Final = 2 * 3600.0
"""How long a path stays known after its last right password: the longest registration by default."""
TRUSTED_SECONDS: Final = 7 * 86_400.0
"""The same for a source: over a week-end in which its phones are off, and a power cut."""
CALLED_SECONDS: Final = 3600.0
"""How long messages within calls go before others at an address that is in a call, or that we have called."""
CALLING_SECONDS: Final = 900.0
"""The same for an address that has only begun to call: anybody may write any into an INVITE, so that these have a table
of their own."""
MOVES: Final = Rate(1 / 60, 4.0)
"""How often a call may be heard from an address where nobody has been before: its peer may write any address, too."""

SHARES: Final = {
    Kind.REGISTER: Rate(1.0, 10.0),
    Kind.INVITE: Rate(0.5, 3.0),
    Kind.OPTIONS: Rate(1.0, 5.0),
    Kind.IN_CALL: Rate(5.0, 25.0),
    Kind.OTHER: Rate(1.0, 10.0),
}
"""What one source may send, for each of ``Limits.per_source``: by default 20 REGISTERs a second and 200 at once, as
forty phones send when the power is back."""
KNOWN_FACTOR: Final = 2.0
"""A known path may send so many times as much by itself as a source of strangers."""
TRUSTED_FACTOR: Final = 5.0
REPEATS: Final = Rate(1.0, 20.0)
"""What a known path may send of each of REPEATED with one Call-ID: some phones subscribe or register again without a
pause if they dislike an answer. Whoever hears nothing repeats the same request, ever more slowly."""
REPEATED: Final = frozenset({Kind.REGISTER, Kind.OTHER})
EXEMPT_OTHERS: Final = Rate(100.0, 5000.0)
"""What a known path may send of Kind.OTHER, beside its share, where nothing else is limited: a tenth of a core."""
RETURNING: Final = Rate(1.0, 10.0)
"""REGISTERs that are taken from a banned source where phones are registered, so that one whose connection broke, or
whose router gave it another port, can come back: only those of devices that have proved the password are looked at."""
STRANGERS: Final = Rate(500.0, 1000.0)
"""What all strangers together may send, as 50,000 made-up sources have a bucket each."""
SCAN_COST: Final = 10.0
"""Tokens that a call to a number nobody has, or a malformed datagram, costs its source."""
ANSWERS: Final = Rate(100.0, 200.0)
"""503s to those who are turned away; beyond that silence, which is cheaper, and which they take as loss."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``per_source`` requests a second (0: no limits); who is ``never`` limited or banned; ``Load``'s limit."""

    per_source: float = 20.0
    never: Networks = field(default_factory=Networks)
    lateness: float = 0.25
    bans: Policy = field(default_factory=Policy)


class Guard:
    """Asked for each packet by ``screen``; told by whoever knows more later. ``now`` is monotonic seconds.

    ``also_never`` says of a source that is not in the limits' list whether it is a provider's, too.
    """

    def __init__(self, limits: Limits = Limits()) -> None:
        self.bans = Bans(limits.bans)
        self._slowing = Slowing(self.bans.slowed)
        self.load = Load(limits.lateness)
        self.also_never: Callable[[str], bool] = _nobody
        self._never = limits.never
        self._limited = limits.per_source > 0
        base = limits.per_source or 1.0
        self._strange, self._trusted_rates, self._known_rates = (
            {kind: rate.times(base * factor) for kind, rate in SHARES.items()}
            for factor in (1.0, TRUSTED_FACTOR, KNOWN_FACTOR)
        )
        self._of_strangers = {kind: Buckets[str](rate) for kind, rate in self._strange.items()}
        self._of_trusted = {kind: Buckets[str](rate) for kind, rate in self._trusted_rates.items()}
        self._of_known = {kind: Buckets[Address](rate) for kind, rate in self._known_rates.items()}
        self._of_exempt = Buckets[Address](EXEMPT_OTHERS)
        self._repeats = Buckets[tuple[Address, int]](REPEATS)
        self._returning = Buckets[str](RETURNING)
        self._all_strangers = Buckets[str](STRANGERS)
        self._answers = Buckets[str](ANSWERS)
        self._known = Recent[Address](MAX_KNOWN)
        self._trusted = Recent[str](MAX_KNOWN)
        self._called = Recent[Address](MAX_KNOWN)
        self._calling = Recent[Address](MAX_KNOWN)
        self._moves = Buckets[str](MOVES)

    @property
    def size(self) -> int:
        """How much is remembered, of everything."""
        of_sources = sum(len(each) for table in (self._of_strangers, self._of_trusted) for each in table.values())
        of_paths = sum(len(each) for each in self._of_known.values())
        of_wrong = len(self.bans) + len(self._slowing)
        of_calls = len(self._called) + len(self._calling) + len(self._moves)
        return of_sources + of_paths + of_wrong + of_calls + len(self._known) + len(self._trusted)

    # --- before parsing ---------------------------------------------------------------------------------------------

    def screen(self, data: bytes, flow: Flow, now: float) -> DropReason | None:
        """Why a packet is not worth parsing; None for one that is. OVERLOADED may be answered (``may_answer``)."""
        remote = flow.remote
        if self._known.holds(remote, now):
            if not self._limited or self._is_within_share(data, remote, now):
                return None
            return DropReason.OVERLOADED if flow.reliable else DropReason.OVER_LIMIT
        source = source_of(remote[0])
        if self.is_exempt(source):
            return None
        kind = kind_of(data)
        if self.bans.of(source, now) is not None and not (kind is Kind.REGISTER and self._may_return(source, now)):
            return DropReason.BANNED
        called = self._called.holds(remote, now) or self._calling.holds(remote, now)
        if kind is Kind.INVITE and called and has_to_tag(data):
            kind = Kind.IN_CALL
        trusted = self.trusts(source, now)
        if self._limited:
            buckets = self._of_trusted if trusted else self._of_strangers
            if not buckets[kind].take(source, now):
                return DropReason.OVER_LIMIT
        if kind is Kind.IN_CALL and called:
            return None
        if kind is not Kind.IN_CALL and names_a_scanner(data):
            self._note(Offence.SCANNER, kind, flow, source, now)
            return DropReason.SCANNER
        if self._limited and not trusted and not self._all_strangers.take("", now):
            return DropReason.OVERLOADED
        shedding = self.load.shedding(now)
        if shedding is Shedding.ALL_BUT_KNOWN or (shedding is Shedding.STRANGERS and not trusted):
            return DropReason.OVERLOADED
        return None

    def _is_within_share(self, data: bytes, remote: Address, now: float) -> bool:
        kind = kind_of(data)
        call_id = call_id_of(data) if kind in REPEATED else b""
        if call_id and not self._repeats.take((remote, hash(call_id)), now):
            return False
        if self._of_known[kind].take(remote, now):
            return True
        if not self.is_exempt(source_of(remote[0])):
            return False
        return kind is not Kind.OTHER or self._of_exempt.take(remote, now)

    def may_answer(self, now: float) -> bool:
        """Whether one more of those turned away is told so."""
        return self._answers.take("", now)

    def refuses(self, host: str, now: float) -> bool:
        """Whether a connection from this address is closed at once."""
        source = source_of(host)
        return self.bans.of(source, now) is not None and not self.trusts(source, now) and not self.is_exempt(source)

    def _may_return(self, source: str, now: float) -> bool:
        return self.trusts(source, now) and self._returning.take(source, now)

    def is_exempt(self, source: str) -> bool:
        """Whether a source is one that is never limited nor banned."""
        return self._never.holds(source) or self.also_never(source)

    def trusts(self, source: str, now: float) -> bool:
        """Whether a phone at this source has proved its password of late."""
        return self._trusted.holds(source, now)

    # --- what is learnt later ---------------------------------------------------------------------------------------

    def verified(self, flow: Flow, user: str, now: float, sender: Device | None = None) -> None:
        """Credentials that came over this path were right. Without a ``sender`` the path stands for that, as below."""
        self._slowing.right(source_of(flow.remote[0]), user, sender or device(flow), now)
        self.remember(flow, now)

    def restored(self, flow: Flow, now: float, user: str = "", sender: Device | None = None) -> None:
        """A password was right over this path before a restart. Connections are gone with it, their ports free."""
        if sender is not None:
            self._slowing.proved(user, sender, now)
        if flow.reliable:
            self._trusted.mark(source_of(flow.remote[0]), now + TRUSTED_SECONDS)
        else:
            self.remember(flow, now)

    def remember(self, flow: Flow, now: float) -> None:
        """A password was right over this path, of late or before a restart: what we have kept since says so."""
        self._known.mark(flow.remote, now + KNOWN_SECONDS)
        self._trusted.mark(source_of(flow.remote[0]), now + TRUSTED_SECONDS)

    def wrong(self, flow: Flow, user: str, now: float, sender: Device | None = None, *, proved: bool) -> None:
        """Credentials were wrong. ``proved`` if they answered a nonce that was made for this source."""
        source = source_of(flow.remote[0])
        if (proved or flow.reliable) and not self.is_exempt(source):
            self._slowing.wrong(source, user, sender or device(flow), now)
            self.bans.wrong(source, user, now, trusted=self.trusts(source, now))

    def slows(self, flow: Flow, user: str, now: float, sender: Device | None = None) -> bool:
        """Whether this user's credentials from this device are not looked at for now."""
        source, sender = source_of(flow.remote[0]), sender or device(flow)
        if self.is_exempt(source):
            return False
        banned = self.bans.of(source, now) is not None and not self._known.holds(flow.remote, now)
        if banned and not self._slowing.has_proved(user, sender, now):
            return True
        return self._slowing.slows(source, user, sender, now)

    def lift(self, source: str, user: str, now: float) -> None:
        """End a ban, or have a user of a source looked at again, and forget what led to it."""
        self.bans.lift(source, user, now)
        if user:
            self._slowing.lift(source, user)

    def scanned(self, flow: Flow, now: float) -> None:
        """Somebody without credentials has called a number nobody has."""
        self._note(Offence.UNKNOWN_NUMBER, Kind.INVITE, flow, source_of(flow.remote[0]), now)

    def malformed(self, flow: Flow, now: float) -> None:
        """What came could not be read."""
        self._note(Offence.MALFORMED, Kind.OTHER, flow, source_of(flow.remote[0]), now)

    def _note(self, offence: Offence, kind: Kind, flow: Flow, source: str, now: float) -> None:
        if self.is_exempt(source) or self._known.holds(flow.remote, now):
            return
        trusted = self.trusts(source, now)
        if flow.reliable:
            self.bans.offend(source, offence, now, trusted=trusted)
        if self._limited:
            (self._of_trusted if trusted else self._of_strangers)[kind].drain(source, now, SCAN_COST)

    def calls(self, flow: Flow, now: float) -> None:
        """A call was let in over this path: what belongs to calls is taken from it first."""
        self._calling.mark(flow.remote, now + CALLING_SECONDS)

    def in_call(self, flow: Flow, call_id: str, now: float) -> None:
        """The same of a path over which we have called, or whose peer knows the tags of a call."""
        if self._called.holds(flow.remote, now) or self._moves.take(call_id, now):
            self._called.mark(flow.remote, now + CALLED_SECONDS)

    def moved(self, flow: Flow) -> None:
        """Nobody is registered over this path any more: whoever comes from there next may be somebody else."""
        self._known.drop(flow.remote)

    def flow_closed(self, flow: Flow) -> None:
        """A connection is gone: whoever comes from its port next is somebody else."""
        self._known.drop(flow.remote)
        self._called.drop(flow.remote)
        self._calling.drop(flow.remote)

    def forget(self, now: float) -> None:
        """Give back the memory of what is over; about once a minute is enough."""
        self.bans.forget(now)
        self._slowing.forget(now)
        self._known.forget(now)
        self._trusted.forget(now)
        self._called.forget(now)
        self._calling.forget(now)
        self._moves.forget(now)


def _nobody(_source: str) -> bool:
    return False
