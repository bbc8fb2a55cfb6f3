"""What a kind of node tells about itself for a picture: its shape, and the texts in its box.

Every kind has a box without saying anything here: its name, and a row for each of its exits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType


class Shape(Enum):
    """What a box stands for: decides its colour and its sign.

    ``END`` and ``BACK`` are no boxes: they are written where an arrow to them would begin.
    """

    NUMBER = "number"
    HOURS = "hours"
    MENU = "menu"
    PERSON = "person"
    GROUP = "group"
    VOICEMAIL = "voicemail"
    SOUND = "announcement"
    STEP = "step"
    END = "end"
    BACK = "back"


IN_PLACE = (Shape.END, Shape.BACK)
TALKS = (Shape.PERSON, Shape.GROUP)
"""Here an exit without a destination goes without saying: somebody answered, or has set by phone where calls go."""


@dataclass(frozen=True, slots=True)
class Caption:
    """The texts in a node's box.

    ``badge`` is short and stands out, such as an extension; ``notes`` are small lines below the title. ``ways`` has the
    texts of exits whose names do not say enough: a label and small lines below it. ``rest`` is what several exits that
    lead the same way are called together.
    """

    title: str
    badge: str = ""
    notes: tuple[str, ...] = ()
    ways: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    rest: str = ""
