"""How a trunk stands at the moment, as calls and whoever asks need it: up or down, registered or not, its calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sip.flow import Flow
from sip.message.values import NameAddr


@dataclass(eq=False, slots=True)
class Line:
    """One call of ours over a trunk; ``end`` ends it, for a call that goes before it."""

    end: Callable[[str], None]
    emergency: bool = False


@dataclass(slots=True)
class TrunkState:
    """One trunk's. ``failure`` is what went wrong last, at ``failed_at`` (seconds since the epoch).

    ``registered_until`` is seconds since the epoch, too; None if it is not registered. ``service_routes`` are what the
    registrar wants calls to go by (RFC 3608), ``flow`` the way to it. ``suspect`` is told where a call found the trunk
    silent.
    """

    down: bool = False
    refused: bool = False
    registered_until: float | None = None
    service_routes: tuple[NameAddr, ...] = ()
    flow: Flow | None = None
    lines: list[Line] = field(default_factory=list)
    failure: str = ""
    failed_at: float = 0.0
    suspect: Callable[[], None] | None = None
    changed: Callable[[], None] | None = None

    @property
    def connection(self) -> Flow | None:
        """The connection to the provider, if it is one that must be used: over UDP each request looks for its way."""
        return self.flow if self.flow is not None and self.flow.reliable else None

    def open(self, still: Callable[[Flow], Flow | None]) -> Flow | None:
        """The same while it is there; once it is gone, any machine of the provider's will do."""
        return still(self.connection) if self.connection is not None else None

    def begin(self, end: Callable[[str], None], *, emergency: bool = False) -> Callable[[], None]:
        """One more call; what is to be called when it is over, any number of times."""
        line = Line(end, emergency)
        self.lines.append(line)
        self._tell()

        def over() -> None:
            if line in self.lines:
                self.lines.remove(line)
                self._tell()

        return over

    def make_room(self, why: str) -> None:
        """End the youngest call that is no emergency."""
        line = next((line for line in reversed(self.lines) if not line.emergency), None)
        if line is not None:
            self.lines.remove(line)
            line.end(why)

    def failed(self, why: str, at: float) -> None:
        self.failure, self.failed_at = why, at
        self._tell()

    def _tell(self) -> None:
        if self.changed is not None:
            self.changed()
