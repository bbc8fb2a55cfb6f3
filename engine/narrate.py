"""A call's events as sentences: what the log, the demo and later the live view say of a call."""

from __future__ import annotations

from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallOffered,
    CallParked,
    CallPickedUp,
    ConferenceChanged,
    ConferenceJoined,
    ConferenceLeft,
    DigitHeard,
    DigitsCollected,
    Held,
    MailboxChanged,
    MailboxOpened,
    MailboxRefused,
    MailboxUsed,
    NodeEntered,
    NodeLeft,
    Paged,
    PageEnded,
    PickUpEnded,
    PromptPlayed,
    PromptRecorded,
    QueueAnnounced,
    QueueJoined,
    QueueLeft,
    Ringing,
    RingingEnded,
    ServiceAsked,
    Side,
    SwitchTurned,
    Unbridged,
    VoicemailLeft,
)
from engine.forward_events import AcceptanceAsked, DoNotDisturbSet, Forwarded, ForwardSet
from engine.office.presence import SHORT
from engine.outside_events import AnsweredOutside, CeilingReached, EmergencyCalled, MinutesEnding, OutsideRefused
from engine.transfer_events import CallTransferred, TransferReturned

_OUTCOMES = {
    "answered": "answered",
    "elsewhere": "is let be, as another answered,",
    "busy": "is busy",
    "no_answer": "does not answer",
    "declined": "declines",
    "not_registered": "has no phone registered",
    "unreachable": "cannot be reached",
    "failed": "cannot be reached",
    "given_up": "is let be, as the caller gave up,",
}
_REFUSED_OUTSIDE = {
    "permission": "they may not call it",
    "blocked": "nobody may call it",
    "no_number": "nobody has it",
    "calls": "there are too many calls to the outside",
    "minutes": "no minutes are left today",
}
_CHANGES = {
    "muted": "the caller is muted",
    "unmuted": "the caller is heard again",
    "locked": "locked",
    "unlocked": "open again",
    "all-muted": "everybody but the moderators is muted",
    "all-unmuted": "everybody is heard again",
    "ended": "ended by its moderator",
}
_FORWARDED = {
    "always": "all calls",
    "busy": "calls when busy",
    "no_answer": "calls nobody answers",
    "not_registered": "calls when no phone is there",
}
_WAYS_OUT = {"left": "out", "ended": "sent out at the end", "gone": "hung up, out"}
_LEFT_QUEUE = {
    "served": "is served",
    "key": "leaves by a key",
    "too_long": "has waited too long",
    "nobody": "leaves, as nobody is signed in,",
    "gone": "is gone",
}
_WHO_LEFT = {Side.CALLER: "who took it hung up", Side.CALLEE: "the other hung up", Side.SYSTEM: "it broke off"}
_PAGE_ENDS = {"key": "ended by key", "limit": "no longer allowed", "alone": "nobody listens", "gone": "hung up"}
_SETTINGS = {"on": "on", "off": "off", "auto": "back to the clock"}
_METHODS = {"rfc4733": "RTP event", "inband": "tone", "info": "SIP INFO"}


def narrate(event: CallEvent) -> str:
    """One event in words."""
    match event:
        case CallOffered(caller=caller, called=called, person=person, diverted=diverted):
            led_on = f", led on from {diverted}" if diverted else ""
            return f"{f'{person} ({caller})' if person else caller} calls {called}{led_on}"
        case CallAnswered():
            return "answered the caller"
        case NodeEntered(kind=kind, name=name):
            return f"to {kind} {name}"
        case NodeLeft(kind=kind, name=name, exit=way):
            return f"left {kind} {name} by {way}"
        case PromptPlayed(sounds=sounds, seconds=seconds, finished=finished):
            return f"played {', '.join(sounds)} ({seconds:.1f} s{'' if finished else ', cut short'})"
        case DigitHeard(digit=digit, method=method):
            return f"caller pressed {digit} ({_METHODS.get(method, method)})"
        case DigitsCollected(digits=digits, meaning=meaning):
            return _collected(digits, meaning)
        case ServiceAsked(service=service, outcome=outcome, seconds=seconds):
            return f"asked {service}: {outcome} after {seconds:.1f} s"
        case Ringing(person=person, extension=extension, phones=phones, shown=shown):
            as_whom = f" as {shown}" if shown else ""
            if person == extension:
                return f"rings {person.removeprefix(SHORT)} outside{as_whom}"
            return f"rings {person} ({extension}) on {phones} phone{'' if phones == 1 else 's'}{as_whom}"
        case RingingEnded(person=person, extension=extension, outcome=outcome, seconds=seconds):
            who = person.removeprefix(SHORT) if person == extension else f"{person} ({extension})"
            return f"{who} {_OUTCOMES.get(outcome, outcome)} after {seconds:.1f} s"
        case AcceptanceAsked(number=number):
            return f"{number} has answered and is asked to take the call"
        case AnsweredOutside() | OutsideRefused() | EmergencyCalled() | MinutesEnding() | CeilingReached():
            return _of_outside(event)
        case Forwarded(person=person, to=to, why=why):
            return f"forwarded from {person} to {to} ({why.replace('_', ' ')})"
        case Bridged(person=person):
            return f"caller and {person} talk"
        case Held(side=side, on=on):
            return f"{side.value} {'holds' if on else 'resumes'} the call"
        case Unbridged(person=person, seconds=seconds, by=by):
            return f"caller and {person} talked {seconds:.1f} s; the {by.value} hung up"
        case VoicemailLeft() | MailboxOpened() | MailboxRefused() | MailboxUsed() | MailboxChanged():
            return _of_mailbox(event)
        case CallParked(slot=slot, by=by):
            return f"{f'{by} parked the caller' if by else 'parked'} in slot {slot}"
        case CallTransferred(by=by, who=who, to=to, how=how):
            return f"{by} transfers {who} to {to}{', whom they had asked' if how == 'attended' else ''}"
        case TransferReturned(by=by, to=to):
            return f"nobody came at {to}: back to {by}"
        case CallPickedUp(caller=caller, slot=slot):
            return f"took over the call of {caller}, {f'parked in slot {slot}' if slot else 'which rang'}"
        case PickUpEnded(caller=caller, seconds=seconds, by=by):
            return f"talked to {caller} for {seconds:.1f} s; {_WHO_LEFT[by]}"
        case Paged(people=people, phones=phones):
            return f"speaks to {phones} phone{'' if phones == 1 else 's'} of {', '.join(people)}"
        case PageEnded(seconds=seconds, why=why):
            return f"spoke for {seconds:.1f} s; {_PAGE_ENDS.get(why, why)}"
        case ConferenceJoined(room=room, members=members, moderator=moderator):
            return f"in conference {room}{' as its moderator' if moderator else ''}, which has {_members(members)}"
        case ConferenceChanged(room=room, what=what):
            return f"conference {room}: {_CHANGES.get(what, what)}"
        case ConferenceLeft(room=room, members=members, why=why, seconds=seconds):
            return f"{_WAYS_OUT.get(why, why)} of conference {room} after {seconds:.1f} s; it has {_members(members)}"
        case QueueJoined(queue=queue, position=position, waiting=waiting):
            return f"waits in queue {queue} as number {position} of {waiting}"
        case QueueAnnounced(position=position, wait=wait):
            return f"hears: number {position}{f', about {wait:.0f} s to wait' if wait is not None else ''}"
        case QueueLeft(queue=queue, why=why, waited=waited):
            return f"{_LEFT_QUEUE.get(why, why)} after {waited:.1f} s in queue {queue}"
        case SwitchTurned(switch=switch, setting=setting):
            return f"turned {switch} {_SETTINGS.get(setting, setting)}"
        case ForwardSet(person=person, why=why, to=to):
            what = _FORWARDED.get(why, why)
            return f"{person} forwards {what} to {to}" if to else f"{person} no longer forwards {what}"
        case DoNotDisturbSet(person=person, on=on):
            return f"{person} {'wants not to be disturbed' if on else 'can be disturbed again'}"
        case PromptRecorded(prompt=prompt, language=language, during=during, file=file, seconds=seconds):
            of = f"the greeting of {prompt} ({language}{f', during {during}' if during else ''})"
            return f"recorded {of}, {seconds:.1f} s" if file else f"{of} is again what the dialplan says"
        case CallEnded(verdict=verdict, reason=reason, seconds=seconds):
            return f"ended after {seconds:.1f} s: {verdict.value}{f', {reason}' if reason else ''}"
        case _:
            return type(event).__name__


def _of_mailbox(event: VoicemailLeft | MailboxOpened | MailboxRefused | MailboxUsed | MailboxChanged) -> str:
    match event:
        case VoicemailLeft(mailbox=mailbox, seconds=seconds, urgent=urgent):
            return f"{'an urgent' if urgent else 'a'} message of {seconds:.1f} s for {mailbox}"
        case MailboxOpened(mailbox=mailbox, by_pin=by_pin):
            return f"in the mailbox of {mailbox}{', by its PIN' if by_pin else ''}"
        case MailboxRefused(mailbox=mailbox, why=why):
            return f"not let into the mailbox {f'of {mailbox}' if mailbox else 'asked for'}: {why}"
        case MailboxUsed(mailbox=mailbox, what=what):
            return f"mailbox of {mailbox}: {what}"
        case MailboxChanged(mailbox=mailbox, new=new, saved=saved):
            return f"the mailbox of {mailbox} has {new} new and {saved} saved messages"


def _of_outside(
    event: AnsweredOutside | OutsideRefused | EmergencyCalled | MinutesEnding | CeilingReached,
) -> str:
    match event:
        case AnsweredOutside(number=number, trunk=trunk):
            return f"{number} has answered over trunk {trunk}"
        case OutsideRefused(number=number, why=why):
            return f"{number} is not called: {_REFUSED_OUTSIDE.get(why, why)}"
        case EmergencyCalled(number=number, person=person, shows=shows):
            return f"EMERGENCY: {person} calls {number}, and can be called back at {shows}"
        case MinutesEnding(number=number):
            return f"the minutes for {number} end soon; both hear a tone"
        case CeilingReached(seconds=seconds):
            return f"the account's calls to the outside have come to {seconds / 60:.0f} minutes today"


def _members(count: int) -> str:
    return f"{count} member{'' if count == 1 else 's'}"


def _collected(digits: str, meaning: str) -> str:
    if meaning == "no_input":
        return "no key was pressed in time"
    return {"key": "chose", "extension": "dialled extension", "digits": "entered", "wrong_input": "wrong choice"}.get(
        meaning, meaning
    ) + f" {digits}"
