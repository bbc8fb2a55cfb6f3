"""dnsmasq on loopback: a name server of others that answers what a test says."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

DNSMASQ = shutil.which("dnsmasq") or shutil.which("dnsmasq", path="/usr/sbin:/usr/local/sbin")
needs_dnsmasq = pytest.mark.skipif(DNSMASQ is None, reason="dnsmasq is not installed (apt package dnsmasq-base)")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="a program with a name server of its own needs root")
STARTS_WITHIN = 5.0
ELSEWHERE = f"127.53.{os.getpid() % 250}.53"
"""An address for one at the port that programs ask at; tests may run beside each other."""


@dataclass(frozen=True, slots=True)
class NameServer:
    """A running one. What it is asked stands in ``log``."""

    address: tuple[str, int]
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def name_server(records: Sequence[str], host: str = "127.0.0.1", port: int = 0) -> Iterator[NameServer]:
    """dnsmasq with these options, such as ``srv-host=_sip._udp.x.example,sip.x.example,5060,10,20``."""
    assert DNSMASQ is not None
    port = port or _free_port(host)
    options = ["no-resolv", "no-hosts", "bind-interfaces", "keep-in-foreground", "local=/example/", "local-ttl=60"]
    options += [f"listen-address={host}", f"port={port}", "conf-file=/dev/null", "pid-file=", "user=", *records]
    process = subprocess.Popen(
        [DNSMASQ, *(f"--{option}" for option in options)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(host, port, process)
        yield NameServer((host, port), process)
    finally:
        process.kill()
        process.wait()


def told_of(host: str, folder: Path) -> list[str]:
    """What stands before the command of a program that is to ask the name server at port 53 of this address."""
    conf = folder / "resolv.conf"
    conf.write_text(f"nameserver {host}\n")
    return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(conf)]


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, f"dnsmasq ended with {process.returncode}"
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.01)
    raise AssertionError("dnsmasq does not listen")
