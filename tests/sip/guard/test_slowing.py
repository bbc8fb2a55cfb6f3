"""Slowing: who guesses, and who only comes from the same place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.flow import Flow
from sip.guard import slowing as room
from sip.guard.devices import Device, device, device_of
from sip.guard.slowing import FIRST, FORGOTTEN, FREE_TRIES, LONGEST, MAX_DEVICES, MAX_SLOWED, PROVED, Slowing
from sip.message.build import request
from sip.message.values import NameAddr, Uri

OFFICE = "192.0.2.10"
PATH = Flow("udp", ("192.0.2.1", 5060), (OFFICE, 40_000))
STALE, GOOD, NEW = ((number,) for number in (1, 2, 3))
DAY = 86_400.0


@pytest.fixture
def slowing() -> Slowing:
    return Slowing(lambda *_: None)


def guess(slowing: Slowing, sender: Device, now: float, user: str = "107") -> bool:
    """Whether a wrong password was looked at."""
    if slowing.slows(OFFICE, user, sender, now):
        return False
    slowing.wrong(OFFICE, user, sender, now)
    return True


def test_a_device_is_slowed_longer_each_time_and_begins_anew_with_the_right_password() -> None:
    told: list[tuple[str, str, int, float, float]] = []
    slowing = Slowing(lambda *slowed: told.append(slowed))
    for _ in range(12):
        slowing.wrong(OFFICE, "107", STALE, 0.0)
    lengths = [min(FIRST * 2**step, LONGEST) for step in range(13 - FREE_TRIES)]
    assert told == [(OFFICE, "107", step + 1, 0.0, length) for step, length in enumerate(lengths)]
    assert slowing.slows(OFFICE, "107", STALE, LONGEST - 1.0)
    assert not slowing.slows(OFFICE, "107", STALE, LONGEST)
    slowing.right(OFFICE, "107", STALE, LONGEST)
    slowing.wrong(OFFICE, "107", STALE, 1000.0)
    assert not slowing.slows(OFFICE, "107", STALE, 1000.0)


def test_wrong_passwords_of_others_slow_nobody_else(slowing: Slowing) -> None:
    """A phone with an old password beside one with the new: of the same user, at the same source."""
    for second in range(5000):
        guess(slowing, STALE, float(second))
        assert not slowing.slows(OFFICE, "107", GOOD, float(second))
        assert not slowing.slows(OFFICE, "108", STALE, float(second))
    assert slowing.slows(OFFICE, "107", STALE, 5000.0)


def test_guessing_stays_bounded_however_many_devices_one_pretends_to_be(slowing: Slowing) -> None:
    looked_at = sum(guess(slowing, (100_000 + tick,), tick / 10.0) for tick in range(int(DAY) * 10))
    assert looked_at < MAX_DEVICES * 24 + FREE_TRIES + DAY / LONGEST + 10
    again = Slowing(lambda *_: None)
    looked_at = sum(guess(again, (tick % 20,), tick / 10.0) for tick in range(int(DAY) * 10))
    assert looked_at < (MAX_DEVICES + 1) * (FREE_TRIES + DAY / LONGEST + 10)


def test_while_somebody_pretends_to_be_many_devices_those_that_proved_themselves_go_on(slowing: Slowing) -> None:
    slowing.right(OFFICE, "107", GOOD, 0.0)
    for second in range(5000):
        guess(slowing, (100_000 + second,), float(second))
        assert not slowing.slows(OFFICE, "107", GOOD, float(second))
    assert slowing.slows(OFFICE, "107", NEW, 5000.0), "one that nobody has seen before waits"
    assert not slowing.slows(OFFICE, "107", GOOD, 5000.0)
    for _ in range(FREE_TRIES):
        guess(slowing, GOOD, 5000.0)
    assert slowing.slows(OFFICE, "107", GOOD, 5000.0), "it has no free guesses either"


def test_a_lift_and_time_let_everybody_begin_anew(slowing: Slowing) -> None:
    for _ in range(FREE_TRIES):
        slowing.wrong(OFFICE, "107", STALE, 0.0)
    slowing.lift(OFFICE, "107")
    assert not slowing.slows(OFFICE, "107", STALE, 0.0)
    for number in range(MAX_DEVICES):
        slowing.wrong(OFFICE, "107", (number + 10,), 0.0)
    later = FORGOTTEN + 1.0
    slowing.wrong(OFFICE, "107", STALE, later)
    assert len(slowing) == 1
    slowing.proved("107", GOOD, later)
    slowing.forget(later + max(FORGOTTEN, PROVED) + 1.0)
    assert len(slowing) == 0


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30), st.floats(0, 1000)), max_size=300))
def test_memory_is_bounded(attempts: list[tuple[int, int, float]]) -> None:
    """Whatever is tried as whichever device: no more than the bounds is kept."""
    slowing, now = Slowing(lambda *_: None), 0.0
    for user, sender, gap in attempts:
        now += gap
        slowing.wrong(OFFICE, str(user), (sender,), now)
    assert all(len(devices) <= MAX_DEVICES + 1 for devices in slowing._tries.values())


def test_users_are_bounded(slowing: Slowing) -> None:
    for number in range(MAX_SLOWED + 100):
        slowing.wrong(OFFICE, str(number), STALE, 0.0)
    assert len(slowing) == MAX_SLOWED
    assert room.MAX_PROVED >= MAX_SLOWED


@pytest.mark.parametrize(
    ("contact", "registered"),
    [
        ("<sip:101@10.0.0.5:5070;transport=tcp>", device(PATH, Uri.parse("sip:101@10.0.0.5:5070"))),
        ('<sip:x@10.0.0.5>;+sip.instance="<urn:uuid:1>"', device(PATH, Uri.parse("sip:x@10.0.0.5"), "<urn:uuid:1>")),
        ("*", device(PATH)),
        ("<sip:101@[::1", device(PATH)),
    ],
)
def test_a_device_is_known_by_its_contact_else_by_its_path(contact: str, registered: Device) -> None:
    me = NameAddr("", Uri.parse("sip:101@bakery.example"), (("tag", "1"),))
    asked = request(
        "REGISTER",
        Uri.parse("sip:bakery.example"),
        from_=me,
        to=me,
        call_id="c",
        cseq=1,
        headers=[("Contact", contact)],
    )
    assert device_of(asked, PATH) == registered
