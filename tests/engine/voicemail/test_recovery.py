"""What a kill interrupted, and what is kept no longer."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from engine.bus import Bus
from engine.dialplan.account import Account
from engine.events import CallEvent, MailboxChanged
from engine.office.messages import Count, Message
from engine.settings import Settings
from engine.store.store import Store
from engine.voicemail.desk import MailDesk
from engine.voicemail.recovery import recover
from engine.voicemail.retention import forget_heard
from tests.engine.voicemail.conftest import Leave

MANY = 2000
DAY = 86400.0


def test_what_was_said_before_a_kill_is_a_message(store: Store, leave: Leave) -> None:
    said = leave("said", 2.5, taking=True, to_mail=True)
    short = leave("short", 0.6, taking=True)
    gone = leave("gone", 2.0, taking=True)
    done = leave("done", 2.0)
    Path(gone.path).unlink()
    store.voicemail.change(msgspec.structs.replace(said, seconds=0.0))
    assert recover(store.voicemail) == 1
    assert {message.path for message in store.voicemail.of("bakery").of("orders")} == {said.path, done.path}
    (found,) = [message for message in store.voicemail.all() if message.path == said.path]
    assert (found.seconds, found.taking, found.to_mail) == (2.5, False, True)
    assert recover(store.voicemail) == 0
    for _ in range(3):
        store.ledger.checkpoint()
        store.voicemail.purge()
    assert not Path(short.path).exists()
    assert Path(said.path).exists()


def test_thousands_are_looked_after_in_a_moment(store: Store, leave: Leave) -> None:
    """Bound generously: under a minute for 10,000."""
    original = leave("long", 60.0, taking=True)
    for number in range(MANY):
        path = Path(original.path).with_name(f"{number}.wav")
        path.hardlink_to(original.path)
        store.voicemail.put(msgspec.structs.replace(original, path=str(path)))
    began = time.monotonic()
    assert recover(store.voicemail) == MANY + 1
    assert time.monotonic() - began < 60.0 * MANY / 10_000


def test_heard_messages_are_kept_as_long_as_their_mailbox_says(store: Store, leave: Leave, account: Account) -> None:
    now = 1795424400.0 + 30 * DAY
    old = leave("old", mailbox="archive", heard_at=now - 2 * DAY - 1)
    for name, mailbox, heard_at in (
        ("young", "archive", now - 2 * DAY + 1),
        ("new", "archive", None),
        ("for ever", "orders", now - 29 * DAY),
        ("nobody's", "former", now - 29 * DAY),
    ):
        leave(name, mailbox=mailbox, heard_at=heard_at)
    assert forget_heard(store.voicemail, [account], now) == 1
    assert old.path not in {message.path for message in store.voicemail.all()}
    assert len(store.voicemail.all()) == 4
    assert forget_heard(store.voicemail, [], now + 999 * DAY) == 0


def test_the_desk_tells_of_messages_that_went_without_a_call(
    store: Store, leave: Leave, account: Account, tmp_path: Path
) -> None:
    told: list[CallEvent] = []
    bus = Bus()
    bus.listen(told.append)
    one, _ = leave("one"), leave("two", heard_at=1.0)
    desk = MailDesk(Settings(state=tmp_path / "state"), store.voicemail, bus, lambda: [account])
    assert desk.waiting("bakery", "orders") == Count(new=1, saved=1)
    store.ledger.checkpoint()
    store.voicemail.mark_deleted([one.path])
    for _ in range(2):
        store.voicemail.purge()
    desk.tidy(time.time())
    (changed,) = told
    assert isinstance(changed, MailboxChanged)
    assert (changed.account, changed.mailbox, changed.new, changed.saved) == ("bakery", "orders", 0, 1)
    desk.tidy(time.time())
    assert len(told) == 1


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"not a wave file at all, but long enough to be a header of one"])
def test_a_damaged_file_is_no_message(store: Store, leave: Leave, damage: bytes) -> None:
    message = leave(taking=True)
    Path(message.path).write_bytes(damage)
    assert recover(store.voicemail) == 0
    assert store.voicemail.all() == []


def test_a_message_is_as_the_store_has_it() -> None:
    message = Message("a.wav", "bakery", "orders", "x", "c", left_at=1.0, seconds=2.0)
    assert message.new
    assert not msgspec.structs.replace(message, heard_at=2.0).new
