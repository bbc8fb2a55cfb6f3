"""Orders to transfer numbers in, what has happened to each, and which reports of carriers have been taken.

A number is in one open order at a time, of whatever account: a primary key sees to it. An order changes and its
news is kept in one transaction; news that has not been told (by e-mail) yet is found again after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import ColumnElement, Connection, Engine, Text, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.database import in_slices, insert_of
from engine.store.tables import Base


class TransferRow(Base):
    """One order; ``data`` is the JSON that ``web.transfers`` writes. ``version`` counts its changes."""

    __tablename__ = "console_transfers"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str] = mapped_column(Text, index=True)
    state: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int]
    data: Mapped[str] = mapped_column(Text)
    made_at: Mapped[float]


class TransferNumberRow(Base):
    """A number (E.164) of an order that is open."""

    __tablename__ = "console_transfer_numbers"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    transfer: Mapped[str] = mapped_column(Text, index=True)


class TransferNewsRow(Base):
    """What has happened to an order, which stood at ``before``; ``told`` once everyone concerned was written to."""

    __tablename__ = "console_transfer_news"

    transfer: Mapped[str] = mapped_column(Text, primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float]
    who: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    told: Mapped[bool]


class TransferReportRow(Base):
    """A report of a carrier, by the name the carrier gave it; ``digest`` is that of its text (SHA-256)."""

    __tablename__ = "console_transfer_reports"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    came_at: Mapped[float]


@dataclass(frozen=True, slots=True)
class StoredTransfer:
    """A row of TransferRow, as a value. ``version`` is 0 before it is kept."""

    id: str
    account: str
    state: str
    data: str
    made_at: float
    version: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """A row of TransferNewsRow, as a value; ``place`` counts from 1."""

    at: float
    who: str
    what: str
    before: str
    state: str
    note: str = ""
    told: bool = True
    transfer: str = ""
    place: int = 0


class NumberTaken(Exception):
    """``number`` is in another open order."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class Overtaken(Exception):
    """The order has been changed since it was read."""


class StoredTransfers:
    """Every account's orders. Whatever is done returns when it is on its way to the disk."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def of(self, account: str) -> list[StoredTransfer]:
        """An account's orders, the newest first."""
        query = select(TransferRow.__table__).where(TransferRow.account == account)
        with self._database.connect() as connection:
            rows = connection.execute(query.order_by(TransferRow.made_at.desc(), TransferRow.id)).mappings()
            return [StoredTransfer(**row) for row in rows]

    def find(self, id: str) -> StoredTransfer | None:
        found = self._where(TransferRow.id == id)
        return found[0] if found else None

    def in_state(self, state: str) -> list[StoredTransfer]:
        """Orders of every account that stand there."""
        return self._where(TransferRow.state == state)

    def put(self, order: StoredTransfer, numbers: Iterable[str], news: Sequence[News] = ()) -> StoredTransfer:
        """Keep the order as it is now, with what has happened to it; ``numbers`` are taken while it is open.

        Raises Overtaken if it is not the next of the version that is kept, NumberTaken.
        """
        kept = replace(order, version=order.version + 1)
        wanted = list(dict.fromkeys(numbers))
        with self._database.begin() as connection:
            _write(connection, kept)
            _take(connection, kept.id, wanted)
            _add(connection, kept.id, news)
        return kept

    def taken(self, numbers: Iterable[str]) -> dict[str, str]:
        """The open order that each of these numbers is in, for those that are in any."""
        found: dict[str, str] = {}
        with self._database.connect() as connection:
            for some in in_slices(numbers):
                query = select(TransferNumberRow.number, TransferNumberRow.transfer)
                rows = connection.execute(query.where(TransferNumberRow.number.in_(some)))
                found.update((number, transfer) for number, transfer in rows)
        return found

    # --- news -------------------------------------------------------------------------------------------------------

    def news(self, transfer: str) -> list[News]:
        """What has happened to an order, the oldest first."""
        query = select(TransferNewsRow.__table__).where(TransferNewsRow.transfer == transfer)
        with self._database.connect() as connection:
            rows = connection.execute(query.order_by(TransferNewsRow.place)).mappings()
            return [News(**row) for row in rows]

    def untold(self) -> list[News]:
        """What nobody has been written to about yet, of all orders, the oldest first."""
        query = select(TransferNewsRow.__table__).where(TransferNewsRow.told.is_(False))
        with self._database.connect() as connection:
            rows = connection.execute(query.order_by(TransferNewsRow.at, TransferNewsRow.place)).mappings()
            return [News(**row) for row in rows]

    def tell(self, news: News) -> None:
        """Everyone concerned has been written to."""
        this = (TransferNewsRow.transfer == news.transfer) & (TransferNewsRow.place == news.place)
        with self._database.begin() as connection:
            connection.execute(update(TransferNewsRow).where(this).values(told=True))

    # --- reports ----------------------------------------------------------------------------------------------------

    def report(self, id: str) -> tuple[str, str] | None:
        """Digest and answer of a report that has been taken."""
        query = select(TransferReportRow.digest, TransferReportRow.answer).where(TransferReportRow.id == id)
        with self._database.connect() as connection:
            row = connection.execute(query).one_or_none()
            return (row[0], row[1]) if row else None

    def take_report(self, id: str, digest: str, answer: str, now: float) -> None:
        """Remember that a report has been taken, and how it was answered; the first one stands."""
        row = {"id": id, "digest": digest, "answer": answer, "came_at": now}
        with self._database.begin() as connection:
            connection.execute(insert_of(connection, TransferReportRow).values(row).on_conflict_do_nothing())

    def _where(self, condition: ColumnElement[bool]) -> list[StoredTransfer]:
        query = select(TransferRow.__table__).where(condition).order_by(TransferRow.made_at)
        with self._database.connect() as connection:
            return [StoredTransfer(**row) for row in connection.execute(query).mappings()]


def _write(connection: Connection, kept: StoredTransfer) -> None:
    row = asdict(kept)
    if kept.version == 1:
        connection.execute(insert(TransferRow), [row])
        return
    this = (TransferRow.id == kept.id) & (TransferRow.version == kept.version - 1)
    if connection.execute(update(TransferRow).where(this).values(row)).rowcount != 1:
        raise Overtaken


def _take(connection: Connection, transfer: str, numbers: list[str]) -> None:
    connection.execute(delete(TransferNumberRow).where(TransferNumberRow.transfer == transfer))
    for number in numbers:
        try:
            connection.execute(insert(TransferNumberRow), [{"number": number, "transfer": transfer}])
        except IntegrityError:
            raise NumberTaken(number) from None


def _add(connection: Connection, transfer: str, news: Sequence[News]) -> None:
    highest = select(func.coalesce(func.max(TransferNewsRow.place), 0)).where(TransferNewsRow.transfer == transfer)
    place = int(connection.execute(highest).scalar_one())
    rows = [{**asdict(each), "transfer": transfer, "place": place + step} for step, each in enumerate(news, 1)]
    if rows:
        connection.execute(insert(TransferNewsRow), rows)
