"""Recording a caller in a call without audio: the script says for how long they speak."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from engine.call.protocol import Recording

if TYPE_CHECKING:
    from engine.call.simulated import SimulatedCall


async def record(
    call: SimulatedCall,
    limit: float,
    silence: float | None,
    stop_keys: str,
    keep: Callable[[Recording], bool] | None,
    path: str,
    step: Callable[[], Awaitable[None]],
) -> Recording:
    """What the caller says until they are silent, press a key or have said all there may be (``Call.record``)."""
    call.keys.clear()
    began, why = call.loop.time(), "closed"
    quiet_at = call.script.speaks + silence if silence is not None else limit
    recording = Recording(path, 0.0, why)
    try:
        await step()
        why = await _ended_by_key(call, began + min(limit, quiet_at), stop_keys)
        if why == "":
            why = "limit" if limit <= quiet_at else "silence"
    finally:
        seconds = call.loop.time() - began
        recording = Recording(path, seconds, why, min(seconds, call.script.speaks))
        call.keys.clear(asked=True)
        if keep is not None:
            keep(recording)
    return recording


async def _ended_by_key(call: SimulatedCall, until: float, stop_keys: str) -> str:
    """``key`` if the caller ended the recording with one, else nothing."""
    while call.loop.time() < until:
        press = await call.keys.next(until)
        if press is not None:
            call.keys.tell(press)
            if press.digit in stop_keys:
                return "key"
    return ""
