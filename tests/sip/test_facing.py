"""Whom we tell which address of ours."""

from __future__ import annotations

import pytest

from sip import facing as room
from sip.config import CoreConfig
from sip.facing import Facing
from sip.flow import Flow
from sip.message.values import NameAddr, Uri
from sip.testing.parts import OFFER, new_core

OWN, OUTSIDE = "192.168.1.10", "203.0.113.7"


@pytest.mark.parametrize(
    ("peer", "own", "told"),
    [
        ("192.168.1.20", OWN, OWN),
        ("10.3.2.1", OWN, OWN),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("198.51.100.9", OWN, OUTSIDE),
        ("100.64.0.9", OWN, OUTSIDE),
        ("2001:db8::9", "2001:db8::1", "2001:db8::1"),
        ("phone.example", OWN, OUTSIDE),
    ],
)
def test_outside_the_own_networks_the_routers_address_is_told(peer: str, own: str, told: str) -> None:
    facing = Facing(OUTSIDE)
    assert [facing.towards(peer, own) for _ in range(2)] == [told, told]


def test_without_an_address_outside_and_in_networks_of_ones_own_choice() -> None:
    assert Facing().towards("198.51.100.9", OWN) == OWN
    assert Facing(OUTSIDE, local=["198.51.100.0/24"]).towards("198.51.100.9", OWN) == OWN
    assert Facing(OUTSIDE, local=[]).towards("192.168.1.20", OWN) == OUTSIDE


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_REMEMBERED", 10)
    facing = Facing(OUTSIDE)
    for number in range(100):
        facing.towards(f"198.51.100.{number}", OWN)
    assert len(facing._outside) <= 10


def test_nothing_that_goes_outside_names_an_address_of_the_own_network() -> None:
    core = new_core(CoreConfig(facing=Facing(OUTSIDE)))
    for peer, told, other in (("198.51.100.9", OUTSIDE, OWN), ("192.168.1.20", OWN, OUTSIDE)):
        flow = Flow("udp", (OWN, 5060), (peer, 5060))
        uri = Uri.parse(f"sip:desk@{peer}")
        me = NameAddr("", Uri.parse("sip:me@here.example"))
        core.invite(uri, flow, from_=me, to=NameAddr("", uri), offer=OFFER, now=0.0)
        (sent,) = core.take_actions(0.0)
        head = sent.data.partition(b"\r\n\r\n")[0].decode()
        assert f"Via: SIP/2.0/UDP {told}:5060;" in head
        assert f"Contact: <sip:belplan@{told}:5060>" in head
        assert other not in head


def test_an_address_that_changes_is_told_from_then_on() -> None:
    facing = Facing(OUTSIDE)
    core = new_core(CoreConfig(facing=facing))
    flow = Flow("udp", (OWN, 5060), ("198.51.100.9", 5060))
    assert core.calls.contact(flow).uri.host == OUTSIDE
    facing.advertised = "203.0.113.99"
    assert core.calls.contact(flow).uri.host == "203.0.113.99"
