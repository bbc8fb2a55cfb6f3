"""The voicemail messages of an account, by mailbox: what is there at the moment, and the change of it.

A mailbox is a person's, by their name in the dialplan, or a shared one, by its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import msgspec

MAX_MESSAGES = 100
"""Messages of a mailbox; in a full one none can be left until some are deleted."""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message left in ``mailbox``; ``path`` is the recording. Times are seconds since the epoch.

    While the caller is not done with it, it is only being taken (``taking``) and nobody else's business. ``to_mail``:
    it has to be sent by e-mail yet. A message that is ``deleted_at`` some time is there until its file is removed.
    """

    path: str
    account: str
    mailbox: str = msgspec.field(name="person")
    caller: str
    call: str
    left_at: float
    seconds: float
    heard_at: float | None = None
    urgent: bool = False
    taking: bool = False
    to_mail: bool = False
    deleted_at: float | None = None

    @property
    def new(self) -> bool:
        """Whether nobody has heard or saved it."""
        return self.heard_at is None


@dataclass(frozen=True, slots=True)
class Count:
    """How many messages a mailbox has: new ones, ``urgent`` of them, and saved ones (RFC 3842 says it so to phones)."""

    new: int = 0
    urgent: int = 0
    saved: int = 0


class Messages(Protocol):
    """The messages of one account. Nothing here waits, so that it may be done in the middle of a call."""

    def of(self, mailbox: str) -> list[Message]:
        """What is in a mailbox, oldest first; without what is being taken."""
        ...

    def newest(self, message: Message) -> Message | None:
        """The present state of a message; None if it has been deleted."""
        ...

    def full(self, mailbox: str) -> bool:
        """Whether no more fits in, what is being taken included."""
        ...

    def put(self, message: Message) -> None:
        """Keep a new message. It survives a kill when this returns."""
        ...

    def change(self, message: Message) -> bool:
        """Keep the newest state of a message; False if somebody has deleted it meanwhile."""
        ...

    def delete(self, message: Message, now: float) -> None:
        """Take a message away, and its file once nothing can bring the message back."""
        ...

    def discard(self, path: str) -> None:
        """Remove a recording of this account that is no message."""
        ...


class RememberedMessages:
    """Messages that nobody keeps: for simulated calls and tests, and the memory of those that are kept."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._boxes: dict[str, dict[str, Message]] = {}
        for message in messages:
            self.put(message)

    def of(self, mailbox: str) -> list[Message]:
        found = [message for message in list(self._boxes.get(mailbox, {}).values()) if not message.taking]
        return sorted(found, key=lambda message: message.left_at)

    def all(self) -> list[Message]:
        """The messages of all mailboxes, also those being taken."""
        return [message for box in list(self._boxes.values()) for message in list(box.values())]

    def newest(self, message: Message) -> Message | None:
        return self._boxes.get(message.mailbox, {}).get(message.path)

    def full(self, mailbox: str) -> bool:
        return len(self._boxes.get(mailbox, {})) >= MAX_MESSAGES

    def put(self, message: Message) -> None:
        self._boxes.setdefault(message.mailbox, {})[message.path] = message

    def change(self, message: Message) -> bool:
        if self.newest(message) is None:
            return False
        self.put(message)
        return True

    def delete(self, message: Message, now: float) -> None:  # noqa: ARG002
        self._boxes.get(message.mailbox, {}).pop(message.path, None)

    def discard(self, path: str) -> None:
        """There is no file."""


def count(messages: Iterable[Message]) -> Count:
    """How many there are of each kind."""
    new = urgent = saved = 0
    for message in messages:
        new += message.new
        urgent += message.new and message.urgent
        saved += not message.new
    return Count(new, urgent, saved)


def in_order(messages: Iterable[Message]) -> list[Message]:
    """As they are played to people: new before saved, urgent before others, older before newer."""
    return sorted(messages, key=lambda message: (not message.new, not message.urgent, message.left_at))
