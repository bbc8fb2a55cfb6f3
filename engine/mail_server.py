"""The mail server of the settings: where e-mails are handed in, and how long they wait while it takes none."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from importlib import import_module
from typing import Protocol

from engine.settings import Settings

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 1800.0
SEND_SECONDS = 60.0

log = logging.getLogger(__name__)


class Unreachable(Exception):
    """The mail server cannot be talked to, for a reason that has nothing to do with the message."""


class Refused(Exception):
    """The mail server does not take this message; ``for_good`` if it never will."""

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good


class MailServer(Protocol):
    """Where messages are handed in."""

    async def send(self, mail: EmailMessage) -> None:
        """Hand in one message. Raises Unreachable or Refused."""
        ...


class Smtp:
    """The mail server of the settings (RFC 5321, RFC 3207, RFC 4954), a connection for each message."""

    def __init__(self, settings: Settings) -> None:
        assert settings.smtp_host is not None
        self._settings = settings

    async def send(self, mail: EmailMessage) -> None:
        settings = self._settings
        aiosmtplib = await asyncio.to_thread(import_module, "aiosmtplib")
        try:
            async with asyncio.timeout(SEND_SECONDS):
                refused, _ = await aiosmtplib.send(
                    mail,
                    hostname=settings.smtp_host,
                    port=settings.smtp_port_used,
                    use_tls=settings.smtp_security == "tls",
                    start_tls=settings.smtp_security == "starttls",
                    username=settings.smtp_user,
                    password=settings.smtp_secret,
                    timeout=SEND_SECONDS,
                )
        except aiosmtplib.SMTPRecipientsRefused as problem:
            codes = [refusal.code for refusal in problem.recipients]
            raise Refused(str(problem.recipients[0]), for_good=all(code >= 500 for code in codes)) from None
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as problem:
            raise Refused(f"{problem.code} {problem.message}", for_good=problem.code >= 500) from None
        except (aiosmtplib.SMTPNotSupported, ValueError) as problem:
            # an address that this server cannot write (RFC 6531); others' messages must not wait for it
            raise Refused(str(problem), for_good=True) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
            raise Unreachable(str(problem) or type(problem).__name__) from None
        for address, response in refused.items():
            log.warning("the mail server does not send to %s: %s %s", address, response.code, response.message)


@dataclass(slots=True)
class Waiting:
    """A message, or all of them, that waits for another try; ``again_at`` in monotonic seconds."""

    tries: int = 0
    again_at: float = 0.0

    def later(self, now: float) -> float:
        """Wait for twice as long as the last time. For how many seconds."""
        seconds = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(self.tries, 20))
        self.tries += 1
        self.again_at = now + seconds
        return seconds
