"""Bans: who gets one, for how long, and who never does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sip.guard import bans as room
from sip.guard.bans import (
    LEVEL_FORGIVEN,
    MAX_OFFENDERS,
    MAX_USERS,
    MOST_PER_USER,
    POINT_FORGIVEN,
    TRUSTED_FACTOR,
    Ban,
    Bans,
    Offence,
    Policy,
)

OFFICE, SCANNER = "192.0.2.10", "198.51.100.66"


def try_users(bans: Bans, source: str, count: int, now: float, *, trusted: bool = False) -> None:
    for number in range(count):
        bans.wrong(source, f"user{number}", now, trusted=trusted)


def test_a_source_that_tries_many_users_is_banned() -> None:
    bans = Bans(Policy(points=20, first=300.0))
    try_users(bans, SCANNER, 19, 0.0)
    assert bans.of(SCANNER, 0.0) is None
    bans.wrong(SCANNER, "one more", 0.0, trusted=False)
    assert bans.of(SCANNER, 299.0) == Ban(SCANNER, "", Offence.WRONG_CREDENTIALS, 1, 0.0, 300.0)
    assert bans.of(SCANNER, 300.0) is None


def test_one_phones_stale_password_never_bans_its_office() -> None:
    """A phone that tries once a minute for a week, at a source nobody has registered from before."""
    bans = Bans()
    for minute in range(7 * 24 * 60):
        bans.wrong(OFFICE, "107", minute * 60.0, trusted=False)
        assert bans.of(OFFICE, minute * 60.0) is None


def test_a_hammering_phone_never_bans_its_office_either() -> None:
    bans = Bans()
    for tick in range(5000):
        bans.wrong(OFFICE, "107", tick * 0.01, trusted=False)
    assert bans.of(OFFICE, 50.0) is None
    assert Policy().points > MOST_PER_USER


def test_more_is_forgiven_where_phones_are_registered() -> None:
    bans = Bans(Policy(points=20))
    try_users(bans, OFFICE, 20 * TRUSTED_FACTOR - 1, 0.0, trusted=True)
    assert bans.of(OFFICE, 0.0) is None
    bans.wrong(OFFICE, "one more", 0.0, trusted=True)
    assert bans.of(OFFICE, 0.0) is not None


def test_points_are_forgiven_with_time() -> None:
    bans = Bans(Policy(points=20))
    for number in range(200):
        bans.wrong(SCANNER, f"user{number}", number * POINT_FORGIVEN, trusted=False)
    assert bans.of(SCANNER, 200 * POINT_FORGIVEN) is None


def test_bans_grow_to_a_day_and_are_forgiven_in_days() -> None:
    bans = Bans(Policy(points=20, first=300.0, longest=86_400.0))
    now, lengths = 0.0, []
    for _ in range(6):
        try_users(bans, SCANNER, 20, now)
        ban = bans.of(SCANNER, now)
        assert ban is not None
        lengths.append(ban.until - ban.since)
        now = ban.until + 1.0
    assert lengths == [300.0, 1800.0, 10_800.0, 64_800.0, 86_400.0, 86_400.0]
    now += 3 * LEVEL_FORGIVEN
    try_users(bans, SCANNER, 20, now)
    ban = bans.of(SCANNER, now)
    assert ban is not None
    assert ban.level == 4
    now = ban.until + 10 * LEVEL_FORGIVEN
    try_users(bans, SCANNER, 20, now)
    assert bans.of(SCANNER, now) == Ban(SCANNER, "", Offence.WRONG_CREDENTIALS, 1, now, now + 300.0)


def test_scans_weigh_more_and_nothing_bans_where_it_is_switched_off() -> None:
    bans, off = Bans(Policy(points=20)), Bans(Policy(points=0))
    for _ in range(2):
        bans.offend(SCANNER, Offence.SCANNER, 0.0, trusted=False)
    for _ in range(500):
        off.offend(SCANNER, Offence.SCANNER, 0.0, trusted=False)
    assert bans.of(SCANNER, 0.0) is not None
    assert off.of(SCANNER, 0.0) is None


def test_each_ban_is_told_once_and_can_be_loaded_again() -> None:
    told: list[Ban] = []
    bans = Bans(Policy(points=20), told.append)
    try_users(bans, SCANNER, 60, 0.0)
    assert [(ban.source, ban.level) for ban in told] == [(SCANNER, 1)], "who is banned gets no second ban meanwhile"
    again = Bans()
    again.load(told)
    assert again.current(0.0) == bans.current(0.0) == told


def test_a_slowed_user_is_listed_and_bans_nobody() -> None:
    told: list[Ban] = []
    bans = Bans(Policy(points=20), told.append)
    bans.slowed(OFFICE, "107", 1, 0.0, 15.0)
    assert bans.of(OFFICE, 1.0) is None
    assert bans.current(1.0) == told == [Ban(OFFICE, "107", Offence.WRONG_CREDENTIALS, 1, 0.0, 15.0)]
    bans.lift(OFFICE, "107", 2.0)
    assert bans.current(2.0) == []


def test_a_lifted_ban_is_over_and_forgotten() -> None:
    bans = Bans(Policy(points=20, first=300.0))
    try_users(bans, SCANNER, 20, 0.0)
    bans.lift(SCANNER, "", 10.0)
    assert bans.of(SCANNER, 10.0) is None
    assert bans.current(10.0) == []
    try_users(bans, SCANNER, 20, 20.0)
    ban = bans.of(SCANNER, 20.0)
    assert ban is not None
    assert ban.level == 1
    bans.lift("nobody", "", 10.0)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 200), st.floats(0, 100_000)), max_size=300))
def test_memory_is_bounded_and_given_back(attempts: list[tuple[int, int, float]]) -> None:
    """Whatever is tried from wherever: no more than the bounds is kept, and nothing once it is long over."""
    bans, now = Bans(), 0.0
    for source, user, gap in attempts:
        now += gap
        bans.wrong(f"198.51.100.{source}", str(user), now, trusted=False)
    assert len(bans) <= 2 * MAX_OFFENDERS
    bans.forget(now + 400 * LEVEL_FORGIVEN)
    assert len(bans) == 0


def test_many_sources_and_many_users_stay_within_their_bounds() -> None:
    bans = Bans(Policy(points=2))
    for number in range(MAX_OFFENDERS + 500):
        bans.offend(f"source{number}", Offence.UNKNOWN_NUMBER, float(number), trusted=False)
    assert len(bans) <= 2 * MAX_OFFENDERS
    assert bans.of(f"source{MAX_OFFENDERS + 499}", MAX_OFFENDERS + 499.0) is not None
    many = Bans(Policy(points=10**9))
    try_users(many, SCANNER, MAX_USERS * 4, 0.0)
    assert len(many._records[SCANNER].users) <= MAX_USERS + 1
    assert room.POINTS.keys() == set(Offence)
