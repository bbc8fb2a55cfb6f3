"""Where the world reaches an engine behind a router."""

from __future__ import annotations

from pathlib import Path

from name_server import name_server, needs_dnsmasq

from engine.outside_address import OutsideAddress
from engine.settings import Settings
from sip.rim.names import Names


def test_an_address_is_told_as_it_is() -> None:
    assert OutsideAddress(Settings(advertise="203.0.113.7")).facing.advertised == "203.0.113.7"
    assert OutsideAddress(Settings()).facing.advertised is None


@needs_dnsmasq
async def test_a_name_is_followed_and_what_was_known_stays_while_it_leads_nowhere(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("203.0.113.7 home.example\n")
    outside = OutsideAddress(Settings(advertise="home.example", local_networks=("10.0.0.0/8",)))
    assert outside.facing.towards("198.51.100.1", "10.0.0.1") == "10.0.0.1", "not looked up yet"
    with name_server(["host-record=other.example,192.0.2.1"]) as server:
        names = Names([server.address], hosts=hosts)
        await outside.look(names)
        assert outside.facing.towards("198.51.100.1", "10.0.0.1") == "203.0.113.7"
        hosts.write_text("2001:db8::1 home.example\n203.0.113.99 home.example\n")
        await outside.look(names)
        assert outside.facing.advertised == "203.0.113.99"
        hosts.unlink()
        await outside.look(names)
        assert outside.facing.advertised == "203.0.113.99"
