"""Reports of a carrier's program: signed, fresh, bounded, each taken once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.store import Store
from tests.web.transfers.conftest import MANAGER, NOW, Letters
from web.transfers.desk import Desk
from web.transfers.order import Order
from web.transfers.reports import (
    MAX_BODY,
    MAX_SECRETS,
    MAX_SKEW,
    MIN_SECRET,
    STATUS,
    Answer,
    BadReport,
    Fault,
    secrets_in,
    signature,
    take,
    verified,
)
from web.transfers.states import State

SECRET = b"a secret of the carrier"
AT = str(int(NOW))


def body(**values: object) -> bytes:
    return json.dumps({"id": "r1", "order": "ABC", "event": "complete", **values}).encode()


def check(data: bytes, timestamp: str = AT, signed: str | None = None, now: float = NOW) -> Any:
    return verified([SECRET], timestamp, signature(SECRET, timestamp, data) if signed is None else signed, data, now)


def fault_of(call: Callable[[], object]) -> Fault:
    with pytest.raises(BadReport) as caught:
        call()
    assert caught.value.status == STATUS[caught.value.fault]
    return caught.value.fault


def test_a_signed_report_is_read() -> None:
    report = check(body(event="accepted", day="2026-12-30"))
    assert (report.id, report.order, report.event, report.day.isoformat()) == ("r1", "ABC", "accepted", "2026-12-30")


def test_what_the_carrier_has_not_signed_is_not_taken() -> None:
    good = signature(SECRET, AT, body())
    assert fault_of(lambda: check(body(order="OTHER"), signed=good)) is Fault.UNSIGNED
    assert fault_of(lambda: check(body(), timestamp=str(int(NOW) + 1), signed=good)) is Fault.UNSIGNED
    assert fault_of(lambda: check(body(), signed=signature(b"another secret", AT, body()))) is Fault.UNSIGNED
    assert fault_of(lambda: check(body(), signed=good.removeprefix("v1="))) is Fault.UNSIGNED
    assert fault_of(lambda: check(body(), signed="")) is Fault.UNSIGNED
    assert fault_of(lambda: check(body(), signed="v1=é")) is Fault.UNSIGNED
    assert fault_of(lambda: verified((), AT, good, body(), NOW)) is Fault.NO_SECRET


@pytest.mark.parametrize("ago", [MAX_SKEW + 1, -MAX_SKEW - 1])
def test_an_old_report_or_one_of_the_future_is_not_taken(ago: float) -> None:
    assert fault_of(lambda: check(body(), now=NOW + ago)) is Fault.STALE
    assert check(body(), now=NOW + ago - 1 if ago > 0 else NOW + ago + 1)


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "٣", "1" * 30])
def test_a_timestamp_is_a_number_of_seconds(timestamp: str) -> None:
    assert fault_of(lambda: check(body(), timestamp=timestamp)) in (Fault.STALE, Fault.UNSIGNED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        body(event="live"),
        body(id=""),
        body(id="x" * 101),
        body(id="a b"),
        body(more=1),
        body(day="tomorrow"),
        body(reason="x" * 501),
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_is_no_report_is_told_to_the_programmer(data: bytes) -> None:
    assert fault_of(lambda: check(data)) in (Fault.MALFORMED, Fault.TOO_LARGE)


def test_a_report_is_bounded() -> None:
    assert fault_of(lambda: check(b"x" * (MAX_BODY + 1))) is Fault.TOO_LARGE


@given(st.binary(max_size=200), st.text(max_size=30), st.text(max_size=80))
def test_nothing_that_strangers_send_is_anything_but_a_bad_report(data: bytes, timestamp: str, signed: str) -> None:
    """Invariant: whatever comes without the secret, BadReport is raised and nothing else."""
    assert fault_of(lambda: verified([SECRET], timestamp, signed, data, NOW)) is Fault.UNSIGNED


def test_secrets_are_lines_of_a_file_and_long_enough(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    assert secrets_in(None) == secrets_in(file) == ()
    file.write_bytes(b"\xff\xfe")
    assert secrets_in(file) == ()
    file.write_text("short\n" + "n" * MIN_SECRET + "\n" + "o" * 40 + "\n")
    assert secrets_in(file) == (b"n" * MIN_SECRET, b"o" * 40)
    file.write_text("\n".join("s" * 20 for _ in range(10)))
    assert len(secrets_in(file)) == MAX_SECRETS


# --- what they do -----------------------------------------------------------------------------------------------------


@pytest.fixture
def report(desk: Desk, store: Store) -> Callable[..., Answer]:
    def make(**values: object) -> Answer:
        data = body(**values)
        return take(desk, store.console.transfers, check(data), data, NOW)

    return make


def test_a_carrier_reports_an_order_to_its_end_and_each_report_counts_once(
    desk: Desk, letters: Letters, signed: Callable[..., Order], report: Callable[..., Answer]
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    letters.take()
    accepted = {"id": "r1", "order": order.id, "event": "accepted", "day": "2026-12-30"}
    assert report(**accepted) == Answer(order=order.id, state="accepted")
    assert len(letters.sent) == 1
    assert report(**accepted) == Answer(order=order.id, state="accepted", repeated=True)
    assert len(letters.sent) == 1
    assert fault_of(lambda: report(**accepted | {"day": "2026-12-31"})) is Fault.REUSED
    assert report(id="r2", order=order.id, event="complete") == Answer(order=order.id, state="complete")
    assert report(id="r2", order=order.id, event="complete").repeated
    assert report(**accepted).state == "accepted"
    assert desk.orders.get("bakery", order.id).state is State.COMPLETE
    assert [news.who for news in desk.orders.news(order)][-3:] == ["carrier"] * 3


def test_a_rejection_is_reported_with_its_reason(
    desk: Desk, signed: Callable[..., Order], report: Callable[..., Answer]
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    assert fault_of(lambda: report(order=order.id, event="rejected")) is Fault.MALFORMED
    assert report(order=order.id, event="rejected", reason="wrong account number").state == "rejected"
    assert desk.orders.get("bakery", order.id).reason == "wrong account number"


def test_what_cannot_be_where_the_order_stands_is_refused_and_may_be_sent_again_later(
    desk: Desk, signed: Callable[..., Order], report: Callable[..., Answer]
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    assert fault_of(lambda: report(order=order.id)) is Fault.REFUSED
    assert fault_of(lambda: report(order="NONE")) is Fault.UNKNOWN_ORDER
    desk.accept(order, "2026-12-30", MANAGER, NOW)
    assert report(order=order.id).state == "complete"


def test_a_report_that_died_half_way_is_taken_the_second_time(
    desk: Desk, store: Store, signed: Callable[..., Order], report: Callable[..., Answer], monkeypatch: Any
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    for values in (
        {"id": "r1", "event": "rejected", "reason": "wrong"},
        {"id": "r2", "event": "accepted", "day": "2026-12-30"},
        {"id": "r3", "event": "complete"},
    ):
        if values["event"] == "accepted":
            order = desk.submit(desk.orders.get("bakery", order.id), MANAGER, NOW)
        with monkeypatch.context() as patched:
            patched.setattr(type(store.console.transfers), "take_report", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                report(order=order.id, **values)
        assert not report(order=order.id, **values).repeated
        assert report(order=order.id, **values).repeated
