"""Messages in the store: what survives a kill, what goes for good, and in which order a message goes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, text

import engine.store.console  # noqa: F401  (its tables belong to the schema, too)
from engine.office.messages import Message
from engine.settings import Settings
from engine.store.store import Store
from engine.store.tables import Base
from tests.engine.test_store import settings

__all__ = ["settings"]


def message(folder: Path, name: str = "1", **more: object) -> Message:
    """A message with its file."""
    path = folder / f"{name}.wav"
    path.write_bytes(b"RIFF")
    facts = {"mailbox": "orders", "caller": "x", "call": "c", "left_at": float(len(name)), "seconds": 3.0, **more}
    return Message(str(path), "bakery", **facts)  # type: ignore[arg-type]


def changed(one: Message, **more: object) -> Message:
    return msgspec.structs.replace(one, **more)


def test_messages_are_there_again_after_a_restart_in_their_newest_state(settings: Settings, tmp_path: Path) -> None:
    first, second = message(tmp_path, "1"), message(tmp_path, "22", mailbox="sales", urgent=True, to_mail=True)
    with Store(settings, serving=True) as store:
        messages = store.voicemail.of("bakery")
        messages.put(changed(first, taking=True))
        messages.put(second)
        assert messages.change(changed(first, heard_at=9.0))
        assert messages.of("orders") == [changed(first, heard_at=9.0)]
    with Store(settings, serving=True) as store:
        assert store.voicemail.of("bakery").of("orders") == [changed(first, heard_at=9.0)]
        assert store.voicemail.of("bakery").of("sales") == [second]
        assert store.voicemail.of("clinic").of("orders") == []
        assert store.voicemail.messages("bakery") == [changed(first, heard_at=9.0), second]


def test_what_is_being_taken_is_nobodys_business_yet(settings: Settings, tmp_path: Path) -> None:
    with Store(settings, serving=True) as store:
        messages = store.voicemail.of("bakery")
        messages.put(message(tmp_path, taking=True))
        store.ledger.checkpoint()
        assert messages.of("orders") == store.voicemail.messages("bakery") == []
        assert len(store.voicemail.all()) == 1


def test_a_message_goes_first_its_file_second_and_its_row_last(settings: Settings, tmp_path: Path) -> None:
    one = message(tmp_path)
    store = Store(settings)
    store.voicemail.of("bakery").put(one)
    store.ledger.checkpoint()
    store.voicemail.of("bakery").delete(one, 5.0)
    assert store.voicemail.of("bakery").of("orders") == []
    assert Path(one.path).exists(), "a power cut may bring the message back until the row is marked on the disk"
    store.voicemail.purge()
    assert Path(one.path).exists()
    store.ledger.checkpoint()
    assert store.voicemail.messages("bakery") == []
    store.voicemail.purge()
    assert Path(one.path).exists(), "what was changed meanwhile is on its way to the database"
    store.voicemail.purge()
    assert not Path(one.path).exists()
    with store.database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM voicemail")).scalar_one() == 0
    assert store.voicemail.take_purged() == {("bakery", "orders")}
    assert store.voicemail.take_purged() == set()
    store.close()


def test_what_a_command_deletes_is_gone_in_the_engine_and_does_not_come_back(
    settings: Settings, tmp_path: Path
) -> None:
    one = message(tmp_path)
    store = Store(settings)
    messages = store.voicemail.of("bakery")
    messages.put(one)
    store.ledger.checkpoint()
    store.voicemail.mark_deleted([one.path])
    assert messages.change(changed(one, heard_at=7.0)), "the engine does not know yet"
    store.voicemail.purge()
    assert messages.of("orders") == []
    assert not messages.change(changed(one, heard_at=8.0))
    store.ledger.checkpoint()
    store.voicemail.purge()
    assert not Path(one.path).exists()
    store.ledger.checkpoint()
    store.close()
    with Store(settings, serving=True) as store:
        assert store.voicemail.all() == []


def test_a_running_store_removes_files_by_itself(settings: Settings, tmp_path: Path) -> None:
    one = message(tmp_path)
    with Store(settings, serving=True) as store:
        store.voicemail.of("bakery").put(one)
        store.voicemail.of("bakery").delete(one, 5.0)
        give_up_at = time.monotonic() + 10
        while Path(one.path).exists() and time.monotonic() < give_up_at:
            time.sleep(0.05)
        assert not Path(one.path).exists()


KILLED_WHILE_DELETING = """
import os, signal, sys
from pathlib import Path
from engine.office.messages import Message
from engine.settings import Settings
from engine.store.store import Store
store = Store(Settings(state=Path(sys.argv[1])), serving=False)
one = Message(sys.argv[2], "bakery", "orders", "x", "c", left_at=1.0, seconds=3.0)
two = Message(sys.argv[3], "bakery", "orders", "x", "c", left_at=2.0, seconds=0.0, taking=True)
for message in (one, two):
    store.voicemail.put(message)
store.voicemail.delete(one, 5.0)
if sys.argv[4] == "file gone":
    store.ledger.checkpoint()
    os.unlink(one.path)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", ["at once", "file gone"])
def test_a_kill_while_deleting_leaves_neither_a_message_nor_a_file(tmp_path: Path, when: str) -> None:
    one, two = message(tmp_path, "1"), message(tmp_path, "2")
    state = tmp_path / "state"
    killed = [sys.executable, "-c", KILLED_WHILE_DELETING, str(state), one.path, two.path, when]
    assert subprocess.run(killed, check=False).returncode == -9
    store = Store(Settings(state=state))
    store.voicemail.load()
    assert [left.path for left in store.voicemail.all()] == [two.path]
    assert store.voicemail.all()[0].taking
    store.voicemail.purge()
    store.voicemail.purge()
    assert not Path(one.path).exists()
    assert Path(two.path).exists()
    store.close()


def test_messages_of_an_older_version_are_kept(tmp_path: Path) -> None:
    """A database, and an entry of the journal, of the time before there were shared mailboxes."""
    settings = Settings(state=tmp_path / "state")
    Store(settings).close()
    database = create_engine(settings.database_url)
    with database.begin() as connection:
        console = [table for table in Base.metadata.tables if table.startswith("console_")]
        for table in ("voicemail", "subscriptions", "texts", *console):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(
            text(
                "CREATE TABLE voicemail (path TEXT PRIMARY KEY, account TEXT NOT NULL, person TEXT NOT NULL,"
                " caller TEXT NOT NULL, call TEXT NOT NULL, left_at DOUBLE NOT NULL, seconds DOUBLE NOT NULL,"
                " heard_at DOUBLE)"
            )
        )
        connection.execute(text("CREATE INDEX ix_voicemail_account ON voicemail (account, person)"))
        connection.execute(text("INSERT INTO voicemail VALUES ('a.wav', 'bakery', 'orders', 'x', 'c', 1, 2, NULL)"))
        connection.execute(text("ALTER TABLE calls DROP COLUMN diverted"))
        connection.execute(text("DROP TABLE bans"))
        connection.execute(text("DROP INDEX ix_calls_account"))
        connection.execute(text("ALTER TABLE calls DROP COLUMN outside"))
        connection.execute(text("ALTER TABLE passwords DROP COLUMN sealed"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    database.dispose()
    old = {"path": "b.wav", "account": "bakery", "person": "orders", "caller": "x", "call": "c", "left_at": 2.0}
    with Store(settings, serving=True) as store:
        store.ledger.put("voicemail", "b.wav", msgspec.msgpack.encode({**old, "seconds": 4.0}))
    with Store(settings, serving=True) as store:
        assert [(one.path, one.new, one.to_mail) for one in store.voicemail.of("bakery").of("orders")] == [
            ("a.wav", True, False),
            ("b.wav", True, False),
        ]
