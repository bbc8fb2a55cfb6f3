"""What a call asks a web service, and what comes of it: plain values, and the one place that reads a reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from media.commands import Sound

MAX_ANSWER = 60
"""Characters of an answer; it is a word that the dialplan knows."""

GIVEN_UP = "the call ended"
NO_ANSWER = "no answer in the reply"


@dataclass(frozen=True, slots=True)
class Question:
    """``facts`` are posted as JSON to ``url``, which has ``within`` seconds for its whole reply.

    ``token`` goes with it as a bearer token (RFC 6750). ``hears`` is what a caller who was answered hears meanwhile.
    """

    url: str
    facts: Mapping[str, Any]
    within: float
    service: str
    token: str = field(default="", repr=False)
    hears: tuple[Sound, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What the service answered."""

    answer: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer came, and why, in a few words."""

    why: str


Answer = Said | Unanswered


class _Reply(msgspec.Struct):
    answer: str


def read_reply(data: bytes) -> Answer:
    """The answer in a reply: ``{"answer": "vip"}``, ``"vip"`` or the bare word."""
    try:
        if data.lstrip()[:1] in (b"{", b'"'):
            reply = msgspec.json.decode(data, type=_Reply | str)
            text = reply if isinstance(reply, str) else reply.answer
        else:
            text = data.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unanswered(NO_ANSWER)
    text = text.strip()
    return Said(text) if 0 < len(text) <= MAX_ANSWER and text.isprintable() else Unanswered(NO_ANSWER)


def outcome_of(answer: Answer) -> str:
    """What came of a question, as events name it."""
    return answer.answer if isinstance(answer, Said) else answer.why
