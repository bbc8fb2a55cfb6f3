"""The certificates of a running engine: read at the start, looked at again and again, and replaced when renewed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from engine.certificates.certificate import Certificate, CertificateProblem, read_certificate
from engine.certificates.contexts import server_context, trusting
from engine.certificates.finding import find_pairs
from engine.settings import Settings
from sip.rim.tls import Tls

LOOK_SECONDS: Final = 20.0
"""How often the files are looked at; a renewed one is in use within a minute."""
SETTLE_SECONDS: Final = 2.0
"""Whoever renews a certificate writes several files: what cannot be used is read once more after so long."""
REMIND_SECONDS: Final = 86400.0
"""How often it is said that a certificate has expired, or is about to."""

log = structlog.get_logger()

Stamps = dict[Path, tuple[int, int, int] | None]
"""When each file was written, its size and its number; None for one that cannot be seen."""


def read_certificates(settings: Settings) -> list[Certificate]:
    """All that the settings name. Raises CertificateProblem."""
    return [read_certificate(pair) for pair in find_pairs(settings.certificates)]


def load_into(tls: Tls, settings: Settings) -> list[Certificate]:
    """Make ``tls`` from the files that the settings name. Raises CertificateProblem."""
    certificates = read_certificates(settings)
    tls.client = trusting(settings.trusted_authorities) if settings.trusted_authorities is not None else None
    if certificates:
        tls.server = server_context(certificates, settings.client_certificates, settings.client_authorities)
    return certificates


class CertificateKeeper:
    """Keeps ``tls`` as the files are; what is broken is said, and does not replace what works."""

    def __init__(self, settings: Settings, tls: Tls, wall_clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.tls = tls
        self._wall_clock = wall_clock
        self._stamps: Stamps = {}
        self._certificates: list[Certificate] = []
        self._reminded_at = float("-inf")

    def load(self) -> None:
        """At the start. Raises CertificateProblem."""
        self._stamps = _stamps(self.settings)
        self._certificates = load_into(self.tls, self.settings)
        self.remind()

    async def keep(self) -> None:
        """Look at the files again and again."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()
            self.remind()

    async def look(self, *, anyway: bool = False) -> None:
        """Read them anew if any was changed, or ``anyway``. Never raises."""
        stamps = await asyncio.to_thread(_stamps, self.settings)
        if stamps == self._stamps and not anyway:
            return
        try:
            await self._replace()
        except CertificateProblem:
            await asyncio.sleep(SETTLE_SECONDS)
            try:
                await self._replace()
            except CertificateProblem as problem:
                self._stamps = stamps
                log.error("certificates not renewed", reason=str(problem), in_use="those before")

    async def _replace(self) -> None:
        """Raises CertificateProblem."""
        stamps = await asyncio.to_thread(_stamps, self.settings)
        fresh = Tls()
        certificates = await asyncio.to_thread(load_into, fresh, self.settings)
        changed = certificates != self._certificates
        self._stamps, self._certificates = stamps, certificates
        self.tls.server, self.tls.client = fresh.server, fresh.client
        if changed:
            self._reminded_at = float("-inf")
        log.info("certificates renewed", names=[name for each in certificates for name in each.names])
        self.remind()

    def remind(self) -> None:
        """Say, once a day, what is wrong or soon will be."""
        now = self._wall_clock()
        if now - self._reminded_at < REMIND_SECONDS:
            return
        for certificate in self._certificates:
            doubt = certificate.doubt(now)
            if doubt is not None:
                self._reminded_at = now
                log.warning("a certificate needs care", reason=f"{certificate.pair.certificate}: {doubt}")


def _stamps(settings: Settings) -> Stamps:
    try:
        pairs = find_pairs(settings.certificates)
    except CertificateProblem:
        pairs = []
    files = [path for pair in pairs for path in (pair.certificate, pair.key)]
    files += [each for each in (settings.client_authorities, settings.trusted_authorities) if each is not None]
    return {path: _stamp(path) for path in files}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
