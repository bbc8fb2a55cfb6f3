"""Whether somebody who dials wants help: an emergency number, behind whatever code."""

from __future__ import annotations

from engine.dialplan.account import Account
from engine.dialplan.features import Dialled
from engine.dialplan.model import Node
from engine.dialplan.nodes.call_outside import CallOutside
from engine.numbering import without_prefix


def calls_for_help(account: Account, called: str) -> bool:
    """Whether it is an emergency number of the account, be it behind a code that hides who calls or a star code."""
    called = without_prefix(called) or called
    if account.emergency_way(called) is not None:
        return True
    node = account.features.find(called)
    return node is not None and leads_to_help(account, node)


def leads_to_help(account: Account, node: Node) -> bool:
    """Whether a star code was dialled that calls the emergency number behind it."""
    if not isinstance(node, Dialled) or not isinstance(node.to, CallOutside):
        return False
    return account.emergency_way(node.rest) is not None
