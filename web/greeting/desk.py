"""All that can be done about the greetings of one account: what pages, the API and commands are doors to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.dialplan.languages import LAST_RESORT
from engine.settings import Settings
from engine.store.store import Store
from web.accounts.audit import audit
from web.editing.accounts import account_of
from web.editing.difference import DifferenceLine, difference
from web.editing.plan import Plan
from web.editing.plans import Plans, Saved
from web.greeting import by_phone
from web.greeting.by_phone import ByPhone, Code
from web.greeting.choosing import MenuGreeting, greetings_of, with_recording, with_text
from web.greeting.decoding import decode
from web.greeting.kept import Kept, KeptGreetings
from web.mistakes import Mistakes, refused
from web.words import Sentence, say


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of choosing a greeting: the plan as it was saved, and how many recordings by phone gave way."""

    saved: Saved
    gave_way: int


@dataclass(frozen=True, slots=True)
class Change:
    """A version of the plan, the one ``before`` it, and the lines that differ."""

    version: int
    before: int
    lines: list[DifferenceLine]


class GreetingDesk:
    """The greetings of an account whose dialplan is there."""

    def __init__(self, settings: Settings, store: Store, account: str) -> None:
        self.plans = Plans(settings, store)
        self.plans.path(account)
        self.account = account
        self._settings = settings
        self._store = store
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

    def codes(self) -> list[Code]:
        """What people dial to record greetings, as the plan has it."""
        return by_phone.codes(self.plan())

    def changed_by(self, version: int) -> Change | None:
        """What a version of the plan changed; None if there is none to compare it with."""
        before = self.plans.number_before(self.account, version)
        if before is None:
            return None
        try:
            new, old = (self.plans.version(self.account, number).text for number in (version, before))
        except Mistakes:
            return None
        return Change(version, before, difference(old, new))

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

    def keep(self, data: bytes, label: str, *, author: str, now: float) -> Kept:
        """Make a greeting of a file that somebody sent, and keep it. Takes a second. Raises Mistakes."""
        kept = self._kept.keep(decode(data), label, now)
        self._audit(author, say("kept the greeting {name}", name=kept.name), now)
        return kept

    def use(self, menu: str, name: str, *, author: str, now: float) -> Chosen:
        """Have callers of a menu hear a recording that is kept. Raises Mistakes, Unsound or Stale."""
        if self._kept.find(name) is None:
            raise refused("name", say("There is no such greeting any more."))
        plan = with_recording(self.plan(), menu, self._kept.play_name(name))
        return self._chosen(menu, plan, say("greeting of {menu}: a recording", menu=menu), author, now)

    def use_text(self, menu: str, text: str, *, author: str, now: float) -> Chosen:
        """Have callers of a menu hear a text that is spoken. Raises Mistakes, Unsound or Stale."""
        plan = with_text(self.plan(), menu, text)
        return self._chosen(menu, plan, say("greeting of {menu}: a text", menu=menu), author, now)

    def _chosen(self, menu: str, plan: Plan, what: Sentence, author: str, now: float) -> Chosen:
        saved = self.plans.save(self.account, plan, author=author, what=what, now=now)
        self._audit(author, say("chose another greeting for {menu}", menu=menu), now, "\n".join(saved.changes))
        # what was recorded by phone would be heard in place of what somebody has just chosen
        return Chosen(saved, self._forget(menu))

    def remove(self, name: str, *, author: str, now: float) -> None:
        """Remove a recording that no plan names. Raises Mistakes."""
        self._kept.remove(name)
        self._audit(author, say("removed the greeting {name}", name=name), now)

    # --- by phone -----------------------------------------------------------------------------------------------------

    def allow_by_phone(self, pin: str, menu: str = "", *, author: str, now: float) -> tuple[Saved, str]:
        """Have people record the greeting of a menu ("" for all) by phone; the code to dial. Raises as ``use`` does."""
        plan, dial = by_phone.with_code(self.plan(), pin, menu)
        what = say("greetings can be recorded by phone with {code}", code=dial)
        saved = self.plans.save(self.account, plan, author=author, what=what, now=now)
        self._audit(author, what, now)
        return saved, dial

    def forbid_by_phone(self, dial: str, *, author: str, now: float) -> Saved:
        """Take such a code out of the plan; what was recorded stays. Raises as ``use`` does."""
        plan = by_phone.without_code(self.plan(), dial)
        what = say("greetings cannot be recorded by phone with {code} any more", code=dial)
        saved = self.plans.save(self.account, plan, author=author, what=what, now=now)
        self._audit(author, what, now)
        return saved

    def forget_by_phone(self, menu: str, *, author: str, now: float) -> int:
        """Have callers of a menu hear again what the plan says; how many recordings there were."""
        gone = self._forget(menu)
        if gone:
            self._audit(author, say("took back what was recorded by phone for {menu}", menu=menu), now)
        return gone

    def _forget(self, menu: str) -> int:
        self._standing.refresh()
        return by_phone.forget(self.account, menu, self._standing)

    def _audit(self, who: str, what: Sentence, now: float, detail: str = "") -> None:
        audit(self._store, self.account, who, what, now, detail)
