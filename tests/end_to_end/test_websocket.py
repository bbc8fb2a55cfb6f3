"""JsSIP, as web pages use it, over WebSocket with TLS: registration, texts both ways, a call to it, and its end.

``make test`` installs it (tools/npm_install.sh), where there is npm.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from office import PASSWORD, Office, free_port, seconds_dominated
from raw_caller import RawCaller

from tests.certificates import Authority

DIALPLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 101, encryption: never}, orders: {extension: 102}}
main_number: {ring: desk}
"""

pytestmark = pytest.mark.end_to_end

MODULES = Path(sys.prefix, "node", "node_modules")
needs_jssip = pytest.mark.skipif(
    shutil.which("node") is None or not (MODULES / "jssip").is_dir(),
    reason="node or JsSIP is not installed: make test installs JsSIP where there is npm",
)
CALLER_HZ = 1000.0


class JsSip:
    """One node with one phone; ``next`` waits for what it tells, in whatever order that comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._told: list[dict[str, Any]] = []

    async def next(self, kind: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(10):
            while True:
                for told in self._told:
                    if told["kind"] == kind:
                        self._told.remove(told)
                        return told
                line = await self.process.stdout.readline()
                if not line:
                    break
                self._told.append(json.loads(line))
        raise AssertionError(f"JsSIP ended before it told of {kind!r}")

    async def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        await self.next("unregistered")
        await self.process.wait()


async def jssip(url: str, user: str, to: str, authority: Path, media: int = 0) -> JsSip:
    script = Path(__file__).with_name("jssip_phone.js")
    process = await asyncio.create_subprocess_exec(
        *("node", str(script), url, user, PASSWORD, to, str(media)),
        env=os.environ | {"NODE_PATH": str(MODULES), "NODE_EXTRA_CA_CERTS": str(authority)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    return JsSip(process)


@needs_jssip
@pytest.mark.interop(program="JsSIP", feature="WebSocket with TLS: registration, texts both ways")
@pytest.mark.interop(program="JsSIP", feature="WebSocket with TLS: a call to it, with plain sound of a gateway")
async def test_two_pages_register_write_to_each_other_and_one_is_called(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    office = Office(tmp_path, DIALPLAN, settings={"BELPLAN_CERTIFICATES": str(authority.issue(["localhost"]))})
    port = free_port()
    office.listen.append(f"wss:127.0.0.1:{port}")
    office.give_passwords("101", "102")
    await office.start()
    try:
        url = f"wss://localhost:{port}"
        with RawCaller(("127.0.0.1", office.port), "") as gateway:
            desk = await jssip(url, "101", "102", authority.file, gateway.rtp.getsockname()[1])
            await desk.next("registered")
            assert (await desk.next("sent"))["status"] == 202, "it waits for 102"
            orders = await jssip(url, "102", "101", authority.file)
            assert (await orders.next("text"))["body"] == "hello from a browser"
            assert (await orders.next("sent"))["status"] in (200, 202)
            assert (await desk.next("text"))["body"] == "hello from a browser"
            caller = await office.outside(tone=CALLER_HZ)
            caller.dial(office.main_number())
            assert (await desk.next("called"))["caller"] == "+31701112233"
            await desk.next("answered")
            await asyncio.sleep(0.8)
            caller.hang_up()
            assert (await desk.next("ended"))["by"] == "remote"
            assert seconds_dominated(gateway.heard() / 32768, 8000, CALLER_HZ) > 0.4
        await desk.leave()
        await orders.leave()
    finally:
        await office.close()
        print(office.story())
