"""The star codes that every account has unless its ``features`` say otherwise: data only.

A kind of node that people should be able to dial adds its line here, and to the table in docs/dialplan.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EACH = "<each>"
"""Stands for the name of an entry in ``DefaultCode.leads_to``."""
MAX_EACH = 9
"""A default code has one digit for the entry."""


@dataclass(frozen=True, slots=True)
class DefaultCode:
    """A code and the destination it leads to, as a file would write it.

    With ``each`` there is a code for each of the first entries of that section of the file, in its order: the code
    followed by 1 to 9, where EACH stands for the entry's name. With ``needs`` it is there for accounts only that have
    something in that section.
    """

    code: str
    leads_to: Mapping[str, str]
    each: str = ""
    needs: str = ""


DEFAULT_CODES = (
    DefaultCode("*22", {"sign_in_or_out": EACH}, each="queues"),
    DefaultCode("*23", {"ready": "yes"}, needs="queues"),
    DefaultCode("*28", {"switch": EACH}, each="switches"),
    DefaultCode("*70", {"park": "any"}, needs="parking"),
    DefaultCode("*71", {"pick_up": "parked"}, needs="parking"),
    DefaultCode("*72", {"page": EACH}, each="groups"),
    DefaultCode("*8", {"pick_up": "any"}),
    DefaultCode("*97", {"mailbox": "own"}),
    DefaultCode("*98", {"mailbox": "any"}),
)
