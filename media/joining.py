"""Two legs that hear each other, also where they are in different workers.

Legs of one worker are joined there. Between two workers each is joined to a leg of its own worker, and those two talk
to each other over loopback: that costs as much as another bridged call, and with one worker never happens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Protocol

from media.codecs.registry import codec_named
from media.commands import Stream
from media.leg import Leg

EVENTS_PAYLOAD = 101
PAYLOADS = {"PCMU": 0, "PCMA": 8, "G722": 9, "opus": 107}


class Opener(Protocol):
    """Where legs are opened: the media plane."""

    async def open_leg(self, address: str, *, near: Leg | None = None) -> Leg: ...


@asynccontextmanager
async def joined(plane: Opener, one: Leg, other: Leg, codec: str) -> AsyncIterator[None]:
    """Let two legs hear each other inside the block; ``codec`` is what the first one talks.

    Raises MediaUnavailable if they are in two workers and no way between those can be had.
    """
    async with AsyncExitStack() as ways:
        if one.worker is other.worker:
            one.join(other)
        else:
            other.join(await way_to(other, ways, plane, one, codec))
        try:
            yield
        finally:
            one.part()
            other.part()


async def way_to(near: Leg, ways: AsyncExitStack, plane: Opener, leg: Leg, codec: str) -> Leg:
    """A leg in the worker of ``near`` that says and hears what ``leg`` of another worker does, as long as ``ways``."""
    here = await ways.enter_async_context(aclosing(await plane.open_leg(leg.address, near=leg)))
    there = await ways.enter_async_context(aclosing(await plane.open_leg(leg.address, near=near)))
    for end, far in ((here, there), (there, here)):
        end.configure(_towards(far, codec))
    leg.join(here)
    return there


def _towards(leg: Leg, codec: str) -> Stream:
    """How our own leg of another worker is talked to."""
    payload = PAYLOADS[codec]
    return Stream(
        codec,
        payload,
        payload,
        leg.address,
        leg.port,
        event_send_payload=EVENTS_PAYLOAD,
        event_receive_payload=EVENTS_PAYLOAD,
        event_rate=codec_named(codec).clock_rate,
        timeout=None,
        beside=leg.address,
        proved=leg.address,
    )
