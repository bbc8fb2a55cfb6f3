"""What is wrong with a file that was handed in as an invoice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from web.words import Sentence, say

MAX_BYTES: Final = 10_000_000
MAX_PAGES: Final = 30
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 20_000
MAX_UNPACKED: Final = 200_000_000
"""Bytes that all of a PDF comes to when it is unpacked."""
MAX_OBJECTS: Final = 20_000


class Kind(StrEnum):
    """What an invoice may be; the value is the end of its file's name."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"

    @property
    def media_type(self) -> str:
        return {Kind.PDF: "application/pdf", Kind.PNG: "image/png", Kind.JPEG: "image/jpeg"}[self]


class Refusal(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too large"
    WRONG_TYPE = "wrong type"
    BROKEN = "broken"
    TWO_IN_ONE = "two in one"
    ENCRYPTED = "encrypted"
    ACTIVE = "active"
    ATTACHMENTS = "attachments"
    TOO_MANY_PAGES = "too many pages"
    NO_PAGES = "no pages"
    BOMB = "bomb"
    MOVING = "moving"


SENTENCES: Final[dict[Refusal, Sentence]] = {
    Refusal.EMPTY: say("The file is empty; choose the invoice once more."),
    Refusal.TOO_LARGE: say("The file is larger than {n} MB; make a smaller one.", n=MAX_BYTES // 1_000_000),
    Refusal.WRONG_TYPE: say("This is neither a PDF nor a picture (PNG, JPEG); what counts is what the file holds."),
    Refusal.BROKEN: say("The file is damaged or cut off; fetch the invoice once more."),
    Refusal.TWO_IN_ONE: say("The file holds something else beside the invoice; print it to a new PDF and take that."),
    Refusal.ENCRYPTED: say("The PDF is locked with a password; print it to a new PDF and take that."),
    Refusal.ACTIVE: say("The PDF holds a program (a script or an action); print it to a new PDF and take that."),
    Refusal.ATTACHMENTS: say("The PDF has files attached to it; print it to a new PDF and take that."),
    Refusal.TOO_MANY_PAGES: say("The PDF has more than {n} pages; the first ones will do.", n=MAX_PAGES),
    Refusal.NO_PAGES: say("The PDF has no pages."),
    Refusal.BOMB: say("The file unpacks to far more than an invoice has; print it to a new PDF and take that."),
    Refusal.MOVING: say("The picture moves; take one that does not."),
}


class NotTaken(Exception):
    """A file is not taken as an invoice, for ``refusal``."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(SENTENCES[refusal]))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be kept: what it is, and the bytes to keep (a picture is written anew, as what is seen)."""

    kind: Kind
    data: bytes
    pages: int = 1
