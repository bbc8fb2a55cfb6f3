"""SIPp as the peer of a test: one scenario, run to its end."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from office import Office, free_port

SCENARIOS = Path(__file__).parent / "end_to_end" / "sipp"
LOADS = Path(__file__).parents[1] / "bench" / "sipp"
needs_sipp = pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp is not installed: apt install sip-tester")


async def sipp(office: Office, scenario: Path, *words: str) -> int:
    """Its exit status, 0 if each call went as the scenario says; one call, if no ``-m`` says otherwise."""
    place = ("-i", "127.0.0.1", "-nostdin", "-timeout", "20", "-m", "1", "-mp", str(free_port()))
    process = await asyncio.create_subprocess_exec(
        *("sipp", office.server, "-sf", str(scenario), *place, *words),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=office.folder,
    )
    return await process.wait()
