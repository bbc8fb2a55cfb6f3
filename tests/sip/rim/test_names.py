"""Names asked of dnsmasq, and what is remembered of the answers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from name_server import name_server, needs_dnsmasq

from sip.rim import names as room
from sip.rim.names import MAX_KEPT, MAX_RECORDS, Names, NamesFailed, Srv

pytestmark = needs_dnsmasq


async def test_an_answer_is_kept_and_one_that_is_over_serves_while_no_server_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "QUERY_SECONDS", 0.3)
    with name_server(["host-record=sip.example,192.0.2.1"]) as server:
        names = Names([server.address])
        assert await names.addresses("SIP.example.") == ("192.0.2.1",)
    began = time.monotonic()
    assert await names.addresses("sip.example") == ("192.0.2.1",)
    assert time.monotonic() - began < 0.1, "nobody was asked"
    for kept in names._kept.values():
        kept.good_until = asyncio.get_running_loop().time()
    assert await names.addresses("sip.example") == ("192.0.2.1",), "better an old answer than none"
    with pytest.raises(NamesFailed, match="no answer"):
        await names.addresses("other.example")


async def test_all_who_ask_the_same_wait_for_one_answer() -> None:
    with name_server(["srv-host=_sip._udp.x.example,sip.x.example,5060,1,2"]) as server:
        names = Names([server.address])
        asked = [asyncio.ensure_future(names.srv("_sip._udp.x.example")) for _ in range(50)]
        await asyncio.sleep(0)
        assert len(names._asking) == 1
        asked[0].cancel()
        assert await asyncio.gather(*asked[1:]) == [(Srv(1, 2, 5060, "sip.x.example"),)] * 49


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_KEPT", 10)
    assert MAX_KEPT > 10
    many = [f"host-record=many.example,192.0.2.{number}" for number in range(1, MAX_RECORDS + 20)]
    with name_server(many) as server:
        names = Names([server.address])
        assert len(await names.addresses("many.example")) <= MAX_RECORDS
        for number in range(20):
            assert await names.srv(f"_sip._udp.n{number}.example") == ()
        assert len(names._kept) == 10


async def test_the_hosts_file_goes_first_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("192.0.2.1 pbx.example # ours\nnonsense pbx.example\n2001:db8::1 pbx.example other\n")
    with name_server(["host-record=pbx.example,192.0.2.9"]) as server:
        names = Names([server.address], hosts=hosts)
        assert await names.addresses("PBX.example") == ("192.0.2.1", "2001:db8::1")
        hosts.unlink()
        assert await names.addresses("pbx.example") == ("192.0.2.9",)


async def test_the_machines_own_network_is_asked_as_every_program_asks(tmp_path: Path) -> None:
    names = Names(hosts=tmp_path / "none", conf=tmp_path / "none")
    assert "127.0.0.1" in await names.addresses("localhost")
    assert await names.srv("_sip._udp.localhost") == (), "there is no name server at all"


async def test_a_machine_without_a_name_server_file_is_told_of_one_later(tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    names = Names(conf=conf)
    assert names._resolver is None
    conf.write_text("nameserver 192.0.2.53\n")
    assert names._resolver is not None
