"""The SIP passwords of the people of every account: made on first sight, kept under seal, changed from the CLI.

A running engine holds all of them in memory, where the authentication of a request looks them up, and learns within
about a second what another process (``belplan password``) changed.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable

from sqlalchemy import Engine, delete, func, select, text

from engine.store.database import upsert
from engine.store.hidden import Hidden, read_password
from engine.store.sealing import Seal
from engine.store.tables import PasswordRow
from sip.digest import Secret

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for one another when typing them into a phone."""
GROUPS = 4
GROUP_LENGTH = 4
CLOCK_STEP = 1e-3
"""Each change is dated later than the one before, in seconds, also where the clock was set back."""
MIN_PASSWORD = 8
MAX_PASSWORD = 64


Kept = str | Hidden


class WeakPassword(ValueError):
    """The password will not do; the text says why."""


def new_password() -> str:
    """Sixteen characters of ALPHABET in groups (79 bits), easy to read aloud."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def check_password(password: str) -> str:
    """The password if it will do; raises WeakPassword."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise WeakPassword(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if not (password.isascii() and password.isprintable()) or any(character in password for character in ' "\\'):
        raise WeakPassword("a password has letters, digits and signs, but no spaces, quotes or backslashes")
    if len(set(password)) < MIN_PASSWORD // 2:
        raise WeakPassword("a password has more than a few different characters")
    return password


class Passwords:
    """All passwords, in memory and, under ``seal``, in the table, by account and extension. Raises StoreFailed."""

    def __init__(self, database: Engine, seal: Seal) -> None:
        self._database = database
        self._seal = seal
        self._known: dict[tuple[str, str], Kept] = {}
        self._new: set[tuple[str, str]] = set()
        self._changed: dict[tuple[str, str], float] = {}
        self._state: tuple[int, float | None] = (0, None)
        self._refreshing = threading.Lock()
        self._noting = threading.Lock()
        self._seal_old_ones()
        self.refresh()

    def lookup(self, account: str, extension: str) -> str | None:
        """The password of a person, from memory; None if there is none, or none that can be shown."""
        known = self._known.get((account, extension))
        return known if isinstance(known, str) else None

    def proof(self, account: str, extension: str, realm: str) -> str | Secret | None:
        """What an answer to a challenge in ``realm`` is held against; None if there is nothing."""
        known = self._known.get((account, extension))
        if isinstance(known, Hidden):
            return known.secret if known.realm == realm else None
        return known

    def is_hidden(self, account: str, extension: str) -> bool:
        """Whether there is a password that cannot be shown."""
        return isinstance(self._known.get((account, extension)), Hidden)

    def of_other_realms(self, account: str, extensions: Iterable[str], realm: str) -> list[str]:
        """Those of the extensions whose hidden passwords count no more, as the account's domain was another."""
        hidden = [extension for extension in extensions if self.is_hidden(account, extension)]
        return [extension for extension in hidden if self.proof(account, extension, realm) is None]

    def ensure(self, account: str, extensions: Iterable[str]) -> dict[str, str]:
        """Give each extension that has none a password; the new ones are returned."""
        self.refresh()
        new = {extension: new_password() for extension in extensions if (account, extension) not in self._known}
        if new:
            self._write(account, new)
            self._new |= {(account, extension) for extension in new}
        return new

    def is_new(self, account: str, extension: str) -> bool:
        """Whether ``ensure`` made the password in this process: nobody can have seen it before."""
        return (account, extension) in self._new

    def set(self, account: str, extension: str, password: str, *, hidden_in: str | None = None) -> None:
        """Keep another password for a person; raises WeakPassword. Hidden in a realm, only its hashes are kept."""
        check_password(password)
        kept = password if hidden_in is None else Hidden.of(extension, hidden_in, password).write()
        self._write(account, {extension: kept})

    def forget(self, account: str, extension: str) -> None:
        """Remove a person's password: no phone can register as them any more."""
        with self._database.begin() as connection:
            connection.execute(
                delete(PasswordRow).where(PasswordRow.account == account, PasswordRow.extension == extension)
            )
        self.refresh()

    def refresh(self) -> None:
        """Take over what another process changed; costs one small query if nothing did."""
        with self._refreshing, self._database.connect() as connection:
            count, newest = connection.execute(select(func.count(), func.max(PasswordRow.changed_at))).one()
            if (count, newest) != self._state:
                columns = (PasswordRow.account, PasswordRow.extension, PasswordRow.sealed, PasswordRow.changed_at)
                known: dict[tuple[str, str], Kept] = {}
                changed = {}
                for account, extension, sealed, changed_at in connection.execute(select(*columns)):
                    known[account, extension] = read_password(self._seal.open(sealed, _about(account, extension)))
                    changed[account, extension] = changed_at
                others = self._others(known, changed)
                self._known, self._state = known, (count, newest)
                with self._noting:
                    self._changed |= others

    def take_changed(self) -> dict[tuple[str, str], float]:
        """Whose passwords are others, or none, since the last time, and since when the old ones count no more.

        The first time these are all. Times are seconds since the epoch. The database is not waited for.
        """
        with self._noting:
            taken, self._changed = self._changed, {}
        return taken

    def _others(
        self, known: dict[tuple[str, str], Kept], changed: dict[tuple[str, str], float]
    ) -> dict[tuple[str, str], float]:
        """Whose passwords are about to be others, or none, and since when."""
        now = time.time()
        others = dict.fromkeys(self._known.keys() - known.keys(), now)
        for who, password in known.items():
            before = self._known.get(who)
            if before != password:
                others[who] = changed[who] if before is None else now
        return others

    def _write(self, account: str, passwords: dict[str, str]) -> None:
        """What is to be sealed of each extension's."""
        newest = self._state[1]
        now = time.time() if newest is None else max(time.time(), newest + CLOCK_STEP)
        rows = [
            {
                "account": account,
                "extension": extension,
                "password": "",
                "sealed": self._seal.close(password, _about(account, extension)),
                "changed_at": now,
            }
            for extension, password in passwords.items()
        ]
        with self._database.begin() as connection:
            upsert(connection, PasswordRow, rows)
        self.refresh()

    def _seal_old_ones(self) -> None:
        """Seal what an earlier version wrote in the clear, and leave no copy of it in the database's file."""
        query = select(PasswordRow.account, PasswordRow.extension, PasswordRow.password, PasswordRow.changed_at)
        with self._database.connect() as connection:
            rows = list(connection.execute(query.where(PasswordRow.password != "")).mappings())
        if not rows:
            return
        sealed = [
            {
                **row,
                "password": "",
                "sealed": self._seal.close(row["password"], _about(row["account"], row["extension"])),
            }
            for row in rows
        ]
        with self._database.begin() as connection:
            upsert(connection, PasswordRow, sealed)
        if self._database.dialect.name == "sqlite":
            with self._database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _about(account: str, extension: str) -> str:
    return f"sip password {account} {extension}"
