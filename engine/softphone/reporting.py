"""How a softphone's process tells what happens: a line of JSON on standard output."""

from __future__ import annotations

import sys
import time

import msgspec

from engine.softphone.settings import PhoneEvent


def report(kind: str, *, call: int = 0, status: int = 0, text: str = "") -> None:
    event = PhoneEvent(kind=kind, at=time.monotonic(), call=call, status=status, text=text)
    sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
    sys.stdout.buffer.flush()
