"""The journal and the ledger: nothing that was put is lost, whatever kills the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from engine.store import ledger as ledger_room
from engine.store.database import open_database
from engine.store.journal import MAX_ENTRY_BYTES, Entry, Journal, read_segment
from engine.store.ledger import Changes, Ledger, readable


def entries(folder: Path) -> list[Entry]:
    return [entry for segment in Journal(folder).segments() for entry in read_segment(segment)]


def test_what_is_appended_is_read_back_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    written = [Entry("calls", "a", b"1"), Entry("calls", "b", None), Entry("bindings", "a", b"\x00" * 1000)]
    journal.append(written[0])
    journal.append(written[1])
    journal.seal()
    journal.append(written[2])
    assert len(journal.segments()) == 2
    assert entries(tmp_path) == written


def test_segments_of_an_earlier_run_come_first(tmp_path: Path) -> None:
    for value in range(12):
        Journal(tmp_path).append(Entry("t", "k", b"%d" % value))
    assert [entry.value for entry in entries(tmp_path)] == [b"%d" % value for value in range(12)]


def test_a_segment_torn_anywhere_gives_what_is_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    written = [Entry("t", str(number), b"value %d" % number) for number in range(3)]
    ends = [0]
    for entry in written:
        journal.append(entry)
        ends.append(journal.open_size)
    (segment,) = journal.segments()
    whole = segment.read_bytes()
    for cut in range(len(whole)):
        segment.write_bytes(whole[:cut])
        complete = sum(end <= cut for end in ends) - 1
        assert list(read_segment(segment)) == written[:complete]


def test_a_damaged_byte_ends_the_segment_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(Entry("t", "a", b"1"))
    first = journal.open_size
    journal.append(Entry("t", "b", b"2"))
    (segment,) = journal.segments()
    whole = bytearray(segment.read_bytes())
    whole[first + 9] ^= 0xFF
    segment.write_bytes(whole)
    assert list(read_segment(segment)) == [Entry("t", "a", b"1")]


def test_an_entry_too_large_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(OSError, match="too large"):
        journal.append(Entry("t", "k", b"x" * MAX_ENTRY_BYTES))
    assert entries(tmp_path) == []


def test_a_full_disk_leaves_the_segment_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.append(Entry("t", "a", b"1"))
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[: len(data) // 2]))
    with pytest.raises(OSError, match="disk is full"):
        journal.append(Entry("t", "b", b"2"))
    monkeypatch.setattr(os, "write", real)
    journal.append(Entry("t", "c", b"3"))
    assert [entry.key for entry in entries(tmp_path)] == ["a", "c"]


# --- the ledger -------------------------------------------------------------------------------------------------------


class Table:
    """Stands for a table: what was applied, and a switch that makes the database refuse."""

    def __init__(self) -> None:
        self.newest: dict[str, bytes | None] = {}
        self.applied = threading.Event()
        self.refuses = False

    def apply(self, connection: Connection, changes: Changes) -> None:
        if self.refuses:
            raise OperationalError("INSERT", {}, Exception("locked"))
        self.newest.update(changes)
        self.applied.set()


@pytest.fixture
def database(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path}/store.sqlite3")


def test_a_checkpoint_applies_the_newest_of_each_key_and_empties_the_journal(tmp_path: Path, database: Engine) -> None:
    table = Table()
    ledger = Ledger(tmp_path, database, {"t": table.apply})
    ledger.put("t", "a", b"old")
    ledger.put("t", "a", b"new")
    ledger.put("t", "b", None)
    ledger.checkpoint()
    assert table.newest == {"a": b"new", "b": None}
    assert entries(tmp_path) == []


def test_the_thread_checkpoints_by_itself(tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_room, "CHECKPOINT_SECONDS", 0.01)
    table = Table()
    ledger = Ledger(tmp_path, database, {"t": table.apply})
    ledger.start()
    ledger.put("t", "a", b"1")
    assert table.applied.wait(5)
    ledger.close()


def test_close_brings_in_what_is_left(tmp_path: Path, database: Engine) -> None:
    table = Table()
    ledger = Ledger(tmp_path, database, {"t": table.apply})
    ledger.start()
    ledger.put("t", "a", b"1")
    ledger.close()
    assert table.newest == {"a": b"1"}


def test_what_the_database_refuses_stays_in_the_journal(tmp_path: Path, database: Engine) -> None:
    table = Table()
    table.refuses = True
    ledger = Ledger(tmp_path, database, {"t": table.apply})
    ledger.put("t", "a", b"1")
    with pytest.raises(OperationalError):
        ledger.checkpoint()
    ledger.put("t", "b", b"2")
    assert [entry.key for entry in entries(tmp_path)] == ["a", "b"]
    table.refuses = False
    ledger.checkpoint()
    assert table.newest == {"a": b"1", "b": b"2"}


def test_put_never_raises_and_says_once_that_the_disk_is_full(
    tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(tmp_path, database, {})

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Journal, "append", full)
    ledger.put("t", "a", b"1")
    ledger.put("t", "b", b"2")
    assert len([record for record in caplog.records if "no space left" in record.getMessage()]) == 1


def test_while_the_database_is_away_segments_are_ended_at_their_bound(
    tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_room, "MAX_SEGMENT_BYTES", 500)
    ledger = Ledger(tmp_path, database, {})
    for number in range(10):
        ledger.put("t", str(number), b"x" * 200)
    segments = Journal(tmp_path).segments()
    assert len(segments) >= 3
    assert all(segment.stat().st_size < 500 + 300 for segment in segments)


def test_chores_are_done_though_nothing_is_put(
    tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_room, "CHORE_SECONDS", 0.01)
    monkeypatch.setattr(ledger_room, "CHECKPOINT_SECONDS", 0.01)
    done = threading.Event()
    ledger = Ledger(tmp_path, database, {}, (done.set,))
    ledger.start()
    assert done.wait(5)
    ledger.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.store.database import open_database
from engine.store.ledger import Ledger
folder = Path(sys.argv[1])
ledger = Ledger(folder, open_database(f"sqlite:///{folder}/store.sqlite3"), {"t": lambda connection, changes: None})
for number in range(500):
    ledger.put("t", str(number), b"v")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_right_after_put_loses_nothing(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [entry.key for entry in entries(tmp_path)] == [str(number) for number in range(500)]


def test_changes_of_a_table_nobody_knows_are_left_alone(tmp_path: Path, database: Engine) -> None:
    ledger = Ledger(tmp_path, database, {})
    ledger.put("of_a_newer_version", "a", b"1")
    ledger.checkpoint()
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM calls")).scalar_one() == 0


def test_an_entry_that_cannot_be_read_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    decode = msgspec.json.Decoder(int).decode
    assert readable({"a": b"1", "b": b"not a number", "c": None, "d": b"2"}, decode) == [1, 2]
    assert len(caplog.records) == 1


def test_a_table_that_fails_otherwise_does_not_end_the_thread(
    tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CHECKPOINT_SECONDS", "RETRY_SECONDS"):
        monkeypatch.setattr(ledger_room, name, 0.01)
    applied = threading.Event()
    attempts: list[int] = []

    def fails_once(connection: Connection, changes: Changes) -> None:
        attempts.append(len(changes))
        if len(attempts) == 1:
            raise RuntimeError("a mistake of ours")
        applied.set()

    ledger = Ledger(tmp_path, database, {"t": fails_once})
    ledger.start()
    ledger.put("t", "a", b"1")
    assert applied.wait(5)
    ledger.close()
    assert attempts == [1, 1]
