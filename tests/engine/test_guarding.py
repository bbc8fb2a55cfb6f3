"""The guard as the engine keeps it: bans over a restart, lifted beside it, told in the log, and phones known again."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.call.trunk import Trunk
from engine.guarding import BEAT_SECONDS, Guarding, guard_of
from engine.log import configure
from engine.settings import Settings
from engine.store.bans import KEPT_SECONDS
from engine.store.store import Store
from sip.errors import DropReason
from sip.flow import Flow
from sip.guard.bans import Offence
from sip.guard.guard import Guard
from sip.guard.load import Shedding
from sip.guard.sources import network
from sip.message.values import Uri
from sip.registrar import Binding
from sip.rim.resolver import Resolver, Target

ATTACKER = Flow("tcp", ("192.0.2.1", 5060), ("198.51.100.66", 4000), 1)
REQUEST = b"INVITE sip:x SIP/2.0\r\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path / "state", ban_after=3)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store(settings) as store:
        yield store


def guarded(settings: Settings, store: Store, *trunks: Trunk, bindings: tuple[Binding, ...] = ()) -> Guarding:
    return Guarding(guard_of(settings), store.bans, lambda: trunks, Resolver().resolve, bindings)


def attack(guard: Guard) -> None:
    now = time.monotonic()
    for user in ("1", "2", "3"):
        guard.wrong(ATTACKER, user, now, proved=False)


async def test_a_ban_survives_a_restart(settings: Settings) -> None:
    with Store(settings) as store:
        guarding = guarded(settings, store)
        attack(guarding.guard)
        (ban,) = guarding.guard.bans.current(time.monotonic())
        store.ledger.checkpoint()
    with Store(settings) as store:
        again = guarded(settings, store).guard
        (kept,) = again.bans.current(time.monotonic())
    assert (kept.source, kept.user, kept.why, kept.level) == ("198.51.100.66", "", Offence.WRONG_CREDENTIALS, 1)
    assert kept.until == pytest.approx(ban.until, abs=0.5)
    assert again.screen(REQUEST, ATTACKER, time.monotonic()) is DropReason.BANNED


async def test_a_command_lifts_a_ban_of_a_running_engine(settings: Settings, store: Store) -> None:
    guarding = guarded(settings, store)
    attack(guarding.guard)
    store.ledger.checkpoint()
    store.bans.refresh()
    with Store(settings) as command:
        assert [ban.source for ban in command.bans.lift("198.51.100.66")] == ["198.51.100.66"]
        assert command.bans.lift("198.51.100.66") == []
    store.bans.refresh()
    watching = asyncio.create_task(guarding.keep())
    await asyncio.sleep(BEAT_SECONDS * 2)
    watching.cancel()
    assert guarding.guard.screen(REQUEST, ATTACKER, time.monotonic()) is None
    with Store(settings) as later:
        assert guarded(settings, later).guard.bans.current(time.monotonic()) == []


@pytest.mark.parametrize(
    ("late", "shedding"), [(0.0, Shedding.NOBODY), (0.6, Shedding.STRANGERS), (1.1, Shedding.ALL_BUT_KNOWN)]
)
async def test_a_loop_that_is_late_turns_strangers_away(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, late: float, shedding: Shedding
) -> None:
    loop, jumped = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + jumped)
    guarding = guarded(settings.model_copy(update={"shed_after": 1.0}), store)
    load = guarding.guard.load
    watching = asyncio.create_task(guarding.keep())
    await asyncio.sleep(0.01)
    jumped = BEAT_SECONDS + late
    await asyncio.sleep(0.01)
    watching.cancel()
    assert load.shedding(loop.time()) is shedding
    assert load.worst == pytest.approx(late, abs=0.3)


async def test_bans_and_slowed_users_are_told_in_the_log(settings: Settings, store: Store) -> None:
    guard = guarded(settings, store).guard
    out = io.StringIO()
    configure("info", "json", out)
    now = time.monotonic()
    for _ in range(6):
        guard.wrong(Flow("udp", ("192.0.2.1", 5060), ("203.0.113.5", 1)), "107", now, proved=True)
    attack(guard)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["event"], line["source"], line.get("user")) for line in lines] == [
        ("a source is banned", "203.0.113.5", None),
        ("a user is slowed", "203.0.113.5", "107"),
        ("a user is slowed", "203.0.113.5", "107"),
        ("a source is banned", "198.51.100.66", None),
    ]


async def test_registered_phones_are_known_again_after_a_restart(settings: Settings, store: Store) -> None:
    phone = Flow("udp", ("192.0.2.1", 5060), ("198.51.100.66", 5060))
    contact = Uri.parse("sip:101@10.0.0.5")
    binding = Binding("101@bakery.test", contact, phone, time.time() + 60.0, "c", 1)
    guard = guarded(settings, store, bindings=(binding,)).guard
    for number in range(100):
        guard.wrong(ATTACKER, str(number), time.monotonic(), proved=False)
    assert guard.screen(REQUEST, ATTACKER, time.monotonic()) is DropReason.BANNED
    assert guard.screen(REQUEST, phone, time.monotonic()) is None


async def test_providers_are_never_banned_by_address_nor_by_name(settings: Settings, store: Store) -> None:
    guarding = guarded(settings, store, Trunk("one", host="198.51.100.66"), Trunk("two", host="localhost"))
    await guarding.look_up_providers()
    assert guarding.is_provider("127.0.0.1")
    assert not guarding.is_provider("192.0.2.9")
    attack(guarding.guard)
    assert guarding.guard.screen(REQUEST, ATTACKER, time.monotonic()) is None
    assert guarding.guard.also_never("127.0.0.1")


async def test_proxies_before_phones_are_never_banned_and_never_believed(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"state": tmp_path, "ban_after": 1, "never_ban": "edge.invalid", "websocket_proxies": "198.51.100.65"}
    )
    answers: list[list[str]] = [["198.51.100.66"], []]

    async def resolve(uri: Uri) -> list[Target]:
        return [Target("tcp", host, 5060) for host in (answers.pop(0) if uri.host == "edge.invalid" else [uri.host])]

    with Store(settings) as store:
        trunk = Trunk("one", host="192.0.2.7", addresses=(network("203.0.113.0/24"),))
        names = [each for each in settings.never_ban if isinstance(each, str)]
        guarding = Guarding(guard_of(settings), store.bans, lambda: [trunk], resolve, (), names)
        for _ in range(2):
            await guarding.look_up_providers()
            attack(guarding.guard)
            assert guarding.guard.screen(REQUEST, ATTACKER, time.monotonic()) is None
            assert not guarding.is_provider("198.51.100.66")
        assert guarding.guard.is_exempt("198.51.100.65")
        assert guarding.guard.is_exempt("203.0.113.9"), "nor any address of a provider's network"
        assert not guarding.guard.is_exempt("203.0.114.9")


async def test_a_provider_is_known_at_all_its_machines_as_records_name_them(settings: Settings, store: Store) -> None:
    answers = [["198.51.100.7", "198.51.100.8"], ["198.51.100.9"]]

    async def resolve(uri: Uri) -> list[Target]:
        assert (uri.host, uri.port) == ("provider.invalid", None)
        return [Target("udp", host, 5060) for host in answers.pop(0)]

    trunks = [Trunk("one", host="provider.invalid")]
    guarding = Guarding(guard_of(settings), store.bans, lambda: trunks, resolve)
    await guarding.look_up_providers()
    assert guarding.is_provider("198.51.100.8")
    await guarding.look_up_providers()
    assert guarding.is_provider("198.51.100.9")
    assert guarding.is_provider("198.51.100.8"), "a name server need not tell all at once"
    trunks.clear()
    answers.append([])
    await guarding.look_up_providers()
    assert not guarding.is_provider("198.51.100.8")


async def test_connections_of_before_a_restart_are_not_known_by_their_ports(settings: Settings, store: Store) -> None:
    over_tcp = Flow("tcp", ("192.0.2.1", 5060), ("198.51.100.66", 40_000), 7)
    binding = Binding("101@bakery.test", Uri.parse("sip:101@10.0.0.5"), over_tcp, time.time() + 60.0, "c", 1)
    guard = guarded(settings, store, bindings=(binding,)).guard
    assert guard.trusts("198.51.100.66", time.monotonic())
    attacker = Flow("udp", ("192.0.2.1", 5060), ("198.51.100.66", 40_000))
    for number in range(200):
        guard.wrong(attacker, str(number), time.monotonic(), proved=True)
    assert guard.screen(REQUEST, attacker, time.monotonic()) is DropReason.BANNED


async def test_what_is_long_over_is_removed(settings: Settings, store: Store) -> None:
    past = time.time() - KEPT_SECONDS - 60.0
    store.bans.put("203.0.113.1", "", Offence.SCANNER.value, 1, past - 10.0, past)
    store.bans.put("203.0.113.2", "", Offence.SCANNER.value, 1, past, time.time() + 60.0)
    store.ledger.checkpoint()
    store.bans.forget_older()
    assert [ban.source for ban in store.bans.load()] == ["203.0.113.2"]
