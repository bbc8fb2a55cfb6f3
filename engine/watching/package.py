"""An event package: what can be watched by its name, how that stands, and the document that tells it to a phone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

from engine.dialplan.account import Account
from engine.office.messages import Count
from engine.office.office import Office

Key = tuple[str, str]
"""What has changed, by kind and name: ``("person", "anna")``, ``("slot", "701")``, ``("fact", "switch/night")``,
``("mailbox", "sales")``, ``("phones", "101")``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is looked at: an account as its file is now, and as it stands at this moment."""

    account: Account
    office: Office
    is_registered: Callable[[str], bool]
    """Whether any phone of an extension is there."""
    waiting: Callable[[str], Count]
    """How many messages a mailbox has."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that can be watched by somebody: ``keys`` are what it depends on, ``look`` says how it stands."""

    keys: tuple[Key, ...]
    look: Callable[[], Hashable]


class Package(Protocol):
    """One event package of RFC 6665. Adding one is a file, and a line in ``watching.PACKAGES``."""

    event: str
    content_type: str

    def find(self, place: Place, person: str, number: str) -> Seen | None:
        """What ``number`` (the user part of the URI that is watched) means on a phone of ``person``; None if nothing
        that this person may watch."""
        ...

    def write(self, stands: Hashable, entity: str, version: int) -> bytes:
        """How it stands, as phones read it. ``entity`` is the URI that is watched, ``version`` counts up from 0."""
        ...
