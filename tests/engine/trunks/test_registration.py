"""Being registered with a provider: every arrow of the table, the pauses, and what registrars answer."""

from __future__ import annotations

import pytest

from engine.trunks.answers import MAX_ROUTES, read_answer, service_routes
from engine.trunks.registration import (
    FIRST_PAUSE,
    FORBIDDING,
    IGNORED,
    LONGEST,
    LONGEST_PAUSE,
    MAX_RETRY_AFTER,
    REFRESH_BEFORE,
    REFRESH_SHARE,
    REFUSED_PAUSE,
    SHORTEST,
    TABLE,
    Answer,
    Ask,
    Input,
    Registration,
    State,
)
from sip.message.envelope import Response
from sip.rim.asking import Reply

OK = Answer(200, "OK", granted=600)


def test_every_input_in_every_state_is_in_the_table_or_ignored_on_purpose() -> None:
    everything = {(state, on) for state in State for on in Input}
    assert TABLE.keys() | IGNORED == everything
    assert not TABLE.keys() & IGNORED
    assert all(row.section for row in TABLE.values())


def registered(at: float = 0.0, granted: int = 600) -> Registration:
    registration = Registration(600, lambda: 1.0)
    assert registration.begin(at) == Ask(600)
    assert registration.answered(Answer(200, "OK", granted=granted), at) is None
    return registration


@pytest.mark.parametrize(
    ("granted", "refreshed_after"),
    [
        (600, 600 * REFRESH_SHARE),
        (3600, 3600 - REFRESH_BEFORE),
        (20, SHORTEST),
        (10**9, LONGEST - REFRESH_BEFORE),
    ],
)
def test_it_is_refreshed_before_its_end(granted: int, refreshed_after: float) -> None:
    registration = registered(granted=granted)
    assert registration.left(0.0) == min(granted, LONGEST)
    assert registration.next_at == pytest.approx(refreshed_after)
    assert registration.due(refreshed_after - 1) is None
    assert registration.due(refreshed_after) == Ask(600)
    assert registration.state is State.ASKING


def test_pauses_grow_and_a_success_ends_them() -> None:
    registration = Registration(600, lambda: 1.0)
    asks, now = registration.begin(0.0), 0.0
    for number in range(10):
        assert asks == Ask(600)
        assert registration.answered(Answer(503, "Unavailable"), now) is None
        assert registration.next_at is not None
        pause = registration.next_at - now
        assert pause == pytest.approx(min(LONGEST_PAUSE, FIRST_PAUSE * 2**number))
        now = registration.next_at
        asks = registration.due(now)
    registration.answered(OK, now)
    assert (registration.failure, registration.left(now)) == ("", 600)


def test_no_two_of_us_come_at_the_same_moment() -> None:
    moments = set()
    for luck in (0.0, 0.5, 1.0):
        registration = Registration(600, lambda luck=luck: luck)
        registration.begin(0.0)
        registration.answered(Answer(503), 0.0)
        moments.add(registration.next_at)
    assert len(moments) == 3
    assert min(moments) >= FIRST_PAUSE * 0.75


@pytest.mark.parametrize("status", sorted(FORBIDDING))
def test_what_only_somebody_can_mend_is_not_hammered(status: int) -> None:
    registration = Registration(600, lambda: 0.0)
    registration.begin(0.0)
    registration.answered(Answer(status, "No"), 0.0)
    assert registration.forbidden
    assert registration.next_at is not None
    assert registration.next_at >= REFUSED_PAUSE * 0.75
    assert registration.failure == f"{status} No"
    registration.stale(1.0)
    assert registration.next_at > 1.0, "not even when the provider has been away"


def test_retry_after_is_kept_to_within_bounds() -> None:
    for wanted, waited in ((90.0, 90.0), (1.0, FIRST_PAUSE), (10.0**9, MAX_RETRY_AFTER)):
        registration = Registration(600, lambda: 1.0)
        registration.begin(0.0)
        registration.answered(Answer(503, "", retry_after=wanted), 0.0)
        assert registration.next_at == pytest.approx(waited)


def test_a_registrar_that_wants_longer_gets_longer_once() -> None:
    registration = Registration(600, lambda: 1.0)
    registration.begin(0.0)
    assert registration.answered(Answer(423, "Interval Too Brief", min_expires=1800), 0.0) == Ask(1800)
    for least in (1800, 100, None, LONGEST + 1):
        again = Registration(1800, lambda: 1.0)
        again.begin(0.0)
        assert again.answered(Answer(423, "Interval Too Brief", min_expires=least), 0.0) is None
        assert again.state is State.WAITING


def test_an_old_registration_holds_while_its_refresh_fails() -> None:
    registration = registered()
    registration.due(480.0)
    registration.answered(Answer(408, "no response"), 480.0)
    assert registration.left(480.0) == 120
    assert registration.left(601.0) == 0


def test_a_lost_connection_and_a_provider_that_is_back_are_asked_at_once() -> None:
    assert registered().lost(10.0) == Ask(600)
    registration = registered()
    registration.stale(10.0)
    assert registration.due(10.0) == Ask(600)
    registration.answered(Answer(503), 10.0)
    registration.stale(11.0)
    assert registration.due(11.0) == Ask(600)


def test_it_leaves_what_it_is_registered_with_and_nothing_else() -> None:
    registration = registered()
    assert registration.leave(10.0) == Ask(0)
    assert registration.answered(Answer(200, "OK"), 10.0) is None
    assert (registration.state, registration.left(10.0)) == (State.OUT, 0)
    refused = Registration(600, lambda: 1.0)
    refused.begin(0.0)
    refused.answered(Answer(403), 0.0)
    assert refused.leave(1.0) is None
    assert refused.state is State.OUT


def test_a_200_without_our_contact_is_no_registration() -> None:
    registration = Registration(600, lambda: 1.0)
    registration.begin(0.0)
    registration.answered(Answer(200, "OK", granted=None), 0.0)
    assert (registration.state, registration.left(0.0)) == (State.WAITING, 0)


# --- what registrars answer -------------------------------------------------------------------------------------------


def reply(*headers: tuple[str, str], status: int = 200) -> Reply:
    return Reply(status, "OK", Response(status, "OK", headers))


@pytest.mark.parametrize(
    ("headers", "granted"),
    [
        ([("Contact", "<sip:tme@192.0.2.1>;expires=300")], 300),
        ([("Contact", "<sip:other@192.0.2.9>;expires=60, <sip:tme@192.0.2.1>;expires=300")], 300),
        ([("Contact", "<sip:tme@192.0.2.1>"), ("Expires", "120")], 120),
        ([("Contact", "<sip:other@192.0.2.9>;expires=60"), ("Expires", "120")], None),
        ([("Expires", "120")], 120),
        ([("Contact", "<sip:tme@192.0.2.1>;expires=soon")], None),
        ([("Contact", "<<<"), ("Expires", "90")], 90),
        ([], None),
    ],
)
def test_how_long_we_are_registered(headers: list[tuple[str, str]], granted: int | None) -> None:
    assert read_answer(reply(*headers), "tme").granted == granted


def test_refusals_and_silence() -> None:
    answer = read_answer(reply(("Retry-After", "120 (maintenance)"), ("Min-Expires", "x"), status=503), "tme")
    assert (answer.status, answer.retry_after, answer.min_expires) == (503, 120.0, None)
    assert read_answer(Reply(408, "no response"), "tme") == Answer(408, "no response")


def test_service_routes_are_taken_where_they_are_loose_and_few() -> None:
    routes = service_routes(Response(200, "OK", [("Service-Route", "<sip:a.example;lr>, <sip:b.example;lr>")]))
    assert [str(route.uri) for route in routes] == ["sip:a.example;lr", "sip:b.example;lr"]
    many = ", ".join("<sip:a.example;lr>" for _ in range(MAX_ROUTES + 1))
    for value in ("<sip:a.example>", "<tel:+31201234567>", "<<", many):
        assert service_routes(Response(200, "OK", [("Service-Route", value)])) == ()
    assert service_routes(None) == ()
