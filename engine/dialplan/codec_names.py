"""Codecs as admins name them: in the order in which they are to be tried."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.reading import shown
from engine.dialplan.source import SourceList

NAMES = ("opus", "g722", "pcma", "pcmu")
"""Wide bands first; the last two are G.711, which every telephone talks."""


def _read(value: Any) -> tuple[str, ...]:
    """A list of names, or one. Raises Wrong."""
    listed = list(value) if isinstance(value, SourceList | list | tuple) else [value]
    names = [each.strip().lower() if isinstance(each, str) else "" for each in listed]
    for name, written in zip(names, listed, strict=True):
        if name not in NAMES:
            raise Wrong(f"{shown(written)} is no codec", did_you_mean(name, NAMES, f"expected {', '.join(NAMES)}"))
    if len(set(names)) < len(names):
        raise Wrong("a codec is named twice", f"expected each of {', '.join(NAMES)} once at most")
    return tuple(names)


_NAME = {"enum": list(NAMES)}
CodecNames = Annotated[
    tuple[str, ...],
    BeforeValidator(_read),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME, "uniqueItems": True}]}),
]
