"""Reading the dialplans while the engine serves: beside the event loop, as a whole, and never half a file.

Loading is Python's work as much as answering calls is, and only one thread of a process runs Python at a time. What is
here keeps the loop's turns short while another thread loads; docs/decisions.md has what was measured.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.call.trunk import Trunk
from engine.dialplan.account import Account
from engine.dialplan.difference import differences
from engine.dialplan.findings import DialplanErrors, Finding
from engine.dialplan.load import dialplan_files, load_accounts
from engine.numbering import Numbering
from engine.settings import Settings
from engine.trunks.file import load_trunks

SWITCH_SECONDS = 0.001
"""How long a thread that computes may keep the event loop waiting for its turn; Python's own choice is 5 ms."""
YOUNG_OBJECTS = 200_000
"""A search for garbage holds all threads. While dialplans are loaded, it waits for so many objects (700 otherwise)."""
MAX_READS = 5
SETTLE_SECONDS = 0.2
"""Files that changed while they were read are read again after so long."""


class Unsettled(Exception):
    """The dialplans changed while they were read, time after time. The text is a sentence for the log."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What a reload has to put in place, and what is different from before in words."""

    numbering: Numbering
    trunks: tuple[Trunk, ...]
    changes: list[str]


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """What a reload came to: the changes, or in a sentence why there are none, with what is wrong in the files."""

    changes: Sequence[str] = ()
    refusal: str | None = None
    findings: Sequence[Finding] = ()


def read_accounts(settings: Settings, *, none_yet: bool = False) -> list[Account]:
    """All accounts of the dialplans folder, which may be empty if there is ``none_yet``. Raises DialplanErrors."""
    with _fewer_searches():
        return load_accounts(
            settings.dialplans, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts, none_yet=none_yet
        )


def reread(settings: Settings, before: Sequence[Account]) -> Reread:
    """All accounts, and the trunks, as their files are now. Takes seconds if need be: call it in a thread.

    A file that is being saved is read again once it is at rest. That there is none is an error unless there was none
    ``before``. Raises DialplanErrors, or Unsettled.
    """
    for reading in range(MAX_READS):
        if reading:
            time.sleep(SETTLE_SECONDS)
        seen = _versions(settings)
        try:
            accounts, trunks = read_accounts(settings, none_yet=not before), load_trunks(settings.trunks)
        except DialplanErrors:
            if _versions(settings) == seen:
                raise
        else:
            if _versions(settings) == seen:
                with _fewer_searches():
                    return Reread(Numbering(accounts), trunks, list(map(str, differences(before, accounts))))
    raise Unsettled("the dialplans were being written all the while: reload once more when that is done")


def let_loop_go_first() -> None:
    """Have the event loop's thread wait for others no longer than SWITCH_SECONDS at a time."""
    sys.setswitchinterval(SWITCH_SECONDS)


@contextmanager
def _fewer_searches() -> Iterator[None]:
    young, *older = gc.get_threshold()
    gc.set_threshold(YOUNG_OBJECTS, *older)
    try:
        yield
    finally:
        gc.set_threshold(young, *older)


def _versions(settings: Settings) -> dict[Path, tuple[int, int, int]]:
    """What tells the files that are there now from others; nothing where they cannot be looked at."""
    try:
        paths = [*dialplan_files(settings.dialplans), *([settings.trunks] if settings.trunks.exists() else [])]
        stats = {path: path.stat() for path in paths}
    except OSError:
        return {}
    return {path: (stat.st_ino, stat.st_mtime_ns, stat.st_size) for path, stat in stats.items()}
