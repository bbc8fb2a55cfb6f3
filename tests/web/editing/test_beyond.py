"""What a manager types reaches no file, secret or service of the machine that its administrator has not put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings
from tests.web.editing.conftest import GOOD
from web.editing.beyond import beyond, permit
from web.editing.people import PersonFacts, with_person
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.mistakes import Mistakes

BAKERY = next(path for path in GOOD if path.stem == "bakery").read_text()


def with_key(destination: str) -> Plan:
    return Plan(BAKERY.replace('      "*": repeat', f'      "*": repeat\n      5: {destination}'))


@pytest.mark.parametrize(
    "destination",
    [
        "{ask: http://localhost:9999/, answers: {a: repeat}, else: repeat}",
        "{ask: x, token: {file: /etc/passwd}, answers: {a: repeat}, else: repeat}",
        "{ask: x, token: {env: BELPLAN_DATABASE}, answers: {a: repeat}, else: repeat}",
        "{play: /etc/passwd}",
        "{play: [welcome.wav, {play: ../other/secret.wav}]}",
        "{play: {en: sounds/../../x.wav}}",
        "/var/lib/x.wav",
        r"{play: '..\x.wav'}",
        "{play: greetings/clinic/reception.wav}",
        "{play: sounds/greetings/clinic/reception.wav}",
        "{voicemail: orders, greeting: /x.wav}",
    ],
)
def test_what_reaches_beyond_the_plan_is_refused(plans: Plans, destination: str) -> None:
    with pytest.raises(Mistakes, match="Only whoever administers this machine"):
        plans.permit("bakery", with_key(destination))


def test_files_of_callers_are_the_administrators(plans: Plans) -> None:
    with pytest.raises(Mistakes, match="shadow"):
        plans.permit("bakery", Plan(f"{BAKERY}callers: {{vip: {{file: ../../../etc/shadow}}}}\n"))


@pytest.mark.parametrize(
    "destination",
    ["{play: greetings/bakery/welcome.wav}", "{play: x.wav}", "{say: /etc/passwd ..}", "orders", "repeat"],
)
def test_what_is_the_accounts_own_is_not(plans: Plans, destination: str) -> None:
    plans.permit("bakery", with_key(destination))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_what_is_there_may_stay_move_and_go(path: Path) -> None:
    plan = Plan(path.read_text())
    permit(plan, plan, "x")
    permit(plan, with_person(plan, PersonFacts("998877", "New")), "x")
    permit(plan, Plan(""), "x")
    permit(plan, Plan("a: ["), "x")


def test_an_earlier_version_may_come_back(plans: Plans, settings: Settings) -> None:
    (settings.dialplans / "clients.csv").write_text("+31201230000,Ria\n")
    by_hand = f"{BAKERY}callers: {{vip: {{file: clients.csv}}}}\n"
    (settings.dialplans / "bakery.yaml").write_text(by_hand)
    plan = plans.opened("bakery")
    assert list(beyond(plan, "bakery").values()) == ["clients.csv"]
    plans.save("bakery", plan.with_text(BAKERY), author="an", what="", now=1.0)
    plans.permit("bakery", plans.version("bakery", 1))
    with pytest.raises(Mistakes):
        plans.permit("bakery", plans.version("bakery", 1).with_text(f"{by_hand}# more\n"))
