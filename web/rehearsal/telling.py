"""A rehearsed call in sentences that can be translated; of rarer events the engine's own words."""

from __future__ import annotations

from collections.abc import Mapping

from engine.dialplan.nodes.hours import OTHERWISE
from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallParked,
    DigitHeard,
    DigitsCollected,
    NodeEntered,
    NodeLeft,
    QueueJoined,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
    VoicemailLeft,
)
from engine.narrate import narrate
from engine.rehearsal.sounds import SpokenWords
from web.words import Sentence, say

TONES = {
    "ringback": say("the ringing tone"),
    "beep": say("the beep"),
    "busy": say("the busy tone"),
    "congestion": say("the congestion tone"),
    "silence": say("silence"),
    "message.wav": say("a message"),
    "recording.wav": say("a recording"),
}
OUTCOMES = {
    "answered": say("{who} answers"),
    "elsewhere": say("{who} stops ringing, as somebody else has answered"),
    "busy": say("{who} is on the phone"),
    "no_answer": say("{who} does not answer"),
    "declined": say("{who} declines"),
    "not_registered": say("{who} has no phone that is switched on"),
    "unreachable": say("{who} cannot be reached"),
    "failed": say("{who} cannot be reached"),
    "given_up": say("{who} stops ringing, as the caller gave up"),
}
KINDS = {
    "menu": say("to the menu {name}"),
    "ring": say("to {name}"),
    "voicemail": say("to the voicemail of {name}"),
    "play": say("to an announcement"),
    "queue": say("to the queue {name}"),
    "group": say("to the group {name}"),
    "hang_up": say("the call is ended"),
}
MEANINGS = {
    "no_input": say("no key was pressed"),
    "wrong_input": say("{digits}: there is nothing under that"),
    "extension": say("{digits} is an extension"),
    "key": say("{digits} is a key of the menu"),
}
VERDICTS = {
    Verdict.TALKED: say("The caller has talked to {who}."),
    Verdict.SERVED: say("The caller was served without a person."),
    Verdict.ABANDONED: say("The caller gave up before reaching anyone."),
    Verdict.UNANSWERED: say("Nobody answered."),
    Verdict.REFUSED: say("The call was refused."),
    Verdict.FAILED: say("The call failed."),
}
NO_SUCH_NUMBER = say("Nobody has this number.")


Names = Mapping[str, str]
"""What people are called, by their names in the plan; those that it lacks are called as there."""


def tell(event: CallEvent, names: Names) -> tuple[str, Sentence]:
    """The kind of line an event makes (``presses``, ``rings`` or none), and its words."""
    match event:
        case DigitHeard(digit=digit):
            return "presses", say("{digit}", digit=digit)
        case Ringing(person=person, extension=extension):
            return "rings", _who(names.get(person, person), extension)
        case _:
            return "", _words_of(event, names)


def _words_of(event: CallEvent, names: Names) -> Sentence:
    match event:
        case RingingEnded(person=person, extension=extension, outcome=outcome) if outcome in OUTCOMES:
            return _filled(OUTCOMES[outcome], who=_who(names.get(person, person), extension))
        case NodeEntered(kind=kind, name=name) if kind in KINDS:
            return _filled(KINDS[kind], name=names.get(name, name))
        case DigitsCollected(digits=digits, meaning=meaning) if meaning in MEANINGS:
            return _filled(MEANINGS[meaning], digits=digits)
        case NodeLeft(name=name, exit=way) if way == OTHERWISE:
            return say("outside the hours {hours}", hours=name)
        case NodeLeft(exit=way):
            return say("during the hours {hours}", hours=way)
        case CallAnswered():
            return say("the call is answered")
        case Bridged(person=person):
            return say("the caller and {who} talk", who=names.get(person, person))
        case Unbridged(person=person, seconds=seconds, by=Side.CALLER):
            who = names.get(person, person)
            return say("the caller hangs up after {seconds} s with {who}", who=who, seconds=round(seconds))
        case Unbridged(person=person, seconds=seconds):
            return say("{who} hangs up after {seconds} s", who=names.get(person, person), seconds=round(seconds))
        case VoicemailLeft(mailbox=mailbox, seconds=seconds):
            who = names.get(mailbox, mailbox)
            return say("a message of {seconds} s for {who}", who=who, seconds=round(seconds))
        case QueueJoined(queue=queue, position=position):
            return say("waits in the queue {name}, as number {position}", name=queue, position=position)
        case CallParked(slot=slot):
            return say("waits in parking slot {slot}", slot=slot)
        case _:
            return say("{what}", what=narrate(event))


def hears(words: SpokenWords, what: str) -> Sentence:
    """A sound in words: a text in quotes, a recording by its name, a tone as people call it."""
    return TONES.get(what) or say("{what}", what=words.of(what))


def ending(ended: CallEnded, names: Names) -> Sentence:
    """How the call ended."""
    if ended.verdict is Verdict.REFUSED and not ended.call:
        return NO_SUCH_NUMBER
    return _filled(VERDICTS[ended.verdict], who=names.get(who, who) if (who := ended.answered_by) else say("nobody"))


def _who(person: str, extension: str) -> Sentence:
    return (
        say("{person}", person=person)
        if person == extension
        else say("{person} ({extension})", person=person, extension=extension)
    )


def _filled(sentence: Sentence, **values: object) -> Sentence:
    return Sentence(sentence.text, values)
