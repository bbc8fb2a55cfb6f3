"""What somebody typed into a form, kept as it is, so that it can be shown again beside what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Final

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request

from web.mistakes import Mistake
from web.words import Sentence

SEEN_PREFIX: Final = "seen."
"""With what the names of hidden fields begin that say what somebody was shown (``forms.seen``)."""
MAX_FIELDS: Final = 5000
MAX_FILES: Final = 10
MAX_ROWS: Final = 500
"""Rows of a form, as for people who are added at once."""

_ROW = re.compile(r"(?P<rows>[a-z_]+)\.(?P<number>[0-9]{1,4})\.(?P<field>[a-z_]+)")


@dataclass(frozen=True, slots=True)
class Typed:
    """Fields by name, each with all its values in order, and files."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A field without the blanks around it; ``default`` if the form has no such field."""
        values = self.values.get(name)
        return values[0].strip() if values else default

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may be chosen several times."""
        return tuple(value.strip() for value in self.values.get(name, ()))

    def checked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.values

    def rows(self, name: str) -> dict[int, dict[str, str]]:
        """Rows whose fields are called ``name.NUMBER.field``, by their numbers; wholly empty ones are left out."""
        found: dict[int, dict[str, str]] = {}
        for key in self.values:
            match = _ROW.fullmatch(key)
            if match and match["rows"] == name and (len(found) < MAX_ROWS or int(match["number"]) in found):
                found.setdefault(int(match["number"]), {})[match["field"]] = self.text(key)
        return {number: found[number] for number in sorted(found) if any(found[number].values())}


async def read_typed(request: Request) -> Typed:
    """The form of this request. NUL, which no field means and no database takes, is left out."""
    form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)
    values: dict[str, tuple[str, ...]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            values[name] = (*values.get(name, ()), value.replace("\0", ""))
        elif value.filename:
            files[name] = value
    return Typed(values, files)


TypedForm = Annotated[Typed, Depends(read_typed)]
"""The type of a route's parameter that gets the form."""


@dataclass(frozen=True)
class Form:
    """A form as it is shown: what stands in the fields, and what is wrong with it."""

    typed: Typed = field(default_factory=Typed)
    mistakes: tuple[Mistake, ...] = ()

    @classmethod
    def of(cls, **values: str | Iterable[str]) -> Form:
        """One that nobody has typed into yet."""
        return cls(
            Typed({name: (value,) if isinstance(value, str) else tuple(value) for name, value in values.items()})
        )

    def value(self, name: str, default: str = "") -> str:
        values = self.typed.values.get(name)
        return values[0] if values else default

    def chosen(self, name: str, value: str) -> bool:
        return value in self.typed.values.get(name, ())

    def wrong(self, name: str) -> list[Sentence]:
        return self._wrong.get(name, [])

    @cached_property
    def _wrong(self) -> dict[str, list[Sentence]]:
        found: dict[str, list[Sentence]] = {}
        for mistake in self.mistakes:
            found.setdefault(mistake.field, []).append(mistake.what)
        return found
