"""A call queue of real phones, each with a tone of its own: who is served when, and what everybody hears meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from office import HOLD_MUSIC_HZ, Office, elapsed, seconds_heard, seconds_of

from engine.softphone.phone import Softphone

pytestmark = pytest.mark.end_to_end

CALLERS_HZ = (2250.0, 2700.0, 3400.0)
DESK_HZ, ORDERS_HZ, OVENS_HZ = 600.0, 900.0, 2000.0
WRAP_UP = 2.0

QUEUE = """\
account: {{name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}}
numbers: {{main: "+31 20 123 4567"}}
people:
  front-desk: {{extension: 101}}
  orders: {{extension: 102}}
  ovens: {{extension: 1035}}
queues:
  support:
    agents: [front-desk, orders, ovens]
    strategy: in_order
    each: 3s
    music: {{play: hold.wav}}
    wrap_up: 2s
    keys: {{1: {{voicemail: orders}}}}
    {how}
main_number: {{queue: support, nobody: {{hang_up: nobody}}}}
"""


def dialplan(how: str, **settings: str) -> dict[str, Any]:
    return {"dialplan": QUEUE.format(how=how), "settings": settings}


async def comes(office: Office, folder: Path, number: int) -> tuple[Softphone, dict[str, Any]]:
    """A caller who stands in line, and the log line that says so."""
    name, hertz = f"caller-{number}", CALLERS_HZ[number]
    phone = await office.outside(f"+3170111000{number}", tone=hertz, record=str(folder / f"{name}.wav"))
    seen = len(office.log)
    phone.dial(office.main_number())
    return phone, await office.logged("queue joined", after=seen)


async def of_call(
    office: Office, event: str, joined: dict[str, Any], after: int = 0, seconds: float = 12
) -> dict[str, Any]:
    return await office.logged(event, seconds, after=after, where=lambda line: line["call"] == joined["call"])


@pytest.mark.parametrize("office", [dialplan("announce: {position: yes, wait: no, every: 1m}")], indirect=True)
async def test_three_callers_and_one_agent(office: Office, tmp_path: Path) -> None:
    await office.phone("101", tone=DESK_HZ, record=str(tmp_path / "desk.wav"), answer=200, answer_after=0.5)
    first, one = await comes(office, tmp_path, 0)
    first_bridged = await of_call(office, "bridged", one)
    second, two = await comes(office, tmp_path, 1)
    third, three = await comes(office, tmp_path, 2)
    await asyncio.sleep(2.0)
    first.hang_up()
    first_gone = await of_call(office, "unbridged", one)
    second_rings = await of_call(office, "ringing", two)
    second_bridged = await of_call(office, "bridged", two)
    await asyncio.sleep(1.5)
    third.press("1", ms=80)
    third_left = await of_call(office, "queue left", three)
    second.hang_up()
    await of_call(office, "unbridged", two)
    await asyncio.sleep(0.5)
    third.hang_up()
    await of_call(office, "call ended", three)
    await office.close()

    assert [(line["position"], line["waiting"]) for line in (one, two, three)] == [(1, 1), (1, 1), (2, 2)]
    assert elapsed(first_gone, second_rings) == pytest.approx(WRAP_UP, abs=0.2)
    answered = [line for line in office.log if line.get("event") == "ringing ended" and line["call"] == two["call"]]
    assert elapsed(answered[0], second_bridged) < 0.05
    assert third_left["why"] == "key"
    announced = [(line["call"], line["position"]) for line in office.log if line.get("event") == "queue announced"]
    assert announced == [(two["call"], 1), (three["call"], 2)], "the first one was served at once"
    went = [
        line["name"] for line in office.log if line.get("event") == "node entered" and line["call"] == three["call"]
    ]
    assert went == ["support", "orders"]
    # the agent heard the callers in their order, one at a time, and these heard music until then
    assert seconds_heard(tmp_path / "desk.wav", CALLERS_HZ[0]) == pytest.approx(
        elapsed(first_bridged, first_gone), abs=0.5
    )
    assert seconds_heard(tmp_path / "desk.wav", CALLERS_HZ[1]) > 1.2
    assert seconds_heard(tmp_path / "desk.wav", CALLERS_HZ[2]) < 0.3
    said = next(line for line in office.log if line.get("event") == "prompt played" and line["call"] == two["call"])
    waited = elapsed(two, second_bridged) - said["seconds"]
    assert seconds_of(tmp_path / "caller-1.wav", HOLD_MUSIC_HZ) == pytest.approx(waited, abs=0.6)
    assert seconds_heard(tmp_path / "caller-1.wav", DESK_HZ) > 1.2


@pytest.mark.parametrize("office", [dialplan("rest: 1m", BELPLAN_MEDIA_TIMEOUT="2s")], indirect=True)
async def test_no_caller_is_lost_with_an_agents_phone(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101")
    orders = await office.phone("102", tone=ORDERS_HZ, answer=200)
    caller, joined = await comes(office, tmp_path, 0)
    await desk.wait("incoming")
    await desk.kill()
    given_up = await of_call(office, "ringing ended", joined)
    await of_call(office, "bridged", joined)
    _, second = await comes(office, tmp_path, 1)
    await asyncio.sleep(1.0)
    await orders.kill()
    lost = await of_call(office, "unbridged", joined)
    back = await of_call(office, "queue joined", joined, after=office.log.index(lost))
    # a further agent comes to work: their phone registers, and rings
    await office.phone("1035", tone=OVENS_HZ, answer=200)
    bridged = await of_call(office, "bridged", joined, after=office.log.index(back), seconds=1.0)
    await asyncio.sleep(1.5)
    caller.hang_up()
    await of_call(office, "call ended", joined)
    await office.close()

    assert given_up["person"] == "front-desk"
    # before its phone said that it rings, the machine says that nobody listens there
    assert given_up["outcome"] in ("no_answer", "not_registered")
    assert (lost["person"], lost["by"]) == ("orders", "system")
    assert back["position"] == 1, "before the one who came meanwhile"
    assert bridged["person"] == "ovens"
    assert (second["position"], back["waiting"]) == (1, 2)
    assert not any(line.get("event") == "bridged" and line["call"] == second["call"] for line in office.log)
    recording = tmp_path / "caller-0.wav"
    assert seconds_heard(recording, ORDERS_HZ) > 0.8
    assert seconds_heard(recording, OVENS_HZ) == pytest.approx(1.5, abs=0.5)
    waited = elapsed(joined, given_up) + elapsed(back, bridged)
    assert seconds_of(recording, HOLD_MUSIC_HZ) == pytest.approx(waited, abs=0.7)
