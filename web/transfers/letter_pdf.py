"""The signed letter as a PDF: its text, and below it who has signed, when and from where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from web.transfers.letter import WORDS, Letter
from web.transfers.lettering import face

FACE: Final = "Source Sans"
MARGIN_MM: Final = 22
SIZE: Final = 10.5
LINE_MM: Final = 5.0
GAP_MM: Final = 2.6
INDENT_MM: Final = 5
SIGNATURE_MM: Final = 46
"""What the signature needs on one page."""


class _Page(FPDF):
    """A page with its number at the foot."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.add_font(FACE, "", face("Regular"))
        self.add_font(FACE, "B", face("Bold"))

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FACE, "", 8)
        self.set_text_color(90)
        self.cell(0, 5, f"{self._foot}  ·  {self.page_no()} / {{nb}}", align="C")
        self.set_text_color(0)


def signed_pdf(letter: Letter, order: str, name: str, at: float, source: str, zone: str) -> bytes:
    """The letter, signed by ``name`` at ``at`` (seconds since the epoch) from ``source``; ``zone`` is the office's."""
    words = WORDS[letter.language]
    signed_at = datetime.fromtimestamp(at, UTC)
    page = _Page(words.order.format(id=order))
    page.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
    page.set_auto_page_break(True, MARGIN_MM)
    page.set_title(letter.parts[0].lines[0])
    page.set_lang(letter.language)
    page.set_creator("Belplan")
    page.set_creation_date(signed_at)
    page.add_page()
    for part in letter.parts:
        if part.kind == "title":
            _lines(page, part.lines, size=16, bold=True)
            page.ln(GAP_MM)
        elif part.kind == "heading":
            page.ln(GAP_MM / 2)
            _lines(page, part.lines, size=SIZE, bold=True)
        else:
            _lines(page, part.lines, bullets=part.kind == "list")
            page.ln(GAP_MM)
    if page.will_page_break(SIGNATURE_MM):
        page.add_page()
    page.ln(GAP_MM)
    page.set_draw_color(120)
    page.line(MARGIN_MM, page.get_y(), page.w - MARGIN_MM, page.get_y())
    page.ln(GAP_MM)
    _lines(page, (words.signed,), size=12, bold=True)
    page.ln(GAP_MM / 2)
    _lines(page, (name,), size=18)
    page.ln(GAP_MM / 2)
    local = signed_at.astimezone(ZoneInfo(zone))
    gaps = {
        "name": name,
        "local": f"{local:%Y-%m-%d %H:%M:%S %z}",
        "utc": f"{signed_at:%Y-%m-%d %H:%M:%S}",
        "source": source,
        "digest": letter.digest,
    }
    said = (words.signed_by, words.signed_at, words.signed_from, words.digest)
    _lines(page, tuple(line.format_map(gaps) for line in said), size=9)
    return bytes(page.output())


def _lines(
    page: FPDF, lines: tuple[str, ...], *, size: float = SIZE, bold: bool = False, bullets: bool = False
) -> None:
    page.set_font(FACE, "B" if bold else "", size)
    height = LINE_MM * max(1.0, size / SIZE)
    for line in lines:
        if bullets:
            page.cell(INDENT_MM, height, "•")
            page.set_left_margin(MARGIN_MM + INDENT_MM)
        page.multi_cell(0, height, line, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        page.set_left_margin(MARGIN_MM)
        page.set_x(MARGIN_MM)
