"""Invoices for tests, good and bad, each made here from its parts."""

from __future__ import annotations

import io
import zipfile
import zlib

from fpdf import FPDF
from PIL import Image, ImageDraw
from pypdf import PdfWriter

LINES = ("Invoice 2026-11", "Example Telecom", "Customer 12345678", "Anna de Vries")


def pdf(pages: int = 1) -> bytes:
    """An ordinary invoice."""
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for _ in range(pages):
        made.add_page()
        for line in LINES:
            made.cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(made.output())


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), **options: object) -> bytes:
    """A picture of an invoice."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((20, 20), "\n".join(LINES), fill="black")
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def with_script() -> bytes:
    script = b"<</Type/Catalog/Pages 2 0 R/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(app.alert\\(1\\))>>]>>>>>>"
    return raw_pdf(script, PAGES, PAGE, stream(b"", b""))


def with_attachment() -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    writer.add_attachment("notes.txt", b"hello")
    return _written(writer)


def locked(password: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    return _written(writer)


def raw_pdf(*objects: bytes, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of these objects (``<<...>>``), numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, table)
    return bytes(out)


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>"


def stream(data: bytes, more: bytes = b"/Filter/FlateDecode") -> bytes:
    return b"<</Length %d %s>>\nstream\n%s\nendstream" % (len(data), more, data)


def packed_zeros(size: int) -> bytes:
    """What zlib makes of so many zeros, without ever having them all."""
    packing = zlib.compressobj(9)
    piece = bytes(1_000_000)
    return b"".join(packing.compress(piece) for _ in range(size // len(piece))) + packing.flush()


def pdf_bomb(size: int) -> bytes:
    return raw_pdf(CATALOGUE, PAGES, PAGE, stream(packed_zeros(size)))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG that says it is so large; its picture is a handful of bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed_zeros(2_000_000)) + chunk(b"IEND", b"")


def archive(inside: bytes = b"hello") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr("inside.txt", inside)
    return made.getvalue()


def _written(writer: PdfWriter) -> bytes:
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
