"""The post: a letter that was sent is kept as a file until a mail server has taken it, whatever is killed meanwhile.

Whoever holds the lock of the folder delivers: the console's process, or a command while there is none. Where no mail
server is configured, letters are put into the outbox folder, from where the administrator passes them on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from pathlib import Path
from typing import Final

from engine.mail_server import MailServer, Refused, Smtp, Unreachable, Waiting
from engine.settings import Settings
from engine.store.locking import locked

WAITING: Final = "post"
OUTBOX: Final = "outbox"
"""Folders in the state folder: of letters on their way, and of those that somebody has to pass on."""
LOCK: Final = "lock"
MAX_LETTER: Final = 40_000_000
"""Bytes of a letter, with what is attached."""
MAX_WAITING: Final = 5000
MAX_OUTBOX: Final = 2000
"""Letters that are kept in the outbox; the oldest make room for others."""
KEEP_SECONDS: Final = 3 * 86400.0
"""For how long a letter is tried that says nothing else."""
LOOK_SECONDS: Final = 1.0
"""How often the folder is looked into for letters that another process has put there."""
DRAFT_SECONDS: Final = 3600.0
NO_SENDER: Final = "belplan@localhost"

_NAME = re.compile(r"(?P<made>\d{16})-(?P<until>\d{10})-[0-9a-f]{16}\.eml")

log = logging.getLogger(__name__)


class NotKept(Exception):
    """The letter is too large, or too many are waiting; the text is a sentence for the log."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A letter in the folder; ``until`` is when it is of no use to anybody any more."""

    path: Path
    until: float


class Post:
    """Keeps letters and delivers them; ``server`` is the settings' mail server unless another one is given."""

    def __init__(self, settings: Settings, server: MailServer | None = None) -> None:
        self._folder = settings.state / WAITING
        self._outbox = settings.state / OUTBOX
        self._sender = settings.smtp_from or NO_SENDER
        self._server = Smtp(settings) if server is None and settings.smtp_host is not None else server
        self._letters_wait: dict[str, Waiting] = {}
        self._server_waits = Waiting()

    @property
    def outbox(self) -> Path | None:
        """Where letters lie for somebody to pass on; None if a mail server takes them."""
        return self._outbox if self._server is None else None

    def send(self, mail: EmailMessage, *, until: float | None = None) -> None:
        """Keep a letter to be delivered, unless that takes until then (seconds since 1970). It is on the disk then.

        Raises NotKept, and OSError where the disk is full.
        """
        now = time.time()
        if "From" not in mail:
            mail["From"] = Address(addr_spec=self._sender)
        if "Date" not in mail:
            mail["Date"] = format_datetime(localtime())
        if "Message-ID" not in mail:
            mail["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        content = mail.as_bytes(policy=policy.SMTPUTF8)
        if len(content) > MAX_LETTER:
            raise NotKept(f"a letter of {len(content)} bytes is too large")
        if sum(1 for _ in self._letters()) >= MAX_WAITING:
            raise NotKept(f"{MAX_WAITING} letters are waiting already")
        until = now + KEEP_SECONDS if until is None else until
        name = f"{int(now * 1e6):016}-{min(int(until), 9_999_999_999):010}-{secrets.token_hex(8)}.eml"
        _write(self._folder, name, content)

    def waiting(self) -> list[EmailMessage]:
        """The letters that are on their way, in the order they were sent in; those out of date are not shown."""
        now = time.time()
        return [_read(kept.path) for kept in self._letters() if kept.until > now]

    async def deliver(self) -> int:
        """Deliver what can be delivered now. How many letters left. Nothing is done while another process does it."""
        with self._alone() as alone:
            return await self._deliver() if alone else 0

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """A thread delivers as long as the block lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self._keep_delivering, args=(stop,), name="post", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(LOOK_SECONDS * 2)

    def _keep_delivering(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            try:
                asyncio.run(self.deliver())
            except Exception:
                log.exception("letters cannot be delivered at the moment")

    async def _deliver(self) -> int:
        left = 0
        self._drop_drafts()
        kept_now = list(self._letters())
        for name in self._letters_wait.keys() - {kept.path.name for kept in kept_now}:
            del self._letters_wait[name]
        for kept in kept_now:
            if kept.until <= time.time():
                kept.path.unlink(missing_ok=True)
                log.info("a letter that is out of date was not sent")
            elif self._server is None:
                self._put_out(kept.path)
                left += 1
            elif self._server_waits.again_at <= time.monotonic():
                left += await self._try(kept, self._server)
        return left

    async def _try(self, kept: _Kept, server: MailServer) -> bool:
        waiting = self._letters_wait.get(kept.path.name)
        if waiting is not None and waiting.again_at > time.monotonic():
            return False
        try:
            await server.send(_read(kept.path))
        except FileNotFoundError:
            return False
        except Unreachable as problem:
            seconds = self._server_waits.later(time.monotonic())
            log.warning("the mail server cannot be reached, next try in %.0f s: %s", seconds, problem)
            return False
        except (Refused, MessageError) as problem:
            self._server_waits = Waiting()
            if not isinstance(problem, Refused) or problem.for_good:
                self._put_out(kept.path)
                log.error("a letter is refused, and put into the outbox %s: %s", self._outbox, problem)
            else:
                seconds = self._letters_wait.setdefault(kept.path.name, Waiting()).later(time.monotonic())
                log.warning("the mail server does not take a letter now, next try in %.0f s: %s", seconds, problem)
            return False
        self._server_waits = Waiting()
        kept.path.unlink(missing_ok=True)
        log.info("a letter was sent")
        return True

    def _put_out(self, letter: Path) -> None:
        """Leave it for somebody to pass on."""
        self._outbox.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            letter.replace(self._outbox / letter.name)
        there = sorted(path.name for path in self._outbox.iterdir() if _NAME.fullmatch(path.name))
        for name in there[:-MAX_OUTBOX]:
            (self._outbox / name).unlink(missing_ok=True)

    def _drop_drafts(self) -> None:
        """What somebody was writing who was killed."""
        for draft in self._folder.glob(".*.eml"):
            with contextlib.suppress(FileNotFoundError):
                if draft.stat().st_mtime < time.time() - DRAFT_SECONDS:
                    draft.unlink()

    def _letters(self) -> Iterator[_Kept]:
        """In the order they were sent in."""
        try:
            names = sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return
        for name in names:
            match = _NAME.fullmatch(name)
            if match:
                yield _Kept(self._folder / name, float(match["until"]))

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other process delivers meanwhile. The kernel frees the lock of one that is killed."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        file = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield locked(file)
        finally:
            os.close(file)


def _write(folder: Path, name: str, content: bytes) -> None:
    """The file is there as a whole, and on the disk, or not at all."""
    folder.mkdir(mode=0o700, exist_ok=True)
    draft = folder / f".{name}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(folder / name)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.SMTP)
