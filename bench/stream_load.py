"""Phones over TCP and TLS as a load: idle connections, handshakes, registrations; bounded in number and seconds.

``python bench/stream_load.py idle --port 5961 --authorities ca.pem --count 10000 --seconds 10`` and so on. Sources are
addresses of 127.1.0.0/16. Prints one line of JSON at its end; ``idle`` a first one once all connections are there.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import socket
import ssl
import sys
import time
from collections.abc import Callable

from sip.digest import authorize
from sip.message.envelope import Response
from sip.message.intake import parse
from sip.rim.framing import Framing
from sip.rim.tls import TlsLayer, client_context

PER_SOURCE = 150
"""Connections of one address: below what one may have, and shake hands for at once."""
AT_ONCE = 50
SECONDS = 120.0
"""At most, for whatever it is."""


class Phone(asyncio.Protocol):
    """One connection; ``ready`` once TLS is, ``answers`` are the responses that came."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.tls = None if context is None else TlsLayer(context, "localhost")
        self.framing = Framing()
        self.ready = asyncio.get_running_loop().create_future()
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if self.tls is not None:
            data = self.tls.receive(data)
        self._go_on()
        for message in self.framing.feed(data):
            self.answers.put_nowait(message)

    def _go_on(self) -> None:
        if self.tls is not None:
            self.transport.write(self.tls.take())
        if (self.tls is None or self.tls.ready) and not self.ready.done():
            self.ready.set_result(None)

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(problem or ConnectionResetError("closed by the engine"))

    def send(self, data: bytes) -> None:
        if self.tls is not None:
            self.tls.send(data)
            data = self.tls.take()
        self.transport.write(data)


class Load:
    """The phones of one run, all at ``port`` of loopback."""

    def __init__(self, port: int, context: ssl.SSLContext | None) -> None:
        self.port = port
        self.context = context
        self.transport = "TCP" if context is None else "TLS"

    async def connect(self, number: int) -> Phone:
        place = number // PER_SOURCE
        local = (f"127.1.{place // 250}.{place % 250 + 1}", 0)
        _, phone = await asyncio.get_running_loop().create_connection(
            lambda: Phone(self.context), "127.0.0.1", self.port, local_addr=local
        )
        await phone.ready
        return phone

    def message(self, method: str, number: int, cseq: int, user: str, *more: str) -> bytes:
        lines = [
            f"{method} sip:bench.test SIP/2.0",
            f"Via: SIP/2.0/{self.transport} 127.0.0.1:9;branch=z9hG4bK{number}-{cseq}",
            f"From: <sip:{user}@bench.test>;tag={number}",
            f"To: <sip:{user}@bench.test>",
            f"Call-ID: stream-{number}",
            f"CSeq: {cseq} {method}",
            "Max-Forwards: 70",
            *more,
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode()


async def _many(count: int, work: Callable[[int], object]) -> None:
    """``work`` for each number, AT_ONCE at a time."""
    numbers = iter(range(count))

    async def one_after_the_other() -> None:
        for number in numbers:
            await work(number)  # type: ignore[misc]

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, count)):
            group.create_task(one_after_the_other())


async def idle(load: Load, count: int, seconds: float, udp_port: int) -> dict[str, float]:
    """Connections that say OPTIONS once, and then nothing; meanwhile OPTIONS come over UDP."""
    phones: list[Phone] = []

    async def begin(number: int) -> None:
        phone = await load.connect(number)
        phone.send(load.message("OPTIONS", number, 1, "bench"))
        await phone.answers.get()
        phones.append(phone)

    began = time.monotonic()
    await _many(count, begin)
    print(json.dumps({"connected": len(phones), "seconds": time.monotonic() - began}), flush=True)
    waits = await asyncio.to_thread(_ask_by_udp, udp_port, seconds)
    alive = sum(not phone.transport.is_closing() for phone in phones)
    return {"alive": alive, "p50_ms": waits[len(waits) // 2], "p99_ms": waits[int(len(waits) * 0.99)]}


def _ask_by_udp(port: int, seconds: float) -> list[float]:
    """Milliseconds to the answers to OPTIONS, 50 a second, sorted; a lost one counts as a second."""
    waits = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(1.0)
        for number in range(int(seconds * 50)):
            began = time.perf_counter()
            text = (
                Load(0, None)
                .message("OPTIONS", number, 1, f"udp{number}")
                .replace(b"/TCP 127.0.0.1:9", b"/UDP 127.0.0.1:9;rport")
            )
            sock.sendto(text, ("127.0.0.1", port))
            with contextlib.suppress(TimeoutError):
                sock.recv(65_536)
            waits.append((time.perf_counter() - began) * 1000)
            time.sleep(max(0.0, 0.02 - (time.perf_counter() - began)))
    return sorted(waits)


async def handshakes(load: Load, count: int) -> dict[str, float]:
    """Connections one after the other, AT_ONCE at a time, closed as soon as they are up."""

    async def one(number: int) -> None:
        phone = await load.connect(number)
        phone.transport.abort()

    began = time.monotonic()
    await _many(count, one)
    return {"per_second": count / (time.monotonic() - began)}


async def registrations(load: Load, count: int, passwords: dict[str, str]) -> dict[str, float]:
    """Registrations over AT_ONCE connections that stay: each is challenged, and answered."""
    users = list(passwords)
    free: asyncio.LifoQueue[Phone] = asyncio.LifoQueue()
    for number in range(AT_ONCE):
        free.put_nowait(await load.connect(number))
    failed = 0

    async def one(number: int) -> None:
        nonlocal failed
        user = users[number % len(users)]
        contact = f"Contact: <sip:{user}@127.0.0.1:9;transport={load.transport.lower()}>;expires=600"
        phone = free.get_nowait()
        phone.send(load.message("REGISTER", number, 1, user, contact))
        challenge = parse(await phone.answers.get())
        assert isinstance(challenge, Response)
        words = authorize(challenge.header_all("WWW-Authenticate"), "REGISTER", "sip:bench.test", user, passwords[user])
        phone.send(load.message("REGISTER", number, 2, user, contact, f"Authorization: {words}"))
        answer = parse(await phone.answers.get())
        assert isinstance(answer, Response)
        failed += answer.status != 200
        free.put_nowait(phone)

    began = time.monotonic()
    await _many(count, one)
    return {"per_second": count / (time.monotonic() - began), "failed": failed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["idle", "handshakes", "registrations"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--udp-port", type=int, default=5960, help="where OPTIONS go meanwhile, for idle")
    parser.add_argument("--authorities", help="a PEM file; TCP without one")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    load = Load(options.port, client_context(options.authorities) if options.authorities else None)

    async def run() -> dict[str, float]:
        async with asyncio.timeout(SECONDS):
            if options.what == "idle":
                return await idle(load, options.count, options.seconds, options.udp_port)
            if options.what == "handshakes":
                return await handshakes(load, options.count)
            return await registrations(load, options.count, json.load(sys.stdin))

    print(json.dumps(asyncio.run(run())), flush=True)


if __name__ == "__main__":
    main()
