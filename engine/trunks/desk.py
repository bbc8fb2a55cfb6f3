"""All trunks looked after, through reloads of their file; what stands at the moment is reported to a file."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from engine.call.trunk import Trunk
from engine.call.ways_out import WaysOut
from engine.office.standing import Standing
from engine.trunks.contacts import contacts_of
from engine.trunks.keeper import Keeper
from engine.trunks.report import STALE_SECONDS, TrunkReport, write_report
from sip.rim.user_agent import UserAgent

REPORT_SECONDS: Final = 0.5
"""Changes of so many seconds are reported together."""

log = logging.getLogger(__name__)


class TrunkDesk:
    """The trunks of an engine. ``ways_out`` is what its calls go by, ``standing`` keeps what outlives the process."""

    def __init__(
        self,
        agent: UserAgent,
        ways_out: WaysOut,
        standing: Standing,
        state: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._agent = agent
        self._ways_out = ways_out
        self._standing = standing
        self._folder = state
        self._clock = clock
        self._keepers: dict[str, tuple[Keeper, asyncio.Task[None]]] = {}
        self._news = asyncio.Event()
        self._stopping = False
        self._reportable = bool(ways_out.trunks)
        self.contacts: Mapping[str, str] = {}
        """The user part of our Contact at each trunk, by the trunk's name."""
        self.adopt(ways_out.trunks)

    def adopt(self, trunks: Sequence[Trunk]) -> None:
        """Use these from now on. What has changed is left and begun anew."""
        self._ways_out.trunks = tuple(trunks)
        self.contacts = contacts_of([trunk.name for trunk in trunks], self._standing)
        self._reportable = self._reportable or bool(trunks)
        self._news.set()

    def stop(self) -> None:
        """Leave all providers; ``run`` ends when that is done."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Look after the trunks until ``stop``."""
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                self._news.clear()
                self._look_after(group)
                self._report()
                await asyncio.sleep(REPORT_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(STALE_SECONDS / 2):
                        await self._news.wait()
            for keeper, _ in self._keepers.values():
                keeper.stop()
        self._report()

    def _look_after(self, group: asyncio.TaskGroup) -> None:
        wanted = {trunk.name: trunk for trunk in self._ways_out.trunks}
        for name, (keeper, _) in list(self._keepers.items()):
            if wanted.get(name) != keeper.trunk:
                keeper.stop()
        for name, trunk in wanted.items():
            before = self._keepers.get(name)
            if before is not None and before[0].trunk == trunk:
                continue
            state = self._ways_out.state(name)
            state.changed = self._news.set
            keeper = Keeper(self._agent, trunk, state, self.contacts[name], self._clock)
            self._keepers[name] = (keeper, group.create_task(_after(before[1] if before else None, keeper)))
        for name in self._keepers.keys() - wanted.keys():
            del self._keepers[name]

    def _report(self) -> None:
        if not self._reportable:
            return
        try:
            write_report(self._folder, [self._report_of(trunk) for trunk in self._ways_out.trunks], self._clock())
        except OSError as problem:
            log.warning("how the trunks stand could not be written: %s", problem.strerror)

    def _report_of(self, trunk: Trunk) -> TrunkReport:
        state = self._ways_out.state(trunk.name)
        return TrunkReport(
            name=trunk.name,
            address=f"{trunk.host}:{trunk.port}" if trunk.port else trunk.host,
            registers=bool(trunk.registers),
            registered_until=state.registered_until,
            up=not state.down,
            checked=bool(trunk.check),
            calls=len(state.lines),
            most_calls=trunk.calls,
            seconds_today=self._ways_out.purse(trunk, self._clock()).used,
            most_seconds=trunk.seconds,
            failure=state.failure,
            failed_at=state.failed_at,
        )


async def _after(before: asyncio.Task[None] | None, keeper: Keeper) -> None:
    """The same contact is not left after it has been registered anew. What goes wrong with one trunk is its own."""
    if before is not None:
        await asyncio.wait((before,))
    try:
        await keeper.run()
    except Exception:
        log.exception("a trunk is not looked after any more", extra={"trunk": keeper.trunk.name})
