"""A mail server for tests (aiosmtpd), and what it has taken."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class Postbox:
    """What a mail server has taken: ``mails``, as they came (``raw``), and whom each was for.

    ``replies`` are what it says to the next ones instead; nobody lives at the addresses that are ``refused``.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.replies: list[str] = []
        self.refused: list[str] = []
        self.tries = 0
        self._unread: list[EmailMessage] = []
        self._news = asyncio.Event()

    async def next_for(self, whom: str, seconds: float) -> EmailMessage:
        """The oldest mail to somebody that this has not given yet."""
        async with asyncio.timeout(seconds):
            while True:
                for mail in self._unread:
                    if whom in mail["To"]:
                        self._unread.remove(mail)
                        return mail
                self._news.clear()
                await self._news.wait()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.tries += 1
        if self.replies:
            return self.replies.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.raw.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        self._unread.append(mail)
        self._news.set()
        return "250 taken"


@asynccontextmanager
async def serving_mail(port: int, postbox: Postbox, **options: Any) -> AsyncIterator[None]:
    """Run it on loopback; ``options`` are those of ``SMTP``."""
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(postbox, hostname="mail.test", **options), "127.0.0.1", port
    )
    try:
        yield
    finally:
        server.close()


def smtp_settings(port: int, sender: str) -> dict[str, str]:
    """The environment of a Belplan that hands its mail in there."""
    return {
        "BELPLAN_SMTP_HOST": "127.0.0.1",
        "BELPLAN_SMTP_PORT": str(port),
        "BELPLAN_SMTP_SECURITY": "none",
        "BELPLAN_SMTP_FROM": sender,
    }
