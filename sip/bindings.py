"""Bindings: the ways to reach an address-of-record, as phones have registered them (RFC 3261 section 10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sip.flow import DEFAULT_PORT, Flow
from sip.message.envelope import Request
from sip.message.values import NameAddr, Params, Uri


@dataclass(frozen=True, slots=True)
class Binding:
    """One way to reach an address-of-record.

    ``contact`` is where the phone says it is, ``flow`` where its REGISTER came from; ``params`` are those of its
    Contact as written, without q and expires. ``expires_at``, ``refreshed_at`` and ``silent_since`` are seconds since
    1970; the last is None for a phone that answers. ``instance`` names the device, ``reg_id`` its path if it has
    several (RFC 5626), ``path`` the proxies before it (RFC 3327). ``behind_router``: it is not where it says.
    """

    aor: str
    contact: Uri
    flow: Flow
    expires_at: float
    call_id: str
    cseq: int
    q: float = 1.0
    params: Params = ()
    instance: str | None = None
    reg_id: str | None = None
    path: tuple[NameAddr, ...] = ()
    user_agent: str = ""
    refreshed_at: float = 0.0
    behind_router: bool = False
    silent_since: float | None = None

    def is_replaced_by(self, other: Binding) -> bool:
        """True if both are the same device and path (RFC 5626 section 6), else if they have the same contact (10.2.4).

        Two devices may well have the same contact: a private address, each behind its own router.
        """
        if self.instance is not None and other.instance is not None:
            return self.instance == other.instance and self.reg_id == other.reg_id
        return self.contact == other.contact or self.contact.equivalent(other.contact)


class BindingStore(Protocol):
    """Keeps bindings over a restart. ``save`` replaces all bindings of one address-of-record; it must not block."""

    def load(self) -> Iterable[Binding]: ...

    def save(self, aor: str, bindings: Sequence[Binding]) -> None: ...


def by_device(bindings: Iterable[Binding]) -> list[tuple[Binding, ...]]:
    """The ways of each device, to be tried one after another; the devices as their first ways come (RFC 5626 5.3)."""
    devices: dict[object, list[Binding]] = {}
    for binding in bindings:
        devices.setdefault(binding.instance or binding, []).append(binding)
    return [tuple(each) for each in devices.values()]


def is_behind_router(request: Request, contact: Uri, flow: Flow) -> bool:
    """Whether a phone that registers is elsewhere than it says in Via and Contact: a mapping has to be held open.

    Behind a proxy that adds a Path, that is the proxy's to do. Of a stream the port says nothing.
    """
    if request.header("Path") is not None:
        return False
    for host, port in ((request.via.host, request.via.port), (contact.host, contact.port)):
        if host != flow.remote[0] or (not flow.reliable and (port or DEFAULT_PORT) != flow.remote[1]):
            return True
    return False
