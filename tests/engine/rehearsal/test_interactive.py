"""Playing the caller: the clock waits for whoever types, from a pipe as well as at a terminal."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import sys
import time
from subprocess import Popen

import pytest
from rich.console import Console

from engine.call.script import Phone
from engine.dialplan.account import Account
from engine.events import Side, Verdict
from engine.rehearsal.given import read_time
from engine.rehearsal.interactive import play
from engine.rehearsal.rehearse import Rehearsal
from engine.rehearsal.situation import Situation
from tests.engine.rehearsal.conftest import ROOT

Told = tuple[Rehearsal, str]


def typed(
    account: Account, monkeypatch: pytest.MonkeyPatch, *lines: str, phones: dict[str, Phone] | None = None
) -> Told:
    """Play a call with these lines as they would come from a pipe: how it went, and what was printed."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    out = io.StringIO()
    everybody = {"101": Phone(talks=5), "102": Phone(talks=5)} if phones is None else phones
    situation = Situation(
        read_time("2026-12-24 10:00", account.info.timezone), "+31612345678", "+31201234567", phones=everybody
    )
    return play([account], situation, account, Console(file=out, highlight=False, width=200)), out.getvalue()


def test_who_listens_on_hears_everything(bakery: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    went, told = typed(bakery, monkeypatch, "", "", "", "a", "", "")
    assert went.ended.answered_by == "front-desk"
    assert told.count("hears    welcome.wav (14.0 s)") == 3
    assert told.index("welcome.wav") < told.index("front-desk (101) is rung") < told.index("talked with front-desk")


def test_keys_are_pressed_while_it_plays(bakery: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    went, told = typed(bakery, monkeypatch, "2", "h")
    assert went.path[-1] == "play:opening-hours.wav"
    assert (went.heard[0].what, went.heard[0].seconds) == ("welcome.wav", pytest.approx(1.0))
    assert "opening-hours.wav" in told
    assert (went.ended.by, went.ended.verdict) == (Side.CALLER, Verdict.ABANDONED)


def test_one_may_wait_and_give_keys_their_moments(bakery: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    went, _ = typed(bakery, monkeypatch, "+4", "102@3s", "d", "h")
    assert went.heard[0].seconds == pytest.approx(7.0)
    assert "ring:orders" in went.path


def test_the_end_of_the_input_hangs_up(bakery: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    went, told = typed(bakery, monkeypatch)
    assert (went.ended.by, went.ended.seconds) == (Side.CALLER, 0.0)
    assert "the caller gave up before reaching anyone" in told


def test_nonsense_is_asked_again(bakery: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    _, told = typed(bakery, monkeypatch, "huh", "+x", "0", "sings", "b", "h")
    assert "'huh' are no keys" in told
    assert "'x' is no length of time" in told
    assert "'sings' is nothing a phone does" in told
    assert "front-desk (101) is busy" in told


def test_a_phone_of_which_something_is_given_is_not_asked(bakery: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    went, told = typed(bakery, monkeypatch, "0", "", "", phones={"101": Phone(answers_after=2, talks=5)})
    assert went.ended.answered_by == "front-desk"
    assert "is rung:" not in told


def test_it_is_played_at_a_terminal(tmp_path_factory: pytest.TempPathFactory) -> None:
    master, slave = pty.openpty()
    words = [sys.executable, "-m", "engine.cli.main", "simulate", "-i", "--at", "2026-12-24 10:00"]
    env = os.environ | {"BELPLAN_STATE": str(tmp_path_factory.mktemp("state")), "COLUMNS": "160", "TERM": "xterm"}
    with Popen(words, cwd=ROOT, env=env, stdin=slave, stdout=slave, stderr=slave, close_fds=True) as process:
        os.close(slave)
        told = _until(master, "welcome.wav")
        os.write(master, b"2\n")
        told += _until(master, "opening-hours.wav \\(")
        os.write(master, b"h\n")
        told += _until(master, "gave up before")
        assert process.wait(10) == 0
    os.close(master)
    assert "presses" in told


def _until(terminal: int, pattern: str) -> str:
    """What the terminal shows until ``pattern`` comes."""
    shown, give_up_at = "", time.monotonic() + 20
    while not re.search(pattern, shown):
        ready, _, _ = select.select([terminal], [], [], max(0.0, give_up_at - time.monotonic()))
        assert ready, shown
        shown += os.read(terminal, 4096).decode()
    return shown
