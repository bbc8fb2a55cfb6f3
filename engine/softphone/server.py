"""A Belplan of its own for demos: the real server as a process, on loopback, with a state folder that goes away."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from engine.reloading import read_accounts
from engine.settings import Settings
from engine.store.store import Store

READY_SECONDS = 30.0
STOP_SECONDS = 10.0


class ServerFailed(Exception):
    """The server did not start or ended early; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a softphone of this person needs."""

    extension: str
    password: str


def free_port() -> int:
    """A port that is free on 127.0.0.1 for UDP and TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Server:
    """``async with`` one: `belplan serve` runs inside, with one account. ``on_step`` hears of each call's steps.

    Raises DialplanErrors, StoreFailed and, when entered, ServerFailed.
    """

    def __init__(self, settings: Settings, *, on_step: Callable[[str], None] = lambda _words: None) -> None:
        (account,) = read_accounts(settings)
        with Store(settings) as store:
            store.passwords.ensure(account.key, account.dialled)
            self.people = {
                name: Person(person.extension, store.passwords.lookup(account.key, person.extension) or "")
                for name, person in account.people.items()
            }
        self.main_number = account.numbers.main
        self.domain = account.domain
        self.address = f"127.0.0.1:{settings.listen[0].port}"
        self._on_step = on_step
        self._last_words: list[str] = []
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._env = os.environ | {
            "BELPLAN_STATE": str(settings.state),
            "BELPLAN_DIALPLANS": str(settings.dialplans),
            "BELPLAN_PROMPTS": str(settings.prompts),
            "BELPLAN_LISTEN": ",".join(map(str, settings.listen)),
            "BELPLAN_LOG_FORMAT": "json",
        }

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "engine.cli.main",
            "serve",
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1 << 20,
        )
        self._reader = asyncio.create_task(self._read(self._process))
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, self._reader}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self._stop()
            raise ServerFailed("Belplan did not start: " + " ".join(self._last_words[-5:]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._reader

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            try:
                event: dict[str, Any] = json.loads(line)
            except json.JSONDecodeError:
                self._last_words.append(line.decode(errors="replace").strip())
                continue
            if event.get("event") == "ready":
                self._ready.set()
            elif "call" in event:
                self._on_step(str(event.get("text", event["event"])))
            elif event.get("level") in ("error", "critical", "warning"):
                self._last_words.append(str(event["event"]))
