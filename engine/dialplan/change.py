"""A change of a dialplan as a sentence: English as it is, and in its parts for whoever says it in another language."""

from __future__ import annotations

from typing import Self


class Change(str):
    """The sentence. ``text`` has its gaps, written as for ``str.format``, and ``values`` are what fills them.

    A value may be such a sentence itself: the place where something has changed.
    """

    __slots__ = ("text", "values")

    text: str
    values: dict[str, str]

    def __new__(cls, text: str, **values: object) -> Self:
        filled = {name: value if isinstance(value, Change) else str(value) for name, value in values.items()}
        made = super().__new__(cls, text.format(**filled))
        made.text, made.values = text, filled
        return made
