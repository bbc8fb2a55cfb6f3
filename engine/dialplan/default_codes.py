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


_FORWARDS = {"21": "always", "67": "busy", "61": "no_answer", "62": "not_registered"}
"""As in mobile networks (3GPP TS 22.030) and on many lines: ``*21*102#`` sets, ``#21#`` ends, ``*#21#`` asks."""

DEFAULT_CODES = (
    DefaultCode("*22", {"sign_in_or_out": EACH}, each="queues"),
    DefaultCode("*23", {"ready": "yes"}, needs="queues"),
    DefaultCode("*28", {"switch": EACH}, each="switches"),
    *(DefaultCode(f"*{code}", {"forward": why}) for code, why in _FORWARDS.items()),
    *(DefaultCode(f"#{code}", {"forward": why, "set": "off"}) for code, why in _FORWARDS.items()),
    *(DefaultCode(f"*#{code}", {"forward": why, "set": "tell"}) for code, why in _FORWARDS.items()),
    DefaultCode("##002", {"forward": "all", "set": "off"}),
    DefaultCode("*#002", {"forward": "all", "set": "tell"}),
    DefaultCode("*26", {"do_not_disturb": "on"}),
    DefaultCode("#26", {"do_not_disturb": "off"}),
    DefaultCode("*70", {"park": "any"}, needs="parking"),
    DefaultCode("*71", {"pick_up": "parked"}, needs="parking"),
    DefaultCode("*72", {"page": EACH}, each="groups"),
    DefaultCode("*73", {"transfer": "blind"}),
    DefaultCode("*74", {"transfer": "attended"}),
    DefaultCode("*8", {"pick_up": "any"}),
    DefaultCode("*97", {"mailbox": "own"}),
    DefaultCode("*98", {"mailbox": "any"}),
)
