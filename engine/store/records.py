"""Call records: one per call, kept from the moment the call is offered."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, and_, delete, or_, select, update

from engine.events import Side, Verdict
from engine.store.database import upsert
from engine.store.ledger import Changes, Ledger, readable
from engine.store.tables import CallRow

TABLE = "calls"
KILLED = "the engine stopped during the call"


class CallRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a call. Times are seconds since the epoch, durations seconds.

    ``path`` lists the nodes the caller passed, as ``kind:name``; ``keys`` the presses with their moment since
    ``started_at``; ``rings`` who was rung, what came of it (``RingingEnded.outcome``) and for how long;
    ``outside`` what may cost something: trunk, number, and seconds from its answer on. ``verdict``,
    ``ended_by`` and ``reason`` are None while the call goes on; ``status`` is the SIP status of a refusal.
    ``diverted`` is the number the caller had called, if their call was led on to us from there.
    """

    id: str
    account: str
    caller: str
    called: str
    started_at: float
    person: str | None = None
    answered_at: float | None = None
    path: tuple[str, ...] = ()
    keys: tuple[tuple[float, str], ...] = ()
    answered_by: str | None = None
    seconds: float | None = None
    talked: float = 0.0
    verdict: str | None = None
    ended_by: str | None = None
    reason: str | None = None
    status: int | None = None
    rings: tuple[tuple[str, str, float], ...] = ()
    outside: tuple[tuple[str, str, float], ...] = ()
    diverted: str | None = None


Place = tuple[float, str]
"""Where a call is among others: when it began, and its id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: those with ``digits`` in a number, made or answered by one of the ``people`` (None: by anybody).

    They ended with one of the ``verdicts`` (none: with any), and begun from ``since`` on and before ``until``.
    """

    digits: str = ""
    people: tuple[str, ...] | None = None
    verdicts: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.digits:
            columns = (CallRow.caller, CallRow.called, CallRow.answered_by, CallRow.diverted)
            yield or_(*(column.contains(self.digits, autoescape=True) for column in columns))
        if self.people is not None:
            yield or_(CallRow.person.in_(self.people), CallRow.answered_by.in_(self.people))
        if self.verdicts:
            yield CallRow.verdict.in_(self.verdicts)
        if self.since is not None:
            yield CallRow.started_at >= self.since
        if self.until is not None:
            yield CallRow.started_at < self.until


ALL_CALLS = Wanted()

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(CallRecord).decode
_keys = msgspec.json.Decoder(tuple[tuple[float, str], ...])
_path = msgspec.json.Decoder(tuple[str, ...])
_rings = msgspec.json.Decoder(tuple[tuple[str, str, float], ...])
LISTS: Mapping[str, msgspec.json.Decoder[Any]] = {"path": _path, "keys": _keys, "rings": _rings, "outside": _rings}
"""The fields that the table has as JSON."""
_json = msgspec.json.Encoder()


class StoredRecords:
    """The call records. ``put`` has written to the journal when it returns."""

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def put(self, record: CallRecord) -> None:
        """Keep the newest state of a call."""
        self._ledger.put(TABLE, record.id, _encode(record))

    def last(self, limit: int, account: str | None = None) -> list[CallRecord]:
        """The newest calls, newest first."""
        query = select(CallRow.__table__).order_by(CallRow.started_at.desc()).limit(limit)
        if account is not None:
            query = query.where(CallRow.account == account)
        with self._database.connect() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def page(
        self, account: str, limit: int, *, before: Place | None = None, wanted: Wanted = ALL_CALLS
    ) -> list[CallRecord]:
        """An account's calls as ``wanted``, newest first, from the one at ``before`` on to earlier ones."""
        query = select(CallRow.__table__).where(CallRow.account == account, *wanted.conditions())
        if before is not None:
            at, call = before
            query = query.where(
                CallRow.started_at <= at,
                or_(CallRow.started_at < at, and_(CallRow.started_at == at, CallRow.id < call)),
            )
        query = query.order_by(CallRow.started_at.desc(), CallRow.id.desc()).limit(limit)
        with self._database.connect() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def since(self, began: float, account: str) -> list[CallRecord]:
        """An account's calls from ``began`` (seconds since the epoch) on, oldest first."""
        query = (
            select(CallRow.__table__)
            .where(CallRow.started_at >= began, CallRow.account == account)
            .order_by(CallRow.started_at)
        )
        with self._database.connect() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def end_abandoned(self) -> None:
        """Close the records of calls that were under way when the engine last died. Call it before the first call."""
        with self._database.begin() as connection:
            connection.execute(
                update(CallRow)
                .where(CallRow.verdict.is_(None))
                .values(verdict=Verdict.FAILED.value, ended_by=Side.SYSTEM.value, reason=KILLED)
            )

    def forget_older(self, seconds: float) -> None:
        """Remove the records of calls that began longer ago than ``seconds``."""
        with self._database.begin() as connection:
            connection.execute(delete(CallRow).where(CallRow.started_at < time.time() - seconds))


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table."""
    upsert(connection, CallRow, [_row(record) for record in readable(changes, _decode)])


def _row(record: CallRecord) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(record, name) for name in record.__struct_fields__}
    for name in LISTS:
        row[name] = _text(getattr(record, name))
    return row


def _record(row: RowMapping) -> CallRecord:
    return CallRecord(**{**row, **{name: decoder.decode(row[name]) for name, decoder in LISTS.items()}})


def _text(values: Sequence[object]) -> str:
    return _json.encode(values).decode()
