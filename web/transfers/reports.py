"""Reports that a carrier's program sends by itself: signed, fresh, each taken once.

A report is a POST of JSON with two headers: ``Belplan-Timestamp`` (seconds since 1970) and ``Belplan-Signature``, which
is ``v1=`` and the HMAC-SHA256, in hexadecimal, of the timestamp, a full stop and the body, under the shared secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.store.console.transfers import StoredTransfers
from web.mistakes import Mistakes, Stale
from web.transfers.desk import MAX_REASON, Desk
from web.transfers.details import clean
from web.transfers.order import Order
from web.transfers.states import OutOfTurn, State

MAX_BODY: Final = 16_384
MAX_SKEW: Final = 300.0
"""Seconds that the carrier's clock and ours may differ by, with the way of the report."""
MIN_SECRET: Final = 16
"""Characters: a shorter one could be guessed."""
MAX_SECRETS: Final = 4
VERSION: Final = "v1="
REPORTER: Final = "carrier"
TRIES: Final = 3
"""Where somebody else changes the order at the same moment."""


class Fault(StrEnum):
    """Why a report is not taken."""

    NO_SECRET = "no secret"
    TOO_LARGE = "too large"
    UNSIGNED = "unsigned"
    STALE = "stale"
    MALFORMED = "malformed"
    UNKNOWN_ORDER = "unknown order"
    REUSED = "reused"
    REFUSED = "refused"


STATUS: Final = {
    Fault.NO_SECRET: 404,
    Fault.TOO_LARGE: 413,
    Fault.UNSIGNED: 401,
    Fault.STALE: 401,
    Fault.MALFORMED: 422,
    Fault.UNKNOWN_ORDER: 404,
    Fault.REUSED: 409,
    Fault.REFUSED: 409,
}


class BadReport(Exception):
    """The report is not taken; the text is for the carrier's programmer."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(what)
        self.fault = fault

    @property
    def status(self) -> int:
        return STATUS[self.fault]


class Report(BaseModel):
    """What the carrier has to say about an order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~]+$", description="its own name; sent twice"
                             " with the same, a report is taken once")]  # fmt: skip
    order: Annotated[str, Field(min_length=1, max_length=40, description="the order's id")]
    event: Literal["accepted", "rejected", "complete"]
    day: date | None = Field(None, description="for `accepted`: the day on which the numbers are transferred")
    reason: Annotated[str, Field(max_length=MAX_REASON)] = Field("", description="for `rejected`: what is wrong")


class Answer(BaseModel):
    """The order after the report; ``repeated`` if the report had been taken before."""

    order: str
    state: str
    repeated: bool = False


def secrets_in(file: Path | None) -> tuple[bytes, ...]:
    """The shared secrets, a line each: two while one takes the place of the other. Too short ones do not count."""
    if file is None:
        return ()
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(line.encode() for line in lines[:MAX_SECRETS] if len(line) >= MIN_SECRET)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """What the carrier sends along."""
    return VERSION + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verified(secrets: Sequence[bytes], timestamp: str, signed: str, body: bytes, now: float) -> Report:
    """The report, if the carrier has just written it. Raises BadReport."""
    if not secrets:
        raise BadReport(Fault.NO_SECRET, "no reports are taken here: transfer_secret_file is not set")
    if len(body) > MAX_BODY:
        raise BadReport(Fault.TOO_LARGE, f"a report has {MAX_BODY} bytes at most")
    good = [hmac.compare_digest(signature(each, timestamp[:20], body).encode(), signed.encode()) for each in secrets]
    if not any(good):
        raise BadReport(Fault.UNSIGNED, "Belplan-Signature is not the one of this body and Belplan-Timestamp")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp)) > MAX_SKEW:
        raise BadReport(Fault.STALE, f"Belplan-Timestamp differs by more than {MAX_SKEW:.0f} seconds from our clock")
    try:
        return Report.model_validate_json(body)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadReport(Fault.MALFORMED, f"{where}: {first['msg']}") from None


def take(desk: Desk, store: StoredTransfers, report: Report, body: bytes, now: float) -> Answer:
    """Do what the report says, once. Raises BadReport."""
    digest = hashlib.sha256(body).hexdigest()
    before = store.report(report.id)
    if before is not None:
        if before[0] != digest:
            raise BadReport(Fault.REUSED, f"a report '{report.id}' with another content has been taken already")
        return Answer(**{**json.loads(before[1]), "repeated": True})
    order = _done(desk, report, now)
    answer = Answer(order=order.id, state=order.state.value)
    store.take_report(report.id, digest, answer.model_dump_json(), now)
    return answer


def _done(desk: Desk, report: Report, now: float) -> Order:
    for _ in range(TRIES):
        order = desk.orders.find(report.order)
        if order is None:
            raise BadReport(Fault.UNKNOWN_ORDER, "there is no such order")
        try:
            if report.event == "accepted":
                return desk.accept(order, report.day.isoformat() if report.day else "", REPORTER, now)
            if report.event == "rejected":
                return desk.reject(order, report.reason, REPORTER, now)
            return desk.complete(order, REPORTER, now)
        except Stale:
            continue
        except OutOfTurn as problem:
            if _has_been_done(order, report):
                return order
            raise BadReport(Fault.REFUSED, str(problem.why)) from None
        except Mistakes as problem:
            mistake = problem.mistakes[0]
            raise BadReport(Fault.MALFORMED, f"{mistake.field}: {mistake.what}") from None
    raise BadReport(Fault.REFUSED, "the order is being changed; send the report once more")


def _has_been_done(order: Order, report: Report) -> bool:
    """Whether we died between doing what the report says and remembering that it had come."""
    if report.event == "rejected":
        return order.state is State.REJECTED and order.reason == clean(report.reason)
    return report.event == "complete" and order.state in (State.GOING_LIVE, State.COMPLETE)
