"""Is this an invoice that may be kept? By what the file holds, never by its name or by what a browser calls it.

It is parsed from end to end, within bounds. ``inspecting`` runs this in a process of its own, whose time and memory are
bounded as well: the parsers are large, and the files come from strangers.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import Final

from PIL import Image, ImageOps

from web.transfers.pdf_inspection import inspect_pdf
from web.transfers.verdicts import MAX_BYTES, MAX_PIXELS, MAX_SIDE, Inspected, Kind, NotTaken, Refusal

SNIFFED: Final = 1024
"""Bytes in which a browser, or another program, looks for what a file is."""
MARKUP: Final = (b"<html", b"<!doctype", b"<script", b"<svg", b"<?xml", b"<body", b"<iframe")
JPEG_QUALITY: Final = 92
PNG: Final = b"\x89PNG\r\n\x1a\n"
PNG_END: Final = b"IEND\xaeB`\x82"
JPEG: Final = b"\xff\xd8\xff"
PDF: Final = b"%PDF-"


def inspect(data: bytes) -> Inspected:
    """What ``data`` is, if it may be kept. Raises NotTaken."""
    if not data:
        raise NotTaken(Refusal.EMPTY)
    if len(data) > MAX_BYTES:
        raise NotTaken(Refusal.TOO_LARGE)
    kind = _kind(data)
    _one_thing_only(data, kind)
    if kind is Kind.PDF:
        return Inspected(kind, data, inspect_pdf(data))
    return Inspected(kind, _picture(data, kind))


def _kind(data: bytes) -> Kind:
    """By the first bytes: a PDF that begins later is another thing to some programs."""
    if data.startswith(PDF):
        return Kind.PDF
    if data.startswith(PNG):
        return Kind.PNG
    if data.startswith(JPEG):
        return Kind.JPEG
    raise NotTaken(Refusal.WRONG_TYPE)


def _one_thing_only(data: bytes, kind: Kind) -> None:
    """No archive, page or other document that the file is as well. Raises NotTaken."""
    head = data[:SNIFFED].lower()
    if any(mark in head for mark in MARKUP) and kind is not Kind.PDF:
        raise NotTaken(Refusal.TWO_IN_ONE)
    if any(head[len(PDF) :].lstrip(b"0123456789.\r\n\t %").startswith(mark) for mark in MARKUP):
        raise NotTaken(Refusal.TWO_IN_ONE)
    if kind is not Kind.PDF and PDF.lower() in head:
        raise NotTaken(Refusal.TWO_IN_ONE)
    if zipfile.is_zipfile(io.BytesIO(data)):
        raise NotTaken(Refusal.TWO_IN_ONE)
    if kind is Kind.PNG and not data.endswith(PNG_END):
        raise NotTaken(Refusal.TWO_IN_ONE if PNG_END in data else Refusal.BROKEN)


def _picture(data: bytes, kind: Kind) -> bytes:
    """The picture written anew, upright: without places, thumbnails and whatever else was in it. Raises NotTaken."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                    raise NotTaken(Refusal.BOMB)
                if getattr(picture, "n_frames", 1) > 1 and kind is Kind.PNG:
                    raise NotTaken(Refusal.MOVING)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                written = io.BytesIO()
                if kind is Kind.PNG:
                    clean = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
                    clean.info.clear()
                    clean.save(written, "PNG")
                else:
                    clean = upright.convert("RGB")
                    clean.info.clear()
                    clean.save(written, "JPEG", quality=JPEG_QUALITY)
        except NotTaken:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise NotTaken(Refusal.BOMB) from None
        except Exception:
            raise NotTaken(Refusal.BROKEN) from None
    return written.getvalue()
