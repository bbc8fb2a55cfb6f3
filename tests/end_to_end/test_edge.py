"""Phones behind an edge proxy that is not ours: the way back to them is the edge's Path."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from edge import OUTBOUND, Edge, edge
from kamailio import KAMAILIO
from office import Office, seconds_of

from engine.softphone.phone import Softphone

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(KAMAILIO is None, reason="Kamailio is not installed (apt package kamailio)"),
    pytest.mark.skipif(not OUTBOUND, reason="Kamailio has no outbound.so (apt package kamailio-outbound-modules)"),
]


OVER_THE_FLOW = 2
"""What Kamailio's loose_route says of a Route with a flow token."""


async def behind(proxy: Edge, office: Office, extension: str, folder: Path, tone: float) -> Softphone:
    return await office.phone(
        extension,
        server=f"127.0.0.1:{proxy.port}",
        transport="tcp",
        tone=tone,
        record=str(folder / f"{extension}.wav"),
        answer=200,
    )


@pytest.mark.interop(program="Kamailio", feature="Path of an edge proxy (RFC 3327)")
@pytest.mark.interop(program="Kamailio", feature="Outbound over an edge proxy with flow tokens (RFC 5626)")
@pytest.mark.interop(program="pjsua2", feature="Outbound (RFC 5626)")
async def test_phones_behind_edges_with_and_without_outbound_are_called_over_their_path(
    office: Office, tmp_path: Path
) -> None:
    registrar = office.port
    async with (
        edge(tmp_path, registrar, outbound=True) as keeps,
        edge(tmp_path, registrar, outbound=False) as plain,
    ):
        one, other = await asyncio.gather(
            behind(keeps, office, "101", tmp_path, 440), behind(plain, office, "102", tmp_path, 620)
        )
        one.dial("102")
        await other.wait("answered", 5)
        await asyncio.sleep(0.7)
        one.hang_up()
        await other.wait("ended", 5)
        other.dial("101")
        await one.wait("answered", 5, call=2)
        await asyncio.sleep(0.7)
        one.hang_up(2)
        await other.wait("ended", 5, call=2)
        await asyncio.gather(one.close(), other.close())
        assert seconds_of(tmp_path / "101.wav", 620) > 1.0
        assert seconds_of(tmp_path / "102.wav", 440) > 1.0
        (with_token,), (by_path,) = keeps.noted("CALLED"), plain.noted("CALLED")
        assert f"by {OVER_THE_FLOW} to sip:127.0.0.1:" in with_token
        assert with_token.endswith(f"@127.0.0.1:{keeps.port};lr;ob>"), "the edge's own word for the way"
        assert by_path.endswith(f"<sip:127.0.0.1:{plain.port};lr>")
        assert [line.split()[2] for line in keeps.noted("REGISTERED")][1:2] == ["outbound"]
        assert [line.split()[2] for line in plain.noted("REGISTERED")][1:2] == ["<null>"]
