"""The asyncio face of a softphone process: start it, tell it what to do, wait for what it reports."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import msgspec

from engine.softphone.settings import PhoneEvent, PhoneSettings

CLOSE_SECONDS = 5.0
REGISTER_SECONDS = 10.0


class PhoneUnavailable(Exception):
    """No softphone program can run here; the text says what to install."""


class PhoneFailed(Exception):
    """The softphone did not do what was waited for; the text says what it reported instead."""


def program(server: str = "") -> list[str]:
    """The softphone to run: pjsua2 where its wheel is installed, else baresip. Raises PhoneUnavailable.

    The wheel of pjsua2 speaks IPv4 alone, so that a server at an IPv6 address is for baresip.
    """
    six = server.startswith("[")
    if importlib.util.find_spec("pjsua2") is not None and not six:
        return [sys.executable, "-m", "engine.softphone.pjsua"]
    if shutil.which("baresip"):
        return [sys.executable, "-m", "engine.softphone.baresip"]
    if six:
        raise PhoneUnavailable("A softphone for IPv6 is not installed: 'apt install baresip' brings one.")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise PhoneUnavailable(
        f"No softphone is installed. 'make phone' brings pjsua2 for Python up to 3.12 "
        f"(this is {version}); 'apt install baresip' works with any Python."
    )


class PhoneSilent(PhoneFailed):
    """What was waited for did not come in time."""


class Softphone:
    """One running softphone. ``events`` keeps all it reported, in order; ``on_event`` sees each as it comes."""

    def __init__(
        self,
        settings: PhoneSettings,
        on_event: Callable[[PhoneEvent], None] | None = None,
        command: list[str] | None = None,
    ) -> None:
        self.settings = settings
        self.events: list[PhoneEvent] = []
        self._on_event = on_event
        self._command = command
        self._news = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the program and wait until it is ready, and registered if it has a password."""
        self._process = await asyncio.create_subprocess_exec(
            *(self._command or program(self.settings.server)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._reader = asyncio.create_task(self._read())
        self._write(msgspec.json.encode(self.settings))
        await self.wait("ready", 15)
        if self.settings.password is not None:
            try:
                event = await self.wait(("registered", "unregistered"), REGISTER_SECONDS)
            except PhoneSilent:
                raise PhoneFailed(
                    f"nothing answers at {self.settings.server}: is Belplan running there, and listening on that port?"
                ) from None
            if event.kind != "registered":
                raise PhoneFailed(f"{self.settings.user} could not register: {event.status} {event.text}")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            try:
                event = msgspec.json.decode(line, type=PhoneEvent)
            except msgspec.DecodeError:
                continue
            self.events.append(event)
            self._news.set()
            if self._on_event is not None:
                self._on_event(event)
        self._news.set()

    def _write(self, line: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")

    def tell(self, verb: str, **words: Any) -> None:
        self._write(msgspec.json.encode({"do": verb, **words}))

    def dial(self, target: str) -> None:
        """Call a number, an extension or a whole SIP URI."""
        self.tell("dial", uri=self.settings.uri_of(target))

    def answer(self, status: int = 200, call: int = 0) -> None:
        self.tell("answer", status=status, call=call)

    def hang_up(self, call: int = 0) -> None:
        self.tell("hangup", call=call)

    def hold(self, call: int = 0) -> None:
        self.tell("hold", call=call)

    def resume(self, call: int = 0) -> None:
        self.tell("resume", call=call)

    def register(self) -> None:
        """Register anew, before it is time; pjsua2 only."""
        self.tell("register")

    def watch(self, target: str) -> None:
        """Watch somebody's presence; pjsua2 only."""
        self.tell("watch", uri=self.settings.uri_of(target))

    def say(self, target: str, text: str) -> None:
        """Send somebody a text; pjsua2 only."""
        self.tell("say", uri=self.settings.uri_of(target), text=text)

    def press(self, digits: str, *, method: str = "rfc4733", ms: int = 100, call: int = 0) -> None:
        """Press keys; ``method`` is rfc4733 or info, ``ms`` how long each is held."""
        self.tell("press", digits=digits, method=method, ms=ms, call=call)

    def transfer(self, target: str, *, call: int = 0) -> None:
        """Lead the other side of a call on to a number or URI (REFER); ``transfer`` events tell how it goes."""
        self.tell("transfer", uri=self.settings.uri_of(target), call=call)

    def join(self, call: int, other: int) -> None:
        """Let the other sides of two calls talk to each other (REFER with Replaces, within the first)."""
        self.tell("transfer", call=call, replaces=other)

    async def wait(
        self, kind: str | tuple[str, ...], seconds: float = 10.0, *, after: int = 0, call: int = 0
    ) -> PhoneEvent:
        """The first event of a kind at or after position ``after`` of ``events``. Raises PhoneFailed if none comes."""
        kinds = (kind,) if isinstance(kind, str) else kind
        seen = after
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while seen < len(self.events):
                        event = self.events[seen]
                        seen += 1
                        if event.kind in kinds and call in (0, event.call):
                            return event
                    if self._reader is None or self._reader.done():
                        raise PhoneFailed(f"the softphone {self.settings.user} ended while waiting for {kind}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            story = ", ".join(" ".join(filter(None, (e.kind, str(e.status or ""), e.text))) for e in self.events)
            raise PhoneSilent(
                f"{self.settings.user}: no {' or '.join(kinds)} within {seconds:g} s; it reported: {story or 'nothing'}"
            ) from None

    async def kill(self) -> None:
        """End the program at once, as a power cut would: nothing is unregistered, no BYE is sent."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def close(self) -> None:
        """Hang up, unregister and end the program."""
        if self._process is None:
            return
        if self._process.returncode is None:
            try:
                self.tell("quit")
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._process.wait()
            except (TimeoutError, ConnectionError):
                self._process.kill()
                await self._process.wait()
        if self._reader is not None:
            await self._reader
