"""A hostile load: bad packets over UDP from up to 50,000 sources, at an even rate, bounded in time.

``python bench/flood.py --rate 5000 --seconds 10``. A fifth each: noise; SIP that cannot be read; a scanner that says
so; REGISTER without credentials; calls to numbers nobody has. Sources are addresses of 127.0.0.0/8, given to each
packet, so that nothing leaves the machine. Prints one line of JSON at its end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import socket
import struct
import time
from collections.abc import Iterator

SOURCES = 50_000
TICK_SECONDS = 0.001
CONTACT = "Contact: <sip:1@198.51.100.1>"
_IP_PKTINFO = 8
_PKTINFO = struct.Struct("=i4s4s")


def source(number: int) -> bytes:
    """The address of one of SOURCES, as four bytes; none is 127.0.0.1."""
    number %= SOURCES
    return bytes((127, 1 + (number >> 16), number >> 8 & 255, number & 255))


def messages(chance: random.Random) -> Iterator[bytes]:
    """Bad packets without end."""
    for number in itertools.count():
        yield chance.randbytes(chance.randrange(20, 400))
        yield _message("INVITE <sip:bench.test>", number, "CSeq: 1 BYE", "Content-Length: -5")
        yield _message("OPTIONS sip:100@bench.test", number, "CSeq: 1 OPTIONS", "User-Agent: friendly-scanner")
        yield _message("REGISTER sip:bench.test", number, "CSeq: 1 REGISTER", CONTACT)
        yield _message(f"INVITE sip:00{number}@bench.test", number, "CSeq: 1 INVITE", CONTACT)


def _message(start: str, number: int, *more: str) -> bytes:
    user = f"<sip:{number % 900}@bench.test>"
    lines = [
        f"{start} SIP/2.0",
        f"Via: SIP/2.0/UDP 198.51.100.1;rport;branch=z9hG4bK{number}",
        f"From: {user};tag={number}",
        f"To: {user}",
        f"Call-ID: flood-{number}",
        "Max-Forwards: 70",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def flood(port: int, rate: int, seconds: float) -> int:
    """Send, and throw away what comes back; how many were sent."""
    chance = random.Random(1)
    prepared = list(itertools.islice(messages(chance), 20_000))
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind(("0.0.0.0", 0))
    sock.setblocking(False)
    begun, sent = time.monotonic(), 0
    while (elapsed := time.monotonic() - begun) < seconds:
        while sent < elapsed * rate:
            info = _PKTINFO.pack(0, source(sent), source(sent))
            from_there = [(socket.IPPROTO_IP, _IP_PKTINFO, info)]
            try:
                sock.sendmsg([prepared[sent % len(prepared)]], from_there, 0, ("127.0.0.1", port))
            except BlockingIOError:
                break
            sent += 1
        time.sleep(TICK_SECONDS)
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5960)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    sent = flood(options.port, options.rate, min(options.seconds, 120.0))
    print(json.dumps({"sent": sent, "per_second": round(sent / options.seconds)}), flush=True)


if __name__ == "__main__":
    main()
