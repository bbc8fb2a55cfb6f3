"""A telephone of hand-written SIP that makes no calls: it registers, watches, sends and shows texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.lamp_keys import Key, Keys
from sip.credentials import Credentials
from sip.message.build import new_branch, new_call_id, new_tag, response
from sip.message.envelope import Request, Response
from sip.message.values import NameAddr, Uri, Via


@dataclass(slots=True, eq=False)
class Asked:
    """A request of ours that is no SUBSCRIBE, and its final answer."""

    request: Request
    answer: Response | None = None


class Telephone(Keys):
    """``texts`` are those that came, ``unasked`` NOTIFYs that belong to no key. ``answers`` is what it says to all."""

    extension = ""
    password = ""

    @classmethod
    async def open(cls, server: Any, domain: str, extension: str = "", password: str = "") -> Telephone:  # type: ignore[override]
        phone = await super().open(f"{server[0]}:{server[1]}", domain)
        assert isinstance(phone, Telephone)
        phone.extension, phone.password = extension, password
        phone.texts, phone.unasked, phone.asked = [], [], {}
        return phone

    texts: list[Request]
    unasked: list[Request]
    asked: dict[str, Asked]

    async def key(self, number: str, event: str = "dialog", expires: int = 3600) -> Key:
        """A key that watches a number: answered, and told if it may."""
        key = self.watch(self.extension, self.password, number, event, expires)
        await self.until(lambda: key.status >= 300 or (key.status and key.told))
        return key

    async def register(self, expires: int = 600) -> int:
        contact = NameAddr("", Uri("sip", self.extension, None, *self.address))
        me = Uri("sip", self.extension, None, self.domain)
        return await self.ask(
            "REGISTER", Uri("sip", None, None, self.domain), me, [("Contact", contact), ("Expires", expires)]
        )

    async def say(self, number: str, text: str, kind: str = "text/plain", *, domain: str = "") -> int:
        """Send a text; the final status."""
        to = Uri("sip", number, None, domain or self.domain)
        return await self.ask("MESSAGE", to, to, [("Content-Type", kind)], text.encode())

    async def ask(self, method: str, uri: Uri, to: Uri, lines: list[tuple[str, object]], body: bytes = b"") -> int:
        me = NameAddr("", Uri("sip", self.extension, None, self.domain)).with_params(tag=new_tag())
        head: list[tuple[str, object]] = [
            ("Max-Forwards", 70),
            ("From", me),
            ("To", NameAddr("", to)),
            ("Call-ID", new_call_id()),
            ("CSeq", f"1 {method}"),
        ]
        asked = Asked(Request(method, uri, [*head, *lines], body))
        self.asked[asked.request.call_id] = asked
        self._put(asked.request)
        await self.until(lambda: asked.answer is not None, 40)
        assert asked.answer is not None
        return asked.answer.status

    def _put(self, request: Request) -> None:
        via = Via("UDP", *self.address, (("rport", None), ("branch", new_branch())))
        self._transport.sendto(request.with_header("Via", via).encode(), self.server)

    def received(self, message: Request | Response, address: Any) -> bool:
        asked = self.asked.get(message.call_id)
        if isinstance(message, Response) and asked is not None:
            if message.status == 401 and not asked.request.header("Authorization"):
                again = Credentials(self.extension, self.password).authorize(asked.request, message)
                assert again is not None
                asked.request = again
                self._put(again)
            elif message.status >= 200:
                asked.answer = message
            return True
        if isinstance(message, Request) and message.call_id not in self.keys:
            if self.answers:
                self._transport.sendto(response(message, self.answers).encode(), address)
            (self.texts if message.method == "MESSAGE" else self.unasked).append(message)
            return True
        return False
