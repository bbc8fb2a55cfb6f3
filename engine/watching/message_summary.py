"""The event package ``message-summary`` (RFC 3842): the lamp that says that there is voicemail."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import cast

from engine.dialplan.account import Account
from engine.dialplan.features import Dialled
from engine.office.messages import Count
from engine.watching.package import Place, Seen


@dataclass(frozen=True, slots=True)
class Summary:
    """What a mailbox has, and what is dialled to open it, if anything is."""

    count: Count
    code: str


class MessageSummary:
    """Watched by a person's own extension, or a code that opens a mailbox: their own; by a shared one's number: that,
    for those whose it is."""

    event = "message-summary"
    content_type = "application/simple-message-summary"

    def find(self, place: Place, person: str, number: str) -> Seen | None:
        mailbox = mailbox_meant(place.account, person, number)
        if mailbox is None:
            return None
        code = code_for(place.account, mailbox)
        return Seen((("mailbox", mailbox),), lambda: Summary(place.waiting(mailbox), code))

    def write(self, stands: Hashable, entity: str, version: int) -> bytes:  # noqa: ARG002
        summary = cast(Summary, stands)
        count = summary.count
        host = entity.rpartition("@")[2].removeprefix("sip:")
        lines = [f"Messages-Waiting: {'yes' if count.new else 'no'}"]
        if summary.code:
            lines.append(f"Message-Account: sip:{summary.code}@{host}")
        lines.append(f"Voice-Message: {count.new}/{count.saved} ({count.urgent}/0)")
        return ("\r\n".join(lines) + "\r\n").encode()


def mailbox_meant(account: Account, person: str, number: str) -> str | None:
    """The mailbox that somebody means by a number, if it is theirs."""
    if number in ("", account.people[person].extension):
        return person
    name = account.mailbox_by_number.get(number)
    if name is None:
        feature = account.features.find(number)
        if not isinstance(feature, Dialled) or feature.to.kind != "mailbox":
            return None
        name = feature.to.name if feature.to.name in account.mailboxes else person
    return name if person in account.mailboxes[name].people else None


def code_for(account: Account, mailbox: str) -> str:
    """What somebody dials who wants to hear the messages; empty if the account has no code for it."""
    features = account.features
    shared = mailbox not in account.people
    return features.code_of("mailbox", mailbox) or features.code_of("mailbox", "any" if shared else "own")
