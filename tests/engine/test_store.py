"""The state store as a whole: what is kept over a restart and a kill -9, who may look, and who may open it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

import engine.store.console  # noqa: F401  (its tables belong to the schema, too)
from engine.office.messages import Message
from engine.settings import Settings
from engine.store.database import MIGRATIONS, StoreFailed, open_database
from engine.store.records import KILLED, CallRecord, Wanted
from engine.store.store import Store
from engine.store.tables import SCHEMA_VERSION, Base

RECORD = CallRecord(
    "c1",
    "bakery",
    "+31701112233",
    "+31201234567",
    started_at=time.time() - 60,
    path=("menu:welcome", "ring:orders"),
    keys=((1.5, "1"),),
    answered_by="orders",
    seconds=20.5,
    talked=10.25,
    verdict="talked",
    ended_by="callee",
    reason="hung up",
    rings=(("orders", "answered", 4.5),),
)


@pytest.fixture
def settings(database: str | None, tmp_path: Path) -> Settings:
    """A store of its own, on either database."""
    return Settings(state=tmp_path / "state", database=database)


def test_call_records_survive_a_restart_newest_first(settings: Settings) -> None:
    with Store(settings, serving=True) as store:
        store.records.put(RECORD)
        store.records.put(CallRecord("c2", "clinic", "a", "b", started_at=RECORD.started_at + 1, verdict="served"))
    with Store(settings) as store:
        assert [record.id for record in store.records.last(10)] == ["c2", "c1"]
        assert store.records.last(10, "bakery") == [RECORD]
        assert [record.id for record in store.records.last(1)] == ["c2"]


def test_the_calls_of_an_account_since_a_moment_come_oldest_first(settings: Settings) -> None:
    with Store(settings, serving=True) as store:
        for name, account, ago in (
            ("late", "bakery", 1),
            ("other", "clinic", 2),
            ("early", "bakery", 3),
            ("old", "bakery", 9),
        ):
            store.records.put(CallRecord(name, account, "a", "b", started_at=RECORD.started_at - ago))
        store.ledger.checkpoint()
        found = store.records.since(RECORD.started_at - 5, "bakery")
        assert [record.id for record in found] == ["early", "late"]


def test_an_accounts_calls_come_in_pages(settings: Settings) -> None:
    with Store(settings, serving=True) as store:
        for number in range(10):
            at = RECORD.started_at + number // 2  # two begin in the same moment
            verdict = "talked" if number % 3 == 0 else "abandoned"
            store.records.put(CallRecord(f"c{number}", "bakery", f"+3170111000{number}", "b", at, verdict=verdict))
        store.records.put(CallRecord("other", "clinic", "a", "b", RECORD.started_at + 3))
        store.ledger.checkpoint()
        seen: list[str] = []
        before = None
        while page := store.records.page("bakery", 3, before=before):
            seen += [record.id for record in page]
            before = page[-1].started_at, page[-1].id
        assert seen == [f"c{number}" for number in reversed(range(10))]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(digits="1112"), ["c2", "c0"]),
        (Wanted(digits="1%2"), []),
        (Wanted(digits="_"), []),
        (Wanted(people=("orders", "anna")), ["c1"]),
        (Wanted(people=()), []),
        (Wanted(verdicts=("abandoned", "unanswered")), ["c2", "c0"]),
        (Wanted(since=11.0), ["c2", "c1"]),
        (Wanted(until=11.0), ["c0"]),
        (Wanted(digits="1112", verdicts=("abandoned",), since=11.0), ["c2"]),
    ],
)
def test_calls_are_found_by_what_is_wanted_of_them(settings: Settings, wanted: Wanted, found: list[str]) -> None:
    now = time.time()
    with Store(settings, serving=True) as store:
        for record in (
            CallRecord("c0", "bakery", "+31701112233", "b", 10.0, verdict="unanswered"),
            CallRecord("c1", "bakery", "+31700000000", "b", 11.0, verdict="talked", answered_by="orders"),
            CallRecord("c2", "bakery", "a", "+31701112233", 12.0, verdict="abandoned"),
        ):
            store.records.put(msgspec.structs.replace(record, started_at=now + record.started_at))
        store.ledger.checkpoint()
        moved = replace(
            wanted,
            since=None if wanted.since is None else now + wanted.since,
            until=None if wanted.until is None else now + wanted.until,
        )
        assert [record.id for record in store.records.page("bakery", 10, wanted=moved)] == found


def test_messages_are_counted_by_mailbox(settings: Settings) -> None:
    with Store(settings, serving=True) as store:
        for number, (mailbox, heard) in enumerate((("orders", None), ("orders", 5.0), ("anna", 5.0))):
            path = f"vm/{number}.wav"
            store.voicemail.put(Message(path, "bakery", mailbox, "x", "c", left_at=1.0, seconds=1.0, heard_at=heard))
        store.voicemail.put(Message("vm/t.wav", "bakery", "anna", "x", "c", left_at=1.0, seconds=1.0, taking=True))
        store.ledger.checkpoint()
        assert store.voicemail.counts("bakery") == {"orders": (1, 2), "anna": (0, 1)}
        assert store.voicemail.counts("clinic") == {}


def test_a_record_that_is_put_again_is_replaced(settings: Settings) -> None:
    with Store(settings, serving=True) as store:
        store.records.put(CallRecord("c1", "bakery", "a", "b", started_at=RECORD.started_at))
        store.ledger.checkpoint()
        store.records.put(RECORD)
        store.ledger.checkpoint()
        assert store.records.last(10) == [RECORD]


def test_voicemail_survives_a_restart(settings: Settings) -> None:
    first = Message("vm/1.wav", "bakery", "orders", "+31701112233", "c1", left_at=1.0, seconds=7.5)
    second = Message("vm/2.wav", "bakery", "orders", "anonymous", "c2", left_at=2.0, seconds=1.0)
    with Store(settings, serving=True) as store:
        store.voicemail.put(second)
        store.voicemail.put(first)
        store.voicemail.put(Message("vm/3.wav", "clinic", "orders", "x", "c3", left_at=0.0, seconds=1.0))
    with Store(settings) as store:
        assert store.voicemail.messages("bakery", "orders") == [first, second]


def test_old_call_records_are_forgotten(settings: Settings) -> None:
    with Store(settings, serving=True) as store:
        store.records.put(CallRecord("new", "bakery", "a", "b", started_at=time.time(), verdict="served"))
        store.records.put(CallRecord("old", "bakery", "a", "b", started_at=time.time() - 1000, verdict="served"))
        store.ledger.checkpoint()
        store.records.forget_older(500)
        assert [record.id for record in store.records.last(10)] == ["new"]


KILLED_DURING_A_CALL = """
import os, signal, sys
from pathlib import Path
from engine.settings import Settings
from engine.store.records import CallRecord
from engine.store.store import Store
store = Store(Settings(state=Path(sys.argv[1])), serving=True)
store.records.put(CallRecord("over", "bakery", "a", "b", started_at=1.0, verdict="served", reason="done"))
store.records.put(CallRecord("under-way", "bakery", "a", "b", started_at=2.0))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_loses_no_record_and_ends_those_under_way(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    subprocess.run([sys.executable, "-c", KILLED_DURING_A_CALL, str(settings.state)], check=False)
    with Store(settings) as store:
        under_way, over = store.records.last(10)
    assert (over.id, over.verdict, over.reason) == ("over", "served", "done")
    assert (under_way.id, under_way.verdict, under_way.reason) == ("under-way", "failed", KILLED)


def test_a_store_apart_leaves_the_folder_to_an_engine_that_comes(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with Store(settings, apart=True) as console, Store(settings, serving=True) as engine:
        console.passwords.set("bakery", "101", "secret-of-101")
        engine.passwords.refresh()
        assert engine.passwords.lookup("bakery", "101") == "secret-of-101"


def test_only_one_engine_serves_a_state_folder(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with (
        Store(settings, serving=True),
        pytest.raises(StoreFailed, match=rf"another belplan \(process {os.getpid()}\)"),
    ):
        Store(settings, serving=True, patience=0.0)
    Store(settings, serving=True).close()


def test_a_command_beside_a_running_engine_sees_what_it_wrote(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with Store(settings, serving=True) as engine:
        engine.records.put(RECORD)
        engine.ledger.checkpoint()
        engine.records.put(CallRecord("under-way", "bakery", "a", "b", started_at=RECORD.started_at + 1))
        engine.ledger.checkpoint()
        with Store(settings) as command:
            assert [record.verdict for record in command.records.last(10)] == [None, "talked"]


def test_an_engine_waits_for_a_command_to_finish(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    command = Store(settings)
    try:
        with pytest.raises(StoreFailed):
            Store(settings, serving=True, patience=0.05)
    finally:
        command.close()


def test_nobody_else_may_look_into_the_state_folder(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    with Store(Settings(state=state), serving=True) as store:
        store.passwords.ensure("bakery", ["101"])
        store.records.put(RECORD)
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()}
    assert modes
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


def test_texts_that_are_spoken_before_the_store_is_opened_are_no_other_things(tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "speech").mkdir(parents=True)
    state.chmod(0o755)
    Store(Settings(state=state)).close()
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    other = tmp_path / "home"
    (other / "documents").mkdir(parents=True)
    other.chmod(0o755)
    with pytest.raises(StoreFailed, match="holds other things"):
        Store(Settings(state=other))


def test_a_state_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match=r"the state folder .* cannot be used"):
        Store(Settings(state=tmp_path / "file" / "state"))


def test_a_database_that_is_none_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"this is not a database" * 1000)
    with pytest.raises(StoreFailed, match="not a database"):
        open_database(f"sqlite:///{path}")
    with pytest.raises(StoreFailed, match="no database URL"):
        open_database("nonsense")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    with open_database(url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreFailed, match="another version of Belplan"):
        open_database(url)


def test_the_migrations_end_at_the_version_and_tables_the_code_knows(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_database(f"sqlite:///{tmp_path}/store.sqlite3").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_again_runs_no_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    open_database(url)
    from alembic import command

    def fails(*_: object) -> None:
        raise AssertionError("migrated again")

    monkeypatch.setattr(command, "upgrade", fails)
    open_database(url)
