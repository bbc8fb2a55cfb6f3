"""A provider for end-to-end tests with whom one registers: Kamailio with digest and usrloc, stopped and started."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from office import free_port
from provider import KAMAILIO, STARTS_WITHIN

USER, PASSWORD = "31201234567", "provider-secret"

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
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("registrar", "min_expires", {min_expires})

request_route {{
    if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("provider.test", "{password}", "0")) {{
            if ($hdr(Authorization) != $null) xlog("L_NOTICE", "WRONG $fU\\n");
            www_challenge("provider.test", "1");
            exit;
        }}
        xlog("L_NOTICE", "REGISTERED $tU at $ct expires $hdr(Expires)\\n");
        save("location");
        exit;
    }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("ACK")) {{ t_check_trans(); exit; }}
    if ($sp == {outside}) {{
        xlog("L_NOTICE", "CALLS IN $rU from $fU\\n");
        $rU = "{user}";
        record_route();
        if (!lookup("location")) {{ sl_send_reply("404", "Nobody There"); exit; }}
        append_hf("P-Asserted-Identity: <sip:0031612345678@provider.test;user=phone>\\r\\n");
        t_relay();
        exit;
    }}
    if (!pv_proxy_authenticate("provider.test", "{password}", "0")) {{
        auth_challenge("provider.test", "1");
        exit;
    }}
    xlog("L_NOTICE", "CALLED $rU as $au from $fU privacy $hdr(Privacy) identity $hdr(P-Asserted-Identity)\\n");
    consume_credentials();
    record_route();
    $du = "sip:127.0.0.1:{outside}";
    t_relay();
}}
"""


class RegistrarProvider:
    """One Kamailio, and what it said. ``outside`` is the port of all telephones that are its own."""

    def __init__(self, folder: Path, outside: int, name: str = "registrar", min_expires: int = 60) -> None:
        self.port = free_port()
        self.said: list[str] = []
        self._folder = folder / name
        self._outside = outside
        self._min_expires = min_expires
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        assert KAMAILIO is not None
        self._folder.mkdir(exist_ok=True)
        written = self._folder / "kamailio.cfg"
        written.write_text(
            CONFIGURATION.format(
                port=self.port, outside=self._outside, user=USER, password=PASSWORD, min_expires=self._min_expires
            )
        )
        began = len(self.said)
        self._process = await asyncio.create_subprocess_exec(
            KAMAILIO, "-f", str(written), "-DD", "-E", "-w", str(self._folder), "-Y", str(self._folder),
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
        """What it noted of this kind: REGISTERED, WRONG, CALLED, CALLS IN."""
        return [line.partition(f"{what} ")[2] for line in self.said if f"{what} " in line]

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        if self._reader is not None:
            await self._reader


@contextlib.asynccontextmanager
async def registrar(folder: Path, outside: int, name: str = "registrar") -> AsyncIterator[RegistrarProvider]:
    """One that runs inside the block."""
    made = RegistrarProvider(folder, outside, name)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
