"""Token buckets: what a source may send, and that no number of sources fills memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sip.guard.buckets import Buckets, Rate
from sip.guard.kinds import Kind, has_to_tag, kind_of, names_a_scanner
from sip.guard.load import HOLD_SECONDS, Load, Shedding
from sip.guard.recent import Recent
from sip.guard.sources import Networks, network, source_of


def test_a_burst_and_then_the_rate() -> None:
    buckets = Buckets[str](Rate(per_second=2.0, burst=4.0))
    assert [buckets.take("a", 10.0) for _ in range(6)] == [True] * 4 + [False] * 2
    assert [buckets.take("a", 10.5) for _ in range(2)] == [True, False]
    assert all(buckets.take("a", 100.0) for _ in range(4)), "a rest fills it up"
    assert buckets.take("b", 100.0), "others have buckets of their own"


def test_what_costs_more_empties_it_sooner() -> None:
    buckets = Buckets[str](Rate(1.0, 20.0))
    assert [buckets.take("a", 0.0, cost=10.0) for _ in range(3)] == [True, True, False]
    buckets.drain("b", 0.0, cost=1000.0)
    assert not buckets.take("b", 19.0 - 18.5)
    assert buckets.take("b", 1.5), "never more than all its tokens are missing"


@given(st.lists(st.tuples(st.floats(0, 0.2), st.floats(1, 3)), max_size=200))
def test_never_more_than_burst_and_rate_allow(gaps: list[tuple[float, float]]) -> None:
    """However the requests come: in no stretch of time do more tokens go than burst + rate * its length."""
    rate = Rate(10.0, 5.0)
    buckets, now, spent = Buckets[str](rate), 0.0, 0.0
    for gap, cost in gaps:
        now += gap
        if buckets.take("a", now, cost):
            spent += 1
        assert spent <= rate.burst + rate.per_second * now + 1e-6


def test_a_million_sources_take_bounded_memory() -> None:
    buckets = Buckets[int](Rate(1.0, 2.0), max_keys=100)
    for key in range(10_000):
        assert buckets.take(key, 0.0)
    assert len(buckets) <= 200
    assert [buckets.take(9_999, 0.0) for _ in range(2)] == [True, False], "the latest ones are remembered"


def test_kinds_by_their_first_bytes() -> None:
    assert kind_of(b"REGISTER sip:a SIP/2.0\r\n") is Kind.REGISTER
    assert kind_of(b"\r\n\r\nINVITE sip:a SIP/2.0\r\n") is Kind.INVITE
    assert kind_of(b"OPTIONS sip:a SIP/2.0") is Kind.OPTIONS
    assert kind_of(b"SIP/2.0 200 OK\r\n") is Kind.IN_CALL
    assert kind_of(b"BYE sip:a SIP/2.0") is Kind.IN_CALL
    for other in (
        b"",
        b"\r\n\r\n",
        b"SUBSCRIBE sip:a SIP/2.0",
        b"invite sip:a SIP/2.0",
        b"\x00" * 60,
        b"GET / HTTP/1.1",
    ):
        assert kind_of(other) is Kind.OTHER


def test_a_to_tag_and_a_scanners_name_are_seen_without_parsing() -> None:
    assert has_to_tag(b"INVITE x SIP/2.0\r\nt : <sip:a@b>;x=1; Tag = 7\r\n")
    assert not has_to_tag(b"INVITE x SIP/2.0\r\nFrom: <sip:a@b>;tag=7\r\nTo: <sip:a@b>\r\n\r\n")
    assert names_a_scanner(b"OPTIONS x SIP/2.0\r\nuser-agent: friendly-scanner\r\n")
    assert names_a_scanner(b"OPTIONS x SIP/2.0\r\nUser-Agent: sipvicious/0.3\r\n")
    for honest in (b"sipsak 0.9.8", b"SIPp", b"Linphone/4", b"Yealink scanner", b"Scannell Phone"):
        assert not names_a_scanner(b"OPTIONS x SIP/2.0\r\nUser-Agent: " + honest + b"\r\n")


def test_sources_are_addresses_and_64s() -> None:
    assert source_of("192.0.2.7") == "192.0.2.7"
    assert source_of("2001:db8:0:1::7") == source_of("2001:db8:0:1:ffff::9") == "2001:db8:0:1::/64"
    assert source_of("2001:db8:0:2::7") != source_of("2001:db8:0:1::7")
    assert source_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert source_of("fe80::1%eth0") == "fe80::/64"
    assert source_of("no:address") == "no:address"


def test_networks_hold_sources() -> None:
    networks = Networks(map(network, ("192.0.2.0/24", "127.0.0.1", "2001:db8::1")))
    for inside in ("192.0.2.200", "127.0.0.1", source_of("2001:db8::9")):
        assert networks.holds(inside)
    for outside in ("127.0.0.2", "198.51.100.1", source_of("2001:db8:1::1"), "no address"):
        assert not networks.holds(outside)
    assert not Networks().holds("127.0.0.1")


def test_recent_keys_end_by_time_and_by_number() -> None:
    recent = Recent[str](2)
    recent.mark("a", 10.0)
    recent.mark("b", 20.0)
    assert recent.holds("a", 9.0)
    assert not recent.holds("a", 10.0)
    recent.mark("c", 20.0)
    assert not recent.holds("a", 9.0), "the one marked longest ago made room"
    recent.forget(20.0)
    assert len(recent) == 0


def test_shedding_begins_with_strangers_and_ends_by_itself() -> None:
    load = Load(0.2)
    load.note(0.09, 1.0)
    assert load.shedding(1.0) is Shedding.NOBODY
    load.note(0.1, 2.0)
    assert load.shedding(2.0) is Shedding.STRANGERS
    load.note(0.2, 2.5)
    assert load.shedding(3.4) is Shedding.ALL_BUT_KNOWN
    assert load.shedding(2.5 + HOLD_SECONDS) is Shedding.NOBODY
    assert load.worst == 0.2
    never = Load(0.0)
    never.note(60.0, 1.0)
    assert never.shedding(1.0) is Shedding.NOBODY
