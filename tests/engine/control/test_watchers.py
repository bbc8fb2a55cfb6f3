"""Watchers: each is told what it wants, as fast as it reads, and those who do not read are let go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from engine.control import watchers as room
from engine.control.frames import MAX_ANSWER, Frames, read_answer
from engine.control.messages import Answer, LookAgain, MailboxNews, News, PlansNews
from engine.control.watchers import MAX_BACKLOG, Watcher, Watchers


class Wire:
    """A connection whose other end reads when the test says so."""

    def __init__(self) -> None:
        self.waiting = b""
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self.waiting += data

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def abort(self) -> None:
        self.aborted = True

    @property
    def told(self) -> Iterator[Answer | News]:
        return (read_answer(frame) for frame in Frames(MAX_ANSWER).feed(b"".join(self.written)))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "GATHER_SECONDS", 0.0)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def mail(number: int, account: str = "bakery") -> MailboxNews:
    return MailboxNews(account, "anna", number, 0)


async def test_news_of_a_moment_travel_together() -> None:
    watchers, wire = Watchers(), Wire()
    watchers.join(wire, None)
    for number in range(3):
        watchers.tell(mail(number))
    assert wire.written == []
    await turns()
    assert len(wire.written) == 1
    assert list(wire.told) == [mail(0), mail(1), mail(2)]


async def test_who_watches_an_account_hears_of_no_other() -> None:
    watchers, one, every = Watchers(), Wire(), Wire()
    watchers.join(one, "bakery")
    watchers.join(every, None)
    for news in (mail(1), mail(2, "garage"), PlansNews()):
        watchers.tell(news)
    await turns()
    assert list(one.told) == [mail(1), PlansNews()]
    assert list(every.told) == [mail(1), mail(2, "garage"), PlansNews()]


async def test_who_reads_slowly_misses_news_and_is_told_so_when_they_have_read() -> None:
    watchers, slow, fast = Watchers(), Wire(), Wire()
    watchers.join(slow, None)
    watchers.join(fast, None)
    sent = 0
    while len(slow.waiting) <= MAX_BACKLOG:
        watchers.tell(mail(sent))
        await turns()
        fast.waiting = b""
        sent += 1
    for _ in range(100):
        watchers.tell(mail(sent))
        await turns()
        fast.waiting = b""
        sent += 1
    assert len(slow.waiting) <= MAX_BACKLOG + 100
    assert len(list(fast.told)) == sent
    missed = sent - len(list(slow.told))
    assert missed >= 100
    slow.waiting = b""
    await turns()
    watchers.tell(mail(sent))
    await turns()
    assert list(slow.told)[-2:] == [LookAgain(), mail(sent)]
    watchers.leave(slow)
    watchers.leave(fast)


def test_who_never_reads_is_let_go() -> None:
    wire = Wire()
    watcher = Watcher(wire, None)
    wire.waiting = b"x" * (MAX_BACKLOG + 1)
    watcher.gather(b"news", 100.0)
    assert watcher.write(100.0)
    assert watcher.write(100.0 + room.PATIENCE_SECONDS - 1)
    assert not watcher.write(100.0 + room.PATIENCE_SECONDS)
    assert wire.aborted


async def test_nothing_is_written_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(_: object) -> bytes:
        raise AssertionError("nobody wants that")

    monkeypatch.setattr(room, "framed", made)
    watchers, wire = Watchers(), Wire()
    watchers.tell(mail(1))
    watchers.join(wire, "garage")
    watchers.tell(mail(1))
    watchers.leave(wire)
    assert not watchers
