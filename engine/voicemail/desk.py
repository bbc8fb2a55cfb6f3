"""The desk that looks after all mailboxes: what a kill left behind, what is sent by e-mail, what is kept no longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from engine.bus import Bus
from engine.dialplan.account import Account
from engine.events import CallEvent, MailboxChanged, VoicemailLeft
from engine.mail_server import Smtp
from engine.office.messages import Count, count
from engine.settings import Settings
from engine.store.voicemail import StoredVoicemail
from engine.voicemail.outbox import Outbox
from engine.voicemail.recovery import recover
from engine.voicemail.retention import forget_heard

NO_CALL = ""
"""The call of an event that no call brought about."""


class MailDesk:
    """Made before the first call. ``accounts`` gives the accounts as they are at the moment."""

    def __init__(
        self, settings: Settings, voicemail: StoredVoicemail, bus: Bus, accounts: Callable[[], Iterable[Account]]
    ) -> None:
        self._voicemail = voicemail
        self._bus = bus
        self._accounts = accounts
        self._outbox: Outbox | None = None
        recover(voicemail)
        if settings.smtp_host is not None:
            sender = settings.smtp_from or ""
            self._outbox = Outbox(voicemail, Smtp(settings), sender, accounts, self._tell_change)
            bus.listen(self._note)

    async def run(self) -> None:
        """Send messages by e-mail, if there is a mail server, until cancelled."""
        if self._outbox is not None:
            await self._outbox.run()

    def tidy(self, now: float) -> None:
        """Delete heard messages that are kept no longer, and tell of what others deleted. ``now``: since the epoch."""
        forget_heard(self._voicemail, self._accounts(), now)
        for account, mailbox in self._voicemail.take_purged():
            self._tell_change(account, mailbox)

    def waiting(self, account: str, mailbox: str) -> Count:
        """How many messages a mailbox has: what phones of those whose it is may show."""
        return count(self._voicemail.of(account).of(mailbox))

    def _note(self, event: CallEvent) -> None:
        if isinstance(event, VoicemailLeft) and self._outbox is not None:
            self._outbox.wake()

    def _tell_change(self, account: str, mailbox: str) -> None:
        now = self.waiting(account, mailbox)
        self._bus.emit(MailboxChanged(NO_CALL, time.time(), account, mailbox, now.new, now.saved))
