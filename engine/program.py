"""``belplan serve`` as a process: signals, what prevents a start, and the tasks that run as long as the engine does."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.app import running
from engine.call.trunk import Trunk
from engine.certificates.certificate import CertificateProblem
from engine.cli.welcome import welcome
from engine.companions import Companion, Companions
from engine.control.door import Door
from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors
from engine.exposed import exposed_secrets
from engine.log import configure, log_ready
from engine.machine import open_many_files
from engine.reloading import let_loop_go_first, read_accounts
from engine.settings import Settings
from engine.store.database import StoreFailed, reason
from engine.store.store import Store
from engine.trunks.file import load_trunks
from media.plane import MediaUnavailable
from sip.rim.user_agent import ListenFailed

log = structlog.get_logger()


async def _run(
    settings: Settings, store: Store, accounts: Sequence[Account], trunks: Sequence[Trunk], beside: Sequence[Companion]
) -> None:
    async with (
        Companions(beside) as companions,
        running(settings, store, accounts, trunks) as engine,
        asyncio.TaskGroup() as group,
    ):

        def reload() -> None:
            if not engine.stopping.is_set():
                group.create_task(engine.reload())
                group.create_task(engine.certificates.look(anyway=True))

        door = Door(engine)
        _on_signals(stop=engine.stopping.set, reload=reload)
        house = group.create_task(engine.keep_house())
        certificates = group.create_task(engine.certificates.keep())
        desk = group.create_task(engine.desk.run())
        watch_room = group.create_task(engine.watch_room.run())
        alerts = group.create_task(engine.alerts.run())
        await door.open()
        visitors = group.create_task(door.run())
        group.create_task(engine.trunks.run())
        guarding = group.create_task(engine.guarding.keep())
        old_phones = group.create_task(engine.old_phones.keep())
        gc.collect()
        gc.freeze()
        gc.enable()
        with contextlib.suppress(OSError, SystemExit):
            # nobody reads it: rich leaves the program over a closed pipe, but callers want to be answered
            welcome(
                settings, engine.addresses, accounts, store.passwords, pages=settings.console_base if beside else None
            )
        log_ready(engine.addresses, accounts=[account.key for account in accounts])
        del accounts
        companions.begin()
        await engine.stopping.wait()
        log.info("stopping", calls=len(engine._calls))
        companions.dismiss()
        house.cancel()
        certificates.cancel()
        desk.cancel()
        watch_room.cancel()
        alerts.cancel()
        visitors.cancel()
        engine.trunks.stop()
        guarding.cancel()
        old_phones.cancel()


def _on_signals(*, stop: Callable[[], None], reload: Callable[[], None]) -> None:
    """Let SIGTERM and SIGINT stop, SIGHUP reload, to the end of the process.

    asyncio's own handlers give a signal back its default, to kill, while the loop closes.
    """
    loop = asyncio.get_running_loop()

    def pass_on(action: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(action)

    for number, action in ((signal.SIGTERM, stop), (signal.SIGINT, stop), (signal.SIGHUP, reload)):
        signal.signal(number, lambda *_, action=action: pass_on(action))


def _leave(*_: object) -> None:
    log.info("stopped")
    sys.exit(0)


def _make_folder(dialplans: Path) -> None:
    """Make the place for the first account. Where that cannot be, loading says why."""
    with contextlib.suppress(OSError):
        dialplans.mkdir(parents=True, exist_ok=True)


def serve(settings: Settings, beside: Sequence[Companion] = (), *, config: Path | None = None) -> int:
    """Run the phone system until SIGTERM or SIGINT; the exit status. What prevents it is said in a sentence.

    Companions run ``beside`` it. Where there are any, the first account may be made later, by one of them.
    ``config`` is the file of settings that was asked for.
    """
    configure(settings.log_level, settings.log_format)
    open_many_files()
    let_loop_go_first()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if os.geteuid() == 0:
        log.warning("belplan runs as root, which it never needs: run it as a user of its own (docs/running.md)")
    for exposed in exposed_secrets(settings, config):
        log.warning(exposed.what, file=exposed.file, todo=exposed.suggestion)
    try:
        if beside:
            _make_folder(settings.dialplans)
        accounts, trunks = read_accounts(settings, none_yet=bool(beside)), load_trunks(settings.trunks)
        with Store(settings, serving=True) as store:
            running_to_the_end = _run(settings, store, accounts, trunks, beside)
            del accounts
            asyncio.run(running_to_the_end)
    except DialplanErrors as errors:
        log.error("the dialplans cannot be used", findings=[str(finding) for finding in errors.findings])
        return 1
    except (StoreFailed, SQLAlchemyError, CertificateProblem, ListenFailed, MediaUnavailable) as problem:
        log.error("belplan cannot start", reason=reason(problem))
        return 1
    log.info("stopped")
    return 0
