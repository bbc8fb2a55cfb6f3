"""Prompts and keys together, on a made-up clock: what cuts a prompt, when patience begins, what is left for later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import pytest

from engine.call.collecting import Collecting
from engine.call.dialling import AnyKey, Dialling, Tail
from engine.call.keypad import KeyPresses
from engine.call.protocol import ExtensionDialled, Key, KeyPlan, Keys, NoInput, WrongInput
from engine.call.virtual_time import VirtualTimeLoop
from media.commands import File, Played, Sound

WELCOME = (File("/welcome.wav"),)
PLAN = KeyPlan(frozenset("129*"), frozenset({"101", "1035"}), first_digit=5.0, between_digits=2.0)


class Ear:
    """Plays prompts of 3 seconds and notes from when to when. ``stop`` is obeyed after ``slow`` seconds."""

    def __init__(self, slow: float, broken: bool) -> None:
        self.heard: list[tuple[float, float]] = []
        self._slow = slow
        self._broken = broken
        self._began = 0.0
        self._future: asyncio.Future[Played] | None = None

    def begin(self, sounds: Sequence[Sound], *, barge_in: bool = False) -> asyncio.Future[Played]:
        assert barge_in
        self._end(False)
        loop = asyncio.get_running_loop()
        self._began, self._future = loop.time(), loop.create_future()
        loop.call_later(0.0 if self._broken else 3.0, self._finish, self._future, not self._broken)
        return self._future

    def stop(self) -> None:
        if self._slow:
            asyncio.get_running_loop().call_later(self._slow, self._finish, self._future, False)
        else:
            self._end(False)

    def _finish(self, future: asyncio.Future[Played], finished: bool) -> None:
        if future is self._future:
            self._end(finished)

    def _end(self, finished: bool) -> None:
        if self._future is None or self._future.done():
            return
        now = asyncio.get_running_loop().time()
        self.heard.append((round(self._began, 3), round(now, 3)))
        failed = "no such file" if self._broken else ""
        self._future.set_result(Played(1, 1, finished, now - self._began, failed))


class Side:
    """A caller's side: an ear and a keypad."""

    def __init__(self, slow: float, broken: bool) -> None:
        self.keys = KeyPresses()
        self.media = Ear(slow, broken)


class Scene:
    """What came of a collection: its meaning, when, what was heard, and what waits for the next one."""

    meaning: Keys
    at: float
    heard: list[tuple[float, float]]
    waiting: int
    tail: Tail | None


def collect(
    keys: Iterable[tuple[float, str]] = (),
    *,
    prompt: Sequence[Sound] = WELCOME,
    plan: KeyPlan = PLAN,
    tail: Tail | None = None,
    slow: float = 0.0,
    broken: bool = False,
    begin: float = 0.0,
) -> Scene:
    """One collection that begins at ``begin``; keys are pressed at their times, also before."""
    loop, scene = VirtualTimeLoop(), Scene()

    async def run() -> None:
        side = Side(slow, broken)
        for at, key in keys:
            loop.call_at(at, side.keys.press, key, "rfc4733", at)
        await asyncio.sleep(begin)
        dialling = Dialling(plan, tail)
        collecting = Collecting(side, dialling, plan.first_digit)
        scene.meaning = await collecting.run(prompt)
        scene.at, scene.waiting, scene.tail = round(loop.time(), 3), len(side.keys), dialling.tail
        await asyncio.sleep(slow)
        scene.heard = side.media.heard
        assert (collecting.prompting is None) == (not scene.heard)

    loop.run_until_complete(run())
    loop.close()
    return scene


@pytest.mark.parametrize(
    ("keys", "meaning", "at"),
    [
        ([], NoInput(), 3 + 5.0),
        ([(1.0, "2")], Key("2"), 1.0),
        ([(4.0, "2")], Key("2"), 4.0),
        ([(7.9, "2")], Key("2"), 7.9),
        ([(1.0, "1")], Key("1"), 3.0),
        ([(1.0, "1"), (1.5, "#")], Key("1"), 1.5),
        ([(1.0, "1"), (2.5, "0"), (4.0, "1")], ExtensionDialled("101"), 4.0),
        ([(1.0, "1"), (1.1, "0"), (1.2, "3"), (1.3, "5")], ExtensionDialled("1035"), 1.3),
        ([(1.0, "1"), (1.1, "0"), (1.2, "9")], WrongInput("109"), 3.2),
        ([(1.0, "7")], WrongInput("7"), 1.0),
        ([(1.0, "#")], WrongInput("#"), 1.0),
    ],
)
def test_what_keys_mean_and_when_that_is_known(keys: list[tuple[float, str]], meaning: Keys, at: float) -> None:
    scene = collect(keys)
    assert (scene.meaning, scene.at) == (meaning, pytest.approx(at))


def test_the_first_key_cuts_the_prompt_and_it_stays_silent() -> None:
    assert collect([(1.0, "1"), (1.5, "0"), (2.0, "1")]).heard == [(0.0, 1.0)]


def test_a_worker_that_takes_its_time_to_stop_changes_nothing() -> None:
    scene = collect([(1.0, "1"), (1.3, "0"), (1.6, "1")], slow=0.5)
    assert (scene.meaning, scene.at) == (ExtensionDialled("101"), pytest.approx(1.6))
    assert scene.heard[0] == (0.0, 1.5)


def test_without_a_prompt_patience_begins_at_once() -> None:
    scene = collect(prompt=())
    assert (scene.meaning, scene.at, scene.heard) == (NoInput(), 5.0, [])


def test_a_prompt_that_cannot_be_played_is_over_at_once() -> None:
    scene = collect(broken=True)
    assert (scene.meaning, scene.at) == (NoInput(), pytest.approx(5.0))


def test_keys_typed_ahead_count_and_spare_the_prompt() -> None:
    scene = collect([(1.0, "2")], begin=2.0)
    assert (scene.meaning, scene.at, scene.heard) == (Key("2"), 2.0, [])


def test_the_beginning_of_an_extension_typed_ahead_waits_for_the_rest() -> None:
    scene = collect([(1.9, "1"), (2.5, "0"), (3.0, "1")], begin=2.0)
    assert (scene.meaning, scene.at, scene.heard) == (ExtensionDialled("101"), 3.0, [])


def test_an_extension_and_a_choice_typed_ahead_are_not_mixed() -> None:
    scene = collect([(0.1, "1"), (0.2, "0"), (0.3, "1"), (0.4, "2")], begin=2.0)
    assert (scene.meaning, scene.waiting) == (ExtensionDialled("101"), 1)


def test_a_key_pressed_too_late_for_an_extension_is_left_for_the_next_menu() -> None:
    scene = collect([(0.0, "1"), (5.0, "2")], begin=6.0)
    assert (scene.meaning, scene.waiting) == (Key("1"), 1)


def test_what_is_left_of_a_dialling_is_swallowed_and_the_prompt_is_heard() -> None:
    scene = collect([(0.5, "#")], tail=Tail(until=2.0), begin=1.0)
    assert (scene.meaning, scene.heard) == (NoInput(), [(1.0, 4.0)])
    assert scene.at == pytest.approx(4.0 + 5.0)


def test_what_is_left_of_a_dialling_does_not_end_the_prompt_for_good() -> None:
    scene = collect([(1.0, "#"), (6.0, "2")], tail=Tail(until=2.0))
    assert scene.meaning == Key("2")
    assert scene.heard == [(0.0, 1.0), (1.0, 4.0)], "the worker stopped it at the key: it begins again"


def test_a_complete_extension_leaves_a_tail_for_its_hash() -> None:
    tail = collect([(1.0, "1"), (1.1, "0"), (1.2, "1")]).tail
    assert tail is not None
    assert tail.owns("#", 1.5)
    assert not tail.owns("2", 1.5)


@pytest.mark.parametrize(
    ("keys", "begin", "heard", "waiting"),
    [
        ([], 0.0, [(0.0, 3.0)], 0),
        ([(1.0, "7")], 0.0, [(0.0, 1.0)], 1),
        ([(1.0, "7"), (1.0, "8")], 0.0, [(0.0, 1.0)], 2),
        ([(1.0, "7")], 2.0, [], 1),
        ([(1.0, "#")], 0.0, [(0.0, 1.0), (1.0, 4.0)], 0),
        ([(1.0, "#"), (2.0, "7")], 0.0, [(0.0, 1.0), (1.0, 2.0)], 1),
    ],
)
def test_an_announcement_is_cut_by_a_key_that_is_kept(
    keys: list[tuple[float, str]], begin: float, heard: list[tuple[float, float]], waiting: int
) -> None:
    loop = VirtualTimeLoop()

    async def run() -> None:
        side = Side(0.0, False)
        for at, key in keys:
            loop.call_at(at, side.keys.press, key, "rfc4733", at)
        await asyncio.sleep(begin)
        await Collecting(side, AnyKey(Tail(until=1.5)), 0.0).run(WELCOME)
        assert loop.time() == pytest.approx(heard[-1][1] if heard else begin), "it leads on at once"
        assert (side.media.heard, len(side.keys)) == (heard, waiting)

    loop.run_until_complete(run())
    loop.close()


def test_a_cancelled_collection_stops_the_prompt() -> None:
    loop = VirtualTimeLoop()

    async def run() -> list[tuple[float, float]]:
        side = Side(0.0, False)
        task = loop.create_task(Collecting(side, Dialling(PLAN), PLAN.first_digit).run(WELCOME))
        await asyncio.sleep(1.0)
        task.cancel()
        await asyncio.wait({task})
        await asyncio.sleep(0)
        assert task.cancelled()
        return side.media.heard

    assert loop.run_until_complete(run()) == [(0.0, 1.0)]
    loop.close()
