"""Files that are handed in as an invoice: what is kept, and each reason why one is not. None is a file of others."""

from __future__ import annotations

import io
import random
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.web.transfers import papers
from web.transfers import inspecting
from web.transfers.inspecting import looked_through
from web.transfers.inspection import JPEG, PDF, PNG, inspect
from web.transfers.verdicts import MAX_BYTES, MAX_PAGES, MAX_PIXELS, MAX_UNPACKED, SENTENCES, Kind, NotTaken, Refusal


def test_a_pdf_is_kept_as_it_is() -> None:
    data = papers.pdf(3)
    found = inspect(data)
    assert (found.kind, found.data, found.pages) == (Kind.PDF, data, 3)


@pytest.mark.parametrize(("kind", "expected"), [("PNG", Kind.PNG), ("JPEG", Kind.JPEG)])
def test_a_picture_is_kept_as_what_is_seen_of_it(kind: str, expected: Kind) -> None:
    found = inspect(papers.picture(kind))
    assert found.kind is expected
    with Image.open(io.BytesIO(found.data)) as picture:
        assert picture.size == (300, 200)


def test_where_a_photo_was_taken_is_not_kept_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "at home"
    found = inspect(papers.picture("JPEG", exif=exif))
    with Image.open(io.BytesIO(found.data)) as picture:
        assert picture.size == (200, 300)
        assert dict(picture.getexif()) == {}
    assert b"at home" not in found.data


def truncated(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def linked_to(action: bytes) -> bytes:
    return papers.raw_pdf(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction " + action + b">>", papers.PAGES, papers.PAGE, papers.stream(b"", b"")
    )


def two_filters() -> bytes:
    twice = papers.stream(zlib.compress(papers.packed_zeros(50_000_000)), b"/Filter[/FlateDecode/FlateDecode]")
    return papers.raw_pdf(papers.CATALOGUE, papers.PAGES, papers.PAGE, twice)


def large_image() -> bytes:
    image = papers.stream(b"x", b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/Filter/DCTDecode")
    return papers.raw_pdf(papers.CATALOGUE, papers.PAGES, papers.PAGE, papers.stream(b"", b""), image)


def deep() -> bytes:
    nested = b"<</A " * 200 + b"1" + b">>" * 200
    return papers.raw_pdf(papers.CATALOGUE, papers.PAGES, papers.PAGE, papers.stream(b"", b""), nested)


HOSTILE: dict[str, tuple[Callable[[], bytes], Refusal]] = {
    "nothing": (lambda: b"", Refusal.EMPTY),
    "too large": (lambda: b"%PDF-" + bytes(MAX_BYTES), Refusal.TOO_LARGE),
    "a text": (lambda: b"my invoice", Refusal.WRONG_TYPE),
    "a web page": (lambda: b"<!doctype html><script>alert(1)</script>", Refusal.WRONG_TYPE),
    "a ZIP": (papers.archive, Refusal.WRONG_TYPE),
    "a GIF": (lambda: papers.picture("GIF"), Refusal.WRONG_TYPE),
    "an SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', Refusal.WRONG_TYPE),
    "a PDF that begins late": (lambda: b"\n\n" + papers.pdf(), Refusal.WRONG_TYPE),
    "a PDF in name only": (lambda: b"%PDF-1.7\nhello\n%%EOF\n", Refusal.BROKEN),
    "half a PDF": (lambda: truncated(papers.pdf()), Refusal.BROKEN),
    "half a PNG": (lambda: truncated(papers.picture()), Refusal.BROKEN),
    "half a JPEG": (lambda: truncated(papers.picture("JPEG")), Refusal.BROKEN),
    "a PDF and a ZIP": (lambda: papers.pdf() + papers.archive(), Refusal.TWO_IN_ONE),
    "a PNG and a ZIP": (lambda: papers.picture() + papers.archive(), Refusal.TWO_IN_ONE),
    "a JPEG and a ZIP": (lambda: papers.picture("JPEG") + papers.archive(), Refusal.TWO_IN_ONE),
    "a PDF and a page": (lambda: papers.pdf() + b"<script>alert(1)</script>", Refusal.TWO_IN_ONE),
    "a page in a PDF": (lambda: papers.pdf().replace(b"\n", b"\n<html><script>1</script>", 1), Refusal.TWO_IN_ONE),
    "a PNG and a page": (lambda: papers.picture() + b"<html>", Refusal.TWO_IN_ONE),
    "a page in a JPEG": (
        lambda: papers.picture("JPEG", comment=b"<script>alert(1)</script>"),
        Refusal.TWO_IN_ONE,
    ),
    "a PDF in a JPEG": (lambda: papers.picture("JPEG", comment=papers.pdf()), Refusal.TWO_IN_ONE),
    "a locked PDF": (lambda: papers.locked("secret"), Refusal.ENCRYPTED),
    "a PDF locked without a password": (lambda: papers.locked(""), Refusal.ENCRYPTED),
    "a PDF with a script": (papers.with_script, Refusal.ACTIVE),
    "a script by a name with escapes": (
        lambda: linked_to(b"<</S/J#61vaScript/J#53 (app.alert(1))>>"),
        Refusal.ACTIVE,
    ),
    "a PDF that starts a program": (lambda: linked_to(b"<</S/Launch/F(calc.exe)>>"), Refusal.ACTIVE),
    "a script that no table lists": (
        lambda: papers.pdf().replace(b"startxref", b"99 0 obj<</S/JavaScript/JS(1)>>endobj\nstartxref", 1),
        Refusal.ACTIVE,
    ),
    "a PDF with an attachment": (papers.with_attachment, Refusal.ATTACHMENTS),
    "many pages": (lambda: papers.pdf(MAX_PAGES + 1), Refusal.TOO_MANY_PAGES),
    "no pages": (
        lambda: papers.raw_pdf(papers.CATALOGUE, b"<</Type/Pages/Kids[]/Count 0>>"),
        Refusal.NO_PAGES,
    ),
    "a bomb in a PDF": (lambda: papers.pdf_bomb(MAX_UNPACKED + 10_000_000), Refusal.BOMB),
    "a bomb in a bomb": (two_filters, Refusal.BOMB),
    "a huge picture in a PDF": (large_image, Refusal.BOMB),
    "a PDF nested deeply": (deep, Refusal.BOMB),
    "a bomb in a PNG": (lambda: papers.png_bomb(60_000, 60_000), Refusal.BOMB),
    "a long PNG": (lambda: papers.png_bomb(30_000, 2), Refusal.BOMB),
    "a picture that moves": (
        lambda: papers.picture(save_all=True, append_images=[Image.new("RGB", (300, 200))]),
        Refusal.MOVING,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_invoice_is_refused_with_its_reason(name: str) -> None:
    make, refusal = HOSTILE[name]
    with pytest.raises(NotTaken) as caught:
        inspect(make())
    assert caught.value.refusal is refusal


def test_every_reason_is_told_in_a_sentence_and_tested() -> None:
    assert set(SENTENCES) == set(Refusal) == {refusal for _, refusal in HOSTILE.values()}


def test_pictures_up_to_the_bound_are_taken() -> None:
    assert inspect(papers.picture("PNG", (8000, MAX_PIXELS // 8000))).kind is Kind.PNG


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([papers.pdf(), papers.picture(), papers.picture("JPEG")]), st.data())
def test_whatever_a_file_holds_it_is_taken_or_refused(good: bytes, data: st.DataObject) -> None:
    """Invariant: bytes that were changed, cut out or put in lead to a verdict, never to another exception."""
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(broken) - 1))
        what = data.draw(st.sampled_from(["change", "cut", "put"]))
        if what == "change":
            broken[at] = data.draw(st.integers(0, 255))
        elif what == "cut":
            del broken[at : at + data.draw(st.integers(1, 40))]
        else:
            broken[at:at] = random.Random(at).randbytes(8)
        if not broken:
            break
    try:
        found = inspect(bytes(broken))
    except NotTaken:
        return
    assert found.data.startswith((PDF, PNG, JPEG))


# --- in a process of its own ------------------------------------------------------------------------------------------


def test_another_process_says_the_same() -> None:
    data = papers.picture()
    assert looked_through(data) == inspect(data)
    assert looked_through(papers.pdf(2)).pages == 2
    with pytest.raises(NotTaken) as caught:
        looked_through(papers.with_script())
    assert caught.value.refusal is Refusal.ACTIVE


def test_a_file_that_takes_too_much_ends_its_process_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = inspecting._BEGIN.replace("main()", "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass")
    monkeypatch.setattr(inspecting, "_BEGIN", endless.replace("import sys", "import sys, resource"))
    began = time.monotonic()
    with pytest.raises(NotTaken) as caught:
        looked_through(papers.pdf())
    assert caught.value.refusal is Refusal.BOMB
    assert time.monotonic() - began < 30
