"""A small office for end-to-end tests: the real `belplan serve` on loopback, with real softphones around it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from engine.settings import Settings
from engine.softphone.phone import Softphone
from engine.softphone.settings import PhoneSettings
from engine.store.store import Store
from tests.rtp_ports import rtp_range

BELPLAN = [sys.executable, "-m", "engine.cli.main"]
MAIN_NUMBER = "+31201234567"
PASSWORD = "test-password-0123"

AT_ONCE = 0.5
"""Seconds, on a machine that has much else to do: the pauses of dialplans that are ruled out last one at least."""
START_SECONDS = 60.0
"""The same, for a start that takes one or two."""

GREETING_HZ = 350.0
GREETING_SECONDS = 3.0
HOURS_HZ = 500.0
HOLD_MUSIC_HZ = 1300.0
RINGBACK_NL_HZ = 425.0

HEARD = 0.02
"""The amplitude, of full scale, from which a tone is heard among others."""
WINDOW = 800

DIALPLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test,
          hold_music: {play: hold.wav}}
numbers:
  main: "+31 20 123 4567"
  others: ["+31 20 123 4568"]
people:
  front-desk: {extension: 101, number: "+31 20 123 4568"}
  orders: {extension: 102}
  ovens: {extension: 1035}
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {play: greeting.wav}
    dial_extensions: true
    keys:
      1: {ring: orders, for: 4s, else: {hang_up: nobody}}
      2: {play: hours.wav, then: repeat}
      0: {ring: front-desk}
      "*": repeat
    no_input: {tries: 2, then: {ring: front-desk}}
    wrong_input: {tries: 2, then: {hang_up: wrong}}
    first_digit: 1s
    between_digits: 1s
"""


def free_port() -> int:
    """A port free for UDP and TCP on 127.0.0.1."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def write_tone(path: Path, hertz: float, seconds: float) -> None:
    """A mono WAV of one tone."""
    times = np.arange(int(seconds * 8000)) / 8000
    soundfile.write(path, 0.4 * np.sin(2 * np.pi * hertz * times), 8000, subtype="PCM_16")


def strength(path: Path, hertz: float, begin: float = 0.0, end: float | None = None) -> float:
    """How much of what a recording holds from ``begin`` to ``end`` (seconds) is the tone: 0 to 1 of the energy."""
    sound, rate = soundfile.read(path, dtype="float64")
    part = sound[int(begin * rate) : None if end is None else int(end * rate)]
    if len(part) < rate // 10 or not np.any(part):
        return 0.0
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    frequencies = np.fft.rfftfreq(len(part), 1 / rate)
    near = np.abs(frequencies - hertz) < max(12.0, 3 * rate / len(part))
    return float(spectrum[near].sum() / spectrum.sum())


def seconds_of(path: Path, hertz: float, window: float = 0.1) -> float:
    """For how many seconds of a recording the tone dominates."""
    sound, rate = soundfile.read(path, dtype="float64")
    return seconds_dominated(sound, rate, hertz, window)


def seconds_dominated(sound: np.ndarray, rate: int, hertz: float, window: float = 0.1) -> float:
    """For how many seconds of it (samples from -1 to 1) the tone dominates."""
    size = int(window * rate)
    heard = 0
    for start in range(0, len(sound) - size + 1, size):
        part = sound[start : start + size]
        if np.abs(part).max() < 0.02:
            continue
        spectrum = np.abs(np.fft.rfft(part * np.hanning(size), 4096)) ** 2
        frequencies = np.fft.rfftfreq(4096, 1 / rate)
        near = np.abs(frequencies - hertz) < 30
        heard += spectrum[near].sum() > 0.6 * spectrum.sum()
    return heard * window


def seconds_heard(path: Path, hertz: float) -> float:
    """For how many seconds a recording holds a tone, whatever else it holds."""
    sound, rate = soundfile.read(path, dtype="float64")
    assert rate == 8000
    windows = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW) * np.hanning(WINDOW)
    amplitudes = np.abs(np.fft.rfft(windows, axis=1)) * 4 / WINDOW
    return float((amplitudes[:, round(hertz * WINDOW / rate)] > HEARD).sum() * WINDOW / rate)


def elapsed(earlier: dict[str, Any], later: dict[str, Any]) -> float:
    """Seconds between two log lines."""
    first, second = (datetime.fromisoformat(line["timestamp"]) for line in (earlier, later))
    return (second - first).total_seconds()


class Office:
    """One running Belplan in a folder of its own, its log as parsed lines, and the softphones of a test.

    ``within`` stands before the command that serves. Without a ``dialplan`` there is no account.
    """

    serving = (*BELPLAN, "serve")
    ready = "ready"
    """What it logs once it can be used."""

    def __init__(
        self,
        folder: Path,
        dialplan: str | None = DIALPLAN,
        *,
        ipv6: bool = False,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.host = "127.0.0.1"
        self.within: list[str] = []
        self.log: list[dict[str, Any]] = []
        self.phones: list[Softphone] = []
        self.process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        (folder / "dialplans").mkdir(parents=True, exist_ok=True)
        if dialplan is not None:
            self.write_dialplan(dialplan)
        low, high = rtp_range(100)
        self.listen = [f"udp:127.0.0.1:{self.port}", f"tcp:127.0.0.1:{self.port}"]
        if ipv6:
            self.listen += [f"udp:[::1]:{self.port}", f"tcp:[::1]:{self.port}"]
        self.env = (
            os.environ
            | (settings or {})
            | {
                "BELPLAN_STATE": str(folder / "state"),
                "BELPLAN_DIALPLANS": str(folder / "dialplans"),
                "BELPLAN_RTP_PORTS": f"{low}-{high}",
            }
        )

    def write_dialplan(self, text: str, name: str = "bakery") -> Path:
        path = self.folder / "dialplans" / f"{name}.yaml"
        path.write_text(text)
        return path

    def sound(self, name: str) -> Path:
        """Where the dialplan looks for ``name``."""
        return self.folder / "dialplans" / name

    def give_passwords(self, *extensions: str, account: str = "bakery") -> None:
        """Let phones register with PASSWORD, before the start: what ``belplan password`` does, without its process."""
        with Store(Settings(state=self.folder / "state")) as store:
            for extension in extensions:
                store.passwords.set(account, extension, PASSWORD)

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port}"

    async def command(self, *words: str, code: int | None = 0) -> str:
        """Run a belplan command to its end and give what it printed (both streams)."""
        process = await asyncio.create_subprocess_exec(
            *BELPLAN,
            *words,
            env=self.env | {"BELPLAN_LISTEN": ",".join(self.listen)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        if code is not None:
            assert process.returncode == code, out.decode()
        return out.decode()

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self.within,
            *self.serving,
            env=self.env | {"BELPLAN_LISTEN": ",".join(self.listen), "BELPLAN_LOG_FORMAT": "json"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1 << 20,
        )
        self._reader = asyncio.create_task(self._read())
        await self.logged(self.ready, START_SECONDS, after=len(self.log))

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            try:
                self.log.append(json.loads(line))
            except json.JSONDecodeError:
                self.log.append({"event": "text", "text": line.decode().rstrip()})
            self._news.set()
        self._news.set()

    async def logged(
        self,
        event: str,
        seconds: float = 10.0,
        *,
        after: int = 0,
        where: Callable[[dict[str, Any]], bool] = lambda _: True,
    ) -> dict[str, Any]:
        """The first log line of an event at or after position ``after``; fails with the whole log if none comes."""
        seen = after
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while seen < len(self.log):
                        line = self.log[seen]
                        seen += 1
                        if line.get("event") == event and where(line):
                            return line
                    assert self._reader is not None
                    assert not self._reader.done(), f"belplan ended\n{self.story()}"
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no log line {event!r} within {seconds} s\n{self.story()}") from None

    def story(self) -> str:
        return "\n".join(json.dumps(line) for line in self.log[-60:])

    async def phone(self, extension: str, *, command: list[str] | None = None, **settings: Any) -> Softphone:
        """A softphone of a person, registered, that speaks its own tone if told one."""
        words = {"server": self.server, "domain": "bakery.test", "local_address": "127.0.0.1", "password": PASSWORD}
        phone = Softphone(PhoneSettings(user=extension, **(words | settings)), command=command)
        self.phones.append(phone)
        await phone.start()
        return phone

    async def outside(
        self, number: str = "+31701112233", *, command: list[str] | None = None, **settings: Any
    ) -> Softphone:
        """A caller from outside, who registers nowhere."""
        words = {"server": self.server, "local_address": "127.0.0.1"} | settings
        phone = Softphone(PhoneSettings(user=number, domain="provider.test", **words), command=command)
        self.phones.append(phone)
        await phone.start()
        return phone

    def main_number(self) -> str:
        return f"sip:{MAIN_NUMBER}@{self.server}"

    def reload(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    async def kill(self) -> None:
        """A power cut."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()
        assert self._reader is not None
        await self._reader

    async def stop(self) -> int:
        """SIGTERM and wait; the exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(15):
                status = await self.process.wait()
        except TimeoutError:
            self.process.kill()
            raise AssertionError(f"belplan did not stop\n{self.story()}") from None
        assert self._reader is not None
        await self._reader
        return status

    async def close(self) -> None:
        await asyncio.gather(*(phone.close() for phone in self.phones))
        if self.process is not None and self.process.returncode is None:
            await self.stop()
