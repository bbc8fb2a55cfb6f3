"""The console's own certificate: shown to visitors, and read again when it has been renewed."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

import structlog

from engine.certificates.certificate import CertificateProblem, read_certificate
from engine.certificates.contexts import server_context
from engine.certificates.finding import find_pairs

log = structlog.get_logger()

LOOK_SECONDS: Final = 30
"""How often the files are looked at (uvicorn's ``timeout_notify``)."""


class Shown:
    """What the setting ``console_certificate`` names, as a TLS context. Raises CertificateProblem."""

    def __init__(self, place: Path) -> None:
        self._pair = find_pairs([place])[0]
        self._written = self._times()
        self.context: ssl.SSLContext = server_context([read_certificate(self._pair)])

    async def look(self) -> None:
        """Read the files again if they have changed; connections from now on get what they hold."""
        try:
            written = self._times()
            if written == self._written:
                return
            read_certificate(self._pair)
            self.context.load_cert_chain(self._pair.certificate, self._pair.key)
        except (CertificateProblem, OSError) as problem:
            log.warning("the console's certificate has changed and cannot be used", reason=str(problem))
            return
        self._written = written
        log.info("the console's certificate was read again")

    def _times(self) -> list[float]:
        return [path.stat().st_mtime for path in (self._pair.certificate, self._pair.key)]
