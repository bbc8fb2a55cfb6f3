"""The console's own certificate: shown, renewed without a restart, and kept where the new one is no good."""

from __future__ import annotations

import asyncio
import os
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from engine.certificates.certificate import CertificateProblem
from tests.certificates import Authority
from web.shell.certificate import Shown

NAME = "phone.bakery.example"


async def serial(shown: Shown, authority: Authority) -> str:
    """What a visitor sees, who trusts the authority."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=shown.context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cafile=str(authority.file))
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=NAME)
        certificate = writer.get_extra_info("peercert")
        writer.close()
    return str(certificate["serialNumber"])


async def test_a_renewed_certificate_is_shown_from_then_on(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    folder = authority.issue([NAME])
    shown = Shown(folder)
    first = await serial(shown, authority)
    await shown.look()
    assert await serial(shown, authority) == first
    authority.issue([NAME], into=folder, ends=timedelta(days=60))
    for file in folder.iterdir():
        os.utime(file, (file.stat().st_atime, file.stat().st_mtime + 5))
    await shown.look()
    second = await serial(shown, authority)
    assert second != first
    (folder / "fullchain.pem").write_text("no certificate")
    await shown.look()
    assert await serial(shown, authority) == second


def test_one_that_is_no_good_is_told(tmp_path: Path) -> None:
    with pytest.raises(CertificateProblem, match="there is no such file or folder"):
        Shown(tmp_path / "nothing.pem")
