"""Recording the caller of a live call to a file, which is there whatever ends the recording."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from engine.call.line import Line
from engine.call.protocol import Recording
from media.record import read_back

log = logging.getLogger(__name__)


async def record(
    call: str,
    line: Line,
    path: Path,
    limit: float,
    silence: float | None,
    stop_keys: str,
    keep: Callable[[Recording], bool] | None,
    begun: Callable[[str], None] | None,
) -> Recording:
    """Record what comes from ``line`` (``Call.record``); ``call`` is the call's id, for the log."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return _not_recorded(call, path, str(error))
    line.keys.clear()
    if begun is not None:
        begun(str(path))
    recording = asyncio.ensure_future(line.media.record(str(path), limit=limit, silence=silence, stop_keys=stop_keys))
    try:
        await asyncio.shield(recording)
    finally:
        line.media.stop_recording()
        recorded = await recording
        line.keys.clear(asked=True)
        result = Recording(str(path), recorded.seconds, recorded.why, recorded.spoken)
        if recorded.failed:
            result = _not_recorded(call, path, recorded.failed)
        _let_go(path, result, keep)
    return result


def _let_go(path: Path, recording: Recording, keep: Callable[[Recording], bool] | None) -> None:
    """Remove the file if nobody keeps it."""
    if keep is not None and not keep(recording):
        path.unlink(missing_ok=True)


def _not_recorded(call: str, path: Path, why: str) -> Recording:
    """What there is of a recording that failed: a lost worker has written what was said until then."""
    log.error("a message could not be recorded to its end: %s", why, extra={"call": call})
    seconds, spoken = read_back(str(path))
    return Recording(str(path), seconds, "failed", spoken)
