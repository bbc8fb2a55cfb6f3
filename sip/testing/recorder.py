"""Keeps what two parties said, and writes it as a SIP ladder: the picture one looks at when a test fails."""

from __future__ import annotations

from dataclasses import dataclass

from sip.errors import ProtocolError
from sip.message.envelope import Request, Response
from sip.message.intake import parse

WIDTH = 44


@dataclass(frozen=True, slots=True)
class Passed:
    """A packet, or with ``receiver`` None what happened inside ``sender``. ``copies``: how many arrived."""

    at: float
    sender: str
    receiver: str | None
    text: str
    copies: int = 1


class Recorder:
    """The packets and events of two parties, the first of ``names`` at the left."""

    def __init__(self, names: tuple[str, str]) -> None:
        self.names = names
        self.log: list[Passed] = []

    def packet(self, at: float, sender: str, receiver: str, data: bytes, copies: int = 1) -> None:
        self.log.append(Passed(at, sender, receiver, summary(data), copies))

    def event(self, at: float, inside: str, text: str) -> None:
        self.log.append(Passed(at, inside, None, text))

    def texts(self, sender: str | None = None) -> list[str]:
        """What the packets were, all or those of one sender."""
        return [each.text for each in self.log if each.receiver and sender in (None, each.sender)]

    def ladder(self) -> str:
        """Time goes down; ``x`` is a packet that was lost, ``(2)`` one that arrived twice."""
        left, right = self.names
        lines = [f"{'':>9} {left:<{WIDTH}} {right}"]
        lines += [_rung(each, left) for each in self.log]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.ladder()


def _rung(passed: Passed, left: str) -> str:
    if passed.receiver is None:
        text = f"* {passed.text}"
        return f"{passed.at:9.3f} {text if passed.sender == left else ' ' * WIDTH + text}"
    said = passed.text + (f" ({passed.copies})" if passed.copies > 1 else "")
    if passed.sender == left:
        arrow = f"|-- {said} ".ljust(WIDTH - 2, "-") + (">|" if passed.copies else "x |")
    else:
        arrow = ("|<" if passed.copies else "| x") + f" {said} --|".rjust(WIDTH - (2 if passed.copies else 3), "-")
    return f"{passed.at:9.3f} {arrow}"


def summary(data: bytes) -> str:
    """``INVITE 1 sdp``, ``200 INVITE 1 sdp``, or the length of what is no SIP."""
    try:
        message = parse(data)
    except ProtocolError:
        return f"{len(data)} bytes"
    body = " sdp" if message.body else ""
    if isinstance(message, Request):
        return f"{message.method} {message.cseq.number}{body}"
    assert isinstance(message, Response)
    return f"{message.status} {message.cseq.method} {message.cseq.number}{body}"
