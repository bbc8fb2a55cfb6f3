"""Keys with lamps on many phones, behind one UDP socket: they subscribe, answer NOTIFYs, note what they are told."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass, field
from typing import Any, Self

from sip.credentials import Credentials
from sip.errors import ProtocolError
from sip.message.build import new_branch, new_call_id, new_tag, response
from sip.message.envelope import Request, Response
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri, Via

RECEIVE_BUFFER = 4 << 20
"""Bytes, as far as the system lets us: what 500 phones have together."""


@dataclass(slots=True, eq=False)
class Key:
    """One subscription. ``told`` has the moment (monotonic) and the body of each NOTIFY, ``ended`` why it is over."""

    subscribe: Request
    credentials: Credentials
    told: list[tuple[float, str]] = field(default_factory=list)
    status: int = 0
    ended: str = ""

    @property
    def state(self) -> str:
        """The state of the first dialog of the newest document."""
        return self.told[-1][1].partition("<state>")[2].partition("</state>")[0] if self.told else ""


class Keys(asyncio.DatagramProtocol):
    """All keys of all phones; ``await Keys.open(server)``, with ``server`` as host:port."""

    def __init__(self, server: tuple[str, int], domain: str) -> None:
        self.server = server
        self.domain = domain
        self.keys: dict[str, Key] = {}
        self.answers = 200
        self._transport: Any = None
        self._news = asyncio.Event()

    @classmethod
    async def open(cls, server: str, domain: str) -> Self:
        host, _, port = server.rpartition(":")
        keys = cls((host, int(port)), domain)
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: keys, local_addr=("127.0.0.1", 0))
        return keys

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    def watch(self, extension: str, password: str, number: str, event: str = "dialog", expires: int = 3600) -> Key:
        """A key on the phone of ``extension`` watches ``number``."""
        me = Uri("sip", extension, None, self.domain)
        lines: list[tuple[str, object]] = [
            ("Max-Forwards", 70),
            ("From", NameAddr("", me).with_params(tag=new_tag())),
            ("To", NameAddr("", Uri("sip", number, None, self.domain))),
            ("Call-ID", new_call_id()),
            ("CSeq", "1 SUBSCRIBE"),
            ("Contact", NameAddr("", Uri("sip", extension, None, *self.address))),
            ("Event", event),
            ("Expires", expires),
        ]
        key = Key(Request("SUBSCRIBE", Uri("sip", number, None, self.domain), lines), Credentials(extension, password))
        self.keys[key.subscribe.call_id] = key
        self._send(key)
        return key

    async def until(self, condition: Any, seconds: float = 10.0) -> float:
        """Wait until something is so; how long that took."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()
        return time.monotonic() - began

    def _send(self, key: Key) -> None:
        host, port = self.address
        via = Via("UDP", host, port, (("rport", None), ("branch", new_branch())))
        self._transport.sendto(key.subscribe.with_header("Via", via).encode(), self.server)

    def close(self) -> None:
        self._transport.close()

    # --- asyncio ----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def datagram_received(self, data: bytes, address: Any) -> None:
        try:
            message = parse(data)
        except ProtocolError:
            return
        key = self.keys.get(message.call_id)
        if self.received(message, address):
            pass
        elif isinstance(message, Response):
            if key is not None:
                self._answered(key, message)
        elif self.answers:
            self._transport.sendto(response(message, self.answers if key is not None else 481).encode(), address)
            if key is not None and message.method == "NOTIFY":
                key.told.append((time.monotonic(), message.body.decode()))
                stands = message.header("Subscription-State") or ""
                key.ended = stands.partition("reason=")[2] if stands.startswith("terminated") else ""
        self._news.set()

    def received(self, message: Request | Response, address: Any) -> bool:  # noqa: ARG002
        """Whether somebody else has taken care of a message: for phones that do more than watch."""
        return False

    def _answered(self, key: Key, answer: Response) -> None:
        again = None
        if answer.status == 401 and not key.subscribe.header("Authorization"):
            again = key.credentials.authorize(key.subscribe, answer)
        if again is not None:
            key.subscribe = again
            self._send(key)
        else:
            key.status = answer.status
