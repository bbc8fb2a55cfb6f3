"""Two legs that hear each other, in one worker or in two."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from media.joining import joined
from media.plane import MediaPlane
from tests.media.conftest import Office
from tests.media.test_conference import listen
from tests.rtp_ports import rtp_range


@pytest.mark.parametrize("codecs", [("PCMU", "PCMU"), ("PCMA", "PCMU")])
@pytest.mark.parametrize("workers", [1, 2])
async def test_both_hear_each_other_and_then_nobody(workers: int, codecs: tuple[str, str]) -> None:
    plane = MediaPlane(workers=workers, ports=rtp_range(60), port_rest=0.1)
    await plane.start()
    try:
        async with AsyncExitStack() as stack:
            office = Office(plane, stack)
            pairs = [await office.phone(codec=codec) for codec in codecs]
            for (phone, _), hertz in zip(pairs, (400.0, 650.0), strict=True):
                phone.talk(hertz)
            phones, (one, other) = [phone for phone, _ in pairs], [leg for _, leg in pairs]
            assert (one.worker is other.worker) is (workers == 1)
            async with joined(plane, one, other, codecs[0]):
                assert await listen(phones) == [{650.0}, {400.0}]
                assert plane.legs == (2 if workers == 1 else 4)
            assert plane.legs == 2, "the way between the workers is closed"
            assert await listen(phones) == [set(), set()]
    finally:
        await plane.close()
