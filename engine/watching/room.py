"""All that phones are told without a call, put together for the engine: lamps, messages waiting, texts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from engine.bus import Bus
from engine.numbering import Numbering
from engine.office.office import Offices
from engine.office.texts import WaitingTexts
from engine.settings import Settings
from engine.store.store import Store
from engine.texting.desk import TextDesk
from engine.voicemail.desk import MailDesk
from engine.watching.message_summary import MessageSummary
from engine.watching.unasked import Unasked
from engine.watching.watching import Around, Watching
from sip.registrar import Registrar
from sip.rim.user_agent import UserAgent


class WatchRoom:
    """Made with the engine, before anybody registers. ``run`` delivers until cancelled."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        agent: UserAgent,
        registrar: Registrar,
        offices: Offices,
        desk: MailDesk,
        bus: Bus,
        numbering: Callable[[], Numbering],
    ) -> None:
        self._keep = settings.keep_texts
        self._subscriptions = agent.core.subscriptions
        self._subscriptions.store = store.subscriptions
        self._agent = agent

        def is_registered(aor: str) -> bool:
            return bool(registrar.lookup(aor, time.time()))

        def subscribes(aor: str) -> bool:
            return any(each.wish.event == MessageSummary.event for each in self._subscriptions.of(aor))

        self.watching = Watching(
            Around(self._subscriptions, offices, numbering, is_registered, desk.waiting, agent.now, agent.drain)
        )
        store.standing.on_change = self.watching.fact_changed
        bus.listen(self.watching.note)
        self.texts = TextDesk(agent, numbering, registrar.lookup, WaitingTexts(store.texts))
        self.unasked: Unasked | None = None
        if settings.message_waiting == "registered":
            self.unasked = Unasked(agent, numbering, registrar.lookup, desk.waiting, subscribes)
            bus.listen(self.unasked.note)

    async def run(self) -> None:
        """Deliver texts, and tell phones what they have not asked for, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.texts.run())
            if self.unasked is not None:
                tasks.create_task(self.unasked.run())

    def restore(self) -> None:
        """Take up the subscriptions of before a restart; to be called once we listen."""
        now, guard = self._agent.now(), self._agent.core.guard
        for flow in self._subscriptions.restore(now):
            if guard is not None:
                guard.restored(flow, now)
        self.watching.reloaded()
        self._agent.drain()

    def phone_there(self, aor: str) -> None:
        """Somebody's phone has registered, or registered anew."""
        self._subscriptions.reachable(aor, self._agent.now())
        self.watching.phones_changed(aor)
        self.texts.phone_there(aor)
        if self.unasked is not None:
            self.unasked.phone_there(aor)

    def phones_gone(self, aor: str) -> None:
        """None of somebody's phones is reached any longer."""
        self.watching.phones_changed(aor)
        if self.unasked is not None:
            self.unasked.phones_gone(aor)

    def tidy(self, now: float) -> None:
        """Forget what has waited for too long. ``now``: since the epoch."""
        self.texts.tidy(now - self._keep)
