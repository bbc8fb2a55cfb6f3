"""What connections cost: idle ones by the thousand, TLS handshakes, and registrations over TCP and TLS."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.server import LOAD_CPU, PORT, Server, serving

TCP_PORT, TLS_PORT = 5961, 5962
KINDS = {"ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}
SETTLE_SECONDS = 3.0


def streams(count: int, seconds: int) -> None:
    """All of them, one after the other, each with a fresh engine."""
    for kind in ("tcp", "tls"):
        _idle(kind, count, seconds)
    for key in KINDS:
        _handshakes(key, min(count, 5000))
    for kind in ("tcp", "tls"):
        _registrations(kind, min(count, 5000))


def _idle(kind: str, count: int, seconds: int) -> None:
    with _engine("ecdsa") as (server, authorities):
        before = server.cost()
        load = _load("idle", kind, authorities, "--count", count, "--seconds", seconds)
        assert load.stdout is not None
        connected = json.loads(load.stdout.readline())
        up = server.cost()
        found = json.loads(load.communicate()[0])
        after = server.cost()
    cpu = (up.engine_cpu - before.engine_cpu) * 1000 / count
    print(
        f"idle {kind} connections={found['alive']} kB_each={(up.engine_kb - before.engine_kb) / count:.1f}"
        f" connected_in={connected['seconds']:.1f}s ms_cpu_each={cpu:.2f}"
        f" then: core={(after.engine_cpu - up.engine_cpu) / seconds:.1%} of OPTIONS over UDP:"
        f" p50={found['p50_ms']:.1f}ms p99={found['p99_ms']:.1f}ms",
        flush=True,
    )


def _handshakes(key: str, count: int) -> None:
    with _engine(key) as (server, authorities):
        before = server.cost()
        found = json.loads(_load("handshakes", "tls", authorities, "--count", count).communicate()[0])
        spent = server.cost().engine_cpu - before.engine_cpu
    print(f"handshakes {key} a_second={found['per_second']:.0f} ms_cpu_each={spent * 1000 / count:.2f}", flush=True)


def _registrations(kind: str, count: int) -> None:
    with _engine("ecdsa") as (server, authorities):
        before = server.cost()
        load = _load("registrations", kind, authorities, "--count", count)
        found = json.loads(load.communicate(json.dumps(server.passwords))[0])
        spent = server.cost().engine_cpu - before.engine_cpu
    print(
        f"registrations {kind} a_second={found['per_second']:.0f} failed={found['failed']}"
        f" ms_cpu_each={spent * 1000 / count:.2f}",
        flush=True,
    )


@contextmanager
def _engine(key: str) -> Iterator[tuple[Server, Path]]:
    """A fresh engine with a certificate of that kind of key; its file is also that of the authority."""
    with tempfile.TemporaryDirectory(prefix="belplan-bench-tls-") as name:
        certificate = Path(name) / "bench.crt"
        command = ["openssl", "req", "-x509", "-newkey", *KINDS[key], "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", f"{name}/bench.key", "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        listen = (f"udp:127.0.0.1:{PORT}", f"tcp:127.0.0.1:{TCP_PORT}", f"tls:127.0.0.1:{TLS_PORT}")
        more = {
            "BELPLAN_LISTEN": ",".join(listen),
            "BELPLAN_CERTIFICATES": str(certificate),
            "BELPLAN_NEVER_BAN": "127.0.0.0/8",
            "BELPLAN_REQUESTS_PER_SOURCE": "0",
            "BELPLAN_KEEP_ALIVE": "0",
        }
        with serving("{menu: welcome}", more) as server:
            yield server, certificate


def _load(what: str, kind: str, authorities: Path, *words: object) -> subprocess.Popen[str]:
    secure = ["--authorities", str(authorities)] if kind == "tls" else []
    port = TLS_PORT if secure else TCP_PORT
    program = [sys.executable, "-m", "bench.stream_load", what, "--port", str(port), *secure, *map(str, words)]
    return subprocess.Popen(
        ["taskset", "-c", LOAD_CPU, *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
