"""A text that came in (MESSAGE): who sent it to whom, and the way to answer it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sip.events import IncomingMessage
from sip.message.values import Uri

if TYPE_CHECKING:
    from sip.rim.user_agent import UserAgent

log = logging.getLogger(__name__)


class IncomingText:
    """``sender`` is the AOR its sender proved to be, ``uri`` whom it is for, ``text`` UTF-8."""

    def __init__(self, agent: UserAgent, message: IncomingMessage) -> None:
        self._agent = agent
        self._message = message
        self.sender = message.identity
        self.uri: Uri = message.request.uri
        self.text = message.request.body.decode()
        self.answered = False

    def answer(self, status: int, phrase: str | None = None) -> None:
        """Say what became of it; once."""
        if not self.answered:
            self.answered = True
            core, message = self._agent.core, self._message
            headers = (("Allow", "INVITE, OPTIONS"),) if status == 405 else ()
            core.respond(message.request, message.transaction, status, self._agent.now(), phrase, headers)
            self._agent.drain()


def hand_over(agent: UserAgent, message: IncomingMessage) -> None:
    """Give a text to whoever takes texts; without anybody it is refused."""
    text = IncomingText(agent, message)
    try:
        if agent.on_message is None:
            text.answer(480)
        else:
            agent.on_message(text)
    except Exception:
        log.exception("a text could not be taken")
        text.answer(500)
