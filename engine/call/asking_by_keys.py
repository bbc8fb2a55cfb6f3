"""One side of a conversation asks for something by keys: a code, and the number that some codes ask for.

The same code for live and simulated calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from engine.call.hearing import Ear
from engine.call.in_call import ENDS_NUMBER, MAX_NUMBER, NUMBER_SECONDS, Codes, InCall, Request, Talking
from engine.call.keypad import KeyPresses, Press
from engine.call.transfer import Granted
from engine.events import Side
from media.commands import Sound


class Asker(Protocol):
    """A side's line: what it presses and hears."""

    @property
    def keys(self) -> KeyPresses: ...

    @property
    def media(self) -> Ear: ...


class Wishes(Protocol):
    """The conversation, which ends where a wish is granted."""

    def grant(self, granted: Granted, request: Request, side: Side) -> None: ...

    def wait(self, side: Side, sounds: tuple[Sound, ...] | None) -> None:
        """Let the other side hear sounds while a person on ``side`` types a number, and them again (None) after it."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the account on one side of a conversation."""

    name: str
    side: Side
    line: Asker


class AskingByKeys:
    """Listens to one person's keys, as long as ``heard``."""

    def __init__(
        self, call: Talking, person: Person, in_call: InCall, wishes: Wishes, music: tuple[Sound, ...]
    ) -> None:
        self._call = call
        self._person = person
        self._codes = Codes(in_call.requests)
        self._wishes = wishes
        self._music = music
        self._entering: Request | None = None
        self._number = ""
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen inside the block."""
        keys = self._person.line.keys
        keys.listener = self._press
        try:
            yield
        finally:
            keys.listener = None
            self._stop_waiting()

    def _press(self, press: Press) -> None:
        if self._person.side is Side.CALLER:
            self._person.line.keys.tell(press, asked=False)
        if self._entering is not None:
            self._enter(press.digit)
            return
        request = self._codes.press(press)
        if request is None:
            return
        if request.takes_number:
            self._entering, self._number = request, ""
            self._wishes.wait(self._person.side, self._music)
            self._person.line.media.begin(request.prompt)
            self._wait()
        else:
            self._ask(request, "")

    def _enter(self, digit: str) -> None:
        if not self._number:
            self._person.line.media.stop()
        if digit == ENDS_NUMBER:
            self._entered()
            return
        self._number += digit
        if len(self._number) >= MAX_NUMBER:
            self._entered()
        else:
            self._wait()

    def _wait(self) -> None:
        """Take the number as it is where no key follows for long."""
        self._stop_waiting()
        said = 0.0 if self._number or self._entering is None else NUMBER_SECONDS
        self._timer = asyncio.get_running_loop().call_later(NUMBER_SECONDS + said, self._entered)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _entered(self) -> None:
        self._stop_waiting()
        request, number = self._entering, self._number
        self._entering, self._number = None, ""
        assert request is not None
        if not self._ask(request, number):
            self._wishes.wait(self._person.side, None)

    def _ask(self, request: Request, number: str) -> bool:
        granted = request.grant(self._call, self._person.name, self._person.side, number)
        if granted is None:
            self._person.line.media.begin(request.refusal)
            return False
        self._wishes.grant(granted, request, self._person.side)
        return True
