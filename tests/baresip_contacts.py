"""baresip without calls, for tests: messages waiting, contacts and texts, told what to do over ``ctrl_tcp``."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import msgspec
import pytest
from office import PASSWORD, free_port

from engine.softphone.baresip import MODULE_FOLDERS

needs_baresip = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed")
MODULES = ("account", "contact", "menu", "mwi", "presence", "ctrl_tcp")


class BaresipContacts:
    """One baresip in a folder of its own that traces its SIP; ``contact`` is watched, and gets its texts."""

    def __init__(self, folder: Path, user: str, server: str, contact: str) -> None:
        self._folder = folder
        self._control = free_port()
        folder.mkdir()
        modules = next((path for path in MODULE_FOLDERS if Path(path).is_dir()), MODULE_FOLDERS[0])
        lines = [
            f"module_path {modules}",
            "module g711.so",
            "module aubridge.so",
            *(f"module_app {name}.so" for name in MODULES),
            f"ctrl_tcp_listen 127.0.0.1:{self._control}",
            f"sip_listen 127.0.0.1:{free_port()}",
            "net_interface 127.0.0.1",
            *(f"audio_{what} aubridge,nowhere" for what in ("source", "player", "alert")),
        ]
        (folder / "config").write_text("\n".join(lines) + "\n")
        account = f'<sip:{user}@bakery.test>;outbound="sip:{server}";auth_user={user};auth_pass={PASSWORD}'
        (folder / "accounts").write_text(f"{account};regint=300;pubint=60;answermode=manual\n")
        (folder / "contacts").write_text(f'"Colleague" <{contact}>;presence=p2p\n')
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def said(self) -> str:
        return (self._folder / "out").read_text(errors="replace")

    async def start(self) -> BaresipContacts:
        with (self._folder / "out").open("w") as out:
            self._process = await asyncio.create_subprocess_exec(
                *("baresip", "-v", "-s", "-f", str(self._folder)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
            )
        async with asyncio.timeout(10):
            while self._writer is None:
                try:
                    _, self._writer = await asyncio.open_connection("127.0.0.1", self._control)
                except OSError:
                    await asyncio.sleep(0.1)
        return self

    def say(self, text: str) -> None:
        """Send a text to the contact."""
        assert self._writer is not None
        body = msgspec.json.encode({"command": "message", "params": text, "token": "test"})
        self._writer.write(b"%d:%s," % (len(body), body))

    async def says(self, pattern: str, seconds: float = 10.0) -> None:
        """Wait until it has printed, or sent or got, something that matches."""
        async with asyncio.timeout(seconds):
            while not re.search(pattern, self.said, re.DOTALL):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._process is not None and self._process.returncode is None:
            # baresip 1.0.0 may subscribe again and again instead of ending, once its subscription is over
            self._process.kill()
            await self._process.wait()
