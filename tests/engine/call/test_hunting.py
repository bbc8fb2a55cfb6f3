"""Whose phones ring when: whatever the plan and whatever the phones do, these hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.call.hunting import SOON, Hunt
from engine.call.ring_plan import UNANSWERED, RingPlan, RingTarget

SECONDS = st.integers(0, 40).map(float)
TARGETS = st.lists(
    st.builds(RingTarget, person=st.just("p"), extension=st.text("123", max_size=2), after=SECONDS,
              seconds=st.none() | st.integers(1, 40).map(float)),
    max_size=8,
)  # fmt: skip
OUTCOMES = st.sampled_from(sorted(UNANSWERED))


@given(TARGETS, st.integers(1, 60), st.lists(st.tuples(SECONDS, OUTCOMES), max_size=8))
def test_each_rings_once_in_its_order_and_no_longer_than_it_should(
    targets: list[RingTarget], seconds: int, refusals: list[tuple[float, str]]
) -> None:
    """Somebody rings until all is over; nobody begins later than planned or rings for too long."""
    plan = RingPlan(tuple(targets), float(seconds))
    hunt, now = Hunt(plan, 1000.0), 1000.0
    began: dict[RingTarget, float] = {}
    refuses: dict[RingTarget, tuple[float, str]] = {}
    coming = iter(refusals)
    while True:
        while (target := hunt.begin(now)) is not None:
            assert target not in began
            assert now <= 1000.0 + target.after + SOON
            began[target] = now
            if (refusal := next(coming, None)) is not None:
                refuses[target] = (now + refusal[0], refusal[1])
        if hunt.over:
            break
        now = min(hunt.deadline, *(at for at, _ in refuses.values()), 2000.0)
        assert now <= 1000.0 + seconds
        for target in hunt.ringing:
            if target in refuses and refuses[target][0] <= now:
                hunt.end(target, refuses.pop(target)[1])
        for target in hunt.expired(now):
            assert target.seconds is None or now - began[target] <= target.seconds + SOON
            refuses.pop(target, None)
            hunt.end(target, "no_answer")
    assert [target.after for target in began] == sorted(target.after for target in began)
    if now < 1000.0 + seconds:
        assert set(began) == set(targets), "it is over before its time only when everybody had theirs"
    assert hunt.outcome in UNANSWERED
