"""An e-mail out of sentences, in the reader's language: as text, and as simple HTML.

What goes into a header has no line breaks, and what goes into HTML is escaped: nobody's name becomes more than a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from html import escape
from typing import Final

from web.shell.languages import ENGLISH, Catalogue, catalogues
from web.words import Sentence

MAX_SUBJECT: Final = 200
MAX_NAME: Final = 100
LONGEST_LINE: Final = 990
"""Bytes (RFC 5322 section 2.1.1); longer lines are folded into quoted-printable."""
STYLE: Final = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#1c2330"
LINK_STYLE: Final = "color:#1a56b8"
CODE_STYLE: Final = "font-family:monospace;font-size:30px;letter-spacing:6px;font-weight:bold"


@dataclass(frozen=True, slots=True)
class Link:
    """A paragraph that leads somewhere; the text part shows the address itself."""

    text: Sentence
    url: str


@dataclass(frozen=True, slots=True)
class Code:
    """A paragraph to be typed off, in large characters."""

    text: str


Paragraph = Sentence | Link | Code


def letter(
    to: str, subject: Sentence, paragraphs: Sequence[Paragraph], *, language: str, name: str = ""
) -> EmailMessage:
    """The e-mail to the address ``to`` of ``name``; the post adds who sends it, and when."""
    catalogue = catalogue_for(language)
    mail = EmailMessage()
    mail["Subject"] = one_line(subject.translated(catalogue), MAX_SUBJECT)
    mail["To"] = Address(one_line(name, MAX_NAME), addr_spec=to)
    mail["Auto-Submitted"] = "auto-generated"
    text = "\n\n".join(_as_text(each, catalogue) for each in paragraphs) + "\n"
    mail.set_content(text, cte=_as_it_is(text))
    body = "\n".join(f"<p>{_as_html(each, catalogue)}</p>" for each in paragraphs)
    mail.add_alternative(
        f'<!doctype html>\n<html lang="{catalogue.language}"><body style="{STYLE}">\n{body}\n</body></html>\n',
        subtype="html",
    )
    mail["Content-Language"] = catalogue.language
    return mail


def catalogue_for(language: str) -> Catalogue:
    """The catalogue for a language such as ``nl`` or ``nl-be``; English where there is none."""
    return catalogues().get(language.partition("-")[0].lower(), catalogues()[ENGLISH])


def one_line(text: str, longest: int) -> str:
    """The text without line breaks and other characters that are not seen, and no longer than that."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:longest]


def _as_it_is(text: str) -> str | None:
    """How a text is carried so that whoever opens the file reads it, and copies its links, as they are."""
    if max(len(line.encode()) for line in text.splitlines()) > LONGEST_LINE:
        return None
    return "7bit" if text.isascii() else "8bit"


def _as_text(paragraph: Paragraph, catalogue: Catalogue) -> str:
    match paragraph:
        case Link(text, url):
            return f"{text.translated(catalogue)}\n{url}"
        case Code(text):
            return f"    {text}"
        case Sentence():
            return paragraph.translated(catalogue)


def _as_html(paragraph: Paragraph, catalogue: Catalogue) -> str:
    match paragraph:
        case Link(text, url):
            return f'<a href="{escape(url)}" style="{LINK_STYLE}">{escape(text.translated(catalogue))}</a>'
        case Code(text):
            return f'<span style="{CODE_STYLE}">{escape(text)}</span>'
        case Sentence():
            return escape(paragraph.translated(catalogue)).replace("\n", "<br>")
