"""Whose turn it is in the hunt groups and queues of an account.

Round robin's place is a fact that outlives a restart; the balance of weights is kept as long as the process runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.office.standing import Standing


class Turns:
    """Orders the members of a team for the next call. Members go by their names in the dialplan, teams by kind and name
    (``group/sales``)."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._owed: dict[str, dict[str, int]] = {}

    def round_robin(self, team: str, members: Sequence[str], free: Sequence[str]) -> list[str]:
        """The free members, beginning after the one with whom the call before began (in the order of ``members``)."""
        fact = f"{team}/began_with"
        last = self._standing.get(fact)
        start = members.index(last) + 1 if last in members else 0
        order = [member for member in (*members[start:], *members[:start]) if member in free]
        if order and order[0] != last:
            self._standing.put(fact, order[0])
        return order

    def weighted(self, team: str, weights: Mapping[str, int], free: Sequence[str]) -> list[str]:
        """The free members, those first who have had least of their share: smooth weighted round robin.

        Over any calls for which all are free, each comes first as often as their weight says, evenly spread.
        """
        owed = self._owed.setdefault(team, {})
        for gone in owed.keys() - weights.keys():
            del owed[gone]
        for member in free:
            owed[member] = owed.get(member, 0) + weights[member]
        order = sorted(free, key=lambda member: -owed[member])
        if order:
            owed[order[0]] -= sum(weights[member] for member in free)
        return order
