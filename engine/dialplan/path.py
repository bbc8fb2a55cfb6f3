"""Where a caller is in the menus and what was set for their call: all that a walk through a dialplan remembers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from engine.call.ring_plan import PLAIN, Diversion
from media.commands import Sound

if TYPE_CHECKING:
    from engine.call.protocol import Call, Parked
    from engine.dialplan.account import Account
    from engine.dialplan.model import Node
    from engine.dialplan.nodes.menu import Menu
    from engine.dialplan.sound import Announcement


class WayBack(Protocol):
    """Where a transferred caller goes back to, while that is ``open``."""

    @property
    def open(self) -> bool: ...

    @property
    def node(self) -> Node: ...


class Path:
    """The menus a call has gone down into, the innermost last, and whether the caller's own key led on from there.

    Each menu stands in it once, so that it cannot grow: going to a menu that is on the path goes back to it.
    ``language`` is what the caller hears, one of the account's. ``dialled_rest`` are the digits dialled after the star
    code that the call began with.
    """

    __slots__ = (
        "_greeted",
        "_noticed",
        "_way_back",
        "account",
        "chosen",
        "dialled_rest",
        "diverted",
        "language",
        "led_by",
        "menus",
        "parked",
        "parker",
        "priority",
        "shown",
    )

    def __init__(self, account: Account, language: str | None = None) -> None:
        self.account = account
        self.language = language or account.language
        self.menus: list[Menu] = []
        self.chosen = False
        self.shown = PLAIN
        """How the phones rung from here on show the call."""
        self.priority = 0
        """How urgent the call is in queues: the higher, the sooner."""
        self.dialled_rest = ""
        self.diverted: dict[str, Diversion] = {}
        """Whose calls have gone on to others, by name, the first one first, since the caller was in a menu."""
        self.parked: Parked | None = None
        """The slot that somebody has put the caller into who talked to them just now."""
        self.parker: str | None = None
        """Who parked the caller last, when nobody came for them."""
        self.led_by: str | None = None
        """Who has transferred the caller last."""
        self._way_back: WayBack | None = None
        self._greeted: set[str] = set()
        self._noticed: set[str] = set()

    def holds(self, during: str, call: Call) -> bool:
        """Whether hours are open or a switch is on for the call at the moment."""
        return self.account.holds(during, call.now(), call.office.standing)

    def sounds_of(self, announcements: Iterable[Announcement]) -> tuple[Sound, ...]:
        """What the caller hears for the announcements of a node."""
        return self.account.sounds_of(announcements, self.language)

    def prompt(self, name: str) -> tuple[Sound, ...]:
        """A built-in prompt for the caller, or nothing where the installation lacks it."""
        return self.account.prompt(name, self.language)

    @property
    def way_back(self) -> Node | None:
        """Where the caller goes for whom nobody comes, as long as a transfer has not arrived."""
        return self._way_back.node if self._way_back is not None and self._way_back.open else None

    @property
    def dialled_by(self) -> str | None:
        """Who has dialled the number at which the caller is, in their place; None if they have dialled themselves."""
        return self.led_by if self.way_back is not None else None

    def forget_way_back(self) -> None:
        """The caller is on it."""
        self._way_back = None

    def lead_on(self, account: Account, by: str, way_back: WayBack) -> None:
        """Begin anew: somebody who talked to the caller has dialled for them, in the account as it is now."""
        self.account = account
        if self.language not in account.languages:
            self.language = account.language
        self.menus, self.chosen, self.diverted = [], False, {}
        self.shown, self.priority, self.dialled_rest = PLAIN, 0, ""
        self.parked = self.parker = None
        self.led_by, self._way_back = by, way_back
        self._greeted, self._noticed = set(), set()

    def enter(self, menu: Menu) -> Menu:
        """Go into a menu, or back to it."""
        names = [above.name for above in self.menus]
        if menu.name in names:
            del self.menus[names.index(menu.name) + 1 :]
        else:
            self.menus.append(menu)
        return menu

    def back(self) -> Menu | None:
        """The menu above the present one, or this one if it is the first; None outside menus."""
        if len(self.menus) > 1:
            self.menus.pop()
        return self.current

    def top(self) -> Menu | None:
        """The first menu; None outside menus."""
        del self.menus[1:]
        return self.current

    @property
    def current(self) -> Menu | None:
        return self.menus[-1] if self.menus else None

    def first_visit(self, menu: Menu) -> bool:
        """Whether the caller has not heard this menu's greeting yet; from now on they have."""
        if menu.name in self._greeted:
            return False
        self._greeted.add(menu.name)
        return True

    def first_notice(self, notice: str) -> bool:
        """Whether the caller has not heard this notice in this call; from now on they have."""
        if notice in self._noticed:
            return False
        self._noticed.add(notice)
        return True
