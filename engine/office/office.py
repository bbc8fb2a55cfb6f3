"""An account as it is at this moment: what all its calls share and a dialplan can ask about."""

from __future__ import annotations

from collections.abc import Callable

from engine.events import CallEvent
from engine.office.extensions import Extensions
from engine.office.guesses import Guesses
from engine.office.messages import Messages, RememberedMessages
from engine.office.outside import OutsideCalls
from engine.office.presence import Presence
from engine.office.queues import Queues
from engine.office.rooms import Rooms
from engine.office.shelf import Imagined, Shelf
from engine.office.slots import Slots
from engine.office.standing import Remembered, Standing
from engine.office.turns import Turns
from engine.office.waiting import Waiting


class Office:
    """One account's present state. It outlives reloads; only ``standing``, ``shelf`` and ``messages`` outlive the
    process.
    """

    def __init__(
        self, standing: Standing | None = None, shelf: Shelf | None = None, messages: Messages | None = None
    ) -> None:
        self.standing: Standing = Remembered() if standing is None else standing
        self.shelf: Shelf = Imagined() if shelf is None else shelf
        self.messages: Messages = RememberedMessages() if messages is None else messages
        self.presence = Presence()
        self.extensions = Extensions()
        self.turns = Turns(self.standing)
        self.rooms = Rooms()
        self.queues = Queues(self.presence)
        self.guesses = Guesses()
        self.waiting = Waiting(self.presence)
        self.slots = Slots()
        self.outside = OutsideCalls(self.standing)

    def note(self, event: CallEvent) -> None:
        """Take an event of one of the account's calls."""
        self.presence.note(event)
        self.extensions.note(event)
        self.queues.note(event)
        self.waiting.note(event)
        self.slots.note(event)


class Offices:
    """The offices of all accounts, by the accounts' keys, each made when it is first asked for."""

    def __init__(
        self,
        standing_of: Callable[[str], Standing],
        shelf_of: Callable[[str, Standing], Shelf] | None = None,
        messages_of: Callable[[str], Messages] | None = None,
    ) -> None:
        self._standing_of = standing_of
        self._shelf_of = shelf_of
        self._messages_of = messages_of
        self._offices: dict[str, Office] = {}

    def of(self, account: str) -> Office:
        if account not in self._offices:
            standing = self._standing_of(account)
            shelf = self._shelf_of(account, standing) if self._shelf_of else None
            messages = self._messages_of(account) if self._messages_of else None
            self._offices[account] = Office(standing, shelf, messages)
        return self._offices[account]
