"""A PDF looked through from end to end: every object of it, what it does by itself, and what it unpacks to."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any, Final

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from web.transfers.verdicts import MAX_OBJECTS, MAX_PAGES, MAX_PIXELS, MAX_SIDE, MAX_UNPACKED, NotTaken, Refusal

MAX_DEPTH: Final = 60
"""How deep lists and dictionaries of one object may stand in each other."""
AFTER_THE_END: Final = b" \t\r\n\0"
MAX_AFTER: Final = 1024
PIECE: Final = 1_000_000
ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/ImportData", "/SubmitForm"}
    | {"/GoToE", "/GoToR", "/Trans"}
)
"""Kinds of actions (/S) that do more than turn a page or open a website that somebody clicks on."""
ACTIVE_NAMES: Final = frozenset({"/JS", "/JavaScript", "/AA", "/RichMediaContent", "/XFA", "/RichMediaSettings"})
ATTACHED_NAMES: Final = frozenset({"/EmbeddedFiles", "/EF", "/AF"})
_RAW: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia)\b")
"""Looked for in the whole file, too: a lenient program finds objects that the table of objects does not list."""
_FLATE: Final = frozenset({"/FlateDecode", "/Fl"})
_KNOWN_FILTERS: Final = (
    _FLATE
    | {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode", "/LZWDecode", "/LZW"}
    | {"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx", "/RunLengthDecode", "/RL"}
)


def inspect_pdf(data: bytes) -> int:
    """How many pages it has. Raises NotTaken."""
    _ends_as_it_should(data)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise NotTaken(Refusal.ENCRYPTED)
        unpacked = 0
        for each in _objects(reader):
            unpacked += _look_at(each)
            if unpacked > MAX_UNPACKED:
                raise NotTaken(Refusal.BOMB)
        pages = len(reader.pages)
        for page in reader.pages:
            _ = page.mediabox
    except NotTaken:
        raise
    except (MemoryError, RecursionError):
        raise NotTaken(Refusal.BOMB) from None
    except Exception:
        raise NotTaken(Refusal.BROKEN) from None
    if _RAW.search(data):
        raise NotTaken(Refusal.ATTACHMENTS if b"/EmbeddedFile" in data else Refusal.ACTIVE)
    if pages == 0:
        raise NotTaken(Refusal.NO_PAGES)
    if pages > MAX_PAGES:
        raise NotTaken(Refusal.TOO_MANY_PAGES)
    return pages


def _ends_as_it_should(data: bytes) -> None:
    """Nothing but blanks behind the end. Raises NotTaken."""
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise NotTaken(Refusal.BROKEN)
    after = data[end + 5 :]
    if len(after) > MAX_AFTER or after.strip(AFTER_THE_END):
        raise NotTaken(Refusal.TWO_IN_ONE)


def _objects(reader: PdfReader) -> Iterator[Any]:
    """Every object that the tables list, and the trailer."""
    yield reader.trailer
    places = [(number, generation) for generation, table in reader.xref.items() for number in table]
    places += [(number, 0) for number in reader.xref_objStm]
    if len(places) > MAX_OBJECTS:
        raise NotTaken(Refusal.BOMB)
    for number, generation in places:
        found = reader.get_object(IndirectObject(number, generation, reader))
        if found is not None:
            yield found


def _look_at(found: Any) -> int:
    """The bytes that an object unpacks to. Raises NotTaken."""
    unpacked = 0
    waiting = [(found, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise NotTaken(Refusal.BOMB)
        if isinstance(value, DictionaryObject):
            _no_actions(value)
            if isinstance(value, StreamObject):
                unpacked += _unpacked(value)
            waiting += [(value.raw_get(name), depth + 1) for name in value]
        elif isinstance(value, ArrayObject):
            waiting += [(each, depth + 1) for each in list.__iter__(value)]
    return unpacked


def _no_actions(value: DictionaryObject) -> None:
    names = {str(name) for name in value}
    if names & ATTACHED_NAMES or value.get("/Type") == "/EmbeddedFile" or value.get("/Subtype") == "/FileAttachment":
        raise NotTaken(Refusal.ATTACHMENTS)
    does = str(value.get("/S", ""))
    if names & ACTIVE_NAMES or does in ACTIONS:
        raise NotTaken(Refusal.ACTIVE)


def _unpacked(stream: StreamObject) -> int:
    """The bytes of a stream when it is unpacked. Raises NotTaken."""
    width, height = (stream.get(name, 0) for name in ("/Width", "/Height"))
    if (
        isinstance(width, int)
        and isinstance(height, int)
        and (width * height > MAX_PIXELS or max(width, height) > MAX_SIDE)
    ):
        raise NotTaken(Refusal.BOMB)
    filters = stream.get("/Filter")
    names = [str(each) for each in filters] if isinstance(filters, ArrayObject) else [str(filters)] if filters else []
    if any(name not in _KNOWN_FILTERS for name in names):
        raise NotTaken(Refusal.BROKEN)
    flates = [name in _FLATE for name in names]
    if sum(flates) > 1 or len(names) > 2 or (len(names) == 2 and flates[1]):
        raise NotTaken(Refusal.BOMB)
    packed: bytes = stream._data
    return _inflated(packed) if flates[:1] == [True] else len(packed)


def _inflated(packed: bytes) -> int:
    """How much zlib makes of it; at a mistake in it, what there is until then."""
    inflating = zlib.decompressobj()
    size, left = 0, packed
    while left and not inflating.eof:
        try:
            size += len(inflating.decompress(left, PIECE))
        except zlib.error:
            break
        if size > MAX_UNPACKED:
            raise NotTaken(Refusal.BOMB)
        left = inflating.unconsumed_tail
    return size
