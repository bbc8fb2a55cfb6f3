"""All that can be done about the greetings of one account: what pages, the API and commands are doors to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.dialplan.languages import LAST_RESORT
from engine.settings import Settings
from engine.store.store import Store
from web.editing.accounts import account_of
from web.editing.plan import Plan
from web.editing.plans import Plans, Saved
from web.greeting import by_phone
from web.greeting.by_phone import ByPhone
from web.greeting.choosing import MenuGreeting, greetings_of, with_recording, with_text
from web.greeting.decoding import decode
from web.greeting.kept import Kept, KeptGreetings
from web.mistakes import refused
from web.words import say


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of choosing a greeting: the plan as it was saved, and how many recordings by phone gave way."""

    saved: Saved
    gave_way: int


class GreetingDesk:
    """The greetings of an account whose dialplan is there."""

    def __init__(self, settings: Settings, store: Store, account: str) -> None:
        self.plans = Plans(settings, store)
        self.plans.path(account)
        self.account = account
        self._settings = settings
        self._standing = store.standing
        self._kept = KeptGreetings(settings, account)

    # --- what is there ------------------------------------------------------------------------------------------------

    def kept(self) -> list[Kept]:
        """The recordings that are kept, the newest first."""
        return self._kept.all()

    def plan(self) -> Plan:
        """The plan as it is now."""
        return self.plans.read(self.account)

    def menus(self) -> list[MenuGreeting]:
        """What callers of each menu hear first, as the plan says."""
        return greetings_of(self.plan())

    def language(self) -> str:
        """The language that texts are spoken in."""
        return account_of(self.plan()).language or LAST_RESORT

    def by_phone(self) -> list[ByPhone]:
        """What was recorded by phone, and is heard in place of what the plan says."""
        self._standing.refresh()
        return by_phone.recorded(self.account, self._settings, self._standing)

    def sound(self, name: str) -> Path:
        """The file of a recording, kept or made by phone. Raises Mistakes if there is none."""
        path = self._kept.find(name) or by_phone.find(self.account, name, self._settings, self._standing)
        if path is None:
            raise refused("name", say("There is no such greeting any more."))
        return path

    # --- what can be done ---------------------------------------------------------------------------------------------

    def keep(self, data: bytes, label: str, now: float) -> Kept:
        """Make a greeting of a file that somebody sent, and keep it. Takes a second. Raises Mistakes."""
        return self._kept.keep(decode(data), label, now)

    def use(self, menu: str, name: str, *, author: str, now: float) -> Chosen:
        """Have callers of a menu hear a recording that is kept. Raises Mistakes, Unsound or Stale."""
        if self._kept.find(name) is None:
            raise refused("name", say("There is no such greeting any more."))
        plan = with_recording(self.plan(), menu, self._kept.play_name(name))
        what = say("greeting of {menu}: a recording", menu=menu)
        return self._chosen(menu, self.plans.save(self.account, plan, author=author, what=what, now=now))

    def use_text(self, menu: str, text: str, *, author: str, now: float) -> Chosen:
        """Have callers of a menu hear a text that is spoken. Raises Mistakes, Unsound or Stale."""
        plan = with_text(self.plan(), menu, text)
        what = say("greeting of {menu}: a text", menu=menu)
        return self._chosen(menu, self.plans.save(self.account, plan, author=author, what=what, now=now))

    def _chosen(self, menu: str, saved: Saved) -> Chosen:
        # what was recorded by phone would be heard in place of what somebody has just chosen
        return Chosen(saved, self.forget_by_phone(menu))

    def forget_by_phone(self, menu: str) -> int:
        """Have callers of a menu hear again what the plan says; how many recordings there were."""
        self._standing.refresh()
        return by_phone.forget(self.account, menu, self._standing)

    def remove(self, name: str) -> None:
        """Remove a recording that no plan names. Raises Mistakes."""
        self._kept.remove(name)
