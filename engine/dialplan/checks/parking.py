"""Parking: slots that are something else too, and parking that nobody can use."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt
from engine.dialplan.graph import Graph
from engine.dialplan.nodes.park import Park


def check_parking(account: Account, graph: Graph) -> Iterator[Doubt]:
    if account.parking is None:
        return
    led_here = (node for node in graph.nodes if isinstance(node, Park) and node is not account.parked_calls)
    if (account.in_call is None or account.in_call.named("park") is None) and next(led_here, None) is None:
        yield Doubt(
            account.parking.place(),
            "no code and no key leads a call into a parking slot",
            "nobody can park a call",
            "add a code to 'features', such as \"*70\": {park: any}, or remove 'parking'",
        )
