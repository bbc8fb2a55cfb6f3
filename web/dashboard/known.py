"""What the check has to say of an account's plan: found in a thread of its own, kept for as long as the file stays.

A page never waits for it; the check of a large plan takes seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import structlog

from engine.dialplan.findings import Finding
from engine.settings import Settings
from web.editing.checking import checked
from web.editing.plans import Plans
from web.mistakes import Mistakes

MAX_KEPT: Final = 500
MAX_SHOWN: Final = 20
"""Findings of a plan that are kept."""

log = structlog.get_logger()

Version = tuple[int, int, int]
"""What tells a file from what it was before."""


@dataclass(frozen=True, slots=True)
class Known:
    """``findings`` of a plan as it was in a ``version`` of its file; ``more`` are not shown."""

    version: Version
    findings: tuple[Finding, ...]
    more: int = 0


class Checks:
    """The findings of all accounts. ``on_found`` is told of an account whose findings are there, in the thread."""

    def __init__(self, plans: Plans) -> None:
        self.on_found: Callable[[str], None] | None = None
        self._plans = plans
        self._known: dict[str, Known] = {}
        self._asked: set[str] = set()
        self._guard = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="check")

    @property
    def settings(self) -> Settings:
        return self._plans.settings

    def of(self, account: str) -> Known | None:
        """What is known of the plan as it is now; None while it is being checked, or if there is none."""
        version = self._version(account)
        if version is None:
            return None
        with self._guard:
            known = self._known.get(account)
            if known is not None and known.version == version:
                return known
            if account not in self._asked:
                self._asked.add(account)
                self._thread.submit(self._check, account)
        return None

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _check(self, account: str) -> None:
        try:
            version = self._version(account)
            plan = self._plans.read(account)
            findings = checked(self.settings, self._plans.path(account), plan.text).findings
        except (Mistakes, OSError):
            version, findings = None, ()
        except Exception:
            log.exception("a plan could not be checked", account=account)
            version, findings = self._version(account), ()
        with self._guard:
            self._asked.discard(account)
            if version is not None:
                while len(self._known) >= MAX_KEPT:
                    del self._known[next(iter(self._known))]
                self._known[account] = Known(version, tuple(findings[:MAX_SHOWN]), len(findings[MAX_SHOWN:]))
        if version is not None and self.on_found is not None:
            self.on_found(account)

    def _version(self, account: str) -> Version | None:
        try:
            stat = self._plans.path(account).stat()
        except (Mistakes, OSError):
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size
