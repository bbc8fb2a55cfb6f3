"""Methods within a dialog, one file each, registered by name: what a session does with a request of the peer."""

from __future__ import annotations

from collections.abc import Callable

from sip.dialog.dialog import Dialog
from sip.dialog.features import bye, info, invite, options, prack, refer, update
from sip.dialog.session import InviteSession
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction

Feature = Callable[[InviteSession, Dialog, Request, ServerTransaction, float], None]
"""May raise ProtocolError: the request is then refused with its hint."""

FEATURES: dict[str, Feature] = {
    "BYE": bye.receive,
    "INFO": info.receive,
    "INVITE": invite.receive,
    "OPTIONS": options.receive,
    "PRACK": prack.receive,
    "REFER": refer.receive,
    "UPDATE": update.receive,
}
