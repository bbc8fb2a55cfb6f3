"""Mailboxes: each person has one, and several people may share one. What the file says of them, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from engine.call.protocol import Call, Sound
from engine.dialplan.durations import KeepTime, MessageLimit, SilenceLimit
from engine.dialplan.findings import Wrong
from engine.dialplan.greetings import OF_MAILBOX
from engine.dialplan.model import Section
from engine.dialplan.sound import Announcements
from engine.dialplan.source import SourceList
from engine.dialplan.values import Email, Extension, PersonName, Pin, Truth
from engine.events import MailboxChanged, MailboxUsed
from engine.office.messages import count
from engine.office.shelf import file_name
from media.commands import File

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Person

MAX_PEOPLE = 100
MAX_ADDRESSES = 20
DEFAULT_LIMIT = 180.0
DEFAULT_SILENCE = 6.0


class MailboxSettings(Section):
    """What can be said of any mailbox."""

    pin: Pin | None = Field(
        default=None, description="4 to 12 digits that open it by phone, until they are changed by phone"
    )
    greeting: Announcements | None = Field(
        default=None, description="What callers hear before the beep, until one is recorded by phone"
    )
    limit: MessageLimit = Field(default=DEFAULT_LIMIT, description="The longest message")
    silence: SilenceLimit = Field(default=DEFAULT_SILENCE, description="So much silence ends a message")
    keep: KeepTime | None = Field(
        default=None, description="How long heard messages are kept, such as 30 days; else until they are deleted"
    )
    delete_after_email: Truth = Field(
        default=False, description="Whether a message that was sent by e-mail is deleted here"
    )


class PersonalMailbox(MailboxSettings):
    """A person's mailbox.

    ```yaml
    voicemail: {pin: "4711", greeting: away.wav, email: no, keep: 30 days}
    ```
    """

    email: Truth = Field(default=True, description="Whether messages are sent to the person's e-mail address")


def _as_people(value: Any) -> Any:
    people = list(value) if isinstance(value, SourceList | tuple) else [value]
    if not 1 <= len(people) <= MAX_PEOPLE:
        raise Wrong("this is no list of people", f"expected 1 to {MAX_PEOPLE}, such as [orders, front-desk]")
    return people


def _as_addresses(value: Any) -> Any:
    addresses = list(value) if isinstance(value, SourceList | tuple) else [value]
    if not 1 <= len(addresses) <= MAX_ADDRESSES:
        raise Wrong("this is no list of e-mail addresses", f"expected 1 to {MAX_ADDRESSES}")
    return addresses


_NAMES = {"type": ["string", "integer"]}
_TEXT = {"type": "string"}


class SharedMailbox(MailboxSettings):
    """One of the ``mailboxes``: several people hear its messages.

    ```yaml
    mailboxes:
      sales: {extension: 800, pin: "4711", people: [orders, front-desk], email: sales@bakery.example}
    ```
    """

    extension: Extension | None = Field(
        default=None, description="Its number: the account's phones leave a message there, and `*98` asks for it"
    )
    people: Annotated[
        tuple[PersonName, ...],
        BeforeValidator(_as_people),
        WithJsonSchema({"anyOf": [_NAMES, {"type": "array", "items": _NAMES, "minItems": 1}]}),
    ] = Field(default=(), description="Who opens it from their own phones without a PIN")
    email: Annotated[
        tuple[Email, ...],
        BeforeValidator(_as_addresses),
        WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
    ] = Field(default=(), description="Where its messages are sent: an e-mail address or a list of them")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox, whoever's it is. ``number`` is what people type to get at it, ``people`` are those whose it is."""

    name: str
    number: str | None
    people: frozenset[str]
    emails: tuple[str, ...]
    settings: MailboxSettings

    def own_greeting(self, call: Call) -> tuple[Sound, ...]:
        """The greeting that was recorded by phone; nothing if none was, or its file is gone."""
        file = call.office.standing.get(f"{OF_MAILBOX}{self.name}")
        path = call.office.shelf.find(file) if file else None
        return (File(path),) if path else ()

    def use_greeting(self, call: Call, draft: str | None) -> None:
        """Let callers hear a draft from now on, or again what the file says (None). Raises OSError."""
        shelf = call.office.shelf
        file = shelf.keep(draft, file_name("mailbox", self.name)) if draft else None
        call.office.standing.put(f"{OF_MAILBOX}{self.name}", file)
        shelf.sweep()


def mailboxes_of(people: Mapping[str, Person], shared: Mapping[str, SharedMailbox]) -> dict[str, Mailbox]:
    """All mailboxes of an account, by name."""
    found = {
        name: Mailbox(
            name,
            person.extension,
            frozenset({name}),
            (person.email,) if person.email and person.voicemail.email else (),
            person.voicemail,
        )
        for name, person in people.items()
    }
    for name, mailbox in shared.items():
        found[name] = Mailbox(name, mailbox.extension, frozenset(mailbox.people), mailbox.email, mailbox)
    return found


def title_of(account: Account, mailbox: str) -> str:
    """How a picture or an e-mail calls a mailbox."""
    person = account.people.get(mailbox)
    return (person.name if person else None) or mailbox


# --- telling of what happens in them ----------------------------------------------------------------------------------


def tell_use(call: Call, mailbox: str, what: str) -> None:
    call.emit(lambda c, t: MailboxUsed(c, t, mailbox, what))


def tell_change(call: Call, account: str, mailbox: str) -> None:
    """Tell how many messages the mailbox has now."""
    now = count(call.office.messages.of(mailbox))
    call.emit(lambda c, t: MailboxChanged(c, t, account, mailbox, now.new, now.saved))
