"""Which of our addresses others use to reach us."""

from __future__ import annotations

import socket

from engine.settings import Settings

WILDCARDS = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}
FAR_AWAY = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Documentation addresses (RFC 5737, 3849): the way to them shows which of our addresses faces the network."""


def facing(settings: Settings, host: str) -> str | None:
    """The address others use for one we listen on: of a wildcard the one that faces the network, None if none does."""
    if host not in WILDCARDS:
        return host
    family = WILDCARDS[host]
    if settings.advertise is not None and (":" in settings.advertise) == (family == socket.AF_INET6):  # a name, too
        return settings.advertise
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((FAR_AWAY[family], 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1" if family == socket.AF_INET else None
