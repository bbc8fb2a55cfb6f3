"""A stream cut into messages by Content-Length, with keep-alives (RFC 3261 section 18.3, RFC 5626 section 4.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sip.message.intake import frame

PING: Final = b"\r\n\r\n"
"""What a client sends to keep its connection alive; also stands for it among the messages of a stream."""
PONG: Final = b"\r\n"


class Framing:
    """What has come of a stream and is no whole message yet: at most MAX_MESSAGE and MAX_KEEP_ALIVE bytes."""

    __slots__ = ("_buffer", "_missing", "_scanned")
    ready = True
    closed = False

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._missing = 0

    @property
    def begun(self) -> bool:
        """True if a part of a message waits for its rest. Blank lines before one are none of it (RFC 3261 7.5)."""
        return len(self._buffer) >= len(PING) or bool(self._buffer.strip(PONG))

    def wrap(self, message: bytes) -> bytes:
        """A message of ours as it goes into the stream."""
        return message

    def take(self) -> bytes:
        """What the framing itself has to say to the peer."""
        return b""

    def finish(self) -> None:
        """Nothing more will come: the end of the stream says so."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Each message that is whole now, and PING for each keep-alive, in their order.

        Raises ProtocolError, after what came before it, where the stream cannot be followed any further: answer its
        ``partial`` and close the connection.
        """
        buffer = self._buffer
        buffer += data
        while len(buffer) > self._scanned and len(buffer) >= self._missing:
            found = frame(buffer, self._scanned)
            for _ in range(found.pings):
                yield PING
            if found.end is None or found.end > len(buffer):
                del buffer[: found.start]
                self._scanned = len(buffer) if found.end is None else 0
                self._missing = 0 if found.end is None else found.end - found.start
                return
            message = bytes(memoryview(buffer)[found.start : found.end])
            del buffer[: found.end]
            self._scanned = self._missing = 0
            yield message
