"""What the caller hears of a phone that has not answered yet: its own ringing, an announcement of its network.

RFC 3960's gateway model. Media that comes before the answer is heard in place of our ringing, but only where it can be
but one phone's: while a single phone rings for the caller, and its network has not forked the call. That it is
announced (183 with a session description) is not enough, as many announce it and send nothing: the caller goes on
hearing our ringing until the first packet is there.
"""

from __future__ import annotations

import logging

from engine.call.callers_side import CallersSide
from engine.call.line import Line
from sip.errors import ProtocolError
from sip.rim.calls import OutgoingCall
from sip.sdp.answer import NotAcceptable

log = logging.getLogger(__name__)


class EarlyMedia:
    """That of one ringing. ``wanted`` is False where the caller hears something else meanwhile."""

    def __init__(self, caller: CallersSide, *, wanted: bool) -> None:
        self._caller = caller
        self._wanted = wanted
        self._mine: Line | None = None
        self._taken: OutgoingCall | None = None
        self._next: Line | None = None
        self._heard: Line | None = None

    def begin(self, mine: Line, phones: int) -> None:
        """So many phones ring now for the caller on the line ``mine``; several are not heard."""
        self._mine = mine
        if phones > 1:
            self.stop()
            self._wanted = False

    def progress(self, call: OutgoingCall, line: Line, sdp: bytes | None) -> None:
        """A provisional response of the phone that rings, with its session description if it has one."""
        if not self._wanted:
            return
        if call.phones > 1:
            self.stop()
            self._wanted = False
        elif sdp is not None and call is not self._taken:
            self._taken = call
            try:
                line.take_early(sdp, lambda: self._let_hear(line))
            except (NotAcceptable, ProtocolError) as problem:
                log.info("early media that cannot be used: %s", problem, extra={"call": self._caller.id})
            else:
                line.attach(call)

    def _let_hear(self, line: Line) -> None:
        mine = self._mine
        if not self._wanted or mine is None or mine.media.worker is not line.media.worker or self._next is not None:
            return
        self._next = line
        early = self._caller.begin_early(line.codec)
        early.add_done_callback(lambda done: self._join(line, heard=not done.cancelled() and done.result()))

    def _join(self, line: Line, *, heard: bool) -> None:
        if heard and self._next is line and self._mine is not None:
            self._heard = line
            self._mine.media.stop()
            self._mine.media.join(line.media)

    def stop(self) -> None:
        """The caller hears our ringing again."""
        if self.part():
            self._caller.ring_back()

    def part(self) -> bool:
        """Let the phone be heard no longer, or in another way; True if it was."""
        heard, self._heard, self._next = self._heard, None, None
        if heard is not None and self._mine is not None:
            self._mine.media.part()
        return heard is not None
