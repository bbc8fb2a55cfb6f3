"""Prompts and keys of a call: what is played, what comes of the keys, and what is told of both, live and simulated."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.call.collecting import Matcher, Meaning
from engine.call.dialling import AnyKey, Dialling, Tail
from engine.call.digit_entry import DigitEntry
from engine.call.keypad import Press
from engine.call.protocol import SECRET, DigitPlan, DigitString, KeyPlan, Keys
from engine.call.words import meaning_of, name_of
from engine.events import CallEvent, DigitHeard, DigitsCollected, PromptPlayed
from media.commands import Sound

if TYPE_CHECKING:
    from engine.dialplan.path import Path


class TakesKeys(ABC):
    """The part of a call that takes keys (``Call.collect`` and its kin). How they are waited for is the call's."""

    def __init__(self) -> None:
        self.node: Any = None
        self.path: Path | None = None
        self._secret = False
        self._tail: Tail | None = None

    @abstractmethod
    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...

    @abstractmethod
    async def answer(self) -> None: ...

    @abstractmethod
    async def _take(
        self, prompt: Sequence[Sound], matcher: Matcher[Meaning], patience: float, *, secret: bool = False
    ) -> Meaning:
        """Play and take keys until they mean something; what was heard of the prompt is told. Keeps ``_secret``."""

    async def collect(self, prompt: Sequence[Sound], plan: KeyPlan) -> Keys:
        await self.answer()
        dialling = Dialling(plan, self._tail)
        meaning: Keys = await self._take(prompt, dialling, plan.first_digit, secret=plan.secret)
        self._taken(dialling, meaning, secret=plan.secret)
        return meaning

    async def collect_digits(self, prompt: Sequence[Sound], plan: DigitPlan) -> DigitString:
        await self.answer()
        entry = DigitEntry(plan, self._tail)
        entered: DigitString = await self._take(prompt, entry, plan.first_digit, secret=plan.secret)
        self._taken(entry, entered, secret=plan.secret)
        return entered

    def _taken(self, matcher: Dialling | DigitEntry, meaning: Keys | DigitString, *, secret: bool) -> None:
        self._tail = matcher.tail
        digits = SECRET * len(matcher.digits) if secret else matcher.digits
        self.emit(lambda c, t: DigitsCollected(c, t, digits, meaning_of(meaning)))

    async def _play_until_key(self, sounds: Sequence[Sound]) -> None:
        """Play sounds until the first key, which is kept."""
        waiting = AnyKey(self._tail)
        await self._take(sounds, waiting, 0.0)
        self._tail = waiting.tail

    def prompt_played(self, sounds: Sequence[Sound], seconds: float, *, finished: bool) -> None:
        """Tell what the caller has heard of sounds."""
        names = tuple(map(name_of, sounds))
        self.emit(lambda c, t: PromptPlayed(c, t, names, seconds, finished))

    def _pressed(self, press: Press, asked: bool) -> None:
        """Tell of a press when it is known what became of it: the event bears the time at which it was pressed."""
        digit = press.digit if asked and not self._secret else SECRET
        ago = max(0.0, asyncio.get_running_loop().time() - press.at)
        self.emit(lambda c, t: DigitHeard(c, t - ago, digit, press.method))
