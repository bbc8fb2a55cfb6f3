"""Phones that registered with a password that is another one now: whoever has found one is called no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from engine.numbering import Numbering
from engine.store.passwords import Passwords
from sip.registrar import Registrar

LOOK_SECONDS = 1.0

log = structlog.get_logger()


class OldPhones:
    """Forgets them, those also that registered before the engine was started. Their calls go on to the end."""

    def __init__(self, passwords: Passwords, registrar: Registrar, numbering: Callable[[], Numbering]) -> None:
        self._passwords = passwords
        self._registrar = registrar
        self._numbering = numbering

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Forget the phones of everybody whose password has changed since the last look."""
        changed = self._passwords.take_changed()
        if not changed:
            return
        domains = {account.key: account.domain for account in self._numbering().accounts}
        for (account, extension), since in changed.items():
            if account in domains and (gone := self._registrar.forget(f"{extension}@{domains[account]}", since)):
                log.info(
                    "phones forgotten, as the password is another", account=account, extension=extension, phones=gone
                )
