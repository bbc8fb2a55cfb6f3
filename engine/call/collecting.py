"""Play a prompt and take keys until they mean something: the live half of ``collect``; matchers say what they mean."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from engine.call.hearing import Keyed
from media.commands import Played, Sound

Meaning = TypeVar("Meaning")
Meaning_co = TypeVar("Meaning_co", covariant=True)


class Matcher(Protocol[Meaning_co]):
    """Makes something of keys: ``Dialling`` and ``DigitEntry``."""

    digits: str
    deadline: float | None
    spare: str | None

    def press(self, digit: str, at: float) -> Meaning_co | None: ...

    def expire(self, now: float) -> Meaning_co | None: ...


class Collecting(Generic[Meaning]):
    """One collection. ``prompting`` is the prompt's end, None if it was not played because keys were typed ahead."""

    def __init__(self, line: Keyed, matcher: Matcher[Meaning], patience: float) -> None:
        self.prompting: asyncio.Future[Played] | None = None
        self._line = line
        self._matcher = matcher
        self._patience = patience

    async def run(self, prompt: Sequence[Sound]) -> Meaning:
        """The keys' meaning. The worker stops the prompt at the first key; the patience begins when it has ended."""
        loop = asyncio.get_running_loop()
        keys, matcher = self._line.keys, self._matcher
        give_up_at = loop.time() + self._patience if keys else self._begin(prompt)
        try:
            while True:
                press = await keys.next(matcher.deadline if matcher.deadline is not None else give_up_at)
                if press is not None:
                    self._silence()
                    meaning = matcher.press(press.digit, press.at)
                    if matcher.spare is not None:
                        keys.put_back(press)
                    else:
                        keys.tell(press)
                    if matcher.spare is None and meaning is None and not matcher.digits:
                        give_up_at = self._begin(prompt)
                elif matcher.deadline is None and give_up_at is None:
                    give_up_at = loop.time() + self._patience if self._prompt_over() else None
                    continue
                elif matcher.deadline is None and give_up_at is not None and loop.time() < give_up_at:
                    continue
                else:
                    meaning = matcher.expire(loop.time())
                if meaning is not None:
                    return meaning
        finally:
            self._silence()

    def _begin(self, prompt: Sequence[Sound]) -> float | None:
        """Play the prompt, also again after a press that meant nothing. Without one: when patience ends."""
        if not prompt:
            return asyncio.get_running_loop().time() + self._patience
        self.prompting = self._line.media.begin(prompt, barge_in=True)
        self.prompting.add_done_callback(lambda _: self._line.keys.wake())
        return None

    def _prompt_over(self) -> bool:
        return self.prompting is None or self.prompting.done()

    def _silence(self) -> None:
        if not self._prompt_over():
            self._line.media.stop()
