"""What a caller hears and presses, as all that plays sounds and waits for keys sees it: live or simulated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from engine.call.keypad import KeyPresses
from media.commands import Played, Sound


class Ear(Protocol):
    """What lets a caller hear something: a media leg, real or simulated."""

    def begin(
        self, sounds: Sequence[Sound], *, barge_in: bool = False, loop: bool = False
    ) -> asyncio.Future[Played]: ...

    def stop(self) -> None: ...

    def hold(self, on: bool, sounds: Sequence[Sound] = ()) -> None: ...


class Keyed(Protocol):
    """The caller's side of a call."""

    @property
    def keys(self) -> KeyPresses: ...

    @property
    def media(self) -> Ear: ...
