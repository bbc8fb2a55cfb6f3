"""How messages cross the socketpair between engine and worker: several in one packet, as a msgpack array."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from media.commands import Command, Event, Message

MAX_PACKET_BYTES = 60_000
MAX_MESSAGE_BYTES = 50_000
MAX_WAITING = 50_000
"""Messages held for a reader that does not read; a reader so far behind is taken for dead."""

_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(list[Command])
_events = msgspec.msgpack.Decoder(list[Event])

read_commands: Callable[[bytes], list[Command]] = _commands.decode
read_events: Callable[[bytes], list[Event]] = _events.decode


class ReaderStuck(Exception):
    """MAX_WAITING messages wait for the other side."""


class Outbox:
    """Messages waiting to be written, in order."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._packet: bytes | None = None

    def __bool__(self) -> bool:
        return bool(self._waiting) or self._packet is not None

    def put(self, message: Message) -> None:
        """Raises ReaderStuck, and ValueError for a message that fits no packet."""
        if len(self._waiting) >= MAX_WAITING:
            raise ReaderStuck
        encoded = _encoder.encode(message)
        if len(encoded) > MAX_MESSAGE_BYTES:
            raise ValueError(f"a {type(message).__name__} of {len(encoded)} bytes is longer than {MAX_MESSAGE_BYTES}")
        self._waiting.append(encoded)

    def extend(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.put(message)

    def flush(self, send: Callable[[bytes], object]) -> bool:
        """Write packets until all is written (True) or ``send`` raises BlockingIOError (False; go on later)."""
        while self:
            if self._packet is None:
                self._packet = self._next_packet()
            try:
                send(self._packet)
            except BlockingIOError:
                return False
            self._packet = None
        return True

    def _next_packet(self) -> bytes:
        chosen, size = [], 5
        while self._waiting and size + len(self._waiting[0]) <= MAX_PACKET_BYTES:
            message = self._waiting.popleft()
            size += len(message)
            chosen.append(message)
        return b"\xdd" + len(chosen).to_bytes(4, "big") + b"".join(chosen)
