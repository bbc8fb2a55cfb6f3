"""The built-in prompts in English. All others go by the names that they have here."""

from __future__ import annotations

from common import NUMBERS, figures

VOICE = "en-gb"
"""Of espeak-ng."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    *("twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth"),
    *("twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first"),
)


def _hour(hour: int) -> str:
    part = "at night" if hour < 6 else "in the morning" if hour < 12 else "in the afternoon"
    return f"{part if hour < 18 else 'in the evening'} at {(hour + 11) % 12 + 1}"


MOMENTS = {
    "day-today": "today",
    "day-yesterday": "yesterday",
    **{f"date-{day}": f"on the {word} of" for day, word in enumerate(ORDINALS, 1)},
    **{f"month-{month}": name for month, name in enumerate(MONTHS, 1)},
    **{f"hour-{hour}": _hour(hour) for hour in range(24)},
    "minute-0": "o'clock",
    **{f"minute-{minute}": f"oh {minute}" for minute in range(1, 10)},
}
"""Days and times of day in pieces that follow one another: a day, or a date and a month; an hour; minutes."""
MAILBOXES = {
    "mailbox-full": "Sorry, this mailbox is full. No message can be left at the moment.",
    "message-review": (
        "To hear your message, press 1. To record it again, press 2. To mark it as urgent, press 3. "
        "To send it, press the hash key, or just hang up."
    ),
    "message-urgent": "Your message is marked as urgent.",
    "mailbox-number": "Please enter the number of the mailbox, followed by the hash key.",
    "mailbox-pin": "Please enter the PIN of the mailbox, followed by the hash key.",
    "mailbox-pin-again": "Sorry, that is not right.",
    "mailbox-refused": "Sorry, the mailbox cannot be opened. Please try again later.",
    "mailbox-empty": "There are no messages.",
    "mailbox-new": "New messages:",
    "mailbox-urgent": "Urgent ones among them:",
    "mailbox-saved": "Saved messages:",
    "mailbox-empty-menu": "For options, press 0. To leave the mailbox, press star.",
    "mailbox-end": (
        "There are no more messages. To hear them from the first one on, press 1. For options, press 0. "
        "To leave the mailbox, press star."
    ),
    "mailbox-options": "To change the greeting, press 1. To change the PIN, press 2. To go back, press star.",
    "message-menu": (
        "To hear the message again, press 1. To save it, press 2. To delete it, press 3. For the one before, press 4. "
        "For the next one, press 5. To call back, press 6. For the time and the number, press 7. "
        "For options, press 0. To leave the mailbox, press star."
    ),
    "message-left": "Left",
    "message-from": "from",
    "message-unknown": "from an unknown number.",
    "message-is-urgent": "Urgent.",
    "message-saved": "Saved.",
    "message-deleted": "Deleted.",
    "message-no-call-back": "This caller cannot be called back from here.",
    "pin-new": "Please enter a new PIN of 4 to 12 digits, followed by the hash key.",
    "pin-repeat": "Please enter it once more.",
    "pin-weak": "Please choose a PIN that is harder to guess.",
    "pin-differs": "The two PINs were not the same.",
    "pin-changed": "The PIN is changed.",
}

TEXTS = {
    "invalid-choice": "Sorry, that is not a valid choice.",
    "please-hold": "Please hold the line.",
    "not-available": "The person you are calling is not available.",
    "leave-message": "Please leave a message after the beep. Press the hash key when you are done.",
    "goodbye": "Goodbye.",
    "not-in-service": "The number you have dialled is not in service.",
    "directory": "Please enter the first letters of the person's first or last name, and then the hash key.",
    "directory-nobody": "Nobody has a name that begins so.",
    "directory-more-letters": "Please enter more letters of the name.",
    "directory-confirm": "To be connected, press 1. For another name, press the hash key.",
    "directory-for": "For",
    "directory-press": "press",
    "directory-another": "For another name, press the hash key.",
    "nobody-available": "I am sorry, nobody is available to take your call.",
    "test-call": "This is a test call from Belplan. If you can hear this, your phone works. Goodbye.",
    "signed-in": "You are signed in.",
    "signed-out": "You are signed out.",
    "outside-not-allowed": "You are not allowed to call this number.",
    "outside-too-many": "There are too many calls to the outside at the moment. Please try again later.",
    "outside-no-minutes": "There are no minutes left today for calls to the outside.",
    "outside-unreachable": "The number cannot be reached at the moment. Please try again later.",
    "outside-number": "Please enter the telephone number, followed by the hash key.",
    "emergency-unreachable": "Your emergency call cannot be put through. Please use another telephone at once.",
    "not-allowed": "You are not allowed to do that.",
    "conference-pin": "Please enter the PIN of the conference, followed by the hash key.",
    "conference-moderator-pin": (
        "If you are the moderator, please enter your PIN, followed by the hash key. Otherwise, just press hash."
    ),
    "conference-pin-again": "Sorry, that PIN is not right.",
    "conference-wrong-pin": "Sorry, you cannot join the conference without the right PIN.",
    "conference-full": "Sorry, the conference is full.",
    "conference-locked": "The conference is locked.",
    "conference-unlocked": "The conference is open again.",
    "conference-first": "You are the first in the conference.",
    "conference-one": "There is one other person in the conference.",
    "conference-others": "The number of other people in the conference is",
    "conference-members": "The number of people in the conference is",
    "conference-waiting": "The conference begins when the moderator is here. Please hold the line.",
    "conference-muted": "You are muted.",
    "conference-unmuted": "You can be heard again.",
    "conference-all-muted": "Everybody else is muted.",
    "conference-all-unmuted": "Everybody can be heard again.",
    "agent-ready": "You are ready for the next call.",
    "queue-next": "You are the next in line.",
    "queue-position": "Your number in line is",
    "queue-wait": "The estimated waiting time in minutes is",
    "queue-wait-minute": "We expect to help you within a minute.",
    "queue-wait-long": "The estimated waiting time is more than half an hour.",
    **NUMBERS,
    "accept-call": "There is a call for you. Press 1 to take it, or 2 to decline.",
    "accept-for": "There is a call for",
    "accept-press": "Press 1 to take it, or 2 to decline.",
    "forward-where": "Please enter the extension or the number that calls should go to, and then the hash key.",
    "forward-wrong": "Sorry, your calls cannot be forwarded there.",
    "forward-always": "All your calls",
    "forward-busy": "Calls while you are busy",
    "forward-no-answer": "Calls that you do not answer",
    "forward-not-registered": "Calls while your phone is not connected",
    "forward-to": "are forwarded to",
    "forward-voicemail": "go to your voicemail.",
    "forward-elsewhere": "are forwarded, as it was set up for you.",
    "forward-off": "are not forwarded.",
    "forward-none": "Your calls are not forwarded.",
    "do-not-disturb-on": "Do not disturb is on. Callers find you busy.",
    "do-not-disturb-off": "Do not disturb is off. Your phone rings again.",
    **MOMENTS,
    **MAILBOXES,
    "pin": "Please enter the PIN, followed by the hash key.",
    "record-how": (
        "Please speak after the beep, and press the hash key when you are done. "
        "To leave everything as it is, press star."
    ),
    "record-how-reset": "To go back to the original, press 3.",
    "record-choices": (
        "To keep this recording, press 1. To record it again, press 2. To leave everything as it is, press star."
    ),
    "record-choices-reset": "To go back to the original, press 3.",
    "record-nothing": "Sorry, nothing was to be heard.",
    "record-kept": "Your recording is kept. Callers hear it from now on.",
    "record-reset": "The original is back.",
    "record-unchanged": "Nothing was changed.",
    "record-failed": "Sorry, nothing can be recorded at the moment.",
    "parked-in-slot": "The call is parked in slot",
    "parking-full": "All parking slots are taken.",
    "nothing-to-pick-up": "There is no call to pick up.",
    "transfer-number": "Please dial the number, and then the hash key.",
    "transfer-refused": "You cannot transfer the call to this number.",
    "transferred": "The call is transferred.",
    "switch-on": "It is now switched on.",
    "switch-off": "It is now switched off.",
    "hours-on": "Open from now on, until you change it back.",
    "hours-off": "Closed from now on, until you change it back.",
    "hours-auto": "Opening and closing by the clock again.",
    **figures("zero one two three four five six seven eight nine"),
}
