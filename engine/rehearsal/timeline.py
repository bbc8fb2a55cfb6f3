"""A rehearsed call as a timeline that a person likes to read: what is heard, pressed and rung, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum

from rich.console import Console
from rich.text import Text

from engine.call.script import Heard
from engine.call.simulated_leg import ENDLESS
from engine.dialplan.account import Account
from engine.dialplan.nodes.hours import OTHERWISE, Hours
from engine.events import (
    CallEnded,
    CallEvent,
    CallOffered,
    DigitHeard,
    NodeEntered,
    NodeLeft,
    PromptPlayed,
    Ringing,
    Side,
    Verdict,
)
from engine.log import event_name
from engine.narrate import narrate
from engine.rehearsal.rehearse import Rehearsal
from engine.rehearsal.situation import Situation
from engine.rehearsal.sounds import SpokenWords

SHORTEST_HEARD = 0.05
"""Seconds; a sound that was heard for less than this was not heard."""
LEFT_OUT = (CallOffered, PromptPlayed, CallEnded)
"""What the timeline tells in other words: as its title, as what is heard, as its last line."""

STYLES = {"hears": "cyan", "presses": "bold yellow", "rings": "green", "": ""}

VERDICTS = {
    Verdict.TALKED: "talked with {who} for {talked}",
    Verdict.SERVED: "served without a person",
    Verdict.ABANDONED: "the caller gave up before reaching anyone",
    Verdict.UNANSWERED: "nobody answered",
    Verdict.REFUSED: "refused",
    Verdict.FAILED: "failed",
}


def is_told(event: CallEvent) -> bool:
    """Whether an event is a line of its own. Of nodes it is told where the call comes to; of hours, which it took."""
    if isinstance(event, NodeEntered | NodeLeft):
        return isinstance(event, NodeLeft) == (event.kind == Hours.kind)
    return not isinstance(event, LEFT_OUT)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline: ``at`` in seconds from the call's beginning; ``fields`` are for programs."""

    at: float
    what: str
    text: str
    fields: dict[str, object]


def moments(rehearsal: Rehearsal) -> list[Moment]:
    """The lines of a call in their order."""
    began = rehearsal.situation.begins_at
    events = [told(event, began) for event in rehearsal.events if is_told(event)]
    heard = [_heard(one, rehearsal.words) for one in rehearsal.heard if one.seconds >= SHORTEST_HEARD]
    return sorted([*events, *heard], key=lambda moment: moment.at)


def told(event: CallEvent, began: float) -> Moment:
    """An event of a call that began at ``began``."""
    what, text, at = "", narrate(event), round(event.at - began, 3)
    if isinstance(event, DigitHeard):
        what, text = "presses", event.digit
    elif isinstance(event, Ringing):
        outside = event.person == event.extension
        what, text = "rings", event.person if outside else f"{event.person} ({event.extension})"
    elif isinstance(event, NodeLeft):
        text = f"outside the hours {event.name}" if event.exit == OTHERWISE else f"during the hours {event.exit}"
    return Moment(at, what, text, {"event": event_name(type(event)), **plain_fields(event)})


def _heard(one: Heard, words: SpokenWords) -> Moment:
    cut = one.seconds < one.whole - SHORTEST_HEARD
    length = f"{one.seconds:.1f} of {one.whole:.1f} s" if cut and one.whole < ENDLESS else f"{one.seconds:.1f} s"
    text = words.of(one.what)
    details = {"event": "heard", "sound": one.what, "seconds": round(one.seconds, 3), "finished": not cut}
    return Moment(round(one.at, 3), "hears", f"{text} ({length})", details)


def plain_fields(event: CallEvent) -> dict[str, object]:
    """An event's own fields, for JSON."""
    values = {field.name: getattr(event, field.name) for field in fields(event) if field.name not in ("call", "at")}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


# --- for people -------------------------------------------------------------------------------------------------------


def title(situation: Situation, account: Account) -> str:
    """Who calls whom, and when, by the account's clock."""
    when = datetime.fromtimestamp(situation.begins_at, account.info.timezone)
    moment = f"{when:%A} {when.day} {when:%B %Y, %H:%M}"
    return f"{moment}: {situation.caller} calls {situation.called} ({account.name})"


def ending(ended: CallEnded) -> str:
    """How the call ended, in a sentence."""
    who, talked = ended.answered_by or "nobody", f"{ended.talked:.1f} s"
    how = VERDICTS[ended.verdict].format(who=who, talked=talked)
    by = {Side.CALLER: "the caller", Side.CALLEE: who}.get(ended.by)
    why = f"{by} hung up" if by else ended.reason
    status = f" ({ended.status})" if ended.status is not None else ""
    return f"{how}; {why}{status}"


def lines(rehearsal: Rehearsal) -> Iterator[Text]:
    """The timeline, line by line."""
    for moment in moments(rehearsal):
        yield line(moment)
    ended = rehearsal.ended
    yield Text.assemble((f"{clock(ended.seconds):>9}  ", "dim"), (f"{'ends':8} ", "bold"), ending(ended))


def line(moment: Moment) -> Text:
    """One line of a timeline."""
    style = STYLES[moment.what]
    text = (moment.text, style or "dim")
    return Text.assemble((f"{clock(moment.at):>9}  ", "dim"), (f"{moment.what:8} ", style), text)


def clock(seconds: float) -> str:
    """``1:05.3``: minutes and seconds since the call began."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def show(console: Console, rehearsal: Rehearsal, account: Account) -> None:
    """Print a call to or from an account, with its title."""
    console.print(Text(title(rehearsal.situation, account), style="bold"))
    for each in lines(rehearsal):
        console.print(each)


def as_json(rehearsal: Rehearsal) -> dict[str, object]:
    """The whole call for programs."""
    situation = rehearsal.situation
    return {
        "caller": situation.caller,
        "called": situation.called,
        "begins_at": situation.begins_at,
        "timeline": [{"at": moment.at, **moment.fields, "text": moment.text} for moment in moments(rehearsal)],
        "path": rehearsal.path,
        "ended": plain_fields(rehearsal.ended),
    }
