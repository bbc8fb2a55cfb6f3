"""Word by e-mail of what somebody of an account should know at once: emergency calls, and a day of many calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final

from engine.dialplan.account import Account
from engine.events import CallEvent
from engine.mail_server import Refused, Smtp, Unreachable
from engine.narrate import narrate
from engine.outside_events import CeilingReached, EmergencyCalled
from engine.settings import Settings

MAX_WAITING: Final = 100
"""Alerts that wait for the mail server; of more, the log tells."""
TRIES: Final = 5
PAUSE_SECONDS: Final = 30.0
"""Between two tries to send one."""

log = logging.getLogger(__name__)


class Alerts:
    """A listener for the bus. What it sends has been logged already; nothing waits for it."""

    def __init__(self, settings: Settings, accounts: Callable[[], Sequence[Account]]) -> None:
        self._settings = settings
        self._accounts = accounts
        self._waiting: asyncio.Queue[EmailMessage] = asyncio.Queue(MAX_WAITING)

    def __call__(self, event: CallEvent) -> None:
        if not isinstance(event, EmergencyCalled | CeilingReached) or self._settings.smtp_host is None:
            return
        account = next((one for one in self._accounts() if one.key == event.account), None)
        if account is None or account.outside.alert is None:
            return
        try:
            self._waiting.put_nowait(self._letter(event, account, account.outside.alert))
        except asyncio.QueueFull:
            log.warning("an alert is not sent by e-mail: too many wait", extra={"account": account.key})

    def _letter(self, event: EmergencyCalled | CeilingReached, account: Account, to: str) -> EmailMessage:
        sender, when = self._settings.smtp_from or "", datetime.fromtimestamp(event.at, account.info.timezone)
        mail = EmailMessage()
        what = "Emergency call" if isinstance(event, EmergencyCalled) else "Many calls to the outside"
        mail["Subject"] = f"{what} ({account.name})"
        mail["From"], mail["To"] = sender, to
        mail["Date"] = format_datetime(when)
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
        mail.set_content(f"{when:%Y-%m-%d %H:%M:%S} ({account.info.timezone.key})\n\n{narrate(event)}\n")
        return mail

    async def run(self) -> None:
        """Send what there is, until it is cancelled."""
        while True:
            mail = await self._waiting.get()
            for _ in range(TRIES):
                try:
                    await Smtp(self._settings).send(mail)
                    break
                except Unreachable as problem:
                    log.warning("an alert waits for the mail server: %s", problem)
                    await asyncio.sleep(PAUSE_SECONDS)
                except (Refused, OSError) as problem:
                    log.warning("an alert is not sent by e-mail: %s", problem)
                    break
