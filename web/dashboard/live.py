"""What goes on at this moment, as one connection to the engine tells it; it is held while anybody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.control.client import Control, ControlRefused, NotRunning
from engine.control.messages import (
    Call,
    CallNews,
    CallOver,
    LookAgain,
    MailboxNews,
    News,
    Phone,
    PhonesNews,
    PlansNews,
    account_of,
)

RETRY_SECONDS: Final = 2.0
"""How long to wait before an engine that does not run is asked for once more."""
LINGER_SECONDS: Final = 30.0
"""The connection is held for so long after the last one who looked: a page that is loaded anew opens none."""


@dataclass(slots=True)
class Happening:
    """What goes on in one account: its phones by extension, its calls by id."""

    phones: dict[str, tuple[Phone, ...]] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)


Listener = Callable[[str | None, News], None]
"""Told of news and whose they are; None for everybody's."""


class Live:
    """What goes on in all accounts. ``running`` says whether the engine answers."""

    def __init__(self, control: Control) -> None:
        self.running = False
        self.known = asyncio.Event()
        """Set once the engine has told how things are, or has not answered."""
        self._control = control
        self._accounts: dict[str, Happening] = {}
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self._leaving: asyncio.TimerHandle | None = None

    def of(self, account: str) -> Happening:
        """One account's; empty until the engine has told."""
        return self._accounts.get(account) or Happening()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of all that happens until what is returned is called. The first one opens the connection."""
        self._listeners.append(listener)
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._follow(), name="live")

        def undo() -> None:
            self._listeners.remove(listener)
            if not self._listeners and self._leaving is None:
                self._leaving = asyncio.get_running_loop().call_later(LINGER_SECONDS, self.close)

        return undo

    def close(self) -> None:
        """Let go of the connection, and of what it told."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._accounts.clear()
        self.known.clear()

    async def _follow(self) -> None:
        while True:
            try:
                async for news in self._control.watch():
                    if isinstance(news, LookAgain | PlansNews):
                        await self._look()
                    self._take(news)
            except (NotRunning, ControlRefused):
                self.running = False
                self._accounts.clear()
                self.known.set()
                self._tell(None, LookAgain())
            await asyncio.sleep(RETRY_SECONDS)

    async def _look(self) -> None:
        """Ask for everything as it is now. What is told meanwhile is taken afterwards, and makes it no older."""
        phones, calls = await asyncio.to_thread(lambda: (self._control.registered(), self._control.calls()))
        self._accounts.clear()
        for phone in phones:
            theirs = self._happening(phone.account).phones
            theirs[phone.extension] = (*theirs.get(phone.extension, ()), phone)
        for call in calls:
            self._happening(call.account).calls[call.id] = call
        self.running = True
        self.known.set()

    def _take(self, news: News) -> None:
        account = account_of(news)
        match news:
            case CallNews(call=call):
                self._happening(call.account).calls[call.id] = call
            case CallOver(call=call):
                self._happening(call.account).calls.pop(call.id, None)
            case PhonesNews(account=whose, extension=extension, phones=phones):
                self._happening(whose).phones[extension] = phones
            case MailboxNews() | PlansNews() | LookAgain():
                pass
        self._tell(account, news)

    def _tell(self, account: str | None, news: News) -> None:
        for listener in tuple(self._listeners):
            listener(account, news)

    def _happening(self, account: str) -> Happening:
        return self._accounts.setdefault(account, Happening())
