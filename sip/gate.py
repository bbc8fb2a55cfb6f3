"""The gate: who may do what. The engine gives one to the core, which asks it for requests outside dialogs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sip.flow import Flow
from sip.message.envelope import Request


@dataclass(frozen=True, slots=True)
class Admit:
    """Go on. ``identity`` is the AOR that the peer proved to be (``user@domain``), ``aor`` the one it registers for.

    An ``urgent`` call is taken where there is no room for others: somebody calls for help.
    """

    identity: str | None = None
    aor: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """Ask for credentials: 407 if ``proxy``, else 401, with a header for each of ``values``."""

    values: tuple[str, ...]
    proxy: bool


@dataclass(frozen=True, slots=True)
class Refuse:
    """No: the final status, and its reason phrase if not the usual one."""

    status: int
    reason: str | None = None


Decision = Admit | Challenge | Refuse


class Gate(Protocol):
    """Asked for each INVITE and REGISTER outside a dialog. ``now`` is monotonic seconds."""

    def admit(self, request: Request, flow: Flow, now: float) -> Decision: ...
