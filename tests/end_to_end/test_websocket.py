"""JsSIP, as web pages use it, over WebSocket with TLS: registration, texts both ways, and its end.

npm packages are no part of the tests' installation: this runs where BELPLAN_TEST_NODE_MODULES names a folder with
``jssip`` and ``ws`` (``npm install jssip ws``).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from office import PASSWORD, Office, free_port

from tests.certificates import Authority

DIALPLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 101}, orders: {extension: 102}}
main_number: {ring: desk}
"""

pytestmark = pytest.mark.end_to_end

MODULES = os.environ.get("BELPLAN_TEST_NODE_MODULES", "")
needs_jssip = pytest.mark.skipif(
    shutil.which("node") is None or not (Path(MODULES) / "jssip").is_dir() or not MODULES,
    reason="BELPLAN_TEST_NODE_MODULES names no folder with jssip and ws",
)


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


async def jssip(url: str, user: str, to: str, authority: Path) -> JsSip:
    script = Path(__file__).with_name("jssip_phone.js")
    process = await asyncio.create_subprocess_exec(
        *("node", str(script), url, user, PASSWORD, to),
        env=os.environ | {"NODE_PATH": MODULES, "NODE_EXTRA_CA_CERTS": str(authority)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    return JsSip(process)


@needs_jssip
@pytest.mark.interop(program="JsSIP", feature="WebSocket with TLS: registration, texts both ways")
async def test_two_pages_register_and_write_to_each_other(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    office = Office(tmp_path, DIALPLAN, settings={"BELPLAN_CERTIFICATES": str(authority.issue(["localhost"]))})
    port = free_port()
    office.listen.append(f"wss:127.0.0.1:{port}")
    office.give_passwords("101", "102")
    await office.start()
    try:
        url = f"wss://localhost:{port}"
        desk = await jssip(url, "101", "102", authority.file)
        await desk.next("registered")
        assert (await desk.next("sent"))["status"] == 202, "it waits for 102"
        orders = await jssip(url, "102", "101", authority.file)
        assert (await orders.next("text"))["body"] == "hello from a browser"
        assert (await orders.next("sent"))["status"] in (200, 202)
        assert (await desk.next("text"))["body"] == "hello from a browser"
        await desk.leave()
        await orders.leave()
    finally:
        await office.close()
