"""Extensions: the next free one, and why another will not do, said before a caller or a colleague finds out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Final

from engine.dialplan.account import Account
from engine.dialplan.calling_out import emergency_number
from engine.dialplan.number_kinds import is_emergency, is_short
from engine.dialplan.values import MAX_EXTENSION_LENGTH, MIN_EXTENSION_LENGTH
from web.words import Sentence, say

USUAL_LENGTH: Final = 3
FIRST_DIGITS: Final = "8765432"
"""With what proposed extensions begin: the keys that menus use last come first, and never 0, 1 and 9, with which many
countries' outside lines and emergency numbers begin."""
LENGTHS: Final = range(MIN_EXTENSION_LENGTH, MAX_EXTENSION_LENGTH + 1)
SLOT: Final = say("a slot in which callers are parked")
MAILBOX: Final = say("a mailbox")


class Extensions:
    """The extensions of an account with this plan (None before there is one). New ones have ``length`` digits.

    ``of`` is a person whose own one does not count as taken.
    """

    def __init__(
        self, account: Account | None, country: str, length: int | None = None, *, of: str | None = None
    ) -> None:
        self._account = account
        self._country = country
        people = account.people if account else {}
        self._own = people[of].extension if of is not None and of in people else None
        self._given = {person.extension: person.name or name for name, person in people.items() if name != of}
        self.length = length or usual_length(self._given)
        shared = account.shared_mailboxes.values() if account else ()
        mailboxes = [mailbox.extension for mailbox in shared if mailbox.extension]
        slots = account.slots if account else {}
        self._others = {**dict.fromkeys(slots, SLOT), **dict.fromkeys(mailboxes, MAILBOX)}
        self._keys = _keys_of_menus(account) if account else {}
        alike = [int(each) for each in self._given if len(each) == self.length and each[0] != "0"]
        self._highest = max(alike, default=0)
        self._begun: set[str] = set()
        for number in (*self._given, *self._others):
            self._begun |= _beginnings(number)

    def give(self, extension: str, to: str) -> None:
        """It is somebody's from now on, who is about to be added."""
        self._given[extension] = to
        self._begun |= _beginnings(extension)

    def problem(self, extension: str) -> Sentence | None:
        """Why somebody can't have it; None if they can."""
        if not (extension.isascii() and extension.isdigit()):
            return say("An extension has digits only, such as {example}.", example=self.next() or "801")
        if not MIN_EXTENSION_LENGTH <= len(extension) <= MAX_EXTENSION_LENGTH:
            return say(
                "An extension has {least} to {most} digits.", least=MIN_EXTENSION_LENGTH, most=MAX_EXTENSION_LENGTH
            )
        if extension == self._own:
            return None
        if len(extension) != self.length:
            return say("Extensions of this account have {length} digits.", length=self.length)
        return self._taken(extension) or self._means_more(extension)

    def next(self) -> str | None:
        """The next free one, that nobody has to wait for; None if there is none of this length."""
        for extension in self._candidates():
            if self._taken(extension) is None and self._means_more(extension) is None:
                return extension
        return None

    def _taken(self, extension: str) -> Sentence | None:
        if extension in self._given:
            return say("{extension} is the extension of {person}.", extension=extension, person=self._given[extension])
        if extension in self._others:
            return say(
                "{extension} is taken: it is the number of {what}.", extension=extension, what=self._others[extension]
            )
        named = self._account is not None and emergency_number(self._account, extension) is not None
        if named or is_emergency(extension, self._country):
            return say("{extension} is an emergency number: whoever dials it needs help.", extension=extension)
        return None

    def _means_more(self, extension: str) -> Sentence | None:
        """What would keep callers waiting for another digit who don't wait for it yet, or lead them elsewhere."""
        for key, menus in self._keys.items():
            if key == extension:
                return say(
                    "{extension} is a key of the menu {menu}, which callers would get.", extension=extension, menu=menus
                )
            if extension.startswith(key) and key not in self._begun:
                return say(
                    "It begins with {key}, a key of the menu {menu}: whoever presses {key} there would wait for another"
                    " digit.",
                    key=key,
                    menu=menus,
                )
        if extension in self._begun or any(
            each in self._given or each in self._others for each in _beginnings(extension)
        ):
            return say(
                "{extension} and another number begin alike, and one goes on: whoever dials the shorter one would wait"
                " for another digit.",
                extension=extension,
            )
        if self._account:
            doubts = self._account.features.doubts
            if len(list(doubts([extension]))) > len(list(doubts(()))):
                return say("With a star code before it, {extension} would be another star code.", extension=extension)
        return None

    def _candidates(self) -> Iterator[str]:
        """After the highest of the same length first, then before it, then with another first digit."""
        size = 10 ** (self.length - 1)
        highest = self._highest
        if len(str(highest)) == self.length:
            digit = highest // size
            yield from map(str, chain(range(highest + 1, (digit + 1) * size), range(digit * size + 1, highest)))
        for first in FIRST_DIGITS:
            for extension in map(str, range(int(first) * size + 1, (int(first) + 1) * size)):
                if not is_short(extension, self._country):
                    yield extension


def _beginnings(extension: str) -> set[str]:
    """What is dialled on the way to an extension."""
    return {extension[:length] for length in range(1, len(extension))}


def usual_length(extensions: Collection[str]) -> int:
    """How many digits most extensions have."""
    lengths = [len(each) for each in extensions]
    return max(sorted(set(lengths)), key=lengths.count) if lengths else USUAL_LENGTH


def _keys_of_menus(account: Account) -> dict[str, str]:
    """The keys of menus where callers may dial extensions, and the names of those menus."""
    keys: dict[str, list[str]] = {}
    for name, menu in account.menus.items():
        if menu.dial_extensions:
            for key in menu.choices:
                keys.setdefault(key, []).append(name)
    return {key: ", ".join(menus) for key, menus in keys.items()}
