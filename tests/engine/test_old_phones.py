"""Whose password is another one: their phones of before are called no more, those of after are."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.old_phones import OldPhones
from engine.settings import Settings
from engine.store.sealing import Seal
from engine.store.store import Store
from sip.flow import Flow
from sip.message.values import Uri
from sip.registrar import Binding, Registrar

FLOW = Flow("udp", ("127.0.0.1", 5060), ("127.0.0.1", 5070))
NUMBERING: Any = SimpleNamespace(accounts=[SimpleNamespace(key="bakery", domain="bakery.test")])


class Kept:
    """What the registrar begins with; nothing is saved."""

    def __init__(self, bindings: Sequence[Binding]) -> None:
        self.bindings = bindings

    def load(self) -> Sequence[Binding]:
        return self.bindings

    def save(self, aor: str, bindings: Sequence[Binding]) -> None:
        """Nowhere."""


def binding(extension: str, refreshed_at: float) -> Binding:
    contact = Uri.parse(f"sip:{extension}@127.0.0.1:{5070 + int(refreshed_at) % 1000}")
    return Binding(
        aor=f"{extension}@bakery.test", contact=contact, flow=FLOW, expires_at=refreshed_at + 3600, q=1.0,
        call_id=f"{extension}-{refreshed_at}", cseq=1, refreshed_at=refreshed_at,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store(Settings(state=tmp_path / "state")) as store:
        yield store


def phones(registrar: Registrar) -> list[str]:
    return sorted(each.aor.partition("@")[0] for each in registrar.bindings)


def test_a_running_engine_forgets_the_phones_of_before(store: Store, tmp_path: Path) -> None:
    store.passwords.ensure("bakery", ["101", "102", "103"])
    now = time.time()
    registrar = Registrar(Kept([binding("101", now + 1), binding("102", now + 2), binding("103", now + 3)]))
    old = OldPhones(store.passwords, registrar, lambda: NUMBERING)
    old.look()
    assert phones(registrar) == ["101", "102", "103"]
    with Store(Settings(state=tmp_path / "state")) as beside:
        beside.passwords.set("bakery", "101", "another-password")
        beside.passwords.forget("bakery", "103")
    old.look()
    assert phones(registrar) == ["101", "102", "103"]
    registrar = Registrar(Kept([binding("101", now), binding("102", now), binding("103", now)]))
    old = OldPhones(store.passwords, registrar, lambda: NUMBERING)
    store.passwords.refresh()
    old.look()
    assert phones(registrar) == ["102"]
    old.look()
    assert phones(registrar) == ["102"]


def test_a_look_does_not_wait_for_the_database(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.passwords.ensure("bakery", ["101"])
    old = OldPhones(store.passwords, Registrar(Kept([])), lambda: NUMBERING)
    looked = []

    def open_slowly(_seal: Seal, _sealed: str, _about: str) -> str:
        look = threading.Thread(target=old.look, daemon=True)
        look.start()
        look.join(10)
        looked.append(not look.is_alive())
        return "another-password"

    with Store(Settings(state=tmp_path / "state")) as beside:
        beside.passwords.set("bakery", "101", "another-password")
    monkeypatch.setattr(Seal, "open", open_slowly)
    store.passwords.refresh()
    assert looked == [True]


def test_what_changed_while_no_engine_ran(store: Store, tmp_path: Path) -> None:
    store.passwords.ensure("bakery", ["101", "102"])
    changed_at = time.time()
    store.passwords.set("bakery", "101", "another-password")
    with Store(Settings(state=tmp_path / "state")) as later:
        registrar = Registrar(
            Kept([binding("101", changed_at - 60), binding("101", changed_at + 60), binding("102", changed_at + 5)])
        )
        OldPhones(later.passwords, registrar, lambda: NUMBERING).look()
        assert phones(registrar) == ["101", "102"]
