"""What is said at the control door, both ways: frozen values, in msgpack on the wire.

Times are seconds since the epoch.
"""

from __future__ import annotations

from enum import Enum

import msgspec


class _Message(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Tagged by its class's name."""


# --- what is told of -------------------------------------------------------------------------------------------------


class Phone(msgspec.Struct, frozen=True, omit_defaults=True):
    """One registered phone of a person. ``address`` is where its packets come from.

    ``silent_since`` is set for one that does not answer any more; calls do not wait for it.
    """

    account: str
    extension: str
    person: str
    user_agent: str
    address: str
    transport: str
    registered_at: float
    expires_at: float
    silent_since: float | None = None


class CallState(Enum):
    """Where a call is: what its caller has come to last."""

    OFFERED = "offered"
    NODE = "node"  # the last step of the path: a menu, an announcement, voicemail ...
    RINGING = "ringing"
    TALKING = "talking"
    QUEUE = "queue"
    PARKED = "parked"
    CONFERENCE = "conference"


class Call(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call in progress. ``caller``, ``person`` and ``diverted`` as in ``CallOffered``; ``path`` as in a call record.

    ``state`` is as it has been ``state_since``; ``with_whom`` says who rings or talks, by the names of the dialplan, or
    the queue, slot or conference.
    """

    id: str
    account: str
    caller: str
    called: str
    since: float
    state: CallState
    state_since: float
    person: str | None = None
    diverted: str | None = None
    answered_at: float | None = None
    path: tuple[str, ...] = ()
    with_whom: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding of the check, as ``engine.dialplan.findings`` has it; ``text`` is all of it as one line."""

    file: str
    line: int
    column: int
    text: str


# --- what is asked ---------------------------------------------------------------------------------------------------


class ListPhones(_Message, frozen=True):
    """Who is registered: Phones. Of one account, or of all."""

    account: str | None = None


class ListCalls(_Message, frozen=True):
    """Which calls are in progress: Calls."""

    account: str | None = None


class Reload(_Message, frozen=True):
    """Read the dialplans anew: Reloaded or NotReloaded."""


class Ring(_Message, frozen=True):
    """Call somebody's phones and let whoever answers hear a prompt: TestCallBegan, then TestCallEnded."""

    account: str
    extension: str


class Watch(_Message, frozen=True):
    """Be told what happens from now on, of one account or of all: Watching, then news without end."""

    account: str | None = None


Request = ListPhones | ListCalls | Reload | Ring | Watch

# --- answers ---------------------------------------------------------------------------------------------------------


class Phones(_Message, frozen=True):
    phones: tuple[Phone, ...]


class Calls(_Message, frozen=True):
    calls: tuple[Call, ...]


class Reloaded(_Message, frozen=True):
    """The new dialplans count from the next call on; ``changes`` in sentences."""

    changes: tuple[str, ...]


class NotReloaded(_Message, frozen=True):
    """Those of before still count. ``reason`` is a sentence; ``findings`` say where, if a file is to blame."""

    reason: str
    findings: tuple[Finding, ...] = ()


class TestCallBegan(_Message, frozen=True):
    """So many phones are being called."""

    __test__ = False  # nothing for pytest to collect

    phones: int


class TestCallEnded(_Message, frozen=True):
    """``outcome``: heard (the prompt, to its end), answered (and hung up before), or as in ``RingingEnded``."""

    __test__ = False

    outcome: str


class Watching(_Message, frozen=True):
    """What happens from here on is told."""


class RefusalReason(Enum):
    MALFORMED = "malformed"
    TOO_LONG = "too long"
    TOO_LATE = "too late"
    ONE_REQUEST = "one request a connection"
    TOO_MANY = "too many connections"
    NOT_THE_USER = "another user"
    UNKNOWN_PERSON = "unknown person"
    NOT_REGISTERED = "not registered"
    RINGS_ALREADY = "rings already"
    TOO_MANY_RING = "too many test calls"
    INTERNAL = "internal error"


class Refused(_Message, frozen=True):
    """It was not done; ``text`` says why in a sentence."""

    reason: RefusalReason
    text: str


Answer = Phones | Calls | Reloaded | NotReloaded | TestCallBegan | TestCallEnded | Watching | Refused

# --- news ------------------------------------------------------------------------------------------------------------


class CallNews(_Message, frozen=True):
    """``what`` (an event of ``engine.events``, by name) has happened, and the ``call`` is now like this."""

    what: str
    at: float
    call: Call


class CallOver(_Message, frozen=True):
    """The call has ended; the rest as in ``CallEnded``."""

    at: float
    call: Call
    verdict: str
    ended_by: str
    reason: str
    seconds: float
    talked: float = 0.0
    answered_by: str | None = None


class PhonesNews(_Message, frozen=True):
    """These are a person's phones now."""

    account: str
    extension: str
    phones: tuple[Phone, ...]


class MailboxNews(_Message, frozen=True):
    """So many messages are in a mailbox now."""

    account: str
    mailbox: str
    new: int
    saved: int


class PlansNews(_Message, frozen=True):
    """Dialplans were reloaded."""


class LookAgain(_Message, frozen=True):
    """Some news were left out, as they were not read fast enough: ask for what is now."""


News = CallNews | CallOver | PhonesNews | MailboxNews | PlansNews | LookAgain

CallChange = CallNews | CallOver


def account_of(news: News) -> str | None:
    """Whose news these are; None for everybody's."""
    match news:
        case CallNews(call=call) | CallOver(call=call):
            return call.account
        case PhonesNews(account=account) | MailboxNews(account=account):
            return account
        case _:
            return None
