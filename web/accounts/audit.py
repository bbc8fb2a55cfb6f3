"""The audit log, as its writers and readers see it: who did what, told in the reader's language."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from engine.store.console.audit import StoredEntry
from engine.store.store import Store
from web.words import Sentence

MAX_DETAIL: Final = 4000
MAX_VALUE: Final = 500
KEEP_SECONDS: Final = 3 * 366 * 86400.0
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did; ``detail`` is what does not fit into a sentence, such as a difference."""

    id: int
    who: str
    what: Sentence
    detail: str
    at: float


def audit(store: Store, account: str, who: str, what: Sentence, now: float, detail: str = "") -> None:
    """Note that ``who`` (an e-mail address, or what else acts) has done something to an account. Kept at once."""
    kept = json.dumps(_packed(what), ensure_ascii=False)
    store.console.audit.add(StoredEntry(account, who, kept, detail[:MAX_DETAIL], now))


def entries(store: Store, account: str, before: int | None = None, limit: int = PAGE) -> list[Entry]:
    """The newest, the newest first; those before the entry with that id."""
    found = store.console.audit.last(account, limit, before)
    return [Entry(each.id, each.who, _unpacked(json.loads(each.what)), each.detail, each.at) for each in found]


def _packed(what: Sentence) -> dict[str, object]:
    values = {
        name: _packed(value) if isinstance(value, Sentence) else _plain(value) for name, value in what.values.items()
    }
    return {"text": what.text, "values": values, "several": what.several}


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float) else str(value)[:MAX_VALUE]


def _unpacked(kept: dict[str, object]) -> Sentence:
    text, values, several = kept["text"], kept["values"], kept["several"]
    assert isinstance(text, str)
    assert isinstance(values, dict)
    assert isinstance(several, str | None)
    filled = {name: _unpacked(value) if isinstance(value, dict) else value for name, value in values.items()}
    return Sentence(text, filled, several)
