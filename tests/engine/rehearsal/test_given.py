"""What people write: keys with their moments, times of day, and what phones do."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.call.script import Ahead, Phone
from engine.dialplan.findings import Wrong
from engine.office.messages import MAX_MESSAGES, Count
from engine.rehearsal.given import (
    REACTS_AFTER,
    SILENT_FOR,
    TALKS,
    outside_number,
    read_ahead,
    read_messages,
    read_phone,
    read_time,
)
from engine.rehearsal.keys import FIRST_KEY, KEY_GAP, MAX_KEYS, PAUSE, read_keys
from engine.rehearsal.situation import as_signalled

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("1", [(FIRST_KEY, "1")]),
        ("102", [(FIRST_KEY, "1"), (FIRST_KEY + KEY_GAP, "0"), (FIRST_KEY + 2 * KEY_GAP, "2")]),
        ("1,,2#", [(1.0, "1"), (1.3 + 2 * PAUSE, "2"), (1.6 + 2 * PAUSE, "#")]),
        (",*", [(FIRST_KEY + PAUSE, "*")]),
        ("1@8s", [(8.0, "1")]),
        ("12 at 5s, 3 at 1m30s", [(5.0, "1"), (5.3, "2"), (90.0, "3")]),
        ("1@2.5 # @ 4", [(2.5, "1"), (4.0, "#")]),
        ("1@2s,2", [(2.0, "1"), (2.3 + PAUSE, "2")]),
    ],
)
def test_keys_have_their_moments(text: str, keys: list[tuple[float, str]]) -> None:
    assert [(pytest.approx(at), key) for at, key in read_keys(text)] == keys


@pytest.mark.parametrize("text", ["1x", "one", "1@", "1 at", "A", "5@9s 6@3s", "1 at soon", "9" * (MAX_KEYS + 1)])
def test_what_are_no_keys_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Wrong):
        read_keys(text)


def test_a_time_is_that_of_the_account() -> None:
    summer = datetime(2026, 7, 1, 8, 30, tzinfo=UTC).timestamp()
    winter = datetime(2026, 12, 24, 9, 30, 15, tzinfo=UTC).timestamp()
    assert read_time("2026-07-01 10:30", AMSTERDAM) == summer
    assert read_time("2026-12-24T10:30:15", AMSTERDAM) == winter


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01 10:00", "10:00", "2026-02-30 10:00", ""])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Wrong, match="is no time"):
        read_time(text, AMSTERDAM)


def test_an_hour_that_the_clocks_leave_out_does_not_come() -> None:
    with pytest.raises(Wrong, match="never show"):
        read_time("2026-03-29 02:30", AMSTERDAM)
    first = read_time("2026-10-25 02:30", AMSTERDAM)
    assert read_time("2026-10-25 03:30", AMSTERDAM) - first == 2 * 3600


@pytest.mark.parametrize(
    ("words", "phone"),
    [
        ("answers", Phone(answers_after=REACTS_AFTER, talks=TALKS)),
        ("answers after 5s", Phone(answers_after=5, talks=TALKS)),
        ("Answers after 1m and talks for 20s", Phone(answers_after=60, talks=20)),
        ("answers, talks 7s", Phone(answers_after=REACTS_AFTER, talks=7)),
        ("answers and parks", Phone(REACTS_AFTER, talks=TALKS + REACTS_AFTER, parks_after=REACTS_AFTER)),
        ("answers after 2s, parks after 4s", Phone(2, talks=TALKS + 4, parks_after=4)),
        (
            "answers and transfers to 103",
            Phone(REACTS_AFTER, talks=TALKS + REACTS_AFTER, transfers=(REACTS_AFTER, "103")),
        ),
        ("answers after 2s and transfers to *60 after 4s", Phone(2, talks=TALKS + 4, transfers=(4, "*60"))),
        ("answers after 2s and talks for 9s and parks after 4s", Phone(2, talks=9, parks_after=4)),
        ("picks up", Phone(picks_up_after=REACTS_AFTER, talks=TALKS)),
        ("picks up after 4s and talks 8s", Phone(picks_up_after=4, talks=8)),
        ("busy", Phone(busy=True, talks=TALKS)),
        ("declines", Phone(declines_after=REACTS_AFTER, talks=TALKS)),
        ("declines after 2s", Phone(declines_after=2, talks=TALKS)),
        ("no answer", Phone(talks=TALKS)),
        ("fails", Phone(fails=True, talks=TALKS)),
        ("is silent", Phone(answers_after=REACTS_AFTER, talks=SILENT_FOR, silent=True)),
        ("answers and is silent", Phone(answers_after=REACTS_AFTER, talks=SILENT_FOR, silent=True)),
        ("not registered", None),
    ],
)
def test_a_phone_does_what_is_said_of_it(words: str, phone: Phone | None) -> None:
    assert read_phone(words) == phone


def test_a_phone_of_which_nonsense_is_said_gets_a_suggestion() -> None:
    with pytest.raises(Wrong) as wrong:
        read_phone("bussy")
    assert wrong.value.suggestion == "did you mean 'busy'?"
    with pytest.raises(Wrong, match="length of time"):
        read_phone("answers after a while")


@pytest.mark.parametrize(
    ("words", "ahead"),
    [
        ("2 waiting, served every 30s", Ahead("support", 2, 30.0)),
        ("1 waiting and served every 1m", Ahead("support", 1, 60.0)),
        ("3 waiting", Ahead("support", 3)),
    ],
)
def test_others_wait_in_a_queue(words: str, ahead: Ahead) -> None:
    assert read_ahead("support", words) == ahead


@pytest.mark.parametrize("words", ["", "two waiting", "999 waiting", "-1 waiting", "2 waiting, served", "2"])
def test_what_says_nothing_of_who_waits_is_an_error(words: str) -> None:
    with pytest.raises(Wrong, match="does not say who waits"):
        read_ahead("support", words)


def test_callers_are_shown_as_networks_show_them() -> None:
    assert as_signalled("06 1234 5678", "NL") == "+31612345678"
    assert as_signalled("+31 6 1234 5678", "DE") == "+31612345678"
    assert as_signalled("anonymous", "NL") == "anonymous"
    assert as_signalled("1234", "NL") == "1234"
    assert outside_number("DE").startswith("+49")


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("2 new", Count(new=2)),
        ("1 saved", Count(saved=1)),
        ("3 new, 1 urgent, 2 saved", Count(new=3, urgent=1, saved=2)),
        ("1 urgent", Count(new=1, urgent=1)),
        ("full", Count(new=MAX_MESSAGES)),
    ],
)
def test_a_mailbox_holds_what_is_said_of_it(words: str, there: Count) -> None:
    assert read_messages(words) == there


@pytest.mark.parametrize("words", ["", "empty", "new", "two new", "0 new", "101 new", "60 new, 60 saved", "2 new 1"])
def test_a_mailbox_of_which_nonsense_is_said(words: str) -> None:
    with pytest.raises(Wrong, match="nothing that a mailbox holds"):
        read_messages(words)
