"""linphonec as the telephone of a test: started with a configuration file, told commands, listened to.

It believes to be offline on a machine without a network, and then neither registers nor calls, unless told not to look.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

needs_linphone = pytest.mark.skipif(shutil.which("linphonec") is None, reason="linphone-cli is not installed")
QUIT_SECONDS = 5.0
ANY_PORT = -1
"""Else it listens at 5060 by TCP, which another Belplan of this machine may have."""
_ONLINE = {"auto_net_state_monitoring": "0", "register_only_when_network_is_up": "0"}

Sections = Mapping[str, Mapping[str, object]]


def registering(user: str, server: str, password: str, **sip: object) -> dict[str, dict[str, object]]:
    """The sections of an account that registers by itself; ``server`` is a name-addr, ``sip`` more of that section."""
    account = {"reg_proxy": server, "reg_route": server, "reg_identity": f"sip:{user}@bakery.test"}
    secret = {"username": user, "passwd": password, "realm": "bakery.test", "domain": "bakery.test"}
    return {
        "proxy_0": {**account, "reg_sendregister": 1},
        "auth_info_0": {**secret},
        "sip": {"default_proxy": 0, **sip},
    }


class Linphone:
    """One linphonec in a folder of its own. ``said`` is all that it has printed."""

    def __init__(self, folder: Path, *, port: int, rtp_port: int) -> None:
        self.said = ""
        self._folder = folder
        self._ports = {
            "sip": {**_ONLINE, "sip_port": port, "sip_tcp_port": ANY_PORT},
            "rtp": {"audio_rtp_port": rtp_port},
        }
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def start(self, sections: Sections, *options: str) -> Linphone:
        """Start it with these sections of its configuration beside its ports; ``-a`` answers by itself."""
        (self._folder / ".local/share/linphone").mkdir(parents=True)
        merged = {name: {**self._ports.get(name, {}), **sections.get(name, {})} for name in {**self._ports, **sections}}
        lines = [f"[{name}]\n" + "".join(f"{k}={v}\n" for k, v in entries.items()) for name, entries in merged.items()]
        (self._folder / "rc").write_text("".join(lines))
        self._process = await asyncio.create_subprocess_exec(
            *("linphonec", "-c", str(self._folder / "rc"), "-d", "6", "-l", str(self._folder / "log"), *options),
            env={**os.environ, "HOME": str(self._folder)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    def tell(self, command: str) -> None:
        """Type a line, such as ``call sip:101@bakery.test``, ``soundcard use files``, ``play tone.wav``."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())

    async def says(self, pattern: str, seconds: float = 10.0, *, after: int = 0) -> re.Match[str]:
        """Wait until it has printed something that matches; fails with all that it said."""
        try:
            async with asyncio.timeout(seconds):
                while (found := re.compile(pattern).search(self.said, after)) is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"linphone did not say {pattern!r} within {seconds} s:\n{self.said[-3000:]}") from None
        return found

    async def registered(self, seconds: float = 10.0) -> None:
        """Wait until it is registered; it says so only when asked."""
        async with asyncio.timeout(seconds):
            while "registered, identity" not in self.said:
                self.tell("status register")
                await asyncio.sleep(0.2)

    async def close(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        if self._process.returncode is None:
            self.tell("quit")
            try:
                async with asyncio.timeout(QUIT_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        await self._reader

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while part := await self._process.stdout.read(4096):
            self.said += part.decode(errors="replace")
            self._news.set()
