"""A provider for end-to-end tests: Kamailio, which challenges every call and sends it on to telephones outside."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from office import free_port

USER, PASSWORD = "31201234567", "provider-secret"
STARTS_WITHIN = 10.0
KAMAILIO = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")

CONFIGURATION = """\
#!KAMAILIO
debug=2
log_stderror=yes
fork=no
children=1
listen=udp:127.0.0.1:{port}
auto_aliases=no
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "auth.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "siputils.so"

request_route {{
    if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("ACK")) {{ t_check_trans(); exit; }}
    if (!pv_proxy_authenticate("provider.test", "{password}", "0")) {{
        xlog("L_NOTICE", "CHALLENGED $rU\\n");
        auth_challenge("provider.test", "1");
        exit;
    }}
    xlog("L_NOTICE", "CALLED $rU as $au from $fU diverted $hdr(Diversion) hops $hdr(Max-Forwards)\\n");
    consume_credentials();
    record_route();
    $du = "sip:127.0.0.1:{outside}";
    t_relay();
}}
"""


class Provider:
    """One running Kamailio, and what it said of each call."""

    def __init__(self, folder: Path, outside: int) -> None:
        self.port = free_port()
        self.said: list[str] = []
        self._folder = folder / "provider"
        self._outside = outside
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    def configuration(self) -> str:
        return CONFIGURATION.format(port=self.port, outside=self._outside, password=PASSWORD)

    async def start(self) -> None:
        assert KAMAILIO is not None
        self._folder.mkdir()
        written = self._folder / "kamailio.cfg"
        written.write_text(self.configuration())
        self._process = await asyncio.create_subprocess_exec(
            KAMAILIO, "-f", str(written), "-DD", "-E", "-w", str(self._folder), "-Y", str(self._folder),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())
        async with asyncio.timeout(STARTS_WITHIN):
            while not any("processes (at least)" in line for line in self.said):
                assert not self._reader.done(), "\n".join(self.said)
                await asyncio.sleep(0.05)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            self.said.append(line.decode(errors="replace").rstrip())

    def calls(self, what: str = "CALLED") -> list[str]:
        """What it noted of calls that it let through, or ``CHALLENGED``."""
        return [line.partition(f"{what} ")[2] for line in self.said if f"{what} " in line]

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        if self._reader is not None:
            await self._reader


@contextlib.asynccontextmanager
async def provider(folder: Path, outside: int) -> AsyncIterator[Provider]:
    """A provider whose telephones outside are all at port ``outside`` of 127.0.0.1."""
    made = Provider(folder, outside)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
