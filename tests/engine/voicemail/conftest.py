"""An account with mailboxes, a store of its own, and messages with sound in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from engine.office.messages import Message
from engine.settings import Settings
from engine.store.store import Store
from tests.office import write_tone

ROOT = Path(__file__).resolve().parents[3]
TONE_HZ = 620.0

DIALPLAN = """
account: {name: De Bakkerij, country: NL, language: nl, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  orders: {extension: 102, name: Bestellingen, email: orders@bakery.test}
  silent: {extension: 103}
mailboxes:
  sales: {people: orders, email: [a@bakery.test, b@bakery.test], delete_after_email: yes}
  archive: {people: orders, keep: 2 days}
main_number: {voicemail: orders}
"""


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    folder = tmp_path_factory.mktemp("mailboxes")
    path = folder / "bakery.yaml"
    path.write_text(DIALPLAN)
    return load_account(path, sounds_cache=folder, prompts_dir=ROOT / "prompts")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store as an engine has it, that checkpoints when it is told."""
    store = Store(Settings(state=tmp_path / "state"))
    yield store
    store.close()


Leave = Callable[..., Message]


@pytest.fixture
def leave(tmp_path: Path, store: Store) -> Leave:
    """Put a message with a tone of so many seconds into the store."""

    def leave(name: str = "1", seconds: float = 2.0, **more: object) -> Message:
        path = tmp_path / f"{name}.wav"
        write_tone(path, TONE_HZ, seconds)
        facts = {"mailbox": "orders", "caller": "+31701112233", "call": "c", "left_at": 1795424400.0, **more}
        message = Message(str(path), "bakery", seconds=seconds, **facts)  # type: ignore[arg-type]
        store.voicemail.put(message)
        return message

    return leave
