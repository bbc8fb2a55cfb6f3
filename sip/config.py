"""What a user agent is told about its surroundings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sip.dialog.session_timer import Terms
from sip.facing import Facing
from sip.flow import Flow
from sip.message.values import Uri
from sip.transaction.timers import Timers

MAX_SESSIONS = 20_000
"""Calls at once, both directions; one more from a peer gets 503."""


def _no_route(_uri: Uri, _gone: Flow) -> Flow | None:
    return None


@dataclass(slots=True)
class CoreConfig:
    """The rim fills in what it knows: ``epoch``, ``route``, ``random``.

    ``user`` is ours in Contact, ``facing`` says which host stands there and in Via. ``epoch`` is the wall clock
    minus the monotonic one (seconds), as registrations outlive the process. ``route`` finds a flow to a URI in place of
    the connection that a dialog used and that is gone. ``random`` gives 0 <= x < 1.
    ``terms`` are how long a call is good for without being refreshed.
    """

    user: str = "belplan"
    facing: Facing = field(default_factory=Facing)
    epoch: float = 0.0
    route: Callable[[Uri, Flow], Flow | None] = _no_route
    random: Callable[[], float] = lambda: 0.5
    max_sessions: int = MAX_SESSIONS
    timers: Timers = field(default_factory=Timers)
    terms: Terms = field(default_factory=Terms)
