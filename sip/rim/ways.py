"""The ways that a request of ours may go: flows to the targets of a URI, tried one after another (RFC 3263 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sip.flow import Flow
from sip.message.values import NameAddr, Uri
from sip.rim.resolver import Resolver, Target, Unreachable, numeric_target
from sip.rim.sockets import Sockets

TARGET_SECONDS: Final = 3.0
"""How long one target may be silent while another is left; over UDP it was sent the request three times by then."""
UNABLE: Final = frozenset({408, 430, 503})
"""A target that gave no answer, cannot serve now, or is an edge that has lost the phone (RFC 5626 section 5.3)."""


@dataclass(frozen=True, slots=True)
class Way:
    """A flow, and the target that was looked up if it leads to one; without a flow nothing has been opened yet."""

    flow: Flow | None
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a call may go: to ``uri`` over ``flow`` while that is there, else where the first route or ``uri`` points.

    Where a ``flow`` is named, a way in its place leads to the same machine or nowhere: a phone says where it is, but
    only its own packets prove it.
    """

    uri: Uri
    flow: Flow | None = None
    routes: tuple[NameAddr, ...] = ()

    @property
    def next(self) -> Uri:
        return self.routes[0].uri if self.routes else self.uri


class Ways:
    """Finds them among the sockets there are."""

    def __init__(self, sockets: Sockets, resolver: Resolver) -> None:
        self._sockets = sockets
        self._resolver = resolver

    def at_once(self, hop: Hop) -> list[Way] | None:
        """The ways of a hop that needs nothing looked up; None for a name. Raises Unreachable."""
        still = self._sockets.still(hop.flow) if hop.flow is not None else None
        if still is not None:
            return [Way(still)]
        target = numeric_target(hop.next)
        return None if target is None else self._usable([target], hop)

    async def of(self, hop: Hop) -> list[Way]:
        """All ways of a hop, the best first, and that one open. Raises Unreachable."""
        found = self.at_once(hop)
        return found if found is not None else self._usable(await self._resolver.resolve(hop.next), hop)

    def open(self, way: Way) -> Flow:
        """Raises Unreachable."""
        if way.flow is not None:
            return way.flow
        assert way.target is not None
        return self._sockets.way_to(way.target)

    def again(self, uri: Uri, flow: Flow) -> Flow | None:
        """Another way to whoever was at the other end of a connection that is gone: the same machine, at any rate."""
        for target in (uri, Uri("sip", None, None, *flow.remote, (("transport", flow.transport),))):
            try:
                ways = self.at_once(Hop(target, flow))
            except Unreachable:
                continue
            if ways:
                return ways[0].flow
        return None

    def went(self, way: Way, status: int) -> None:
        """Take note of how a target answered, for those who come after."""
        if way.target is not None:
            (self._resolver.failed if status in UNABLE else self._resolver.worked)(way.target)

    def _usable(self, targets: list[Target], hop: Hop) -> list[Way]:
        """The targets from the first that can be opened. Raises Unreachable."""
        problem = Unreachable(f"nothing here reaches {hop.next.host}")
        for number, target in enumerate(targets):
            if hop.flow is not None and target.host != hop.flow.remote[0]:
                problem = Unreachable(f"{target.host} is not where the phone was")
                continue
            try:
                flow = self._sockets.way_to(target)
            except Unreachable as error:
                problem = error
                continue
            rest = targets[number + 1 :] if hop.flow is None else ()
            return [Way(flow, target), *(Way(None, each) for each in rest)]
        raise problem
