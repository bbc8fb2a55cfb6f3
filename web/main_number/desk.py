"""A plan on the desk: what pages show of it, a change that is looked at before it is saved, and its picture."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from engine.dialplan.findings import Finding
from engine.drawing.graph import graph_of
from engine.drawing.svg import svg_of
from engine.settings import Settings
from engine.store.store import Store
from web.accounts.audit import audit
from web.editing.changes import said_of
from web.editing.checking import Checked
from web.editing.difference import DifferenceLine, difference, unified
from web.editing.merging import Part
from web.editing.plan import Plan
from web.editing.plans import Plans, Saved
from web.greeting.kept import KeptGreetings
from web.main_number.forms import Option
from web.mistakes import Mistakes, Stale
from web.words import Sentence, say

MAX_PICTURE = 600_000
"""Characters of a picture that is sent with a page; larger ones are not shown."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A change before it is saved. ``theirs`` is what somebody else has changed meanwhile, ``stale`` who.

    ``parts`` have been changed by both: there this change would take the place of the other.
    """

    plan: Plan
    lines: list[DifferenceLine]
    changes: tuple[Sentence, ...]
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    stale: Sentence | None = None
    theirs: tuple[DifferenceLine, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def can_be_saved(self) -> bool:
        return bool(self.lines) and not self.errors


class Desk:
    """The plan of one account, for its managers. Raises Mistakes where there is none."""

    def __init__(self, settings: Settings, store: Store, account: str) -> None:
        self.settings, self.account = settings, account
        self._store = store
        self.plans = Plans(settings, store)
        self.plan = self.plans.opened(account)

    def based_on(self, digest: str) -> Plan:
        """The plan that a form was made of. Raises Stale if that is not known any more."""
        if not digest or digest == self.plan.digest:
            return self.plan
        before = self.plans.before(self.account, Plan("", digest))
        if before is None:
            raise Stale(
                say("The plan has changed since this page was loaded. Load it again, and make your change anew.")
            )
        return before

    def review(self, mine: Plan) -> Reviewed:
        """What saving ``mine`` would do, together with what somebody else has done meanwhile."""
        now = self.plan
        if mine.digest == now.digest:
            return self._reviewed(now, mine)
        base = self.plans.before(self.account, mine)
        theirs = tuple(difference(base.text, now.text)) if base else ()
        stale = self.plans.changed_by(self.account)
        merged = self.plans.merge(self.account, mine)
        return self._reviewed(now, merged.plan or mine.on(now), stale, theirs, merged.parts)

    def check(self, plan: Plan) -> Checked:
        """What the engine makes of a manager's plan. Raises Mistakes where the engine is not even to look at it."""
        self.plans.permit(self.account, plan)
        return self.plans.check(self.account, plan)

    def _reviewed(
        self,
        now: Plan,
        mine: Plan,
        stale: Sentence | None = None,
        theirs: tuple[DifferenceLine, ...] = (),
        parts: tuple[Part, ...] = (),
    ) -> Reviewed:
        checked = self.check(mine)
        changes = tuple(map(said_of, self.plans.changes(now, checked)))
        lines = difference(now.text, mine.text)
        return Reviewed(mine, lines, changes, checked.errors, checked.warnings, stale, theirs, parts)

    def save(self, plan: Plan, *, author: str, what: Sentence, now: float) -> Saved:
        """Put it in place, and note who did. Raises Mistakes and Stale."""
        before = self.plan
        self.plans.permit(self.account, plan)
        saved = self.plans.save(self.account, plan, author=author, what=what, now=now)
        if saved.version:
            audit(self._store, self.account, author, what, now, unified(before.text, saved.plan.text))
        return saved

    def recordings(self) -> list[Option]:
        """The greetings that are kept for the account: what the plan calls them, and their words."""
        kept = KeptGreetings(self.settings, self.account).all()
        return [(one.play, say("{label}, {seconds} s", label=one.label, seconds=round(one.seconds))) for one in kept]


def picture(checked: Checked) -> str:
    """Where calls go, as the address of a picture within a page; "" if the plan cannot be used, or is too large."""
    if checked.account is None:
        return ""
    svg = svg_of(graph_of(checked.account))
    if len(svg) > MAX_PICTURE:
        return ""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def findings_of(problem: Mistakes) -> list[Sentence]:
    """What is wrong, a sentence each."""
    return [mistake.what for mistake in problem.mistakes]
