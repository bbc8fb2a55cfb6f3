"""Listening, said in sentences when it fails, and our address as peers see it."""

from __future__ import annotations

import socket

import pytest

from sip.rim import flows
from sip.rim.flows import (
    MAX_REMEMBERED,
    ListenAddress,
    ListenFailed,
    OwnAddress,
    bind,
    is_address,
    listener_towards,
)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_port_in_use_is_named_in_a_sentence(transport: str) -> None:
    with bind(ListenAddress(transport, "127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ListenFailed, match=rf"port {port} on 127.0.0.1 \({transport}\) is in use by another program"
        ):
            bind(ListenAddress(transport, "127.0.0.1", port))


def test_an_address_of_another_machine_is_named_in_a_sentence() -> None:
    with pytest.raises(ListenFailed, match=r"192\.0\.2\.1 is no address of this machine"):
        bind(ListenAddress("udp", "192.0.2.1", 5060))


def test_a_transport_nobody_speaks_is_named() -> None:
    with pytest.raises(ListenFailed, match="choose one of udp, tcp, tls, ws, wss"):
        bind(ListenAddress("sctp", "127.0.0.1", 0))


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_both_wildcards_can_be_listened_on_with_one_port(transport: str) -> None:
    with bind(ListenAddress(transport, "0.0.0.0", 0)) as four:
        bind(ListenAddress(transport, "::", four.getsockname()[1])).close()


def test_on_a_wildcard_each_peer_sees_the_address_that_the_routing_table_gives() -> None:
    own = OwnAddress(ListenAddress("udp", "0.0.0.0", 5060))
    assert own.towards("127.0.0.1") == ("127.0.0.1", 5060)


def test_an_address_that_is_listened_on_is_what_peers_see() -> None:
    own = OwnAddress(ListenAddress("udp", "192.0.2.7", 5060), ask=lambda _: pytest.fail("asked"))
    assert own.towards("198.51.100.1") == ("192.0.2.7", 5060)


def test_the_routing_table_is_asked_once_a_peer_and_anew_after_forgetting() -> None:
    asked: list[str] = []

    def ask(peer: str) -> str | None:
        asked.append(peer)
        return f"192.0.2.{len(asked)}"

    own = OwnAddress(ListenAddress("udp", "0.0.0.0", 5060), ask)
    assert [own.towards("198.51.100.1")[0] for _ in range(3)] == ["192.0.2.1"] * 3
    own.forget()
    assert own.towards("198.51.100.1")[0] == "192.0.2.2"


def test_without_a_way_to_a_peer_the_wildcard_stands() -> None:
    own = OwnAddress(ListenAddress("udp", "0.0.0.0", 5060), ask=lambda _: None)
    assert own.towards("198.51.100.1") == ("0.0.0.0", 5060)


def test_what_is_remembered_of_peers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MAX_REMEMBERED", 3)
    assert MAX_REMEMBERED > 3
    asked: list[str] = []
    own = OwnAddress(ListenAddress("udp", "::", 5060), ask=lambda peer: asked.append(peer))
    for peer in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8::1"):
        own.towards(peer)
    assert asked.count("2001:db8::1") == 2


@pytest.mark.parametrize(
    ("listening", "local", "serves"),
    [
        ("0.0.0.0", ("192.0.2.1", 5060), True),
        ("0.0.0.0", ("2001:db8::1", 5060), False),
        ("::", ("2001:db8::1", 5060), True),
        ("192.0.2.1", ("192.0.2.1", 5060), True),
        ("192.0.2.1", ("192.0.2.2", 5060), False),
        ("192.0.2.1", ("192.0.2.1", 5062), False),
    ],
)
def test_which_flows_a_listening_address_serves(listening: str, local: tuple[str, int], serves: bool) -> None:
    assert ListenAddress("udp", listening, 5060).serves(local) is serves


@pytest.mark.parametrize(
    ("text", "result"), [("192.0.2.1", True), ("2001:db8::1", True), ("a.example", False), ("", False)]
)
def test_is_address(text: str, result: bool) -> None:
    assert is_address(text) is result


UDP_HERE = [ListenAddress("udp", host, 5060) for host in ("127.0.0.1", "192.0.2.1", "0.0.0.0", "::1")]


@pytest.mark.parametrize(
    ("peer", "ours", "chosen"),
    [
        ("192.0.2.77", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.5", "127.0.0.1", "127.0.0.1"),
        ("203.0.113.9", "198.51.100.4", "0.0.0.0"),
        ("203.0.113.9", None, "0.0.0.0"),
        ("fd00::1", None, "::1"),
    ],
)
def test_of_several_addresses_the_one_on_the_way_to_the_peer_is_used(peer: str, ours: str | None, chosen: str) -> None:
    found = listener_towards(peer, UDP_HERE, lambda _: ours)
    assert found is not None
    assert found.host == chosen


def test_without_an_address_of_its_family_there_is_no_way_to_a_peer() -> None:
    assert listener_towards("fd00::1", UDP_HERE[:2]) is None
