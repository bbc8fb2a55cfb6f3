"""From a URI to transports, addresses and ports, asked of dnsmasq."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from name_server import NameServer, name_server, needs_dnsmasq

from sip.message.values import Uri
from sip.rim.names import Names
from sip.rim.resolver import MAX_AVOIDED, MAX_TARGETS, Resolver, Target, Unreachable, numeric_target

RECORDS = [
    # priorities, and one that is down
    "srv-host=_sip._udp.plain.example,one.plain.example,5070,10,0",
    "srv-host=_sip._udp.plain.example,two.plain.example,5080,20,0",
    "srv-host=_sip._tcp.plain.example,one.plain.example,5071,10,0",
    "host-record=one.plain.example,192.0.2.1",
    "host-record=two.plain.example,192.0.2.2,2001:db8::2",
    "host-record=plain.example,192.0.2.9",
    # a domain that wants TLS, then TCP
    "naptr-record=choosy.example,10,50,s,SIPS+D2T,,_sips._tcp.elsewhere.example",
    "naptr-record=choosy.example,20,50,s,SIP+D2T,,_sip._tcp.choosy.example",
    "naptr-record=choosy.example,5,50,u,E2U+sip,!^.*$!sip:info@choosy.example!",
    "srv-host=_sips._tcp.elsewhere.example,one.plain.example,5061,0,0",
    "srv-host=_sip._tcp.choosy.example,two.plain.example,5060,0,0",
    "naptr-record=secure.example,10,50,s,SIPS+D2T,,_sips._tcp.elsewhere.example",
    # weights
    "srv-host=_sip._udp.heavy.example,one.plain.example,1,10,90",
    "srv-host=_sip._udp.heavy.example,one.plain.example,2,10,10",
    "srv-host=_sip._udp.heavy.example,one.plain.example,3,10,0",
    # no service, no records, far too many
    "srv-host=_sip._udp.closed.example",
    "host-record=bare.example,192.0.2.7",
    *(f"srv-host=_sip._udp.crowd.example,one.plain.example,{port},10,0" for port in range(6000, 6040)),
]

pytestmark = needs_dnsmasq


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with name_server(RECORDS) as server:
        yield server


@pytest.fixture
def resolver(server: NameServer) -> Resolver:
    return Resolver(Names([server.address]), routed=lambda _: True, random=lambda: 0.5)


async def found(resolver: Resolver, uri: str) -> list[tuple[str, str, int]]:
    return [(each.transport, each.host, each.port) for each in await resolver.resolve(Uri.parse(uri))]


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:101@192.0.2.1", ("udp", "192.0.2.1", 5060)),
        ("sip:101@192.0.2.1:5070;transport=TCP", ("tcp", "192.0.2.1", 5070)),
        ("sip:[2001:db8::1]:5070", ("udp", "2001:db8::1", 5070)),
        ("sips:101@192.0.2.1", ("tls", "192.0.2.1", 5061)),
        ("sips:101@192.0.2.1;transport=tcp", ("tls", "192.0.2.1", 5061)),
        ("sip:101@192.0.2.1;transport=tls", ("tls", "192.0.2.1", 5061)),
        ("sip:101@192.0.2.1;transport=ws", ("ws", "192.0.2.1", 80)),
        ("sips:101@192.0.2.1;transport=ws", ("wss", "192.0.2.1", 443)),
        ("sip:101@phone.example", None),
    ],
)
def test_a_numeric_uri_says_it_all(uri: str, target: tuple[str, str, int] | None) -> None:
    got = numeric_target(Uri.parse(uri))
    assert (got and (got.transport, *got.remote)) == target


@pytest.mark.parametrize("uri", ["tel:+31201234567", "urn:service:sos"])
def test_what_is_no_sip_is_unreachable(uri: str) -> None:
    with pytest.raises(Unreachable, match="there is no way to a"):
        numeric_target(Uri.parse(uri))


async def test_srv_records_say_machines_and_ports_by_priority(resolver: Resolver) -> None:
    assert await found(resolver, "sip:1@plain.example") == [
        ("udp", "192.0.2.1", 5070),
        ("udp", "2001:db8::2", 5080),
        ("udp", "192.0.2.2", 5080),
        ("tcp", "192.0.2.1", 5071),
    ]


async def test_a_transport_or_a_port_in_the_uri_decides(resolver: Resolver) -> None:
    assert await found(resolver, "sip:1@plain.example;transport=tcp") == [("tcp", "192.0.2.1", 5071)]
    assert await found(resolver, "sip:1@plain.example:5099") == [("udp", "192.0.2.9", 5099)]
    assert await found(resolver, "sip:1@bare.example;transport=tls") == [("tls", "192.0.2.7", 5061)]
    assert await found(resolver, "sip:1@bare.example;transport=tls") == [("tls", "192.0.2.7", 5061)]


async def test_naptr_records_choose_the_best_transport_that_we_speak(server: NameServer, resolver: Resolver) -> None:
    assert await found(resolver, "sip:1@choosy.example") == [("tcp", "2001:db8::2", 5060), ("tcp", "192.0.2.2", 5060)]
    with_tls = Resolver(Names([server.address]), transports=("udp", "tcp", "tls"), routed=lambda _: True)
    targets = await with_tls.resolve(Uri.parse("sip:1@choosy.example"))
    assert targets[0] == Target("tls", "192.0.2.1", 5061, "choosy.example"), "a certificate must name the domain asked"
    assert [each.transport for each in targets] == ["tls", "tcp", "tcp"]


async def test_sips_is_never_anything_but_tls(server: NameServer) -> None:
    both = Resolver(Names([server.address]), transports=("udp", "tcp", "tls"), routed=lambda _: True)
    assert {each.transport for each in await both.resolve(Uri.parse("sips:1@choosy.example"))} == {"tls"}
    assert await found(both, "sips:1@plain.example") == [("tls", "192.0.2.9", 5061)]


async def test_a_domain_that_wants_only_what_we_do_not_speak_is_unreachable(resolver: Resolver) -> None:
    with pytest.raises(Unreachable, match="no transport in common"):
        await resolver.resolve(Uri.parse("sip:1@secure.example"))


async def test_a_domain_without_records_is_a_machine(resolver: Resolver) -> None:
    assert await found(resolver, "sip:1@bare.example") == [("udp", "192.0.2.7", 5060)]


async def test_a_domain_may_say_that_it_takes_no_calls(resolver: Resolver) -> None:
    with pytest.raises(Unreachable, match="takes no calls"):
        await resolver.resolve(Uri.parse("sip:1@closed.example"))


async def test_a_name_that_leads_nowhere_is_unreachable(resolver: Resolver) -> None:
    with pytest.raises(Unreachable, match="leads nowhere"):
        await resolver.resolve(Uri.parse("sip:101@nobody.example"))


async def test_weights_say_how_often_a_machine_is_first(server: NameServer) -> None:
    resolver = Resolver(Names([server.address]), routed=lambda _: True)
    first = Counter[int]()
    for _ in range(400):
        targets = await resolver.resolve(Uri.parse("sip:1@heavy.example"))
        assert sorted(each.port for each in targets) == [1, 2, 3]
        first[targets[0].port] += 1
    assert 320 < first[1] < 395
    assert first[3] <= 2, "a weight of nothing is for those that are hardly ever meant"


async def test_many_records_are_cut_short(resolver: Resolver) -> None:
    assert len(await found(resolver, "sip:1@crowd.example")) <= MAX_TARGETS


async def test_an_address_without_a_way_comes_last(server: NameServer) -> None:
    resolver = Resolver(Names([server.address]), routed=lambda host: ":" not in host)
    hosts = [host for _, host, _ in await found(resolver, "sip:1@two.plain.example:5060")]
    assert hosts == ["192.0.2.2", "2001:db8::2"]


async def test_a_target_that_failed_comes_last_for_a_while(resolver: Resolver) -> None:
    uri = Uri.parse("sip:1@plain.example")
    first, second, *_ = await resolver.resolve(uri)
    resolver.failed(first)
    assert (await resolver.resolve(uri))[0] == second
    assert (await resolver.resolve(uri))[-1] == first
    resolver.worked(first)
    assert (await resolver.resolve(uri))[0] == first
    for port in range(MAX_AVOIDED + 10):
        resolver.failed(Target("udp", "192.0.2.1", port))
    assert len(resolver._avoided) == MAX_AVOIDED
