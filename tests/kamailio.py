"""Kamailio for end-to-end tests: one that runs in a folder of its own, and what it says."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TypeVar

from office import free_port

STARTS_WITHIN = 10.0
KAMAILIO = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")

BASIS = """\
#!KAMAILIO
debug=2
log_stderror=yes
fork=no
children=1
auto_aliases=no
exit_timeout=2
{listens}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "siputils.so"
"""
"""What all have in common; in braces stand the lines of where it listens."""


def has_module(name: str) -> bool:
    """Whether a module is installed that has an apt package of its own."""
    places = [*Path("/usr/lib").glob("*/kamailio/modules"), Path("/usr/lib/kamailio/modules")]
    return KAMAILIO is not None and any((place / f"{name}.so").is_file() for place in places)


class Kamailio:
    """One that can be stopped and started again. What it notes by xlog begins with a word in capitals."""

    host = "127.0.0.1"
    transports: Sequence[str] = ("udp",)

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.said: list[str] = []
        self.folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    def configuration(self) -> str:
        """Its modules and routes, after BASIS."""
        raise NotImplementedError

    async def start(self) -> None:
        assert KAMAILIO is not None
        self.folder.mkdir(exist_ok=True)
        listens = "\n".join(f"listen={transport}:{self.host}:{self.port}" for transport in self.transports)
        written = self.folder / "kamailio.cfg"
        written.write_text(BASIS.format(listens=listens) + self.configuration())
        began = len(self.said)
        self._process = await asyncio.create_subprocess_exec(
            KAMAILIO, "-f", str(written), "-DD", "-E", "-w", str(self.folder), "-Y", str(self.folder),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())
        async with asyncio.timeout(STARTS_WITHIN):
            while not any("processes (at least)" in line for line in self.said[began:]):
                assert not self._reader.done(), "\n".join(self.said)
                await asyncio.sleep(0.05)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            self.said.append(line.decode(errors="replace").rstrip())

    def noted(self, what: str) -> list[str]:
        """What it noted of this kind."""
        return [line.partition(f"{what} ")[2] for line in self.said if f"{what} " in line]

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        if self._reader is not None:
            await self._reader


K = TypeVar("K", bound=Kamailio)


@contextlib.asynccontextmanager
async def running(made: K) -> AsyncIterator[K]:
    """It runs inside the block."""
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
