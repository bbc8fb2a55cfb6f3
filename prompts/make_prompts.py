"""Make the built-in prompts, the hold music and the example account's greetings.

Run it from the project's folder after a change of a text (needs espeak-ng): ``python prompts/make_prompts.py``, or
``python prompts/make_prompts.py nl de`` for some folders only. Other languages than English are in translations.py.
The files it writes are part of the repository, so that nobody needs espeak-ng to run Belplan.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from translations import TRANSLATIONS, VOICES

RATE = 8000
LOUDNESS = 0.09
"""Root mean square of what is spoken: about -21 dBFS."""
PEAK = 0.85
PAUSE_SECONDS = 0.12

HERE = Path(__file__).resolve().parent
FIGURES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NUMBERS = {f"number-{number}": str(number) for number in range(10, 60)}
"""Minutes end there, and what is counted is seldom more; beyond it numbers are said figure by figure."""
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
SPOKEN = {
    HERE / "en": {
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
        "signed-in": "You are signed in.",
        "signed-out": "You are signed out.",
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
        "switch-on": "It is now switched on.",
        "switch-off": "It is now switched off.",
        "hours-on": "Open from now on, until you change it back.",
        "hours-off": "Closed from now on, until you change it back.",
        "hours-auto": "Opening and closing by the clock again.",
        **{
            f"digit-{figure}": word
            for figure, word in enumerate(
                ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
            )
        },
    },
    HERE.parent / "dialplans" / "sounds": {
        "welcome": (
            "Welcome to The Bakery. For orders, press 1. For our opening hours, press 2. "
            "To speak with someone, press 0. "
            "If you know the extension of the person you want, you can dial it at any time."
        ),
        "opening-hours": "We are open from Monday to Friday, from 8 in the morning until half past 5.",
    },
}


def speak(text: str, voice: str = "en-gb") -> NDArray[np.float64]:
    """A text as samples at RATE, its silence trimmed, its loudness made the same for all."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", file.name, text], check=True)
        sound, rate = soundfile.read(file.name, dtype="float64")
    sound = soxr.resample(sound, rate, RATE, quality="HQ")
    heard = np.flatnonzero(np.abs(sound) > 0.01)
    sound = sound[heard[0] : heard[-1]]
    sound *= LOUDNESS / np.sqrt(np.mean(sound**2))
    sound *= min(1.0, PEAK / np.abs(sound).max())
    pause = np.zeros(round(PAUSE_SECONDS * RATE))
    return np.concatenate([pause, sound, pause])


def beep() -> NDArray[np.float64]:
    times = np.arange(round(0.3 * RATE)) / RATE
    edge = np.minimum(1.0, np.minimum(times, times[::-1]) / 0.01)
    return np.asarray(0.3 * np.sin(2 * np.pi * 1000 * times) * edge)


def hold_music() -> NDArray[np.float64]:
    """Broken chords of four bars, twice over, in soft plucked tones; the end joins the beginning."""
    chords = [(261.63, 329.63, 392.0, 523.25), (220.0, 261.63, 329.63, 440.0), (174.61, 220.0, 261.63, 349.23)]
    chords.append((196.0, 246.94, 293.66, 392.0))
    patterns = [(0, 1, 2, 3, 2, 1, 2, 1), (0, 2, 1, 3, 1, 2, 3, 2)]
    step = round(0.32 * RATE)
    notes = [chord[index] for pattern in patterns for chord in chords for index in pattern]
    music = np.zeros(step * len(notes))
    times = np.arange(4 * step) / RATE
    for position, hertz in enumerate(notes):
        envelope = np.minimum(times / 0.008, 1) * np.exp(-times * 3.2)
        overtones = ((1, 1.0), (2, 0.35), (3, 0.12))
        wave = sum(share * np.sin(2 * np.pi * hertz * order * times) for order, share in overtones)
        where = (position * step + np.arange(len(times))) % len(music)
        music[where] += wave * envelope
    return np.asarray(music * (0.25 / np.abs(music).max()))


def write(path: Path, sound: NDArray[np.float64]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE, subtype="PCM_16")
    sys.stdout.write(f"{path.relative_to(HERE.parent)}  {len(sound) / RATE:.1f} s\n")


def main(*folders: str) -> None:
    spoken = SPOKEN | {HERE / language: texts for language, texts in TRANSLATIONS.items()}
    wanted = [folder for folder in spoken if not folders or folder.name in folders]
    for folder in wanted:
        for name, text in spoken[folder].items():
            write(folder / f"{name}.wav", speak(text, VOICES.get(folder.name, "en-gb")))
    if HERE / "en" in wanted:
        write(HERE / "en" / "beep.wav", beep())
        write(HERE / "en" / "hold-music.wav", hold_music())


if __name__ == "__main__":
    main(*sys.argv[1:])
