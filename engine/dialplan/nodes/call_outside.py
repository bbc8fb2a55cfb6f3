"""People call telephones outside from their phones: as far as they may, and emergency numbers always."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import Field, PrivateAttr, field_validator

from engine.call.protocol import Busy, Call, Declined, DigitPlan, NoAnswer, NoInput, NotRegistered, RingPlan, Talked
from engine.call.ring_plan import OutsideTarget
from engine.dialplan.calling_out import bill_of, emergency_number, number_of, own_number, refusal
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.model import Exit, Node
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.number_kinds import read_dialled
from engine.dialplan.path import Path
from engine.dialplan.reading import shown
from engine.outside_events import EmergencyCalled, OutsideRefused

if TYPE_CHECKING:
    from engine.dialplan.account import Account

USUAL: Final = "usual"
ANONYMOUS: Final = "anonymous"
SHOWN: Final = "shown"
WORDS: Final = (USUAL, ANONYMOUS, SHOWN)
SECONDS: Final = 120.0
"""How long it rings outside, if nobody there or in between ends it sooner."""
MOST_DIGITS: Final = 20

PROMPTS: Final = {
    "not_ours": "not-allowed",
    "permission": "outside-not-allowed",
    "blocked": "outside-not-allowed",
    "no_number": "not-in-service",
    "calls": "outside-too-many",
    "minutes": "outside-no-minutes",
}
CAUSES: Final = {
    "not_ours": "rejected",
    "permission": "rejected",
    "blocked": "rejected",
    "no_number": "not found",
    "calls": "unavailable",
    "minutes": "rejected",
}
"""What a refused phone is told, as ``HangUp`` names it."""
REASONS: Final = {
    "not_ours": "only the account's own phones call the outside",
    "permission": "may not call this number",
    "blocked": "nobody may call this number",
    "no_number": "no such number",
    "calls": "too many calls to the outside",
    "minutes": "no minutes for calls to the outside left today",
}
_OUTCOMES: Final = {Busy: "busy", NoAnswer: "no_answer", Declined: "declined", NotRegistered: "unreachable"}
_HOME: Final = {
    "busy": WayHome(reason="busy"),
    "no_answer": WayHome(reason="no answer"),
    "declined": WayHome(reason="declined"),
    "unreachable": HangUp(hang_up="cannot be reached", cause="congestion"),
}


class CallOutside(Node):
    """Call a telephone outside for the calling person, as far as they may.

    ```yaml
    {call_outside: anonymous}
    ```
    The number is what was dialled after the star code that led here, or what they enter, ended by ``#``. They show the
    number that ``show`` says (``usual``), or hide it for this call (``anonymous``), or show it for this call though it
    is hidden otherwise (``shown``). Dialling a number needs no such node: it is what phones do.

    Who may call what is said by ``calls`` of the person and of ``outside``, for how long by their limits. A caller who
    may not hears why. Emergency numbers are called whoever dials them, whatever the limits.
    """

    kind = "call_outside"
    keys = ("call_outside",)
    shape = Shape.PERSON

    call_outside: Literal["usual", "anonymous", "shown"] = Field(
        description="Which number is shown: usual, anonymous, or shown"
    )

    _number: str = PrivateAttr("")

    @field_validator("call_outside", mode="before")
    @classmethod
    def _word(cls, value: Any) -> str:
        if value not in WORDS:
            advice = did_you_mean(str(value), WORDS, f"expected {', '.join(WORDS)}")
            raise Wrong(f"{shown(value)} is no way to show a number", advice)
        return str(value)

    @classmethod
    def to(cls, number: str) -> Self:
        """The node that calls a number (E.164, or a short one)."""
        node = cls(call_outside=USUAL)
        node._number = number
        return node

    @property
    def name(self) -> str:
        return self._number or self.call_outside

    @property
    def takes_digits(self) -> bool:
        return True

    def caption(self, account: Any) -> Caption:  # noqa: ARG002
        return Caption("call outside", notes=() if self.call_outside == USUAL else (self.call_outside,))

    def exits(self) -> Iterable[Exit]:
        yield Exit("answered")
        for outcome, home in _HOME.items():
            yield Exit(outcome, home)
        yield Exit("refused", WayHome())

    async def run(self, call: Call, path: Path) -> Exit:
        account, person = path.account, self._person(call, path)
        if person is None or person not in account.people:
            return await self._refused(call, path, "not_ours")
        dialled = self._number or path.dialled_rest.strip("*#") or await self._asked(call, path)
        if emergency := emergency_number(account, dialled):
            return await self._emergency(call, path, person, emergency)
        number = read_dialled(dialled, account.country)
        why: str = "no_number" if number is None else refusal(account, person, number)
        bill = bill_of(account, person, call.now())
        why = why or call.office.outside.refusal(bill)
        if number is None or why:
            call.emit(lambda c, t: OutsideRefused(c, t, number or dialled, why))
            return await self._refused(call, path, why)
        shows, hidden = number_of(account, person)
        hidden = call.caller.withheld or self.call_outside == ANONYMOUS or (hidden and self.call_outside != SHOWN)
        target = OutsideTarget(number, shows=shows, hidden=hidden, bill=bill)
        return await self._ring(call, path, target, "outside-unreachable")

    def _person(self, call: Call, path: Path) -> str | None:
        """Whose call it is: the caller's, or that of whoever has dialled the number for a caller they transfer."""
        dialled = self._number or path.dialled_rest
        return path.dialled_by if dialled and path.dialled_by is not None else call.caller.person

    def may(self, account: Account, person: str) -> bool:
        """Whether somebody may call the number that the node was made for; true where it was not made for any."""
        if not self._number or emergency_number(account, self._number):
            return True
        number = read_dialled(self._number, account.country)
        return number is not None and not refusal(account, person, number)

    async def _asked(self, call: Call, path: Path) -> str:
        """The number, entered on the keypad; empty if nothing was."""
        entered = await call.collect_digits(path.prompt("outside-number"), DigitPlan(MOST_DIGITS))
        return "" if isinstance(entered, NoInput) else entered.digits

    async def _emergency(self, call: Call, path: Path, person: str, number: str) -> Exit:
        """No permission, no limit and no wish to stay unknown counts: who can help must be able to call back."""
        account = path.account
        shows = own_number(account, account.people[person])
        call.emit(lambda c, t: EmergencyCalled(c, t, account.key, number, person, shows))
        target = OutsideTarget(number, shows=shows, bill=bill_of(account, person, call.now(), emergency=True))
        return await self._ring(call, path, target, "emergency-unreachable")

    async def _ring(self, call: Call, path: Path, target: OutsideTarget, sorry: str) -> Exit:
        outcome = await call.ring(RingPlan.one(target, SECONDS, path.shown, path.account.in_call))
        if isinstance(outcome, Talked):
            return Exit("answered")
        name = _OUTCOMES.get(type(outcome), "no_answer")
        if path.way_back is not None:
            return Exit(name, path.way_back)
        if name == "unreachable":
            await call.play(path.prompt(sorry), before_answer=True)
        return Exit(name, _HOME[name])

    async def _refused(self, call: Call, path: Path, why: str) -> Exit:
        if path.way_back is not None:
            return Exit("refused", path.way_back)
        await call.play(path.prompt(PROMPTS[why]), before_answer=True)
        if path.chosen and path.current is not None:
            return Exit("refused", path.current)
        return Exit("refused", HangUp(hang_up=REASONS[why], cause=CAUSES[why]))
