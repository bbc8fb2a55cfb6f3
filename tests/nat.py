"""A small internet of network namespaces: the world, and homes behind routers that translate addresses.

```
home 192.168.7.2 --- 192.168.7.1 router 203.0.113.N --- 203.0.113.1 world
```
Nothing of it is reached from outside, and nothing in it reaches out. It needs root.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from office import Office

from engine.softphone.phone import Softphone
from engine.softphone.phone import program as softphone_program

WORLD = "203.0.113.1"
HOME = "192.168.7.2"
PORT = 5060
MAPPING_SECONDS = 2
"""How long a router remembers a UDP mapping that is not used."""

MASQUERADE = 'oifname "out" masquerade'
FULL_CONE = f"""
table ip nat {{
  chain in {{ type nat hook prerouting priority -100; iifname "out" meta l4proto udp dnat to {HOME}; }}
  chain out {{ type nat hook postrouting priority 100; {MASQUERADE}; }}
}}
"""
"""Whoever knows the mapped port gets through."""
RESTRICTED = f"""
table ip nat {{
  set contacted {{ type ipv4_addr; flags dynamic,timeout; timeout {MAPPING_SECONDS}s; }}
  chain note {{ type filter hook forward priority 0; oifname "out" update @contacted {{ ip daddr }}; }}
  chain in {{
    type nat hook prerouting priority -100;
    iifname "out" ip saddr @contacted meta l4proto udp dnat to {HOME};
  }}
  chain out {{ type nat hook postrouting priority 100; {MASQUERADE}; }}
}}
"""
"""Only an address that was sent to gets through, from any port."""
SYMMETRIC = """
table ip nat {
  chain out { type nat hook postrouting priority 100; oifname "out" masquerade fully-random; }
}
"""
"""Another port for each address and port that is sent to, and only these get through."""
FORWARDING = f"""
table ip nat {{
  chain in {{ type nat hook prerouting priority -100; iifname "out" meta l4proto {{ tcp, udp }} dnat to {HOME}; }}
  chain out {{ type nat hook postrouting priority 100; {MASQUERADE}; }}
}}
"""
"""As the manual has it for a Belplan behind a router: its ports are forwarded."""


CAPTURE = """
import socket, sys
every = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(3))
with open(sys.argv[1], "wb", buffering=0) as kept:
    print("ready", flush=True)
    while True:
        kept.write(every.recv(65535) + b"\\n")
"""


class Unavailable(Exception):
    """This machine lets nobody make namespaces; the text says why."""


class Internet:
    """The namespaces of one test. ``close`` takes them away with all that runs in them."""

    def __init__(self) -> None:
        self._tag = f"bp{secrets.token_hex(3)}"
        self._namespaces: list[str] = []
        self.addresses = (f"203.0.113.{number}" for number in itertools.count(10))
        if os.geteuid() != 0:
            raise Unavailable("network namespaces need root")
        for program in ("ip", "nft"):
            if shutil.which(program) is None:
                raise Unavailable(f"{program} is not installed (apt packages iproute2 and nftables)")
        try:
            self.world = self._namespace("w")
            self._run(self.world, "ip link add bridge type bridge")
            self._run(self.world, f"ip addr add {WORLD}/24 dev bridge")
            self._run(self.world, "ip link set bridge up")
        except subprocess.CalledProcessError as error:
            self.close()
            raise Unavailable(f"no network namespaces here: {error.stderr.decode().strip()}") from error

    def _namespace(self, name: str) -> str:
        full = f"{self._tag}{name}"
        subprocess.run(["ip", "netns", "add", full], check=True, capture_output=True)
        self._namespaces.append(full)
        self._run(full, "ip link set lo up")
        return full

    def _run(self, namespace: str, command: str, stdin: str | None = None) -> None:
        subprocess.run(
            [*within(namespace), *command.split()],
            check=True,
            capture_output=True,
            input=None if stdin is None else stdin.encode(),
        )

    def home(self, name: str, rules: str) -> Home:
        """A home behind a router with these rules (nftables); it has the address HOME."""
        inside, router, outer = self._namespace(f"{name}h"), self._namespace(f"{name}r"), next(self.addresses)
        port = f"p{outer.rpartition('.')[2]}"
        self._run(inside, f"ip link add eth0 type veth peer name in netns {router}")
        self._run(inside, f"ip addr add {HOME}/24 dev eth0")
        self._run(inside, "ip link set eth0 up")
        self._run(router, "ip addr add 192.168.7.1/24 dev in")
        self._run(router, "ip link set in up")
        self._run(inside, "ip route add default via 192.168.7.1")
        self._run(router, f"ip link add out type veth peer name {port} netns {self.world}")
        self._run(router, f"ip addr add {outer}/24 dev out")
        self._run(router, "ip link set out up")
        self._run(self.world, f"ip link set {port} master bridge")
        self._run(self.world, f"ip link set {port} up")
        for setting in (
            "net.ipv4.ip_forward=1",
            f"net.netfilter.nf_conntrack_udp_timeout={MAPPING_SECONDS}",
            f"net.netfilter.nf_conntrack_udp_timeout_stream={MAPPING_SECONDS}",
        ):
            self._run(router, f"sysctl -qw {setting}")
        self._run(router, "nft -f -", rules)
        return Home(self, inside, router, outer)

    async def capture(self, path: Path) -> Callable[[], Awaitable[bytes]]:
        """Keep all that goes through the world from now on; what that was, once it is called."""
        process = await asyncio.create_subprocess_exec(
            *within(self.world), sys.executable, "-c", CAPTURE, str(path), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()

        async def end() -> bytes:
            process.terminate()
            await process.wait()
            return path.read_bytes()  # noqa: ASYNC240

        return end

    def close(self) -> None:
        for namespace in self._namespaces:
            found = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, check=False)
            for pid in found.stdout.split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), 9)
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)
        self._namespaces.clear()


class Home:
    """One home: its namespace, its router's, and the address that the world sees."""

    def __init__(self, internet: Internet, inside: str, router: str, outer: str) -> None:
        self._internet = internet
        self.inside = inside
        self.router = router
        self.outer = outer

    def forget_mappings(self) -> None:
        """The router is switched off and on: it knows none of its mappings any more."""
        self._internet._run(self.router, "conntrack -F")

    def move(self) -> None:
        """From now on, as after another connection to the provider, the world sees another address, and other ports."""
        self.outer = next(self._internet.addresses)
        self._internet._run(self.router, "ip addr flush dev out")
        self._internet._run(self.router, f"ip addr add {self.outer}/24 dev out")
        self._internet._run(self.router, "nft flush ruleset")
        self._internet._run(self.router, "nft -f -", SYMMETRIC)
        self.forget_mappings()


def within(namespace: str) -> list[str]:
    """What stands before a command that is to run in a namespace."""
    return ["ip", "netns", "exec", namespace]


@contextlib.contextmanager
def internet() -> Iterator[Internet]:
    """Skips the test where there can be none."""
    try:
        made = Internet()
    except Unavailable as why:
        pytest.skip(str(why))
    try:
        yield made
    finally:
        made.close()


class FarOffice(Office):
    """A Belplan in a namespace of its own, and phones in others."""

    def __init__(self, folder: Path, dialplan: str, namespace: str, address: str, settings: dict[str, str]) -> None:
        super().__init__(folder, dialplan, settings=settings)
        self.port, self.within, self.host = PORT, within(namespace), address
        self.listen = [f"udp:0.0.0.0:{PORT}", f"tcp:0.0.0.0:{PORT}"]

    async def phone_in(self, namespace: str, extension: str, address: str, server: str = "", **words: Any) -> Softphone:
        """A person's phone in a namespace, registered."""
        command = [*within(namespace), *softphone_program()]
        return await self.phone(
            extension, command=command, local_address=address, server=server or self.server, **words
        )

    async def caller_in(self, namespace: str, address: str, server: str, **words: Any) -> Softphone:
        """A caller from outside in a namespace."""
        command = [*within(namespace), *softphone_program()]
        return await self.outside(command=command, local_address=address, server=server, **words)
