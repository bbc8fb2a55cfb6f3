"""What the arrows of ``tables`` do: one action of a session at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.dialog.dialog import Dialog
from sip.dialog.refreshing import send_within
from sip.dialog.surroundings import ignore_response
from sip.dialog.tables import Action, Cue
from sip.events import Acknowledged, Answered, Ended, Failed, Progress
from sip.message.build import response
from sip.transaction.transaction import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from sip.dialog.session import InviteSession


def perform(session: InviteSession, action: Action, cue: Cue) -> None:
    """Do what the arrow says with what its input brought along."""
    match action:
        case Action.SEND_PROVISIONAL:
            session.provide(_served(session), cue)
            if session.invited is not None:
                session.invited.note(cue)
                session.set_deadline()
        case Action.SEND_SUCCESS:
            sdp = None if session.dialog is not None and session.dialog.changed else cue.sdp
            session.accept(_served(session), session.request, sdp, cue.now, cue.headers)
        case Action.SEND_FAILURE:
            phrase = cue.why if cue.by == "local" else None
            answer = response(session.request, cue.status, phrase, to_tag=session.local_tag, headers=cue.headers)
            session.around.table.respond(_served(session), answer, cue.now)
        case Action.SEND_CANCEL:
            assert isinstance(session.transaction, ClientTransaction)
            headers = [(name, str(value)) for name, value in cue.headers]
            session.around.table.cancel(session.transaction, cue.now, headers)
        case Action.SEND_ACK:
            dialog = cue.dialog or _confirmed(session)
            session.forks.acknowledged(dialog, *session.send_ack(dialog, session.request, cue.sdp))
            session.described = cue.sdp or session.described
        case Action.SEND_AGAIN:
            session.forks.begin_again(session, cue)
        case Action.SEND_BYE:
            dialog = cue.dialog or _confirmed(session)
            bye = dialog.make("BYE", headers=cue.headers or session.bye_headers)
            send_within(session, dialog, bye, ignore_response, cue.now)
        case Action.KEEP_HEADERS:
            session.bye_headers = tuple(cue.headers)
        case Action.KEEP_EARLY_DIALOG:
            if cue.dialog is not None:
                session.forks.add(cue.dialog)
                session.around.remember(session, cue.dialog)
        case Action.DROP_EARLY_DIALOG:
            if cue.dialog is not None:
                session.forks.remove(cue.dialog)
                session.around.forget_dialog(cue.dialog)
        case Action.CHOOSE_DIALOG:
            assert cue.dialog is not None
            for early in session.dialogs:
                session.around.forget_dialog(early)
            session.forks.early.clear()
            session.dialog = cue.dialog
            session.around.remember(session, cue.dialog)
        case Action.TELL_PROGRESS:
            session.around.tell(Progress(session, cue.status, cue.body, cue.fork))
        case Action.TELL_ANSWERED:
            session.around.tell(Answered(session, cue.body))
        case Action.TELL_ACKNOWLEDGED:
            session.around.tell(Acknowledged(session, cue.body))
        case Action.TELL_FAILED:
            session.around.tell(Failed(session, cue.status, cue.why or ""))
        case Action.TELL_ENDED:
            session.around.tell(Ended(session, cue.by, cue.why or f"refused with {cue.status}"))


def _served(session: InviteSession) -> ServerTransaction:
    assert isinstance(session.transaction, ServerTransaction)
    return session.transaction


def _confirmed(session: InviteSession) -> Dialog:
    assert session.dialog is not None
    return session.dialog
