"""Whom a text is for: a person by extension or name, or everybody of a group."""

from __future__ import annotations

from enum import Enum

from engine.dialplan.account import Account


class Nobody(Enum):
    """Why a text is for nobody; the value is the status that its sender gets."""

    UNKNOWN = 404
    TAKES_NO_TEXTS = 405


def recipients(account: Account, number: str, sender: str) -> tuple[str, ...] | Nobody:
    """The people whom a text to ``number`` is for, by name; of a group all members but its ``sender``.

    A menu, a queue, a parking slot or a star code can be called, but reads nothing.
    """
    person = account.person_by_extension.get(number) or (number if number in account.people else None)
    if person is not None:
        return (person,)
    if number in account.groups:
        return tuple(name for name in account.groups[number].in_order if name != sender) or Nobody.UNKNOWN
    by_name = (account.menus, account.queues, account.conferences, account.slots, account.mailbox_by_number)
    if any(number in section for section in by_name) or account.features.find(number) is not None:
        return Nobody.TAKES_NO_TEXTS
    return Nobody.UNKNOWN
