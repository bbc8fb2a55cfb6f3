"""The bus: every step of every call passes here, and whoever cares listens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.events import CallEvent

Listener = Callable[[CallEvent], None]

log = logging.getLogger(__name__)


class Bus:
    """Hands each event to every listener, at once and in the order they began to listen."""

    def __init__(self) -> None:
        self._listenings: tuple[tuple[Listener], ...] = ()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; call what is returned to stop (again has no effect)."""
        listening = (listener,)
        self._listenings += (listening,)

        def undo() -> None:
            self._listenings = tuple(other for other in self._listenings if other is not listening)

        return undo

    def emit(self, event: CallEvent) -> None:
        """Tell every listener. One that raises is logged and keeps no other, nor the call, from going on."""
        for (listener,) in self._listenings:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on %s", type(event).__name__, extra={"call": event.call})
