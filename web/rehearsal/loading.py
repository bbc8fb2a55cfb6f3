"""The plans that are being rehearsed, loaded: one that is stepped through key by key is read once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Final

from engine.dialplan.source import MAX_BYTES
from web.editing.checking import Checked, Unsound, checked
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.greeting.turns import Turns
from web.mistakes import refused
from web.words import say

MOST: Final = 20
_TURNS: Final = Turns(1)
FRESH: Final = 60.0
"""Seconds: recordings that a plan names may have changed meanwhile."""


class LoadedPlans:
    """The last plans that somebody has rehearsed."""

    def __init__(self) -> None:
        self._plans: OrderedDict[tuple[str, str], tuple[float, Checked]] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, plans: Plans, account: str, text: str | None, now: float) -> Checked:
        """An account's plan as it is saved, or with another ``text``, and what is doubtful about it.

        Takes a while the first time. Raises Unsound with all findings where it cannot be used, and Mistakes.
        """
        path, said = plans.path(account), plans.read(account).text if text is None else text
        if len(said.encode()) > MAX_BYTES:
            raise refused("plan", say("The plan is larger than {most} bytes.", most=f"{MAX_BYTES:,}"))
        key = account, hashlib.sha256(said.encode()).hexdigest()
        with self._lock:
            read_at, known = self._plans.get(key, (0.0, None))
        if known is not None and abs(now - read_at) < FRESH:
            return known
        if text is not None:
            plans.permit(account, Plan(text))
        with _TURNS.one():
            made = checked(plans.settings, path, said, others=False)
        if made.account is None:
            raise Unsound(made.errors)
        with self._lock:
            self._plans[key] = now, made
            self._plans.move_to_end(key)
            while len(self._plans) > MOST:
                self._plans.popitem(last=False)
        return made
