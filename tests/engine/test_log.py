"""Logging: every line of a call bears its id, programs and people can read it, and no secret gets through."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
import structlog

from engine import events
from engine.events import CallEnded, CallEvent, NodeLeft, Ringing, Side, Verdict
from engine.log import HIDDEN, SECRET_FIELDS, CallLog, Sparing, configure, event_name, log_ready
from engine.narrate import narrate

SAMPLES: dict[str, Any] = {
    "str": "something",
    "float": 1.5,
    "int": 2,
    "bool": True,
    "tuple[str, ...]": ("welcome.wav",),
    "Side": Side.CALLEE,
    "Verdict": Verdict.TALKED,
    "str | None": "somebody",
    "int | None": 486,
    "float | None": 90.0,
}
KINDS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, CallEvent) and kind is not CallEvent
]


def sample(kind: type[CallEvent]) -> CallEvent:
    return kind(**{field.name: SAMPLES[str(field.type)] for field in fields(kind)})


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def out() -> io.StringIO:
    out = io.StringIO()
    configure("debug", "json", out)
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_has_its_sentence_its_fields_and_the_call(kind: type[CallEvent], out: io.StringIO) -> None:
    event = sample(kind)
    CallLog()(event)
    (line,) = logged(out)
    assert line["call"] == event.call
    assert line["event"] == event_name(kind)
    assert line["text"] == narrate(event) != kind.__name__
    assert set(line) >= {field.name for field in fields(kind)} - {"at"}


def test_a_step_is_logged_in_words_and_values(out: io.StringIO) -> None:
    CallLog()(Ringing("c1", 1.0, "orders", "102", 2))
    CallLog()(CallEnded("c1", 9.0, Verdict.TALKED, Side.CALLEE, "hung up", 8.0, 5.5, "orders"))
    ringing, ended = logged(out)
    assert ringing["text"] == "rings orders (102) on 2 phones"
    assert (ringing["event"], ringing["person"], ringing["phones"], ringing["level"]) == (
        "ringing",
        "orders",
        2,
        "info",
    )
    assert (ended["event"], ended["verdict"], ended["by"], ended["talked"]) == ("call ended", "talked", "callee", 5.5)


def test_on_a_terminal_a_step_is_its_sentence_and_the_call() -> None:
    out = io.StringIO()
    configure("info", "text", out)
    CallLog()(Ringing("c1", 1.0, "orders", "102", 1))
    CallLog()(NodeLeft("c1", 1.0, "menu", "welcome", "1"))
    (line,) = out.getvalue().splitlines()
    assert "rings orders (102) on 1 phone" in line
    assert "call=c1" in line
    assert "person=" not in line


def test_the_format_is_chosen_by_where_it_goes() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    pipe, terminal = io.StringIO(), Terminal()
    for out in (pipe, terminal):
        configure("info", "auto", out)
        logging.getLogger("sip").info("hello")
    assert json.loads(pipe.getvalue())["event"] == "hello"
    assert not terminal.getvalue().startswith("{")


def test_the_standard_library_takes_the_same_way(out: io.StringIO) -> None:
    logging.getLogger("sip.rim").warning("dropped %d", 3, extra={"call": "c1", "reason": "too_large"})
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("media").exception("failed", extra={"call": "c2"})
    dropped, failed = logged(out)
    assert dropped["event"] == "dropped 3"
    assert (dropped["level"], dropped["logger"]) == ("warning", "sip.rim")
    assert (dropped["call"], dropped["reason"]) == ("c1", "too_large")
    assert "ValueError: broken" in failed["exception"]


def test_levels_below_the_chosen_one_are_silent() -> None:
    out = io.StringIO()
    configure("warning", "json", out)
    logging.getLogger("sip").info("quiet")
    CallLog()(Ringing("c1", 1.0, "orders", "102", 1))
    assert out.getvalue() == ""


def test_ready_names_every_address(out: io.StringIO) -> None:
    log_ready(["udp:127.0.0.1:5060", "tcp:[::1]:5060"])
    (line,) = logged(out)
    assert line["event"] == "ready"
    assert line["addresses"] == ["udp:127.0.0.1:5060", "tcp:[::1]:5060"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_gets_through(form: Any) -> None:
    out = io.StringIO()
    configure("debug", form, out)
    log = logging.getLogger("sip")
    for name in SECRET_FIELDS:
        log.info("x", extra={name: "s3cret"})
    log.info('Authorization: Digest username="101", response="s3cret", cnonce="s3cret"')
    log.info("Proxy-Authorization: Digest response=s3cret")
    log.info("cannot connect", extra={"url": "postgresql://belplan:s3cret@db/x"})
    log.info("password=s3cret")
    log.info("password: s3cret")
    try:
        raise ValueError("postgresql://belplan:s3cret@db/x")
    except ValueError:
        log.exception("failed")
    assert "s3cret" not in out.getvalue()
    assert out.getvalue().count(HIDDEN) >= len(SECRET_FIELDS) + 5


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for stream in (open("/dev/full", "w"), os.fdopen(writing, "w")):  # noqa: SIM115
        configure("debug", "json", stream)
        for _ in range(3):
            structlog.get_logger().info("something", more="x" * 10_000)
            logging.getLogger("sip").warning("something else")
        with contextlib.suppress(OSError):
            stream.close()


def test_lines_that_anybody_can_cause_are_sparing() -> None:
    sparing = Sparing(2)
    assert [sparing.take(100.0 + n / 10) for n in range(5)] == [0, 0, None, None, None]
    assert sparing.take(101.0) == 3
    assert sparing.take(101.1) == 0
