"""What the dashboard shows of an account: all of it as values, gathered for a page or, part by part, for viewers."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from engine.control.client import Control, ControlRefused, NotRunning
from engine.control.messages import Call
from engine.dialplan.account import Account
from engine.settings import Settings
from engine.store.records import Wanted
from engine.store.store import Store
from web.dashboard.calls import OVER, CallNow, CallPast, now_shown, past_shown
from web.dashboard.known import Checks, Known
from web.dashboard.people import Crowd, PersonNow, PhoneState
from web.editing.plans import Plans
from web.mistakes import Mistakes
from web.people.roster import loaded_plan

MAX_CALLS: Final = 20
"""Calls in progress that are shown; of more, the newest."""
MAX_LAST: Final = 8


@dataclass(frozen=True, slots=True)
class Messages:
    """Voicemail of all mailboxes of an account."""

    new: int = 0
    all: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """An account at a moment. ``plan`` is None before there is one; ``running`` whether the engine answers.

    ``all_calls`` counts those in progress, of which ``calls`` are shown; ``known`` is None while the plan is checked.
    """

    account: str
    plan: Account | None = None
    running: bool = False
    people: tuple[PersonNow, ...] = ()
    calls: tuple[CallNow, ...] = ()
    all_calls: int = 0
    last: tuple[CallPast, ...] = ()
    messages: Messages = field(default_factory=Messages)
    known: Known | None = None

    @property
    def ready(self) -> int:
        """How many people can be called."""
        return sum(each.state not in (PhoneState.NONE, PhoneState.SILENT) for each in self.people)


class Sight:
    """Gathers what is to be seen. Its methods wait for files and the database: call them in a thread."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.control = Control(settings)
        self.plans = Plans(settings, store)
        self.checks = Checks(self.plans)
        self._store = store
        self._last_good: dict[str, Account] = {}
        self._guard = threading.Lock()

    def plan(self, account: str) -> Account | None:
        """The plan as it is, or while that cannot be used, as the engine still uses it; None before there is one."""
        try:
            found = loaded_plan(self.plans, account, self.plans.read(account))
        except Mistakes:
            with self._guard:
                return self._last_good.get(account)
        with self._guard:
            self._last_good[account] = found
        return found

    def last(self, account: str, plan: Account | None) -> tuple[CallPast, ...]:
        """The last calls that are over."""
        records = self._store.records.page(account, MAX_LAST, wanted=Wanted(verdicts=OVER))
        return tuple(past_shown(each, plan) for each in records)

    def messages(self, account: str) -> Messages:
        counts = self._store.voicemail.counts(account).values()
        return Messages(sum(new for new, _ in counts), sum(all_ for _, all_ in counts))

    def glance(self, account: str) -> tuple[View, tuple[Call, ...]]:
        """Who is there and what their phones do, with the calls as the engine tells them; and nothing of the past."""
        plan = self.plan(account)
        try:
            phones, calls = self.control.registered(account), self.control.calls(account)
            running = True
        except (NotRunning, ControlRefused):
            phones, calls, running = (), (), False
        return View(account, plan, running, Crowd().now(plan, phones, calls)), calls

    def whole(self, account: str) -> View:
        """Everything, for a page: asks the engine, too."""
        view, calls = self.glance(account)
        shown, number = calls_shown(view.plan, calls)
        return replace(
            view,
            calls=shown,
            all_calls=number,
            last=self.last(account, view.plan),
            messages=self.messages(account),
            known=self.checks.of(account),
        )


def calls_shown(plan: Account | None, calls: Iterable[Call]) -> tuple[tuple[CallNow, ...], int]:
    """The newest calls in progress, and how many there are."""
    newest = sorted(calls, key=lambda call: call.since, reverse=True)
    return tuple(now_shown(call, plan) for call in newest[:MAX_CALLS]), len(newest)
