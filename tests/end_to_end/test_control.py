"""The control door of a running Belplan, with real phones: what is seen from outside, and a test call that is heard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from office import Office

from engine.control.client import Control, NotRunning
from engine.control.messages import CallNews, CallOver, LookAgain, News
from engine.settings import Settings

pytestmark = pytest.mark.end_to_end


async def test_calls_are_seen_as_they_happen_and_a_test_call_is_heard(office: Office, tmp_path: Path) -> None:
    control, told = Control(Settings(state=tmp_path / "state")), list[News]()

    async def watch() -> None:
        async for news in control.watch():
            told.append(news)

    watching = asyncio.create_task(watch())
    orders = await office.phone("102", answer=200, answer_after=1.0, record=str(tmp_path / "orders.wav"))

    # a call through the menu, as it happens
    caller = await office.outside(record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.5)
    caller.press("1")
    await orders.wait("answered")
    talking = await office.command("status")
    assert "orders" in talking
    assert "welcome > orders\ttalks to orders" in talking
    caller.hang_up()
    await orders.wait("ended")
    ended = await office.logged("call ended")
    calls = await seen(told)
    whole = [(each.what, each.call.state.value, each.call.with_whom) for each in calls]
    for one, other in [
        (("CallOffered", "offered", ()), ("NodeEntered", "node", ())),
        (("NodeEntered", "node", ()), ("Ringing", "ringing", ("orders",))),
        (("Ringing", "ringing", ("orders",)), ("Bridged", "talking", ("orders",))),
    ]:
        assert whole.index(one) < whole.index(other), whole
    assert calls[-1].call.path == ("menu:welcome", "ring:orders")
    assert isinstance(told[0], LookAgain)
    assert {each.call.id for each in calls} == {ended["call"]}

    # a test call: the phone answers, hears the prompt to its end, and is hung up
    orders.events.clear()
    assert await office.command("ring", "102") == "ringing 1 phone of 102\nanswered, and heard the test to its end\n"
    incoming = await orders.wait("incoming")
    assert "Belplan test call" in incoming.text
    refused = await office.command("ring", "101", code=1)
    assert "no phone of 101 is registered" in refused

    # a power cut: whoever watches is told
    await office.kill()
    with pytest.raises(NotRunning):
        await asyncio.wait_for(watching, 10)
    assert "belplan serve" in await office.command("status", code=1)
    await orders.close()
    assert pieces_heard(tmp_path / "orders.wav", Path("prompts/en/test-call.wav")) >= 3, "the prompt is heard"


async def seen(told: list[News]) -> list[CallNews]:
    async with asyncio.timeout(10):
        while not any(isinstance(each, CallOver) for each in told):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)
    return [each for each in told if isinstance(each, CallNews)]


PIECE_SECONDS = 0.4
ALIKE = 0.75
"""Of two pieces of sound; another piece of the same voice comes to half of it."""


def pieces_heard(recording: Path, sound: Path) -> int:
    """How many pieces of a sound are found in a recording, wherever each is: a busy machine tears sound apart."""
    (heard, rate), (wanted, same) = soundfile.read(recording), soundfile.read(sound)
    assert rate == same
    size = int(PIECE_SECONDS * rate)
    pieces = [wanted[at : at + size] for at in range(0, len(wanted) - size + 1, size)]
    return sum(_likeness(heard, piece) > ALIKE for piece in pieces if np.abs(piece).max() > 0.1)


def _likeness(heard: Any, piece: Any) -> float:
    """How much a piece of sound is like what is most like it in a recording: 1 for the same."""
    size = len(heard) + len(piece)
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(heard)]
    sums = np.concatenate([[0.0], np.cumsum(np.square(heard)), np.full(len(piece), np.square(heard).sum())])
    loudness = np.sqrt(np.maximum(sums[len(piece) : len(piece) + len(heard)] - sums[: len(heard)], 1e-6))
    return float((products / (loudness * np.linalg.norm(piece))).max())
