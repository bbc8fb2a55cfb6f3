"""The ways to telephones outside: which trunks a call may take, in which order, and how many calls there are."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence

from engine.call.trunk import Trunk
from engine.call.trunk_state import TrunkState
from engine.office.outside import Purse
from engine.office.standing import Remembered, Standing

DEFAULT_MOST_OUTSIDE = 10
"""Calls to the outside that an account may have at a time, those that only ring included."""
EMERGENCY_FIRST = "a call to an emergency number needs the line"

log = logging.getLogger(__name__)


class WaysOut:
    """All trunks, how each stands, and the calls to the outside that there are. ``standing`` keeps their seconds."""

    def __init__(
        self, trunks: Sequence[Trunk] = (), most: int = DEFAULT_MOST_OUTSIDE, standing: Standing | None = None
    ) -> None:
        self.trunks = tuple(trunks)
        self._most = most
        self._standing: Standing = Remembered() if standing is None else standing
        self._taken: Counter[str] = Counter()
        self._states: dict[str, TrunkState] = {}

    def state(self, name: str) -> TrunkState:
        """How a trunk stands. It outlives reloads of the file."""
        if name not in self._states:
            self._states[name] = TrunkState()
        return self._states[name]

    def of(self, account: str) -> tuple[Trunk, ...]:
        """The trunks an account may use."""
        return tuple(trunk for trunk in self.trunks if trunk.serves(account))

    def to(self, account: str, number: str) -> tuple[Trunk, ...]:
        """Those that carry a call to a number, by the longest prefix, the lowest priority, the file's order.

        One that is down is passed over; one that has refused our registration comes after all others.
        """
        able = {
            trunk: begins
            for trunk in self.of(account)
            if not self.state(trunk.name).down and (begins := trunk.begins(number)) is not None
        }
        return tuple(sorted(able, key=lambda each: (self.state(each.name).refused, -able[each], each.priority)))

    def to_emergency(self, account: str, number: str) -> tuple[Trunk, ...]:
        """Those that may carry an emergency call, all of them: what seems to be down is tried last, and tried."""
        able = [trunk for trunk in self.of(account) if trunk.emergency]

        def rank(trunk: Trunk) -> tuple[bool, bool, bool, int]:
            state = self.state(trunk.name)
            return state.down, state.refused, trunk.begins(number) is None, trunk.priority

        return tuple(sorted(able, key=rank))

    def taken(self, account: str) -> int:
        """How many calls to the outside an account has."""
        return self._taken[account]

    def take(self, account: str, *, emergency: bool = False) -> Callable[[], None] | None:
        """One more call of the account; what is to be called at its end, once. None if there are enough of them.

        A call to an emergency number is never one too many.
        """
        if self._taken[account] >= self._most and not emergency:
            log.warning("%s has %d calls to the outside already", account, self._most)
            return None
        self._taken[account] += 1

        def give_back() -> None:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]

        return give_back

    def take_line(
        self, trunk: Trunk, end: Callable[[str], None], *, emergency: bool = False
    ) -> Callable[[], None] | None:
        """One more call over a trunk; what is to be called when it is over. None if its lines or minutes are used up.

        For an emergency call another one is ended: there are few lines, and it cannot wait.
        """
        state = self.state(trunk.name)
        full = trunk.calls is not None and len(state.lines) >= trunk.calls
        if not emergency and (full or (trunk.seconds is not None and not self.purse(trunk, time.time()).left)):
            return None
        if full:
            state.make_room(EMERGENCY_FIRST)
        return state.begin(end, emergency=emergency)

    def purse(self, trunk: Trunk, now: float) -> Purse:
        """The seconds of a trunk on the machine's calendar day; ``now`` is seconds since the epoch."""
        day = time.strftime("%Y-%m-%d", time.localtime(now))
        return Purse(self._standing, f"trunk/{trunk.name}", day, trunk.seconds)
