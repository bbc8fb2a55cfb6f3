"""``belplan status`` and ``belplan ring``: what they print, and what they say where there is nothing to be asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.status import said
from engine.control.frames import Frames, framed, read_request
from engine.control.messages import (
    Answer,
    Call,
    Calls,
    CallState,
    Phone,
    Phones,
    RefusalReason,
    Refused,
    TestCallBegan,
    TestCallEnded,
)
from engine.control.place import bound
from tests.engine.cli.conftest import Belplan, settle

BAKERY = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
main_number: {hang_up: closed}
"""
PHONE = Phone("bakery", "102", "orders", "baresip", "127.0.0.1", "udp", 1.0, 61.0)
CALL = Call(
    "c1",
    "bakery",
    "+31701112233",
    "+31201234567",
    1.0,
    CallState.RINGING,
    2.0,
    path=("menu:welcome", "ring:orders"),
    with_whom=("orders", "ovens"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return settle(tmp_path, monkeypatch, BAKERY)


Answers = list[tuple[Answer, ...]]


@pytest.fixture
def answers(home: Path) -> Iterator[Answers]:
    """What the engine answers to each connection."""
    (home / "state").mkdir(mode=0o700)
    listening, answers = bound(home / "state" / "control", 4), Answers()
    listening.setblocking(True)

    def serve() -> None:
        while True:
            try:
                talking, _ = listening.accept()
            except OSError:
                return
            with talking:
                if data := talking.recv(4096):
                    assert [read_request(frame) for frame in Frames(4096).feed(data)]
                    for answer in answers.pop(0):
                        talking.sendall(framed(answer))

    served = threading.Thread(target=serve)
    served.start()
    yield answers
    listening.shutdown(2)
    listening.close()
    served.join()


def test_without_an_engine_they_say_how_to_start_one(belplan: Belplan) -> None:
    for words in (("status",), ("ring", "101")):
        status, out, err = belplan(*words)
        assert (status, out) == (1, "")
        assert err == "belplan: Belplan is not running (belplan serve starts it)\n"


def test_phones_and_calls_are_tables(belplan: Belplan, answers: Answers) -> None:
    answers += [(Phones((PHONE,)),), (Calls((CALL,)),)]
    status, out, _ = belplan("status")
    _, phone, _, call = out.splitlines()
    assert status == 0
    assert phone.split("\t")[:5] == ["bakery", "102", "orders", "baresip", "127.0.0.1 (UDP)"]
    assert call.split("\t")[1:3] == ["+31701112233", "+31201234567"]
    assert call.split("\t")[4:] == ["welcome > orders", "rings orders, ovens"]


def test_the_same_as_json(belplan: Belplan, answers: Answers) -> None:
    answers += [(Phones((PHONE,)),), (Calls((CALL,)),)]
    told = json.loads(belplan("status", "--format", "json")[1])
    assert told["phones"][0]["user_agent"] == "baresip"
    assert told["calls"][0]["state"] == "ringing"


@pytest.mark.parametrize("state", CallState)
def test_every_state_has_words(state: CallState) -> None:
    assert said(Call("c1", "bakery", "a", "b", 1.0, state, 2.0))


@pytest.mark.parametrize(
    ("outcome", "status", "words"),
    [("heard", 0, "to its end"), ("answered", 0, "before the end"), ("busy", 1, "busy"), ("no_answer", 1, "nobody")],
)
def test_a_test_call_tells_how_it_went(
    belplan: Belplan, answers: Answers, outcome: str, status: int, words: str
) -> None:
    answers.append((TestCallBegan(2), TestCallEnded(outcome)))
    code, out, _ = belplan("ring", "102")
    assert code == status
    first, last = out.splitlines()
    assert first == "ringing 2 phones of 102"
    assert words in last


def test_a_test_call_that_is_refused_says_why(belplan: Belplan, answers: Answers) -> None:
    answers.append((Refused(RefusalReason.NOT_REGISTERED, "no phone of 102 is registered"),))
    assert belplan("ring", "102") == (1, "", "belplan: no phone of 102 is registered\n")


def test_an_engine_that_breaks_off_is_a_sentence(belplan: Belplan, answers: Answers) -> None:
    answers.append((TestCallBegan(1),))
    status, _, err = belplan("ring", "102")
    assert status == 1
    assert "Belplan does not answer" in err


def test_another_version_is_a_sentence(belplan: Belplan, answers: Answers) -> None:
    answers.append((Phones(()),))
    assert "is it another version?" in belplan("ring", "102")[2]
