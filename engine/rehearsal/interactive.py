"""Play the caller in the terminal: the clock stands still whenever something new is heard, and waits for keys."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from engine.call.ring_plan import is_outside
from engine.call.script import Phone
from engine.call.simulated import SimulatedCall
from engine.call.simulated_leg import ENDLESS, usual_seconds
from engine.call.words import name_of
from engine.dialplan.account import Account
from engine.dialplan.durations import read_duration
from engine.dialplan.findings import Wrong
from engine.events import DigitHeard, Side
from engine.rehearsal.given import read_phone
from engine.rehearsal.keys import read_keys
from engine.rehearsal.rehearse import Rehearsal, Rehearser
from engine.rehearsal.situation import Situation
from engine.rehearsal.sounds import SpokenWords
from engine.rehearsal.timeline import Moment, clock, ending, is_told, line, title, told
from media.commands import Sound

HELP = "keys press them, Enter listens on, +5 listens 5 s, h hangs up"
PHONE_HELP = "Enter lets it ring, a answers, d declines, b is busy; or 'answers after 10s'"
SHORT = {"": "no answer", "n": "no answer", "a": "answers", "b": "busy", "d": "declines"}


def play(accounts: Iterable[Account], situation: Situation, account: Account, console: Console) -> Rehearsal:
    """Let somebody play the caller of ``situation``, and the phones whose reaction it does not give."""
    player = Player(account, console)
    with Rehearser(accounts, on_call=player.take, on_jump=player.before_time_passes) as rehearser:
        player.lengths = rehearser.lengths
        console.print(Text(title(situation, account), style="bold"))
        console.print(Text(f"({HELP})", style="dim"))
        rehearsal = rehearser.rehearse(situation, AskedPhones(situation.phones, player))
    player.tell()
    ended = Text.assemble((f"{clock(rehearsal.ended.seconds):>9}  ", "dim"), ("ends     ", "bold"))
    console.print(ended + Text(ending(rehearsal.ended)))
    return rehearsal


class Player:
    """Somebody at the terminal. ``lengths`` are those of the sounds they hear."""

    def __init__(self, account: Account, console: Console) -> None:
        self.lengths: Callable[[Sound], float] = usual_seconds
        self._account = account
        self._words = SpokenWords(account)
        self._console = console
        self._call: SimulatedCall | None = None
        self._told = 0
        self._playing: Sequence[Sound] = ()
        self._listens = 0.0
        self._presses_until = 0.0

    def take(self, call: SimulatedCall) -> None:
        self._call = call

    def before_time_passes(self, seconds: float) -> float:
        """Nothing more happens now: tell what is new, ask what the caller does, and say how long may pass."""
        call = self._call
        if call is None:
            return seconds
        if self.tell():
            self._listens = 0.0
        if self._listens <= 0.0 and call.loop.time() >= self._presses_until:
            self._act(call)
            return 0.0
        passes = min(seconds, self._listens) if self._listens > 0.0 else seconds
        self._listens -= passes
        return passes

    def _act(self, call: SimulatedCall) -> None:
        """Let the caller do something now: listen on, press keys, or hang up."""
        while True:
            typed = self._read("> ")
            if typed is None or typed.lower() in ("h", "hang up"):
                self._listens = ENDLESS
                if call.over is not None:
                    call.over(Side.CALLER, "hung up")
                return
            try:
                self._listens = read_duration(typed[1:].strip()) if typed.startswith("+") else ENDLESS
                presses = () if typed.startswith("+") else read_keys(typed)
            except Wrong as wrong:
                self._console.print(Text(f"{wrong.what} ({HELP})", style="red"))
                continue
            for after, key in presses:
                call.loop.call_later(after, call.press, key)
                self._presses_until = call.loop.time() + after
            return

    def ask_phone(self, extension: str) -> Phone:
        """What the phone of an extension does that rings now."""
        self.tell()
        person = self._account.person_by_extension.get(extension, "somebody outside")
        while True:
            typed = self._read(f"{person} ({extension}) is rung: {PHONE_HELP} > ")
            try:
                phone = read_phone(SHORT.get(typed or "", typed))
            except Wrong as wrong:
                self._console.print(Text(f"{wrong.what} ({PHONE_HELP})", style="red"))
                continue
            return phone or Phone()

    def _read(self, question: str) -> str | None:
        """A line that was typed; None at the end of the input. What comes from a pipe is shown as if it was typed."""
        try:
            typed = self._console.input(Text(question, style="bold")).strip()
        except EOFError:
            self._console.print()
            return None
        if not sys.stdin.isatty():
            self._console.print(Text(typed))
        return typed

    # --- telling ----------------------------------------------------------------------------------------------------

    def tell(self) -> bool:
        """Print what happened since the last time; whether the caller should be asked what they do now."""
        call = self._call
        if call is None:
            return False
        events, self._told = call.events[self._told :], len(call.events)
        news = [event for event in events if is_told(event)]
        for event in news:
            self._console.print(line(told(event, call.script.begins_at)))
        playing, before = call.media.playing, self._playing
        self._playing = playing
        if playing and playing is not before:
            self._console.print(line(self._hears(call, playing)))
            return True
        return any(not isinstance(event, DigitHeard) for event in news)

    def _hears(self, call: SimulatedCall, sounds: Sequence[Sound]) -> Moment:
        seconds = sum(map(self.lengths, sounds))
        length = f" ({seconds:.1f} s)" if seconds < ENDLESS else ""
        return Moment(
            call.elapsed, "hears", " + ".join(self._words.of(name_of(sound)) for sound in sounds) + length, {}
        )


class AskedPhones(Mapping[str, Phone]):
    """Phones of which nothing is given but that they are there: each time one rings, the player says what it does."""

    def __init__(self, phones: Mapping[str, Phone], player: Player) -> None:
        self._phones = phones
        self._player = player

    def __getitem__(self, extension: str) -> Phone:
        given = self._phones.get(extension, Phone()) if is_outside(extension) else self._phones[extension]
        decided = given.busy or given.answers_after is not None or given.declines_after is not None
        return given if decided else self._player.ask_phone(extension)

    def __contains__(self, extension: object) -> bool:
        return extension in self._phones or (isinstance(extension, str) and is_outside(extension))

    def __iter__(self) -> Iterator[str]:
        return iter(self._phones)

    def __len__(self) -> int:
        return len(self._phones)
