"""Phones with several ways, phones behind routers, phones that move and phones that fall silent, at the registrar."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip import registrar as registrar_room
from sip.errors import DropReason
from sip.flow import Flow
from sip.outbound import ON_CONNECTIONS
from sip.registrar import Limits
from tests.sip.desk import AOR, OUTBOUND, OVER_TCP, PHONE, Desk

FIRST = '<sip:101@192.168.1.5>;+sip.instance="<urn:uuid:1>";reg-id=1'
SECOND = '<sip:101@192.168.1.5>;+sip.instance="<urn:uuid:1>";reg-id=2'
EDGE = Flow("udp", ("192.0.2.1", 5060), ("198.51.100.7", 5060))
MOVED = replace(PHONE, remote=("203.0.113.9", 40999))


@pytest.fixture
def desk() -> Desk:
    return Desk(Limits(keep_alive=25))


# --- several ways -----------------------------------------------------------------------------------------------------


def test_a_device_with_two_ways_is_one_device_whose_freshest_way_comes_first(desk: Desk) -> None:
    desk.register(FIRST, flow=OVER_TCP, headers=OUTBOUND)
    desk.now += 1
    desk.register(SECOND, flow=PHONE, headers=OUTBOUND)
    desk.register("<sip:other@192.0.2.7>", flow=MOVED)
    devices = desk.registrar.devices(AOR, desk.now)
    assert [[binding.flow for binding in device] for device in devices] == [[PHONE, OVER_TCP], [MOVED]]


def test_the_answer_says_that_ways_are_kept_and_how_often_the_phone_is_to_show_itself(desk: Desk) -> None:
    answer = desk.register(FIRST, headers=OUTBOUND)
    assert (answer.header("Require"), answer.header("Flow-Timer")) == ("outbound", "25")
    answer = desk.register(SECOND, flow=OVER_TCP, headers=OUTBOUND)
    assert answer.header("Flow-Timer") == str(25 * ON_CONNECTIONS)
    behind_an_edge = desk.register(FIRST, flow=EDGE, headers=[*OUTBOUND, "Path: <sip:token@198.51.100.7;lr;ob>"])
    assert (behind_an_edge.header("Require"), behind_an_edge.header("Flow-Timer")) == ("outbound", None)


@pytest.mark.parametrize(
    ("contact", "headers"),
    [(FIRST, ()), ("<sip:101@192.168.1.5>;reg-id=1", OUTBOUND), (FIRST.replace(";reg-id=1", ""), OUTBOUND)],
)
def test_without_the_option_an_instance_or_a_number_there_is_one_way(
    desk: Desk, contact: str, headers: tuple[str, ...]
) -> None:
    answer = desk.register(contact, headers=headers)
    assert (answer.status, answer.header("Require")) == (200, None)
    assert desk.registrar.lookup(AOR, desk.now)[0].reg_id is None


@pytest.mark.parametrize("path", [(), ("Path: <sip:edge.example;lr>",), ("Path: <sip:b.example;lr;ob>, <sip:a;lr>",)])
def test_an_edge_that_cannot_hold_ways_is_told_of(desk: Desk, path: tuple[str, ...]) -> None:
    """RFC 5626 section 6: the phone then registers without. The edge is the last of the Path."""
    through = "Via: SIP/2.0/UDP 192.168.1.5;branch=z9hG4bK2"
    good = "User-Agent: Linphone/5"
    assert desk.register(FIRST, flow=EDGE, headers=[through, good, *OUTBOUND, *path]).status == 439
    assert desk.refused == [DropReason.FIRST_HOP_LACKS_OUTBOUND]
    assert desk.phones() == []
    assert desk.register(FIRST, flow=EDGE, headers=[through, *path]).status == 200


@pytest.mark.parametrize("agent", [(), ("User-Agent: PJSUA v2.14 Linux",), ("User-Agent: MicroSIP/3.21",)])
def test_a_phone_that_would_give_up_at_that_registers_without(desk: Desk, agent: tuple[str, ...]) -> None:
    answer = desk.register(FIRST, flow=EDGE, headers=["Path: <sip:edge.example;lr>", *OUTBOUND, *agent])
    assert (answer.status, answer.header("Require")) == (200, None)
    assert desk.registrar.lookup(AOR, desk.now)[0].reg_id is None


def test_one_register_is_about_one_way(desk: Desk) -> None:
    assert desk.register(FIRST, SECOND, headers=OUTBOUND).status == 400
    assert desk.refused == [DropReason.TOO_MANY_CONTACTS]


def test_an_edge_that_has_lost_a_phone_takes_that_way_only(desk: Desk) -> None:
    path = "Path: <sip:token@198.51.100.7;lr;ob>"
    desk.register(FIRST, flow=EDGE, headers=[*OUTBOUND, path])
    desk.register(SECOND.replace("101@", "102@"), flow=EDGE, headers=[*OUTBOUND, path])
    (first,) = [each for each in desk.registrar.lookup(AOR, desk.now) if each.reg_id == "1"]
    desk.registrar.flow_failed(first.contact, EDGE)
    assert [each.reg_id for each in desk.registrar.lookup(AOR, desk.now)] == ["2"]


# --- routers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "flow", "behind"),
    [
        ("<sip:101@203.0.113.9:40123>", PHONE, False),
        ("<sip:101@203.0.113.9:5060>", PHONE, True),
        ("<sip:101@192.168.1.5:40123>", PHONE, True),
        ("<sip:101@203.0.113.9:5060>", OVER_TCP, False),
        ("<sip:101@192.168.1.5>", OVER_TCP, True),
        ("<sip:101@203.0.113.9:40123>", replace(PHONE, remote=("198.51.100.1", 40123)), True),
    ],
)
def test_who_is_not_where_it_says_is_behind_a_router(desk: Desk, contact: str, flow: Flow, behind: bool) -> None:
    desk.register(contact, flow=flow)
    assert desk.registrar.lookup(AOR, desk.now)[0].behind_router is behind


def test_behind_a_proxy_the_router_is_the_proxys_matter(desk: Desk) -> None:
    desk.register("<sip:101@192.168.1.5>", flow=EDGE, headers=["Path: <sip:198.51.100.7;lr>"])
    assert not desk.registrar.lookup(AOR, desk.now)[0].behind_router


def test_a_phone_that_has_learnt_its_outer_address_is_behind_its_router_all_the_same(desk: Desk) -> None:
    desk.register("<sip:101@192.168.1.5>")
    desk.register("<sip:101@192.168.1.5>;expires=0", "<sip:101@203.0.113.9:40123>")
    (binding,) = desk.registrar.lookup(AOR, desk.now)
    assert str(binding.contact) == "sip:101@203.0.113.9:40123"
    assert binding.behind_router


# --- moving -----------------------------------------------------------------------------------------------------------


def test_a_phone_that_registers_from_elsewhere_has_moved(desk: Desk) -> None:
    moves: list[tuple[str, Flow, Flow]] = []
    desk.registrar.on_moved = lambda *moved: moves.append(moved)
    desk.register("<sip:101@192.168.1.5>")
    desk.register("<sip:102@192.168.1.6>", call_id="another", flow=EDGE)
    desk.register("<sip:101@192.168.1.5>")
    assert moves == []
    desk.register("<sip:101@192.168.1.5>;expires=0", "<sip:101@203.0.113.9:40999>", flow=MOVED)
    assert moves == [(AOR, PHONE, MOVED)]


def test_a_phone_that_comes_back_over_a_new_connection_has_moved_even_if_the_old_one_is_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[tuple[str, Flow, Flow]] = []
    desk.registrar.on_moved = lambda *moved: moves.append(moved)
    desk.register(FIRST, flow=OVER_TCP, headers=OUTBOUND)
    desk.registrar.flow_closed(OVER_TCP)
    assert desk.phones() == []
    again = replace(OVER_TCP, connection=8)
    desk.register(FIRST, flow=again, headers=OUTBOUND, call_id="restarted")
    assert moves == [(AOR, OVER_TCP, again)]
    monkeypatch.setattr(registrar_room, "MAX_LOST", 3)
    for number in range(5):
        flow = replace(OVER_TCP, connection=100 + number)
        contact = f'<sip:101@a>;+sip.instance="<urn:uuid:{number}>";reg-id=1'
        desk.register(contact, flow=flow, headers=OUTBOUND, call_id=str(number))
        desk.registrar.flow_closed(flow)
    assert len(desk.registrar._lost) == 3


# --- silence ----------------------------------------------------------------------------------------------------------


def test_a_silent_phone_is_not_called_until_it_is_heard_and_its_record_says_so(desk: Desk) -> None:
    there: list[str] = []
    desk.registrar.on_reachable = there.append
    desk.register("<sip:101@192.168.1.5>")
    desk.register("<sip:102@192.168.1.6>", flow=MOVED, call_id="another")
    there.clear()
    desk.registrar.flow_silent(PHONE, desk.now + 5)
    assert desk.phones() == ["sip:102@192.168.1.6"]
    assert {binding.silent_since for binding in desk.store.kept[AOR]} == {desk.now + 5, None}
    assert there == []
    again = Desk(store=desk.store)
    assert again.phones() == ["sip:102@192.168.1.6"], "a restart makes nobody audible"
    for registrar in (desk.registrar, again.registrar):
        assert not registrar.flow_heard(MOVED)
        assert registrar.flow_heard(PHONE)
        assert not registrar.flow_heard(PHONE)
        assert len(registrar.lookup(AOR, desk.now)) == 2
    assert there == [AOR], "whoever waits for an agent hears of it"


def test_silence_is_forgotten_with_the_binding(desk: Desk) -> None:
    desk.register("<sip:101@192.168.1.5>")
    desk.registrar.flow_silent(PHONE, desk.now)
    desk.register("<sip:101@192.168.1.5>;expires=0")
    assert not desk.registrar._silent


def test_phones_behind_an_edge_do_not_fall_silent_together(desk: Desk) -> None:
    desk.register("<sip:101@192.168.1.5>", flow=EDGE, headers=["Path: <sip:198.51.100.7;lr>"])
    desk.registrar.flow_silent(EDGE, desk.now)
    assert desk.phones() == ["sip:101@192.168.1.5"]
