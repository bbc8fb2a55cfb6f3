"""Registrations: as they were, after a restart and after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from engine.settings import Settings
from engine.store.store import Store
from sip.flow import Flow
from sip.message.values import NameAddr, Uri
from sip.registrar import Binding

PHONE = Binding(
    aor="101@bakery.test",
    contact=Uri.parse("sip:101@192.0.2.7:5062;transport=udp;ob"),
    flow=Flow("udp", ("192.0.2.1", 5060), ("203.0.113.9", 40123)),
    expires_at=1_790_000_000.25,
    call_id='quoted"and\\strange@phone',
    cseq=2**31 - 1,
    q=0.5,
    params=(("+sip.instance", '"<urn:uuid:0>"'), ("ob", None)),
    instance="urn:uuid:0",
    reg_id="1",
    path=(NameAddr.parse("<sip:proxy.example;lr>"),),
    user_agent="Phöne/1.0 \x01",
)
OTHER = Binding(
    aor="102@bakery.test",
    contact=Uri.parse("sip:102@[2001:db8::7]"),
    flow=Flow("tcp", ("2001:db8::1", 5060), ("2001:db8::7", 50000), 7),
    expires_at=1_790_000_001.0,
    call_id="a",
    cseq=1,
)


def test_bindings_come_back_as_they_were(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with Store(settings, serving=True) as store:
        store.bindings.save(PHONE.aor, [PHONE, OTHER])
        store.bindings.save(OTHER.aor, [OTHER])
    with Store(settings, serving=True) as store:
        assert sorted(store.bindings.load(), key=lambda binding: binding.expires_at) == [PHONE, OTHER, OTHER]


def test_the_last_save_counts_and_none_forgets(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with Store(settings, serving=True) as store:
        store.bindings.save(PHONE.aor, [OTHER])
        store.bindings.save(PHONE.aor, [PHONE])
        store.bindings.save(OTHER.aor, [OTHER])
    with Store(settings, serving=True) as store:
        store.bindings.save(OTHER.aor, [])
    with Store(settings, serving=True) as store:
        assert list(store.bindings.load()) == [PHONE]


def test_a_row_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with Store(settings, serving=True) as store:
        store.bindings.save(PHONE.aor, [PHONE])
        store.bindings.save("x", [OTHER])
        store.ledger.checkpoint()
        with store.database.begin() as connection:
            connection.execute(text("UPDATE bindings SET data = '[{\"aor\": 1}]' WHERE aor = 'x'"))
            connection.execute(text("INSERT INTO bindings VALUES ('y', 'not json')"))
        assert list(store.bindings.load()) == [PHONE]


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from engine.settings import Settings
from engine.store.store import Store
from test_store_bindings import PHONE
Store(Settings(state=Path(sys.argv[1])), serving=True).bindings.save(PHONE.aor, [PHONE])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_right_after_save_loses_nothing(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    folder = str(Path(__file__).parent)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(settings.state), folder], check=False, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    with Store(settings) as store:
        assert list(store.bindings.load()) == [PHONE]
