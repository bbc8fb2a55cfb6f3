"""A trunk looked after, over real sockets: registered, refreshed, left; down and up; connections that are lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kamailio import KAMAILIO, running
from office import free_port
from registrar_provider import PASSWORD, USER, RegistrarProvider

from engine.call.trunk import Trunk
from engine.call.trunk_state import TrunkState
from engine.call.ways_out import WaysOut
from engine.office.standing import Remembered
from engine.trunks import health
from engine.trunks.contacts import contacts_of
from engine.trunks.desk import TrunkDesk
from engine.trunks.keeper import Keeper
from engine.trunks.report import read_report
from sip.core import Admit, CoreConfig, Decision, Refuse, UserAgentCore
from sip.credentials import Credentials
from sip.flow import Flow
from sip.message.envelope import Request
from sip.registrar import Binding, Limits, Registrar
from sip.rim.user_agent import ListenAddress, UserAgent
from tests.engine.call.exchange import NoStore, user_agent

AOR = "31201234567@provider.test"


class Provider:
    """A registrar that lets everybody in, or refuses; what it has of us is in ``bindings``."""

    def __init__(self) -> None:
        self.refuses = 0
        self.asked: list[Request] = []
        self.registrar = Registrar(NoStore(), Limits(minimum=1, maximum=600, default=600))
        self.agent = UserAgent(UserAgentCore(CoreConfig(), self, self.registrar))
        self.trunk = Trunk("voip", "127.0.0.1")

    def admit(self, request: Request, flow: Flow, now: float) -> Decision:
        self.asked.append(request)
        return Refuse(self.refuses) if self.refuses else Admit(AOR, AOR)

    async def listen(self, transport: str, port: int = 0) -> None:
        (bound,) = await self.agent.listen([ListenAddress(transport, "127.0.0.1", port)])
        self.trunk = Trunk(
            "voip", "127.0.0.1", bound.port, transport=transport, user="31201234567", registers=600.0, check=0.0
        )

    @property
    def bindings(self) -> list[Binding]:
        return self.registrar.lookup(AOR, self.agent.now() + self.agent.core.config.epoch)


@pytest.fixture
async def us() -> AsyncIterator[UserAgent]:
    agent, _ = await user_agent()
    await agent.listen([ListenAddress("tcp", "127.0.0.1", 0)])
    yield agent
    await agent.close()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    yield made
    await made.agent.close()


async def until(what: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - what changes is in another task, which tells nobody
            await asyncio.sleep(0.01)


async def stopped(keeper: Keeper, task: asyncio.Task[None]) -> None:
    keeper.stop()
    async with asyncio.timeout(5):
        await task


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_registers_with_a_contact_of_its_own_and_leaves(
    us: UserAgent, provider: Provider, transport: str
) -> None:
    await provider.listen(transport)
    state = TrunkState()
    keeper = Keeper(us, provider.trunk, state, "tsecret", clock=lambda: 1000.0)
    task = asyncio.create_task(keeper.run())
    await until(lambda: state.registered_until)
    assert state.registered_until == pytest.approx(1600.0, abs=1.0)
    (binding,) = provider.bindings
    assert binding.contact.user == "tsecret"
    assert str(provider.asked[0].to.uri) == "sip:31201234567@127.0.0.1"
    assert state.flow is not None
    assert state.flow in us.kept
    await stopped(keeper, task)
    assert provider.bindings == []
    assert (state.registered_until, us.kept) == (None, set())


async def test_a_lost_connection_is_registered_over_anew(
    us: UserAgent, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.trunks.keeper.LOOK_SECONDS", 0.05)
    await provider.listen("tcp")
    state = TrunkState()
    keeper = Keeper(us, provider.trunk, state, "tsecret")
    task = asyncio.create_task(keeper.run())
    await until(lambda: state.registered_until)
    await provider.agent.close()
    again = Provider()
    await again.listen("tcp", provider.trunk.port or 0)
    await until(lambda: again.bindings)
    assert again.bindings[0].contact.user == "tsecret"
    await stopped(keeper, task)
    await again.agent.close()


@pytest.mark.skipif(KAMAILIO is None, reason="Kamailio is not installed (apt package kamailio)")
@pytest.mark.interop(program="Kamailio", feature="Refresh of a registration for which less is granted than asked")
async def test_it_is_refreshed_before_the_time_is_over_that_was_granted(
    us: UserAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.trunks.registration.SHORTEST", 0)
    async with running(RegistrarProvider(tmp_path, free_port(), grants=1)) as kamailio:
        known = Credentials(USER, PASSWORD)
        trunk = Trunk("voip", "127.0.0.1", kamailio.port, user=USER, credentials=known, registers=600.0, check=0.0)
        state = TrunkState()
        keeper = Keeper(us, trunk, state, "tsecret", clock=us.now)
        task = asyncio.create_task(keeper.run())
        await until(lambda: state.registered_until)
        first = state.registered_until
        assert first is not None
        await until(lambda: state.registered_until != first)
        assert us.now() < first
        await stopped(keeper, task)
    assert [noted.rpartition(" ")[2] for noted in kamailio.noted("REGISTERED")] == ["600", "600", "0"]


async def test_who_is_refused_waits_and_says_so(us: UserAgent, provider: Provider) -> None:
    await provider.listen("udp")
    provider.refuses = 403
    state = TrunkState()
    keeper = Keeper(us, provider.trunk, state, "tsecret", clock=lambda: 1000.0)
    task = asyncio.create_task(keeper.run())
    await until(lambda: state.refused)
    await asyncio.sleep(0.2)
    assert len(provider.asked) == 1
    assert (state.failure, state.failed_at) == ("registration: 403 Forbidden", 1000.0)
    await stopped(keeper, task)
    assert len(provider.asked) == 1, "there was nothing to leave"


async def test_three_unanswered_questions_and_it_is_down_an_answer_and_it_registers_anew(
    us: UserAgent, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FAST_SECONDS", 0.05)
    await provider.listen("udp")
    state = TrunkState()
    keeper = Keeper(us, replace(provider.trunk, check=0.05), state, "tsecret")
    task = asyncio.create_task(keeper.run())
    await until(lambda: state.registered_until)
    provider.agent.core.accepting = False  # it answers 503, as one that is being stopped does
    await until(lambda: state.down)
    assert state.failure.startswith("no answer: 503")
    asked = len(provider.asked)
    provider.agent.core.accepting = True
    await until(lambda: not state.down and len(provider.asked) > asked)
    await stopped(keeper, task)


async def test_the_desk_takes_what_changes_in_the_file_and_reports(
    us: UserAgent, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.trunks.desk.REPORT_SECONDS", 0.02)
    await provider.listen("udp")
    ways, facts = WaysOut((provider.trunk,)), Remembered()
    desk = TrunkDesk(us, ways, facts, tmp_path)
    task = asyncio.create_task(desk.run())
    await until(lambda: provider.bindings)
    contact = provider.bindings[0].contact.user
    assert contact == desk.contacts["voip"] == contacts_of(["voip"], facts)["voip"], "the same after a restart"
    await until(lambda: (report := read_report(tmp_path)) and report.trunks[0].registered_until)

    asked = len(provider.asked)
    desk.adopt((replace(provider.trunk, registers=300.0), Trunk("other", "127.0.0.1", 9, check=0.0)))
    await until(lambda: len(provider.asked) >= asked + 2)
    assert [request.header("Expires") for request in provider.asked[asked : asked + 2]] == ["0", "300"]
    await until(lambda: provider.bindings)
    assert [binding.contact.user for binding in provider.bindings] == [contact]
    await until(lambda: (report := read_report(tmp_path)) and len(report.trunks) == 2)

    desk.adopt(())
    await until(lambda: not provider.bindings)
    desk.stop()
    async with asyncio.timeout(5):
        await task
    assert read_report(tmp_path).trunks == ()  # type: ignore[union-attr]


def test_a_report_that_is_no_report_is_none(tmp_path: Path) -> None:
    assert read_report(tmp_path) is None
    (tmp_path / "trunks.json").write_text("{}")
    assert read_report(tmp_path) is None
