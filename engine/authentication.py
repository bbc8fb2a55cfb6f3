"""Who a request is from: a person's phone proves it by digest (RFC 3261 section 22), however many others guess."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from engine.calls_for_help import calls_for_help
from engine.dialplan.account import Account
from engine.log import Sparing
from engine.store.passwords import Passwords
from sip.core import Admit, Challenge
from sip.digest import Algorithm, Authenticator, Secret, Stale, Verified, Wrong
from sip.errors import DropReason
from sip.flow import Flow
from sip.guard.devices import Device, device_of
from sip.guard.guard import Guard
from sip.guard.sources import source_of
from sip.message.envelope import Request
from sip.message.values import Uri

MAX_SHOWN = 64
"""Characters of a user name that are remembered and written down."""
MAX_WRONG_TOLD = 10
"""Log lines a second on wrong credentials: whoever tries passwords must not fill the disk."""

MD5_ALONE = re.compile(r"baresip v[01]\.")
"""Phones that give up at an algorithm they do not know, even if MD5 stands beside it (RFC 8760 section 2.4 has them
skip it). MD5 is taken from any phone, so that offering it alone weakens nothing."""

log = logging.getLogger(__name__)


class Authentication:
    """Checks credentials, and tells the guard what they were. ``is_registered`` says whether a phone of an
    address-of-record is registered over a flow.
    """

    def __init__(self, passwords: Passwords, authenticator: Authenticator, guard: Guard) -> None:
        self.is_registered: Callable[[str, Flow], bool] = lambda _aor, _flow: False
        self._passwords = passwords
        self._authenticator = authenticator
        self._guard = guard
        self._told = Sparing(MAX_WRONG_TOLD)

    def prove(
        self, request: Request, flow: Flow, account: Account | None, now: float, *, proxy: bool
    ) -> Admit | Challenge:
        """Admit a person of ``account``, and challenge anybody else, by 407 if ``proxy``.

        Credentials of a device that has been wrong too often are not looked at. With them help can be called all the
        same, and also with wrong ones, by a phone from where it is registered.
        """
        realm = account.domain if account else (request.uri.host or "belplan")
        help_wanted = _asks_for_help(request, account)
        sender = device_of(request, flow)

        def password(username: str, realm: str) -> str | Secret | None:
            known = self._passwords.proof(account.key if account else "", username, realm)
            if self._guard.slows(flow, username[:MAX_SHOWN], now, sender) and not help_wanted:
                return None
            return known if account is not None and username in account.person_by_extension else None

        source = source_of(flow.remote[0])
        sure = flow.reliable or self._guard.is_exempt(source)
        result = self._authenticator.verify(request, realm, password, now, source=None if sure else source)
        match result:
            case Verified(username=username):
                self._guard.verified(flow, username, now, sender)
                aor = aor_of(account, username)
                return Admit(identity=aor, aor=aor, urgent=help_wanted)
            case Wrong() if help_wanted and self.is_registered(aor_of(account, dialled(request.from_.uri)), flow):
                aor = aor_of(account, dialled(request.from_.uri))
                return Admit(identity=aor, aor=aor, urgent=True)
            case Wrong(username=username, reason=reason):
                self._note_wrong(flow, username[:MAX_SHOWN], sender, reason, now)
            case _:
                pass
        only = Algorithm.MD5 if MD5_ALONE.match(request.header("User-Agent") or "") else None
        stale = isinstance(result, Stale)
        return Challenge(self._authenticator.challenge(realm, now, stale, only=only, source=source), proxy)

    def _note_wrong(self, flow: Flow, username: str, sender: Device, reason: DropReason, now: float) -> None:
        if not self._guard.slows(flow, username, now, sender):
            proved = reason is DropReason.WRONG_CREDENTIALS
            self._guard.wrong(flow, username, now, sender, proved=proved)
        if (untold := self._told.take(now)) is not None:
            who = {"user": username, "source": flow.remote[0]}
            log.warning(reason.value, extra={**who, "untold": untold} if untold else who)


def _asks_for_help(request: Request, account: Account | None) -> bool:
    return request.method == "INVITE" and account is not None and calls_for_help(account, dialled(request.uri))


def aor_of(account: Account | None, extension: str) -> str:
    """The address-of-record of an extension, ``101@bakery.example``."""
    return f"{extension}@{account.domain if account else ''}"


def dialled(uri: Uri) -> str:
    """The number or name a sip, sips or tel URI calls, without parameters of the number (RFC 3261 section 19.1.6)."""
    return (uri.user or "").partition(";")[0]
