"""The languages of an account, and which one a caller hears first: by the number they dial, or where they call from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from engine.call.protocol import Caller
from engine.dialplan.findings import Wrong
from engine.dialplan.languages import read_code
from engine.dialplan.model import Section
from engine.dialplan.reading import shown
from engine.dialplan.source import SourceList, SourceMapping
from engine.dialplan.values import Country, PhoneNumber, e164, parsed_number

MAX_LANGUAGES = 20

_LANGUAGE_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}(-[A-Za-z0-9]{2,8})?$"})
Language = Annotated[str, BeforeValidator(read_code), _LANGUAGE_SCHEMA]


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


class Hearers(Section):
    """Who hears a language without having chosen it."""

    callers_from: Annotated[tuple[Country, ...], BeforeValidator(_one_or_more)] = Field(
        default=(), description="Countries of callers who hear it from the start: NL, or [NL, BE]"
    )
    numbers: Annotated[tuple[PhoneNumber, ...], BeforeValidator(_one_or_more)] = Field(
        default=(), description="Numbers of the account whose callers hear it from the start, wherever they are"
    )


def _by_language(value: Any) -> Any:
    """``[en, nl]`` is short for blocks that name nobody."""
    if isinstance(value, SourceList):
        block = SourceMapping(value.at)
        for item, at in zip(value, value.item_at, strict=True):
            name = item if isinstance(item, str) else shown(item)
            if name in block:
                raise Wrong(f"{shown(name)} is there twice", "name each language once")
            block.put(name, SourceMapping(at), at)
        value = block
    if isinstance(value, SourceMapping):
        if len(value) > MAX_LANGUAGES:
            raise Wrong("there are too many languages", f"at most {MAX_LANGUAGES}")
        return value
    if isinstance(value, dict):
        return value
    raise Wrong(f"{shown(value)} will not do here", "expected languages: [en, nl]")


def _nobody_twice(languages: dict[str, Hearers]) -> dict[str, Hearers]:
    taken: dict[str, str] = {}
    for language, hearers in languages.items():
        for who in (*hearers.callers_from, *hearers.numbers):
            if taken.setdefault(who, language) != language:
                raise Wrong(f"callers of {who} cannot hear {taken[who]} and {language} at first", "choose one of them")
    return languages


Languages = Annotated[
    dict[Language, Hearers],
    BeforeValidator(_by_language),
    AfterValidator(_nobody_twice),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_LANGUAGES},
                {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": {
                            "callers_from": {"type": ["string", "array"], "description": "Countries, such as NL"},
                            "numbers": {"type": ["string", "array"], "description": "Numbers of the account"},
                        },
                        "additionalProperties": False,
                    },
                },
            ]
        }
    ),
]


def first_language(languages: Mapping[str, Hearers], caller: Caller, called: str, country: str) -> str | None:
    """What a caller hears before they choose, if the number they dialled or their own one tells; else None.

    The number dialled weighs more. A person of the account who calls from their extension is from no country.
    """
    if any(hearers.numbers for hearers in languages.values()):
        dialled = e164(called, country)
        for language, hearers in languages.items():
            if dialled in hearers.numbers:
                return language
    if caller.person is None and any(hearers.callers_from for hearers in languages.values()):
        number = parsed_number(caller.number, country)
        home = number and phonenumbers.region_code_for_number(number)
        for language, hearers in languages.items():
            if home in hearers.callers_from:
                return language
    return None
