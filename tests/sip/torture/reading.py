"""Reads the messages of this folder, which are written with the marks of RFC 4475 section 2."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent

_ONE_LINE = re.compile(r"<allOneLine>\n(.*?)\n</allOneLine>", re.DOTALL)
_REPEAT = re.compile(r"<repeat count=([0-9]+)>(.*?)</repeat>")
_HEX = re.compile(rb"<hex>([0-9A-F]*)</hex>")


def torture(name: str) -> bytes:
    """A message as it is on the wire: marks carried out, lines ended by CRLF."""
    text = (FOLDER / f"{name}.dat").read_text()
    text = _ONE_LINE.sub(lambda found: found[1].replace("\n", ""), text)
    text = _REPEAT.sub(lambda found: found[2] * int(found[1]), text)
    return _HEX.sub(lambda found: bytes.fromhex(found[1].decode()), text.replace("\n", "\r\n").encode())


def names() -> list[str]:
    """All messages there are."""
    return sorted(path.stem for path in FOLDER.glob("*.dat"))
