"""Which codec a leg talks: what we offer first, what we take, and how two legs come to talk the same one.

Sound is only turned from one codec into another where two sides share none: a caller who has not been answered yet is
answered in the codec of whoever answered; one who hears a menu in another codec is asked, by a re-INVITE, to change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from media.codecs.opus import available as opus_available
from sip.sdp.answer import Codec

log = logging.getLogger(__name__)

PCMU = Codec("PCMU", 8000, 0)
PCMA = Codec("PCMA", 8000, 8)
G722 = Codec("G722", 8000, 9)
OPUS = Codec("opus", 48000, None, "useinbandfec=1", channels=2)
NAMED = {"opus": OPUS, "g722": G722, "pcma": PCMA, "pcmu": PCMU}
"""By the names admins write."""
CODECS = (G722, PCMA, PCMU, OPUS) if opus_available() else (G722, PCMA, PCMU)
"""What is offered where nobody says otherwise. Opus comes last, as it costs the most: those who want it ask for it."""


def ordered(names: Sequence[str]) -> tuple[Codec, ...]:
    """The codecs that an admin names, in that order; all of them for none. What is not installed is left out."""
    named = tuple(NAMED[name] for name in names if NAMED[name] in CODECS)
    return named or CODECS


def offered(names: Sequence[str], speaks: Sequence[Codec] = ()) -> tuple[Codec, ...]:
    """What a phone is offered that is to be connected with somebody who ``speaks`` these, the best first.

    What both may talk comes before the rest: in the order of ``names`` if an admin has given one, else of ``speaks``.
    """
    codecs = ordered(names)
    shared = [codec for codec in codecs if codec in speaks] if names else [each for each in speaks if each in codecs]
    return tuple(dict.fromkeys([*shared, *codecs]))


class Talking(Protocol):
    """A line."""

    held: bool

    @property
    def codec(self) -> Codec | None: ...

    @property
    def common(self) -> Sequence[Codec]:
        """What the peer has named of our codecs."""
        ...

    async def change_codec(self, codec: Codec) -> bool:
        """Ask the peer to talk this codec from now on; whether it does."""
        ...


@asynccontextmanager
async def sharing_a_codec(one: Talking, other: Talking) -> AsyncIterator[None]:
    """In the block, have the two talk the same codec if they can: the first is asked to change, else the other."""
    if one.codec == other.codec or one.held or other.held:
        yield
        return
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(_agree(one, other))
        try:
            yield
        finally:
            asking.cancel()


async def _agree(one: Talking, other: Talking) -> None:
    for side, far in ((one, other), (other, one)):
        wanted = far.codec
        # Opus is nobody's second choice: its payload number would have to be agreed on anew
        if wanted is not None and wanted != OPUS and wanted in side.common and await side.change_codec(wanted):
            return
    log.info("sound is transcoded between %s and %s", _name(one), _name(other))


def _name(line: Talking) -> str:
    return line.codec.name if line.codec is not None else "none"
