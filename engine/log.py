"""Logging: structlog for all, readable in colour on a terminal, JSON lines otherwise; no secret gets through.

Lines go to standard error. What ``sip`` and ``media`` log through the standard library takes the same way; ``extra``
becomes fields. Every line of a call has ``call``.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import Enum
from typing import Any, Literal, TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from engine.events import CallEvent, NodeLeft
from engine.narrate import narrate
from engine.outside_events import CeilingReached, EmergencyCalled

SECRET_FIELDS = frozenset(
    {
        "password",
        "secret",
        "authorization",
        "proxy-authorization",
        "proxy_authorization",
        "credentials",
        "ha1",
        "pin",
    }
)
HIDDEN = "***"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
DETAILS = frozenset({NodeLeft})
"""Events logged at level debug: the next event of the same call tells as much."""

URGENT = frozenset({EmergencyCalled, CeilingReached})
"""Events logged at level warning: somebody should see them at once."""

_SECRET_TEXT = re.compile(
    r"(?P<before>authorization\s*:\s*|\bpassword['\"]?\s*[=:]\s*|\bresponse\s*=\s*|://[^\s/:@]*:)(?P<secret>[^\s@]+(?:\s*[\w-]+=[^\n]*)?)",
    re.IGNORECASE,
)
_SECRET_HINT = re.compile(r"authorization|password|response\s*=|://[^\s/]*@", re.IGNORECASE)
_PLAIN_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def configure(
    level: str = "info", format: Literal["auto", "text", "json"] = "auto", stream: TextIO | None = None
) -> None:
    """Set logging up for this process; ``stream`` is standard error unless given."""
    out = LogStream(sys.stderr if stream is None else stream)
    readable = format == "text" or (format == "auto" and out.isatty())
    shared: list[Callable[[WrappedLogger, str, EventDict], Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("%H:%M:%S" if readable else "iso", utc=not readable),
        structlog.processors.format_exc_info,
        redact,
    ]
    if readable:
        shared += [_in_words, structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=0, sort_keys=False)]
    else:
        shared.append(_as_json)
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, out)),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [ToStructlog()]
    root.setLevel(max(LEVELS[level], logging.DEBUG))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


class LogStream:
    """A stream whose reader may go away, or whose disk may be full: calls go on without their lines then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


class ToStructlog(logging.Handler):
    """Takes what is logged through the standard library over to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        extra = {name: value for name, value in vars(record).items() if name not in _PLAIN_RECORD}
        extra.pop("event", None)
        logger = structlog.get_logger()
        logger.log(record.levelno, record.getMessage(), **extra, logger=record.name, exc_info=record.exc_info or None)


class CallLog:
    """Listens to the bus and logs each step of a call: ``event`` and fields for programs, ``text`` for people."""

    def __init__(self) -> None:
        self._log = structlog.get_logger()
        self._shapes: dict[type[CallEvent], tuple[str, tuple[str, ...]]] = {}

    def __call__(self, event: CallEvent) -> None:
        kind = type(event)
        if kind not in self._shapes:
            names = tuple(item.name for item in fields(kind) if item.name not in ("call", "at"))
            self._shapes[kind] = (event_name(kind), names)
        name, names = self._shapes[kind]
        told: dict[str, Any] = {"call": event.call, "text": narrate(event)}
        for field in names:
            value = getattr(event, field)
            told[field] = value.value if isinstance(value, Enum) else value
        write = self._log.info
        if kind in DETAILS:
            write = self._log.debug
        elif kind in URGENT:
            write = self._log.warning
        write(name, **told)


class Sparing:
    """Lets at most ``per_second`` lines of one kind through, so that nobody outside can fill the disk."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._second = 0
        self._told = 0
        self._untold = 0

    def take(self, now: float) -> int | None:
        """How many lines have been left out since the last one, if this one may be written; None if it may not.

        ``now`` is in monotonic seconds.
        """
        if int(now) != self._second:
            self._second, self._told = int(now), 0
        if self._told >= self._per_second:
            self._untold += 1
            return None
        self._told += 1
        untold, self._untold = self._untold, 0
        return untold


def log_ready(addresses: Iterable[object], **more: Any) -> None:
    """The line that says the engine takes calls: ``ready`` with every address it listens on."""
    listed = [str(address) for address in addresses]
    structlog.get_logger().info("ready", addresses=listed, **more)


def event_name(kind: type[CallEvent]) -> str:
    """``CallOffered`` is logged as ``call offered``."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).lower()


def redact(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """Hide secrets: whole fields by name, and credentials inside texts."""
    for name, value in entry.items():
        if name.lower() in SECRET_FIELDS:
            entry[name] = HIDDEN
        elif isinstance(value, str) and _SECRET_HINT.search(value):
            entry[name] = _SECRET_TEXT.sub(rf"\g<before>{HIDDEN}", value)
    return entry


def _in_words(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """On a terminal a call's step is its sentence and its call id; the fields would only repeat it."""
    if "text" not in entry:
        return entry
    kept = ("timestamp", "level", "call")
    return {"event": entry["text"]} | {name: entry[name] for name in kept if name in entry}


def _as_json(_: WrappedLogger, __: str, entry: EventDict) -> str:
    return msgspec.json.encode(entry, enc_hook=str).decode()
