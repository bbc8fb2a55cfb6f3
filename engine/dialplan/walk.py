"""The walk: run a node, take the exit it leaves by, go on where that leads, until an exit leads nowhere.

One loop for live calls and simulated ones. Nodes never call each other: nothing grows however long a caller goes round.
"""

from __future__ import annotations

from engine.call.protocol import Call
from engine.dialplan.account import Account
from engine.dialplan.model import Exit, Node
from engine.dialplan.path import Path
from engine.events import NodeEntered, NodeLeft

MAX_STEPS = 500
"""Nodes a call may pass through; a dialplan that leads round and round without its caller ends here."""

GONE = "hung up"
"""The exit told of a node that a call did not leave by itself: the caller hung up, or the system ended the call."""


async def walk(call: Call, account: Account, entry: Node) -> None:
    """Take ``call`` from ``entry`` through ``account``. Returns when the call is over; whoever made it closes it.

    The caller's hang-up cancels this (CancelledError); it holds nothing that must be closed.
    """
    path = Path(account, account.language_of(call.caller, call.called))
    call.path, node = path, entry.arrive(path)
    for _ in range(MAX_STEPS):
        call.node = node
        way = await _pass(call, node, path)
        if way.to is None:
            return
        node = way.to.arrive(path)
    await call.hang_up("too many steps")


async def _pass(call: Call, node: Node, path: Path) -> Exit:
    """Run one node, with its events."""
    kind, name, left_by = node.kind, node.name, GONE
    call.emit(lambda c, t: NodeEntered(c, t, kind, name))
    try:
        way = await node.run(call, path)
        left_by = way.name
        return way
    finally:
        call.emit(lambda c, t: NodeLeft(c, t, kind, name, left_by))
