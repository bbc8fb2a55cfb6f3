"""Which nodes somebody can be led to by a transfer: none that does anything in the name of whoever is led there.

``*21*0900...`` would forward the calls of a colleague, ``*97`` open their mailbox: those are for one's own phone.
"""

from __future__ import annotations

from engine.dialplan.model import Node

OWN_PHONE_ONLY = frozenset(
    {
        "switch",
        "forward",
        "do_not_disturb",
        "sign_in",
        "ready",
        "record_prompt",
        "mailbox",
        "page",
        "pick_up",
        "transfer",
    }
)
"""Kinds of nodes."""


def can_be_led_to(node: Node) -> bool:
    """Whether neither this node nor one that follows without the caller's doing is for one's own phone only."""
    waiting, seen = [node], set()
    while waiting:
        one = waiting.pop()
        if one.kind in OWN_PHONE_ONLY:
            return False
        if id(one) not in seen:
            seen.add(id(one))
            waiting += [way.to for way in one.exits() if way.to is not None and not way.by_key]
    return True
