"""Sends new messages by e-mail: what has to be sent stands in the store, so that nothing is forgotten at a restart.

One message at a time goes to one mail server. While that cannot be reached, all wait, for times that double; a message
that the server refuses for now waits alone, one that it refuses for good, or that is too old, is given up. No call
waits for any of this.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from email.errors import MessageError

import msgspec

from engine.dialplan.account import Account
from engine.mail_server import MailServer, Refused, Unreachable, Waiting
from engine.office.messages import Message
from engine.store.voicemail import StoredVoicemail
from engine.voicemail.letter import letter

GIVE_UP_SECONDS = 3 * 86400.0
"""Nobody waits longer for an e-mail about a message, which is heard by phone all the time."""
IDLE_SECONDS = 600.0

log = logging.getLogger(__name__)


class Outbox:
    """``accounts`` gives the accounts as they are at the moment; ``changed`` is told of a mailbox that has lost one."""

    def __init__(
        self,
        voicemail: StoredVoicemail,
        server: MailServer,
        sender: str,
        accounts: Callable[[], Iterable[Account]],
        changed: Callable[[str, str], None],
    ) -> None:
        self._voicemail = voicemail
        self._server = server
        self._sender = sender
        self._accounts = accounts
        self._changed = changed
        self._waiting: dict[str, Waiting] = {}
        self._server_waits = Waiting()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There may be a message to be sent."""
        self._news.set()

    async def run(self) -> None:
        """Send what has to be sent, until cancelled."""
        while True:
            self._news.clear()
            try:
                await self._send_due()
            except Exception:
                log.exception("messages cannot be sent by e-mail at the moment")
                self._server_waits.later(time.monotonic())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._news.wait()

    def _pause(self) -> float:
        """Seconds until something has to be tried again."""
        now = time.monotonic()
        server = self._server_waits.again_at
        moments = [max(waiting.again_at, server) for waiting in self._waiting.values()]
        if server > now:
            moments.append(server)
        return max(0.0, min((at - now for at in moments), default=IDLE_SECONDS))

    async def _send_due(self) -> None:
        pending = [message for message in self._voicemail.all() if message.to_mail and not message.taking]
        gone = self._waiting.keys() - {message.path for message in pending}
        for path in gone:
            del self._waiting[path]
        for message in pending:
            now = time.monotonic()
            waiting = self._waiting.get(message.path)
            if self._server_waits.again_at > now:
                return
            if waiting is None or waiting.again_at <= now:
                await self._try(message)

    async def _try(self, message: Message) -> None:
        account = next((one for one in self._accounts() if one.key == message.account), None)
        mailbox = account.mailboxes.get(message.mailbox) if account is not None else None
        if account is None or mailbox is None or not mailbox.emails:
            self._done(message)
            return
        if time.time() > message.left_at + GIVE_UP_SECONDS:
            self._give_up(message, "it is too old")
            return
        try:
            mail = await asyncio.to_thread(letter, message, account, mailbox, self._sender)
        except (OSError, ValueError, MessageError) as problem:
            self._give_up(message, f"no e-mail can be made of it: {problem}")
            return
        try:
            await self._server.send(mail)
        except Unreachable as problem:
            seconds = self._server_waits.later(time.monotonic())
            log.warning("the mail server cannot be reached, next try in %.0f s: %s", seconds, problem)
        except Refused as problem:
            self._server_waits = Waiting()
            if problem.for_good:
                self._give_up(message, f"the mail server refuses it: {problem}")
            else:
                seconds = self._waiting.setdefault(message.path, Waiting()).later(time.monotonic())
                log.warning("the mail server does not take a message now, next try in %.0f s: %s", seconds, problem)
        else:
            self._server_waits = Waiting()
            log.info("a message was sent by e-mail", extra={"call": message.call, "mailbox": message.mailbox})
            self._done(message, delete=mailbox.settings.delete_after_email)

    def _give_up(self, message: Message, why: str) -> None:
        log.error("a message is not sent by e-mail: %s", why, extra={"call": message.call, "mailbox": message.mailbox})
        self._done(message)

    def _done(self, message: Message, *, delete: bool = False) -> None:
        """The message is not for the outbox any more. Its newest state counts: it may have been heard meanwhile."""
        self._waiting.pop(message.path, None)
        newest = self._voicemail.of(message.account).newest(message)
        if newest is None:
            return
        if delete:
            self._voicemail.delete(newest, time.time())
            self._changed(message.account, message.mailbox)
        else:
            self._voicemail.change(msgspec.structs.replace(newest, to_mail=False))
