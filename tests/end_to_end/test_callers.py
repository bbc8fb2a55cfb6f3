"""Who calls decides: blocked callers, known ones, people dialled by name, and what a web service says."""

from __future__ import annotations

import asyncio

import pytest
from office import AT_ONCE, Office, elapsed
from web_service import SLOW_SECONDS, web_service

pytestmark = pytest.mark.end_to_end

KNOWN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568"]}
people:
  front-desk: {extension: 101, name: Anna van den Bakker, number: "+31 20 123 4568"}
  orders: {extension: 102, name: Jürgen Müller}
callers:
  customers: {file: customers.csv}
block: {from: ["+49*", anonymous], except: customers}
main_number:
- {from: customers, ring: orders}
- directory
"""
ASKING = """\
account: {{name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}}
numbers: {{main: "+31 20 123 4567"}}
people:
  front-desk: {{extension: 101}}
  orders: {{extension: 102}}
main_number: {{ask: "{url}", within: 1s, token: {{file: crm.token}}, answers: {{vip: orders}}, else: front-desk}}
"""


async def use(office: Office, dialplan: str, beside: str, text: str) -> None:
    """Serve ``dialplan`` from now on, with a file ``beside`` it."""
    office.sound(beside).write_text(text)
    office.write_dialplan(dialplan)
    office.reload()
    await office.logged("dialplan reloaded")


async def test_a_blocked_caller_is_refused_and_a_known_one_is_shown_by_name(office: Office) -> None:
    await use(office, KNOWN, "customers.csv", "number,name\n+49 30 1234567,Backhaus Berlin\n")
    orders = await office.phone("102", answer=200)
    blocked = await office.outside("+493099999999")
    blocked.dial(office.main_number())
    assert (await blocked.wait("failed", 3)).status == 603
    blocked.dial(f"sip:+31201234568@{office.server}")
    assert (await blocked.wait("failed", 3, after=len(blocked.events))).status == 603
    known = await office.outside("+49301234567")
    known.dial(office.main_number())
    assert "Backhaus Berlin" in (await orders.wait("incoming", 3)).text
    await known.wait("answered", 3)
    assert [line["status"] for line in office.log if line.get("event") == "call ended"] == [603, 603]


@pytest.mark.parametrize(
    ("keys", "extension"),
    [(["22553#", "1"], "101"), (["999#", "68355#", "1"], "102")],
    ids=["last name", "an umlaut in full, at the second try"],
)
async def test_the_right_phone_rings_whose_name_is_dialled(office: Office, keys: list[str], extension: str) -> None:
    await use(office, KNOWN, "customers.csv", "")
    phones = {number: await office.phone(number, answer=200) for number in ("101", "102")}
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered", 3)
    for number, entry in enumerate(keys, 1):
        await asyncio.sleep(0.6)
        caller.press(entry)
        await office.logged("digits collected", where=lambda line, nth=number: collections(office) >= nth)
    await phones[extension].wait("incoming", 5)
    (other,) = set(phones) - {extension}
    assert "incoming" not in [event.kind for event in phones[other].events]


def collections(office: Office) -> int:
    return sum(line.get("event") == "digits collected" for line in office.log)


async def test_a_web_service_decides_and_else_is_taken_within_the_limit(office: Office) -> None:
    async with web_service() as service:
        await use(office, ASKING.format(url=service.url), "crm.token", "s3cret-t0ken\n")
        desk, orders = await office.phone("101", answer=200), await office.phone("102", answer=200)
        caller = await office.outside()
        caller.dial(office.main_number())
        await orders.wait("incoming", 3)
        await caller.wait("answered", 3)
        assert service.asked[0]["caller"]["number"] == "+31701112233"
        assert "Authorization: Bearer s3cret-t0ken" in service.heads[0]
        caller.hang_up()
        await office.logged("call ended")
        service.waits = SLOW_SECONDS
        seen = len(office.log)
        caller.dial(office.main_number())
        await desk.wait("incoming", 3)
        offered, given_up = await office.logged("call offered", after=seen), await office.logged("ringing", after=seen)
        assert 0.9 < elapsed(offered, given_up) < 1 + AT_ONCE
        outcomes = [line["outcome"] for line in office.log if line.get("event") == "service asked"]
        assert outcomes == ["vip", "no reply in time"]
        assert "s3cret" not in office.story()
