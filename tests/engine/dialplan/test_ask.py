"""Asking a web service in a dialplan: where answers lead, what is told of the call, and where secrets are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.call.protocol import Caller
from engine.call.question import Answer, Question, Said
from engine.call.script import Phone, Script, Service, Simulation
from engine.call.simulated import SimulatedCall
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.nodes.ask import Ask
from engine.dialplan.walk import walk
from engine.events import NodeEntered, Ringing, ServiceAsked, Side

Load = Callable[..., Account]

URL = "https://crm.example/route"
FRAME = """
account: {{name: The Bakery, country: NL, timezone: Europe/Amsterdam}}
numbers: {{main: "+31 20 123 4567"}}
people:
  desk: {{extension: 101}}
  boss: {{extension: 102}}
main_number: {main}
menus:
  welcome:
    greeting: welcome.wav
    keys:
      1: {menu}
"""
ASK = """{ask: "https://crm.example/route?key=1", within: 2s%s, answers: {vip: {ring: boss}}, else: {ring: desk}}"""
MONDAY_TEN = 1795424400.0


def plan(more: str = "", *, in_menu: bool = False, url: str = URL) -> str:
    block = (ASK % more).replace("https://crm.example/route?key=1", url)
    return FRAME.format(main="welcome" if in_menu else block, menu=block if in_menu else "desk")


def call(load: Load, simulator: Simulator, text: str, service: Service | None, **more: object) -> Simulation:
    account = load(text)
    phones = {"101": Phone(answers_after=1, talks=5), "102": Phone(answers_after=1, talks=5)}
    services = {URL: service} if service else {}
    script = Script(phones=phones, services=services, **more)  # type: ignore[arg-type]
    return simulator.run(script, lambda call: walk(call, account, account.main))


def rung(went: Simulation) -> list[tuple[float, str]]:
    return [(round(event.at, 3), event.person) for event in went.events if isinstance(event, Ringing)]


@pytest.mark.parametrize(
    ("service", "way"),
    [
        (Service("vip", after=0.5), (0.5, "boss")),
        (Service("vip", after=1.99), (1.99, "boss")),
        (Service("vip", after=2.01), (2.0, "desk")),
        (Service("VIP"), (0.1, "desk")),
        (Service("else"), (0.1, "desk")),
        (Service(fails="status 500", after=0.3), (0.3, "desk")),
        (None, (0.1, "desk")),
    ],
)
def test_the_answer_decides_and_else_is_taken_in_time(
    service: Service | None, way: tuple[float, str], load: Load, simulator: Simulator
) -> None:
    assert rung(call(load, simulator, plan(), service)) == [way]


def test_a_caller_who_is_not_answered_hears_nothing_of_it(load: Load, simulator: Simulator) -> None:
    went = call(load, simulator, plan(", hears: welcome.wav"), Service("vip", after=1.5))
    assert went.heard == ()


@pytest.mark.parametrize(("hears", "heard"), [("", ["silence"]), (", hears: opening-hours.wav", ["opening-hours.wav"])])
def test_an_answered_caller_hears_what_was_chosen_or_silence(
    hears: str, heard: list[str], load: Load, simulator: Simulator
) -> None:
    went = call(load, simulator, plan(hears, in_menu=True), Service("vip", after=1.5), keys=[(0.1, "1")])
    assert [each.what for each in went.heard][1:-1] == heard
    assert went.heard[1].seconds == pytest.approx(1.5)


def test_a_hang_up_in_the_question_ends_the_call(load: Load, simulator: Simulator) -> None:
    went = call(load, simulator, plan(), Service("vip", after=1.5), hangs_up_at=1.0)
    assert (went.ended.by, went.left_open) == (Side.CALLER, ())


def test_the_service_is_told_of_the_call(load: Load, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Question] = []

    async def answer(_: SimulatedCall, question: Question) -> Answer:
        asked.append(question)
        return Said("vip")

    monkeypatch.setattr(SimulatedCall, "ask", answer)
    caller = Caller("+31612345678", "Anna Bakker")
    went = call(
        load, simulator, plan(in_menu=True), None, caller=caller, keys=[(0.1, "9"), (5, "1")], begins_at=MONDAY_TEN
    )
    (question,) = asked
    assert question.facts == {
        "call": went.ended.call,
        "account": "bakery",
        "caller": {"number": "+31612345678", "name": "Anna Bakker", "person": None},
        "called": "+31201234567",
        "answered": True,
        "keys": "91",
        "path": ["welcome"],
        "time": "2026-11-23T10:00:05+01:00",
    }


def test_the_query_of_an_address_is_not_told(load: Load, simulator: Simulator) -> None:
    went = call(load, simulator, plan(url=f"{URL}?key=hidden"), None)
    told = [event for event in went.events if isinstance(event, NodeEntered | ServiceAsked)]
    assert "crm.example/route" in repr(told)
    assert "hidden" not in repr(told)


def doubts_of(account: Account) -> list[str]:
    """What is doubtful, but for the menu that these dialplans need not use."""
    return [finding.what for finding in check(account) if "menu" not in finding.what]


def asks(account: Account) -> Ask:
    assert isinstance(account.main, Ask)
    return account.main


def test_a_token_comes_from_a_file_or_the_environment(
    load: Load, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "crm.token").write_text("from-the-file\n")
    monkeypatch.setenv("CRM_TOKEN", "from-the-environment")
    for where, secret in (("file: crm.token", "from-the-file"), ("env: CRM_TOKEN", "from-the-environment")):
        account = load(plan(f", token: {{{where}}}"))
        token = asks(account).token
        assert token is not None
        assert token.secret == secret
        assert secret not in repr(account)
        assert doubts_of(account) == []


def test_a_variable_that_is_not_set_and_a_token_in_the_open_are_doubtful(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_TOKEN", raising=False)
    assert doubts_of(load(plan(", token: {env: CRM_TOKEN}"))) == ["the environment has no CRM_TOKEN"]
    monkeypatch.setenv("CRM_TOKEN", "x")
    for url, doubtful in (("http://crm.example/", True), ("http://127.0.0.1:8080/", False), ("http://[::1]/", False)):
        found = doubts_of(load(plan(", token: {env: CRM_TOKEN}", url=url)))
        assert found == ["the token is sent unencrypted"] * doubtful


@pytest.mark.parametrize(
    "token",
    [
        "s3cret-t0ken",
        "{file: nowhere.token}",
        "{file: empty.token}",
        "{file: lines.token}",
        "{file: sounds}",
        '{env: "s3cret t0ken"}',
        "{env: A, file: b}",
        "{}",
    ],
)
def test_a_token_that_cannot_be_used_is_told_and_not_shown(token: str, load: Load, folder: Path) -> None:
    (folder / "empty.token").write_text("\n")
    (folder / "lines.token").write_text("s3cret\r\nX-Header: t0ken")
    with pytest.raises(DialplanErrors) as raised:
        load(plan(f", token: {token}"))
    (finding,) = raised.value.findings
    assert "token" in finding.message or "variable" in finding.message
    assert "s3cret" not in finding.message


@pytest.mark.parametrize(
    "url",
    [
        "ftp://crm.example/",
        "crm.example/route",
        "https://",
        "https://me:s3cret@crm.example/",
        "https://crm.example:99999/",
        "https://crm.example/a b",
        "https://crm.example/#part",
        "https://[::1",
        "https://" + "a" * 600,
        "file:///etc/passwd",
    ],
)
def test_only_web_addresses_without_secrets_are_asked(url: str, load: Load) -> None:
    with pytest.raises(DialplanErrors) as raised:
        load(plan(url=url))
    (finding,) = raised.value.findings
    assert "web address" in finding.what
    assert "s3cret" not in finding.message


@pytest.mark.parametrize(
    ("block", "what"),
    [
        (f"{{ask: '{URL}', answers: {{vip: desk}}}}", "'else' is missing"),
        (f"{{ask: '{URL}', else: desk}}", "'answers' is missing"),
        (f"{{ask: '{URL}', answers: {{}}, else: desk}}", "'answers' cannot be a block of names and values"),
        (f"{{ask: '{URL}', answers: {{else: desk}}, else: desk}}", "'else' is no answer"),
        (f"{{ask: '{URL}', answers: {{12: desk}}, else: desk}}", "'12' is no answer"),
        (f"{{ask: '{URL}', within: 60s, answers: {{vip: desk}}, else: desk}}", "'60s' is out of bounds"),
    ],
)
def test_what_is_missing_or_makes_no_sense_is_told(block: str, what: str, load: Load) -> None:
    with pytest.raises(DialplanErrors) as raised:
        load(FRAME.format(main=block, menu="desk"))
    assert [finding.what for finding in raised.value.findings] == [what]
