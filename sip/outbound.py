"""What a registrar does for phones with several ways, each held open by the phone itself (RFC 5626, "outbound")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from sip.bindings import Binding
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.values import NameAddr

OPTION: Final = "outbound"
STUCK: Final = re.compile(r"pjs(?:ip|ua)|microsip", re.IGNORECASE)
"""Phones that 439 leaves unregistered for good (pjsip before August 2026), and those that do not say who they are:
their reg-id is passed over, and the answer says nothing of outbound, which they understand."""
ON_CONNECTIONS: Final = 4
"""How many times less often a phone shows over a connection that it is there: routers keep those for longer."""


class LacksOutbound(Exception):
    """The phone relies on its first hop for what that cannot do: 439 (section 6)."""


class TooManyWays(Exception):
    """One REGISTER is about one way: 400 (section 6)."""


def applies(request: Request, contacts: Iterable[NameAddr]) -> bool:
    """Whether the phone has a way that a reg-id names; without the option that is only a word (section 6).

    ``contacts`` are those that are to last. Raises LacksOutbound, TooManyWays.
    """
    kept = list(contacts)
    ways = [contact for contact in kept if contact.param("reg-id") and contact.param("+sip.instance")]
    if not ways or OPTION not in request.supported:
        return False
    if len(kept) > 1:
        raise TooManyWays
    path = request.items("Path")
    if (path or len(request.vias) > 1) and not (path and NameAddr.parse(path[-1]).uri.param("ob") is not None):
        agent = request.header("User-Agent")
        if agent is None or STUCK.search(agent):
            return False
        raise LacksOutbound
    return True


def answered(request: Request, flow: Flow, bindings: Sequence[Binding], keep_alive: int) -> list[tuple[str, object]]:
    """What the 200 says to a phone whose way was taken as one; behind an edge, how often it shows itself is the edge's
    matter (sections 5.4, 6).
    """
    if not any(each.reg_id is not None and each.flow == flow and each.call_id == request.call_id for each in bindings):
        return []
    headers: list[tuple[str, object]] = [("Require", OPTION)]
    if keep_alive and request.header("Path") is None:
        headers.append(("Flow-Timer", keep_alive * (ON_CONNECTIONS if flow.reliable else 1)))
    return headers
