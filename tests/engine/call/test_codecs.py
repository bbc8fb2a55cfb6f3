"""Which codecs are offered, in which order, and who is asked to change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from engine.call.codecs import CODECS, G722, NAMED, OPUS, PCMA, PCMU, offered, ordered, sharing_a_codec
from engine.dialplan.codec_names import NAMES
from sip.sdp.answer import Codec


class Side:
    """A line that changes its codec, or refuses to."""

    def __init__(self, codec: Codec | None, common: Sequence[Codec], *, refuses: bool = False) -> None:
        self.codec, self.common, self.held = codec, common, False
        self.asked: list[Codec] = []
        self._refuses = refuses

    async def change_codec(self, codec: Codec) -> bool:
        self.asked.append(codec)
        if not self._refuses:
            self.codec = codec
        return not self._refuses


async def talk(one: Side, other: Side) -> None:
    async with sharing_a_codec(one, other):
        for _ in range(5):
            await asyncio.sleep(0)


def test_every_name_an_admin_may_write_is_a_codec() -> None:
    assert set(NAMES) == set(NAMED)
    assert set(NAMED.values()) == set(CODECS)


def test_an_admins_order_is_kept_and_without_one_everything_is_offered() -> None:
    assert ordered(["pcmu", "opus"]) == (PCMU, OPUS)
    assert ordered([]) == CODECS


def test_what_the_other_side_speaks_comes_first() -> None:
    assert offered([], [PCMU, G722])[:2] == (PCMU, G722)
    assert set(offered([], [PCMU])) == set(CODECS)
    assert offered(["opus", "g722", "pcmu"], [PCMU, G722]) == (G722, PCMU, OPUS)
    assert offered(["opus"], [PCMU]) == (OPUS,)


async def test_nobody_is_asked_where_both_talk_the_same() -> None:
    one, other = Side(G722, [G722]), Side(G722, [G722])
    await talk(one, other)
    assert (one.asked, other.asked) == ([], [])


async def test_the_caller_changes_to_what_the_phone_talks() -> None:
    one, other = Side(G722, [G722, PCMU]), Side(PCMU, [PCMU])
    await talk(one, other)
    assert (one.asked, other.asked) == ([PCMU], [])


@pytest.mark.parametrize("common", [[G722], [G722, PCMU]])
async def test_the_phone_changes_where_the_caller_cannot_or_will_not(common: list[Codec]) -> None:
    one, other = Side(G722, common, refuses=True), Side(PCMU, [PCMU, G722])
    await talk(one, other)
    assert other.asked == [G722]
    assert other.codec == G722


async def test_nobody_is_asked_to_change_to_opus_nor_while_on_hold(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    one, other = Side(OPUS, [OPUS, PCMA]), Side(PCMU, [PCMU, OPUS])
    await talk(one, other)
    assert (one.asked, other.asked) == ([], [])
    assert "transcoded between opus and PCMU" in caplog.text
    held, far = Side(G722, [G722, PCMU]), Side(PCMU, [PCMU])
    held.held = True
    await talk(held, far)
    assert held.asked == []
