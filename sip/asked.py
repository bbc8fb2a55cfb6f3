"""A request of ours outside a call, made once more with credentials where the peer asks who we are (RFC 3261 22.2)."""

from __future__ import annotations

from sip.dialog.matching import SessionTable
from sip.dialog.surroundings import CHALLENGES, Authorize, OnResponse
from sip.flow import Flow
from sip.message.envelope import Request, Response


class Asked:
    """One such request on its way. ``on_response`` does not see the challenge that is answered."""

    def __init__(self, calls: SessionTable, flow: Flow, on_response: OnResponse, authorize: Authorize | None) -> None:
        self._calls = calls
        self._flow = flow
        self._on_response = on_response
        self._authorize = authorize
        self._request: Request | None = None

    def send(self, request: Request, now: float) -> None:
        self._request = request
        self._calls.send_request(request, self._flow, self._take, now)

    def _take(self, answer: Response | None, status: int, now: float) -> None:
        if answer is not None and status in CHALLENGES and self._authorize is not None:
            assert self._request is not None
            again = self._authorize(self._request, answer)
            self._authorize = None
            if again is not None:
                self.send(again, now)
                return
        self._on_response(answer, status, now)
