"""The guard in front of the core: floods, spoofed sources, offices, and calls that must not notice."""

from __future__ import annotations

import tracemalloc

import pytest

from sip.core import CoreConfig, UserAgentCore
from sip.dialog.session_timer import Terms
from sip.errors import DropReason
from sip.flow import Flow
from sip.gate import Admit, Challenge
from sip.guard.bans import Policy
from sip.guard.guard import (
    ANSWERS,
    CALLED_SECONDS,
    EXEMPT_OTHERS,
    KNOWN_FACTOR,
    MAX_KNOWN,
    MOVES,
    REPEATS,
    RETURNING,
    SHARES,
    STRANGERS,
    Guard,
    Limits,
)
from sip.guard.kinds import Kind
from sip.guard.load import HOLD_SECONDS
from sip.guard.sources import Networks, network
from sip.message.envelope import Response
from sip.registrar import Registrar
from sip.source import LATER
from sip.testing.parts import ANSWER, MemoryBindings, ScriptedGate
from sip.testing.scripted import ScriptedPeer

US = ("192.0.2.1", 5060)
OFFICE, STRANGER = "203.0.113.5", "198.51.100.66"


def udp(host: str = STRANGER, port: int = 5060) -> Flow:
    return Flow("udp", US, (host, port))


def tcp(host: str = STRANGER, port: int = 40_000, number: int = 1) -> Flow:
    return Flow("tcp", US, (host, port), number)


def peer(guard: Guard, flow: Flow | None = None, gate: ScriptedGate | None = None) -> ScriptedPeer:
    core = UserAgentCore(CoreConfig(), gate or ScriptedGate(), Registrar(MemoryBindings()), guard)
    return ScriptedPeer(core, flow or udp())


def flood(guard: Guard, kind: str, flow: Flow, count: int, now: float = 0.0) -> list[DropReason | None]:
    data = f"{kind} sip:1@192.0.2.1 SIP/2.0\r\n".encode()
    return [guard.screen(data, flow, now) for _ in range(count)]


@pytest.mark.parametrize(
    ("method", "kind"),
    [("REGISTER", Kind.REGISTER), ("INVITE", Kind.INVITE), ("OPTIONS", Kind.OPTIONS), ("NONSENSE", Kind.OTHER)],
)
def test_a_source_is_limited_in_each_kind_by_itself(method: str, kind: Kind) -> None:
    limits = Limits()
    guard = Guard(limits)
    burst = int(SHARES[kind].burst * limits.per_source)
    told = flood(guard, method, udp(), burst + 50)
    assert told == [None] * burst + [DropReason.OVER_LIMIT] * 50
    assert flood(guard, "REGISTER" if kind is not Kind.REGISTER else "INVITE", udp(), 1) == [None]
    assert flood(guard, method, udp("198.51.100.67"), 1) == [None]
    assert flood(guard, method, udp(), 1, now=1.0) == [None], "it comes back by itself"


def test_a_flood_reaches_neither_the_parser_nor_the_gate() -> None:
    gate = ScriptedGate(Challenge(("Digest x",), proxy=False))
    attacker = peer(Guard(), gate=gate)
    burst = int(SHARES[Kind.REGISTER].burst * Limits().per_source)
    for _ in range(burst + 300):
        attacker.send(attacker.request("REGISTER"))
    assert len(gate.asked) == burst
    assert attacker.drops().count(DropReason.OVER_LIMIT) == 300


def test_forty_phones_behind_one_router_all_register_at_once() -> None:
    """When the power is back: each is challenged and registers, and asks for three subscriptions."""
    guard = Guard()
    for phone in range(40):
        flow = udp(OFFICE, 10_000 + phone)
        assert flood(guard, "REGISTER", flow, 2) == [None, None]
        guard.verified(flow, str(phone), 0.0)
        assert flood(guard, "SUBSCRIBE", flow, 6) == [None] * 6


def test_registered_phones_go_on_while_their_router_sends_a_flood() -> None:
    """A flood from, or in the name of, an office's address takes nothing from the paths its phones have proved."""
    guard = Guard()
    phone = udp(OFFICE, 10_001)
    guard.verified(phone, "101", 0.0)
    for port in range(20_000, 25_000):
        flood(guard, "REGISTER", udp(OFFICE, port), 1)
    assert flood(guard, "REGISTER", udp(OFFICE, 25_001), 1) == [DropReason.OVER_LIMIT]
    for method in ("REGISTER", "INVITE", "OPTIONS", "BYE", "SUBSCRIBE"):
        assert flood(guard, method, phone, 5) == [None] * 5


def test_a_ban_of_an_office_spares_its_registered_phones() -> None:
    guard = Guard(Limits(bans=Policy(points=2)))
    phone = udp(OFFICE, 10_001)
    guard.verified(phone, "101", 0.0)
    for number in range(100):
        guard.wrong(tcp(OFFICE), f"user{number}", 0.0, proved=False)
    assert flood(guard, "INVITE", udp(OFFICE, 10_002), 1) == [DropReason.BANNED]
    assert flood(guard, "INVITE", phone, 1) == [None]


def test_a_phone_that_subscribes_without_end_costs_little_also_where_nothing_is_limited() -> None:
    """As baresip 1.0.0 does once its subscription is over. Everything else over the same path goes on."""
    guard = Guard(Limits(never=Networks([network("127.0.0.1")])))
    for phone in (udp("127.0.0.1", 7000), udp(OFFICE, 7000)):
        guard.verified(phone, "101", 0.0)
        same = b"SUBSCRIBE sip:102@bakery.test SIP/2.0\r\nCall-ID: one\r\n\r\n"
        let_in = [guard.screen(same, phone, number / 1000.0) for number in range(60_000)].count(None)
        assert let_in <= REPEATS.burst + 60.0 * REPEATS.per_second + 1
        for method in ("REGISTER", "INVITE", "OPTIONS", "BYE", "MESSAGE"):
            assert flood(guard, method, phone, 50, now=60.0) == [None] * 50
        let_in = 0
        for number in range(60_000):
            other = b"SUBSCRIBE sip:102@bakery.test SIP/2.0\r\ni: %d\r\n\r\n" % number
            let_in += guard.screen(other, phone, 100.0 + number / 1000.0) is None
        share = SHARES[Kind.OTHER].times(Limits().per_source * KNOWN_FACTOR)
        most = [share, EXEMPT_OTHERS] if phone.remote[0] == "127.0.0.1" else [share]
        assert let_in <= sum(rate.burst + 60.0 * rate.per_second for rate in most) + 1
    assert flood(guard, "INVITE", udp("127.0.0.1", 7000), 12_000) == [None] * 12_000, "200 calls a second, for a minute"


def test_who_sends_too_much_over_a_known_connection_is_told_to_come_later() -> None:
    guard = Guard()
    phone = peer(guard, tcp(OFFICE))
    guard.verified(phone.flow, "101", 0.0)
    for _ in range(int(REPEATS.burst) + 5):
        phone.send(phone.request("SUBSCRIBE"))
    assert [each.status for each in phone.sent() if isinstance(each, Response)][-5:] == [503] * 5


def test_a_phone_comes_back_to_a_banned_office_by_another_path_and_nobody_guesses_with_it() -> None:
    guard = Guard(Limits(bans=Policy(points=2)))
    phone, elsewhere, stranger = (1, 2), (2,), (3,)
    guard.verified(tcp(OFFICE), "101", 0.0, phone)
    for number in range(100):
        guard.wrong(tcp(OFFICE, 50_000, 2), f"user{number}", 0.0, proved=False)
    assert not guard.refuses(OFFICE, 0.0), "it may connect"
    again = tcp(OFFICE, 40_001, 3)
    told = flood(guard, "REGISTER", again, 100)
    assert told.count(None) == RETURNING.burst
    assert set(told) == {None, DropReason.BANNED}
    assert flood(guard, "REGISTER", again, 3, now=1.0).count(None) == RETURNING.per_second
    assert not guard.slows(again, "101", 1.0, phone)
    assert guard.slows(again, "101", 1.0, stranger)
    assert guard.slows(again, "102", 1.0, phone)
    guard.verified(again, "101", 1.0, phone)
    assert flood(guard, "INVITE", again, 5) == [None] * 5
    assert not guard.slows(again, "102", 1.0, elsewhere), "nor is anybody behind a proxy that is a known path"


def test_fifty_thousand_made_up_sources_take_bounded_memory_and_time_from_nobody_known() -> None:
    guard = Guard()
    phone = udp(OFFICE, 10_001)
    guard.verified(phone, "101", 0.0)
    tracemalloc.start()
    told = [
        flood(guard, "REGISTER", udp(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"), 1, number / 5000.0)[0]
        for number in range(50_000)
    ]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 8_000_000
    let_through = told.count(None)
    assert let_through <= STRANGERS.burst + STRANGERS.per_second * 10.0 + 1
    assert set(told) == {None, DropReason.OVERLOADED}
    assert flood(guard, "REGISTER", phone, 5, now=10.0) == [None] * 5


def test_nobody_gets_an_honest_source_banned_by_writing_its_address() -> None:
    """Whatever is sent over UDP under somebody's address, without hearing what is sent there: no ban, no slowing."""
    guard = Guard(Limits(bans=Policy(points=1)))
    victim = udp(OFFICE, 5060)
    for number in range(2_000):
        guard.malformed(victim, 0.0)
        guard.scanned(victim, 0.0)
        guard.wrong(victim, "101", 0.0, proved=False)
        guard.screen(b"OPTIONS sip:x SIP/2.0\r\nUser-Agent: friendly-scanner\r\n", victim, number / 100.0)
    assert guard.bans.current(20.0) == []
    assert not guard.slows(victim, "101", 20.0)
    assert flood(guard, "REGISTER", victim, 1, now=40.0) == [None], "and seconds later it may come again"


def test_wrong_answers_to_nonces_of_their_own_and_connections_count() -> None:
    guard = Guard(Limits(bans=Policy(points=3)))
    for user in ("1", "2", "3"):
        guard.wrong(udp(), user, 0.0, proved=True)
    assert flood(guard, "OPTIONS", udp(), 1) == [DropReason.BANNED]
    for _ in range(3):
        guard.malformed(tcp("198.51.100.7"), 0.0)
    assert guard.refuses("198.51.100.7", 0.0)


def test_a_scanner_that_says_so_is_met_with_silence() -> None:
    guard = Guard()
    scanner = peer(guard)
    scanner.send(scanner.request("OPTIONS", headers=[("User-Agent", "friendly-scanner")]))
    scanner.sends_nothing()
    assert scanner.drops() == [DropReason.SCANNER]
    over_tcp = peer(guard, tcp())
    for _ in range(3):
        over_tcp.send(over_tcp.request("OPTIONS", headers=[("User-Agent", "sipvicious")]))
    assert over_tcp.drops() == [DropReason.SCANNER, DropReason.SCANNER, DropReason.BANNED]


def test_ipv6_is_banned_by_the_64() -> None:
    guard = Guard(Limits(bans=Policy(points=3)))
    for number in range(3):
        guard.wrong(udp(f"2001:db8:0:1::{number}"), str(number), 0.0, proved=True)
    assert flood(guard, "INVITE", udp("2001:db8:0:1:a:b:c:d"), 1) == [DropReason.BANNED]
    assert flood(guard, "INVITE", udp("2001:db8:0:2::1"), 1) == [None]


def test_the_allow_list_and_trunks_are_never_limited_nor_banned() -> None:
    guard = Guard(Limits(never=Networks([network("203.0.113.0/24")]), bans=Policy(points=1)))
    guard.also_never = lambda source: source == "192.0.2.77"
    for host in (OFFICE, "192.0.2.77"):
        guard.load.note(9.0, 0.0)
        for number in range(50):
            guard.wrong(tcp(host), str(number), 0.0, proved=True)
        assert flood(guard, "INVITE", udp(host), 2000) == [None] * 2000
        guard.verified(udp(host), "1", 0.0)
        assert flood(guard, "REGISTER", udp(host), 5000) == [None] * 5000, "a proxy with many phones behind it"
        assert not guard.refuses(host, 0.0)
        assert not guard.slows(udp(host), "1", 0.0)


def test_limits_and_bans_can_be_switched_off() -> None:
    guard = Guard(Limits(per_source=0.0, lateness=0.0, bans=Policy(points=0)))
    for number in range(500):
        guard.wrong(tcp(), str(number), 0.0, proved=True)
    guard.load.note(60.0, 0.0)
    assert flood(guard, "INVITE", udp(), 5000) == [None] * 5000


def test_while_late_strangers_get_503_and_then_silence() -> None:
    guard = Guard(Limits(per_source=1000.0))
    caller = peer(guard)
    guard.load.note(0.2, 0.0)
    caller.invite()
    answer = caller.next_response(503)
    assert (LATER[0], str(LATER[1])) in answer.headers
    assert caller.drops() == [DropReason.OVERLOADED]
    assert caller.core.sessions == ()
    for _ in range(int(ANSWERS.burst) + 20):
        caller.invite()
    answers = [each for each in caller.sent() if isinstance(each, Response)]
    assert len(answers) == ANSWERS.burst - 1
    caller.now = HOLD_SECONDS + 0.1
    caller.call()


def test_while_late_registered_phones_come_before_strangers_and_calls_before_all() -> None:
    guard = Guard()
    phone = peer(guard, udp(OFFICE))
    session = phone.call()
    guard.verified(udp(OFFICE, 7000), "101", 0.0)
    session.answer(ANSWER, phone.now)
    ok = phone.next_response(200)
    guard.load.note(0.2, 0.0)
    assert flood(guard, "REGISTER", udp(OFFICE, 7001), 1) == [None], "a phone that moved, at an office we know"
    assert flood(guard, "REGISTER", udp(), 1) == [DropReason.OVERLOADED]
    guard.load.note(5.0, 0.0)
    assert flood(guard, "REGISTER", udp(OFFICE, 7001), 1) == [DropReason.OVERLOADED]
    assert flood(guard, "REGISTER", udp(OFFICE, 7000), 1) == [None], "a phone registered over this very path"
    phone.ack(ok)
    phone.send(phone.request("INVITE", to_tag=ok.to_tag, body=ANSWER))
    phone.send(phone.request("BYE", to_tag=ok.to_tag))
    assert DropReason.OVERLOADED not in phone.drops()
    assert {each.status for each in phone.sent() if isinstance(each, Response)} >= {200}


def test_a_caller_that_moved_while_talking_hangs_up_however_late_we_are() -> None:
    guard = Guard()
    phone = peer(guard)
    session = phone.call()
    session.answer(ANSWER, phone.now)
    ok = phone.next_response(200)
    phone.ack(ok)
    moved = udp("198.51.100.99", 7000)
    phone.send(phone.request("INFO", to_tag=ok.to_tag), moved)
    guard.load.note(9.0, phone.now)
    phone.send(phone.request("BYE", to_tag=ok.to_tag), moved)
    assert DropReason.OVERLOADED not in phone.drops()
    assert session.ended


def test_a_peer_in_a_call_marks_few_addresses_and_displaces_nobodys() -> None:
    """It knows the tags, and writes any source address into its packets; strangers write any into INVITEs."""
    guard = Guard()
    talking = udp(OFFICE, 7000)
    guard.in_call(talking, "theirs", 0.0)
    for number in range(MAX_KNOWN + 1):
        made_up = udp(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        guard.in_call(made_up, "mine", 1.0)
        guard.calls(made_up, 1.0)
    guard.load.note(9.0, 2.0)
    assert flood(guard, "BYE", talking, 1, now=2.0) == [None]
    guard = Guard()
    for number in range(100):
        guard.in_call(udp(f"10.0.0.{number}"), "mine", 0.0)
    guard.load.note(9.0, 0.0)
    told = [flood(guard, "BYE", udp(f"10.0.0.{number}"), 1)[0] for number in range(100)]
    assert told.count(None) == MOVES.burst


def test_a_path_is_strange_again_once_its_phone_has_moved() -> None:
    guard = Guard(Limits(bans=Policy(points=1)))
    phone = peer(guard, udp(OFFICE, 7000), ScriptedGate(Admit("101@bakery.test", "101@bakery.test")))
    register(phone)
    guard.verified(udp(OFFICE, 7000), "101", 0.0)
    for number in range(100):
        guard.wrong(tcp(OFFICE), str(number), 0.0, proved=False)
    assert flood(guard, "INVITE", udp(OFFICE, 7000), 1) == [None]
    phone.flow = udp(OFFICE, 7001)
    guard.verified(phone.flow, "101", 0.0)
    register(phone)
    assert flood(guard, "INVITE", udp(OFFICE, 7001), 1) == [None]
    assert flood(guard, "INVITE", udp(OFFICE, 7000), 1) == [DropReason.BANNED]


def register(phone: ScriptedPeer) -> None:
    phone.send(phone.request("REGISTER", headers=[("Contact", "<sip:101@10.0.0.5>")]), phone.flow)
    assert phone.next_response(200)


def test_a_call_is_known_for_as_long_as_it_is_refreshed() -> None:
    guard = Guard()
    config = CoreConfig(terms=Terms(interval=0))
    phone = ScriptedPeer(UserAgentCore(config, ScriptedGate(), Registrar(MemoryBindings()), guard), udp())
    session = phone.call()
    session.answer(ANSWER, phone.now)
    ok = phone.next_response(200)
    phone.ack(ok)
    for _ in range(3):
        phone.wait(CALLED_SECONDS / 4)
        phone.send(phone.request("UPDATE", to_tag=ok.to_tag))
    phone.wait(CALLED_SECONDS / 2)
    guard.load.note(9.0, phone.now)
    phone.send(phone.request("BYE", to_tag=ok.to_tag))
    assert DropReason.OVERLOADED not in phone.drops()
    assert session.ended


def test_an_answer_to_a_call_of_ours_comes_through_however_late_we_are() -> None:
    guard = Guard()
    called = peer(guard)
    _, invite = called.be_called()
    guard.load.note(9.0, 0.0)
    called.respond(invite, 180)
    assert called.drops() == []


def test_a_connections_port_is_nobodys_once_it_is_closed() -> None:
    guard = Guard(Limits(bans=Policy(points=1)))
    phone = peer(guard, tcp(OFFICE))
    guard.verified(phone.flow, "101", 0.0)
    for number in range(100):
        guard.wrong(tcp(OFFICE, 50_000, 2), str(number), 0.0, proved=False)
    assert flood(guard, "INVITE", phone.flow, 1) == [None]
    phone.core.flow_closed(phone.flow, 0.0)
    assert flood(guard, "INVITE", phone.flow, 1) == [DropReason.BANNED]


def test_what_is_remembered_is_given_back() -> None:
    guard = Guard()
    guard.verified(udp(OFFICE), "101", 0.0)
    guard.calls(udp(), 0.0)
    guard.in_call(udp(), "call", 0.0)
    guard.wrong(udp(), "1", 0.0, proved=True)
    guard.forget(30 * 86_400.0)
    assert guard.size == 0
