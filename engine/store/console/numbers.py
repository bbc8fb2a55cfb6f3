"""The stock of numbers: which account may give which numbers to its people. Who has one is in the dialplan only.

A number is in one account's stock at a time: the primary key sees to it, also where two managers add it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.database import in_slices, insert_of, upsert
from engine.store.tables import Base

ROWS_AT_ONCE = 100
"""In one statement, as databases take so many parameters only."""


class NumberRow(Base):
    """One number (E.164) of an account's stock.

    ``coming`` while it is being transferred in; then ``meant_for`` may name the person (as the dialplan does) who will
    get it. ``stands_in_for`` is the coming number whose place a temporary one takes meanwhile.
    """

    __tablename__ = "console_numbers"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str] = mapped_column(Text, index=True)
    coming: Mapped[bool]
    meant_for: Mapped[str | None] = mapped_column(Text)
    stands_in_for: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[float]


class ExtensionsRow(Base):
    """How many digits the account's new extensions have, where a manager has chosen that."""

    __tablename__ = "console_extensions"

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    length: Mapped[int]


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """A row of NumberRow, as a value."""

    number: str
    account: str
    coming: bool = False
    meant_for: str | None = None
    stands_in_for: str | None = None
    added_at: float = 0.0


class StoredNumbers:
    """Every account's stock. Whatever is done returns when it is on its way to the disk."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def of(self, account: str) -> list[StoredNumber]:
        """An account's stock, in order."""
        query = select(NumberRow.__table__).where(NumberRow.account == account).order_by(NumberRow.number)
        with self._database.connect() as connection:
            return [StoredNumber(**row) for row in connection.execute(query).mappings()]

    def count(self, account: str) -> int:
        """How many numbers the account's stock has."""
        query = select(func.count()).select_from(NumberRow).where(NumberRow.account == account)
        with self._database.connect() as connection:
            return connection.execute(query).scalar_one()

    def owners(self, numbers: Iterable[str]) -> dict[str, str]:
        """The account in whose stock each of these is, for those that are in any."""
        found: dict[str, str] = {}
        with self._database.connect() as connection:
            for some in in_slices(numbers):
                query = select(NumberRow.number, NumberRow.account).where(NumberRow.number.in_(some))
                found.update((number, account) for number, account in connection.execute(query))
        return found

    def add(self, numbers: Sequence[StoredNumber]) -> set[str]:
        """Add those that are in nobody's stock; the numbers that were added."""
        if not numbers:
            return set()
        rows = [asdict(each) for each in numbers]
        added: set[str] = set()
        with self._database.begin() as connection:
            for start in range(0, len(rows), ROWS_AT_ONCE):
                insert = insert_of(connection, NumberRow).values(rows[start : start + ROWS_AT_ONCE])
                new = insert.on_conflict_do_nothing(index_elements=["number"]).returning(NumberRow.number)
                added.update(connection.execute(new).scalars())
        return added

    def remove(self, account: str, numbers: Iterable[str]) -> None:
        """Take them out of the account's stock; a number that one of them stood in for has no temporary one then."""
        with self._database.begin() as connection:
            for some in in_slices(numbers):
                mine = (NumberRow.account == account, NumberRow.number.in_(some))
                connection.execute(delete(NumberRow).where(*mine))
                _end_standing_in(connection, account, some)

    def set_coming(self, account: str, numbers: Iterable[str], coming: bool) -> None:
        """They are being transferred in; or they are there: then nothing stands in for them, and no promise is left."""
        with self._database.begin() as connection:
            for some in in_slices(numbers):
                mine = (NumberRow.account == account, NumberRow.number.in_(some))
                values = {"coming": coming} if coming else {"coming": False, "meant_for": None}
                connection.execute(update(NumberRow).where(*mine).values(**values))
                if not coming:
                    _end_standing_in(connection, account, some)

    def promise(self, account: str, coming: str, person: str, temporary: str | None) -> bool:
        """A coming number is meant for ``person``, and ``temporary`` stands in for it meanwhile.

        False, and nothing is done, if it is promised to somebody else, is not coming, or the temporary one stands in
        for another number.
        """
        mine = (NumberRow.account == account, NumberRow.coming, NumberRow.number == coming)
        free = NumberRow.meant_for.is_(None) | (NumberRow.meant_for == person)
        with self._database.connect() as connection, connection.begin() as transaction:
            done = connection.execute(update(NumberRow).where(*mine, free).values(meant_for=person)).rowcount == 1
            if done:
                _end_standing_in(connection, account, [coming])
            if done and temporary is not None:
                own = (NumberRow.account == account, NumberRow.number == temporary, NumberRow.coming.is_(False))
                unused = NumberRow.stands_in_for.is_(None)
                stands = update(NumberRow).where(*own, unused).values(stands_in_for=coming)
                done = connection.execute(stands).rowcount == 1
            if not done:
                transaction.rollback()
        return done

    def unpromise(self, account: str, person: str, coming: str | None = None) -> None:
        """Nothing, or not this number, is meant for ``person`` any more, who is gone or has got another one."""
        mine = NumberRow.account == account
        meant_for = NumberRow.meant_for == person
        if coming is not None:
            meant_for &= NumberRow.number == coming
        meant = select(NumberRow.number).where(mine, meant_for)
        with self._database.begin() as connection:
            _end_standing_in(connection, account, list(connection.execute(meant).scalars()))
            connection.execute(update(NumberRow).where(mine, meant_for).values(meant_for=None))

    # --- extensions -------------------------------------------------------------------------------------------------

    def extension_length(self, account: str) -> int | None:
        """How many digits the account's new extensions have; None if nobody has chosen."""
        query = select(ExtensionsRow.length).where(ExtensionsRow.account == account)
        with self._database.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def set_extension_length(self, account: str, length: int) -> None:
        with self._database.begin() as connection:
            upsert(connection, ExtensionsRow, [{"account": account, "length": length}])


def _end_standing_in(connection: Connection, account: str, numbers: list[str]) -> None:
    """Nothing stands in for these numbers of the account any more."""
    stands_in = (NumberRow.account == account, NumberRow.stands_in_for.in_(numbers))
    connection.execute(update(NumberRow).where(*stands_in).values(stands_in_for=None))
