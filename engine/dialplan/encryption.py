"""Whether the sound of calls is encrypted, as admins say it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.reading import shown

WORDS = ("never", "offered", "required")


def _read(value: Any) -> str:
    """One of the words. Raises Wrong."""
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in WORDS:
        raise Wrong(
            f"{shown(value)} says nothing of encryption", did_you_mean(word, WORDS, f"expected {', '.join(WORDS)}")
        )
    return word


EncryptionWord = Annotated[str, BeforeValidator(_read), WithJsonSchema({"enum": list(WORDS)})]
