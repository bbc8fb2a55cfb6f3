"""``belplan voicemail``: what it lists, copies and deletes, and what it says of what is not there."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from engine.office.messages import Message
from engine.settings import Settings
from engine.store.store import Store
from tests.engine.cli.conftest import Belplan, settle

BAKERY = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people: {orders: {extension: 102}}
mailboxes: {sales: {people: orders}}
main_number: {voicemail: orders}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle(tmp_path, monkeypatch, BAKERY)
    with Store(Settings(state=tmp_path / "state")) as store:
        for number, (mailbox, facts) in enumerate(
            [("orders", {}), ("sales", {"urgent": True}), ("orders", {"heard_at": 9.0}), ("orders", {"taking": True})]
        ):
            path = tmp_path / "state" / f"m{number}.wav"
            path.write_bytes(b"RIFF")
            store.voicemail.put(
                Message(str(path), "bakery", mailbox, "+31701112233", "c", left_at=number, seconds=2.5, **facts)
            )
    return tmp_path


@pytest.fixture
def belplan(belplan: Belplan) -> Belplan:
    return partial(belplan, "voicemail")


def test_it_lists_messages_oldest_first(home: Path, belplan: Belplan) -> None:
    status, out, _ = belplan()
    head, *lines = [line.split("\t") for line in out.splitlines()]
    assert status == 0
    assert head == ["account", "mailbox", "left", "from", "seconds", "state", "id"]
    assert [(line[1], line[5], line[6]) for line in lines] == [
        ("orders", "new", "m0"),
        ("sales", "new, urgent", "m1"),
        ("orders", "saved", "m2"),
    ]
    assert belplan("--person", "sales")[1].count("\n") == 2
    assert json.loads(belplan("--mailbox", "sales", "--format", "json")[1])["urgent"] is True


def test_it_copies_recordings(home: Path, belplan: Belplan) -> None:
    status, out, _ = belplan("--export", "copies")
    assert (status, out) == (0, "3 copied to copies\n")
    found = sorted(str(path.relative_to(home / "copies")) for path in (home / "copies").rglob("*.wav"))
    assert found == ["bakery/orders/m0.wav", "bakery/orders/m2.wav", "bakery/sales/m1.wav"]
    (home / "state" / "m0.wav").unlink()
    status, _, problem = belplan("--export", "copies")
    assert status == 1
    assert "cannot be copied" in problem


def test_it_deletes_with_the_file(home: Path, belplan: Belplan) -> None:
    status, out, _ = belplan("--delete", "m0", "--delete", "m1")
    assert (status, out) == (0, "2 deleted\n")
    assert [line.rsplit("\t")[-1] for line in belplan()[1].splitlines()] == ["id", "m2"]
    assert not (home / "state" / "m0.wav").exists(), "no engine runs that would do it"
    assert (home / "state" / "m2.wav").exists()


def test_an_id_that_is_none(home: Path, belplan: Belplan) -> None:
    status, _, problem = belplan("--delete", "m9")
    assert status == 1
    assert "there is no message 'm9'" in problem
    assert len(belplan()[1].splitlines()) == 4
