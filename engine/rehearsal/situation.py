"""A call to be rehearsed: when it comes, who calls whom, what the caller does and what the phones do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.call.script import Ahead, OtherCall, Phone, PickUp
from engine.call.simulated_leg import usual_seconds
from engine.dialplan.account import Account
from engine.dialplan.values import MAX_EXTENSION_LENGTH
from engine.events import CallOffered
from engine.numbering import Numbering, e164
from engine.office.messages import Count, Message, RememberedMessages
from engine.office.office import Office
from engine.office.standing import Remembered
from engine.rehearsal.given import outside_number
from engine.rehearsal.keys import KeyMoments
from engine.router import Route, route_outsider, route_person
from media.commands import File
from sip.message.values import NameAddr, Uri

SPEAKS = 10.0
OUTSIDE = "outside.invalid"
MESSAGE = "message.wav"
"""What every message that is there before the call is called."""
LEFT_AGO = 3600.0
"""Seconds since the newest of them was left."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is given in a rehearsal, for the simulator and for live calls alike.

    ``begins_at`` is seconds since the epoch; ``hangs_up_at`` and the keys' moments are seconds from there. ``home`` is
    the domain of the account whose extension ``caller`` is; None for a caller from outside. ``phones`` has the
    registered ones by extension, ``ahead`` those who wait in queues already; ``speaks`` is how many seconds the caller
    talks into a recording. ``others`` are calls that can be taken over. ``voicemail`` says what is in mailboxes.
    """

    begins_at: float
    caller: str
    called: str
    home: str | None = None
    keys: KeyMoments = ()
    phones: Mapping[str, Phone] = field(default_factory=dict)
    hangs_up_at: float | None = None
    speaks: float = SPEAKS
    standing: Mapping[str, str] = field(default_factory=dict)
    ahead: Sequence[Ahead] = ()
    others: tuple[OtherCall, ...] = ()
    voicemail: Mapping[str, Count] = field(default_factory=dict)

    def route(self, numbering: Numbering) -> Route | None:
        """Where the call leads, by the rules that live calls are led by; None if there is no such number."""
        if self.home is not None:
            return route_person(numbering, self.home, self.caller, self.called)
        return route_outsider(numbering, self.called, self.shown())

    def shown(self) -> NameAddr:
        """The caller as their INVITE shows them."""
        return NameAddr("", Uri("sip", self.caller, None, self.home or OUTSIDE, None, (), ()), ())

    def pick_ups(self, account: Account) -> tuple[PickUp, ...]:
        """Those who take this call over."""
        return tuple(
            PickUp(account.person_by_extension[extension], extension, phone.picks_up_after, phone)
            for extension, phone in self.phones.items()
            if phone.picks_up_after is not None and extension in account.person_by_extension
        )

    def office(self, account: Account) -> Office:
        """The account as the call finds it: what people have set, and the busy ones on the phone with somebody."""
        office = Office(Remembered(self.standing), messages=RememberedMessages(self.messages(account)))
        for extension, person in account.person_by_extension.items():
            phone = self.phones.get(extension)
            if phone is not None and phone.busy:
                elsewhere = f"another call of {person}"
                office.note(CallOffered(elsewhere, self.begins_at, account.key, extension, "", person))
        return office

    def messages(self, account: Account) -> Iterator[Message]:
        """What is in the mailboxes when the call comes."""
        for mailbox, there in self.voicemail.items():
            heard = [None] * there.new + [self.begins_at - LEFT_AGO] * there.saved
            for number, heard_at in enumerate(heard):
                yield Message(
                    path=f"{mailbox}/{number}/{MESSAGE}",
                    account=account.key,
                    mailbox=mailbox,
                    caller=outside_number(account.country),
                    call="",
                    left_at=self.begins_at - LEFT_AGO - 60.0 * (len(heard) - number),
                    seconds=usual_seconds(File(MESSAGE)),
                    heard_at=heard_at,
                    urgent=number < there.urgent,
                )


def as_signalled(number: str, country: str) -> str:
    """A caller's number as networks hand it on: E.164 if it is one, else as it stands, without blanks."""
    plain = "".join(number.split())
    return (len(plain) > MAX_EXTENSION_LENGTH and e164(plain, country)) or plain


class InTurn(Mapping[str, Phone]):
    """Phones that react differently each time they ring: the first reaction first, the last one from then on."""

    def __init__(self, reactions: Mapping[str, Sequence[Phone]]) -> None:
        self._left = {extension: list(phones) for extension, phones in reactions.items()}

    def __getitem__(self, extension: str) -> Phone:
        phones = self._left[extension]
        return phones.pop(0) if len(phones) > 1 else phones[0]

    def __contains__(self, extension: object) -> bool:
        return extension in self._left  # and nobody rings for being asked this

    def __iter__(self) -> Iterator[str]:
        return iter(self._left)

    def __len__(self) -> int:
        return len(self._left)
