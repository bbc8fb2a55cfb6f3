"""Messages that were heard, and kept for as long as their mailbox says, are deleted."""

from __future__ import annotations

from collections.abc import Iterable

from engine.dialplan.account import Account
from engine.store.voicemail import StoredVoicemail


def forget_heard(voicemail: StoredVoicemail, accounts: Iterable[Account], now: float) -> int:
    """Delete what was heard longer ago than its mailbox keeps it (``keep``); how many that were.

    ``now`` is seconds since the epoch. Messages of a mailbox that is in no file any more are left alone.
    """
    known = {account.key: account for account in accounts}
    gone = 0
    for message in voicemail.all():
        account = known.get(message.account)
        mailbox = account.mailboxes.get(message.mailbox) if account is not None else None
        keep = mailbox.settings.keep if mailbox is not None else None
        if keep is not None and message.heard_at is not None and message.heard_at + keep < now:
            voicemail.delete(message, now)
            gone += 1
    return gone
