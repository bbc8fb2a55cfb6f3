"""The small values of a dialplan file: names that refer to something, extensions, phone numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any

import phonenumbers
from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from engine.dialplan.findings import Wrong
from engine.dialplan.languages import read_code
from engine.dialplan.reading import Reading, shown, text_of

MIN_EXTENSION_LENGTH = 2
MAX_EXTENSION_LENGTH = 6
MAX_NAME = 60
MAX_TEXT = 2000
MAX_NUMBER = 32
PARSES_KEPT = 1024
MENU_KEYS = "0123456789*#"
MAX_KEY_LENGTH = 6

_NAME = re.compile(r"\w[\w .&'-]*")


# --- names ------------------------------------------------------------------------------------------------------------


def read_name(value: Any) -> str:
    """A name for something of the file. Raises Wrong."""
    text = text_of(value, "name")
    if len(text) > MAX_NAME:
        raise Wrong("this name is too long", f"at most {MAX_NAME} characters")
    if not _NAME.fullmatch(text):
        raise Wrong(f"{shown(value)} is no name", "expected letters, digits, spaces and - _ . & '")
    return text


_ANY_TEXT = WithJsonSchema({"type": ["string", "integer"]})
Name = Annotated[str, BeforeValidator(read_name), _ANY_TEXT]


_NOUNS = {
    "people": "person",
    "menus": "menu",
    "hours": "block of hours",
    "switches": "switch",
    "groups": "group",
    "conferences": "conference",
    "queues": "queue",
    "mailboxes": "mailbox",
}


def refer(section: str, value: Any, reading: Reading) -> str:
    """``value`` as the name of something in ``section``; a person's extension will do for the name. Raises Wrong."""
    name = text_of(value, "name")
    known = reading.names[section]
    if section == "people" and name not in known:
        name = reading.people_by_extension.get(name, name)
    if name in known:
        reading.referred.setdefault(section, set()).add(name)
        return name
    suggestion = f"add it to '{section}'" if known else f"the file has no '{section}' yet"
    raise Wrong(f"no {_NOUNS[section]} is called {shown(name)}", reading.guess(name, known, suggestion))


def refer_during(value: Any, reading: Reading) -> str:
    """``value`` as the name of hours or of a switch: what may stand after ``during``. Raises Wrong."""
    name = text_of(value, "name")
    if name in reading.names["switches"]:
        return refer("switches", name, reading)
    if name in reading.names["hours"] or not reading.names["switches"]:
        return refer("hours", name, reading)
    known = [*reading.names["hours"], *reading.names["switches"]]
    raise Wrong(f"no hours and no switch are called {shown(name)}",
                reading.guess(name, known, "add it to 'hours' or 'switches'"))  # fmt: skip


def refer_any(value: Any, reading: Reading, *sections: str) -> str:
    """``value`` as the name of one of several kinds of things that have the same names. Raises Wrong."""
    name = text_of(value, "name")
    found = [section for section in sections if name in reading.names[section]]
    if len(found) > 1:
        nouns = " and ".join(f"a {_NOUNS[section]}" for section in found)
        raise Wrong(f"{shown(name)} is {nouns}", "give one of them another name")
    if found or not any(reading.names[section] for section in sections[1:]):
        return refer(found[0] if found else sections[0], value, reading)
    if sections[0] == "people" and name in reading.people_by_extension:
        return refer("people", value, reading)
    known = [each for section in sections for each in reading.names[section]]
    nouns = " and no ".join(_NOUNS[section] for section in sections)
    raise Wrong(f"no {nouns} is called {shown(name)}", reading.guess(name, known, f"add it to '{sections[0]}'"))


def _during(value: Any, info: ValidationInfo) -> str:
    return refer_during(value, info.context) if isinstance(info.context, Reading) else str(value)


def _referring(*sections: str) -> BeforeValidator:
    def read(value: Any, info: ValidationInfo) -> str:
        return refer_any(value, info.context, *sections) if isinstance(info.context, Reading) else str(value)

    return BeforeValidator(read)


PersonName = Annotated[str, _referring("people"), _ANY_TEXT]
MenuName = Annotated[str, _referring("menus"), _ANY_TEXT]
GroupName = Annotated[str, _referring("groups"), _ANY_TEXT]
QueueName = Annotated[str, _referring("queues"), _ANY_TEXT]
TeamName = Annotated[str, _referring("groups", "queues"), _ANY_TEXT]
AgentName = Annotated[str, _referring("people", "groups"), _ANY_TEXT]
DuringName = Annotated[str, BeforeValidator(_during), _ANY_TEXT]
ConferenceName = Annotated[str, _referring("conferences"), _ANY_TEXT]


def refer_mailbox(value: Any, reading: Reading) -> str:
    """``value`` as the name of one of the mailboxes, or of a person, who has one. Raises Wrong."""
    name = text_of(value, "name")
    if name in reading.names["mailboxes"]:
        return refer("mailboxes", name, reading)
    if not reading.names["mailboxes"] or name in reading.names["people"] or name in reading.people_by_extension:
        return refer("people", name, reading)
    known = [*reading.names["people"], *reading.names["mailboxes"]]
    raise Wrong(f"nobody, and no mailbox, is called {shown(name)}",
                reading.guess(name, known, "add it to 'mailboxes' or 'people'"))  # fmt: skip


def _mailbox(value: Any, info: ValidationInfo) -> str:
    return refer_mailbox(value, info.context) if isinstance(info.context, Reading) else str(value)


MailboxName = Annotated[str, BeforeValidator(_mailbox), _ANY_TEXT]


def read_key(value: Any) -> str:
    """A key of a telephone, or several that are pressed one after the other: ``1``, ``12``, ``*9``. Raises Wrong."""
    text = text_of(value, "key")
    if not text or any(key not in MENU_KEYS for key in text):
        raise Wrong(f"{shown(value)} is no key of a telephone", 'keys are 0 to 9, "*" and "#", or several of them')
    if len(text) > MAX_KEY_LENGTH:
        raise Wrong(f"{shown(value)} is too long to be pressed", f"at most {MAX_KEY_LENGTH} keys")
    return text


MENU_KEYS_SCHEMA: dict[str, Any] = {"propertyNames": {"pattern": f"^[0-9*#]{{1,{MAX_KEY_LENGTH}}}$"}}


def on_or_off(value: Any) -> Any:
    """``value`` with yes and no, true and false as ``on`` and ``off``; anything else as it is."""
    return (
        {True: "on", False: "off", "yes": "on", "no": "off"}.get(value, value)
        if isinstance(value, bool | str)
        else value
    )


Truth = Annotated[bool, WithJsonSchema({"enum": [True, False, "yes", "no", "on", "off"]})]


# --- languages and countries ------------------------------------------------------------------------------------------


def refer_language(value: Any, reading: Reading) -> str:
    """``value`` as one of the account's languages. Raises Wrong."""
    language = read_code(value)
    if reading.languages and language not in reading.languages:
        known = ", ".join(reading.languages)
        advice = f"add it: 'languages: [{known}, {language}]' in 'account'"
        raise Wrong(f"the account does not have the language '{language}'", advice)
    return language


def _offered_language(value: Any, info: ValidationInfo) -> str:
    return refer_language(value, info.context) if isinstance(info.context, Reading) else read_code(value)


OfferedLanguage = Annotated[str, BeforeValidator(_offered_language), WithJsonSchema({"type": "string"})]


def _country(value: Any) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if code not in phonenumbers.SUPPORTED_REGIONS:
        hint = "did you mean 'GB'?" if code == "UK" else "expected two letters, such as NL, DE or US"
        raise Wrong(f"{shown(value)} is no country", hint)
    return code


Country = Annotated[str, BeforeValidator(_country), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$"})]


# --- e-mail addresses and domains -------------------------------------------------------------------------------------

DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[^@\s<>,;:\"]{1,190}")
"""What stands before the @ is ASCII, as RFC 5321 has it: many mail servers take nothing else."""


def _matching(pattern: re.Pattern[str], noun: str, example: str, *, lower: bool = False) -> BeforeValidator:
    def read(value: Any) -> str:
        text = str(value).strip() if isinstance(value, str) else ""
        text = text.lower() if lower else text
        if not pattern.fullmatch(text):
            raise Wrong(f"{shown(value)} is no {noun}", f"expected one such as {example}")
        return text

    return BeforeValidator(read)


Domain = Annotated[str, _matching(DOMAIN, "domain", "bakery.example", lower=True)]
Email = Annotated[str, _matching(_EMAIL, "e-mail address", "desk@bakery.example")]

# --- PINs -------------------------------------------------------------------------------------------------------------

MIN_PIN_LENGTH, MAX_PIN_LENGTH = 4, 12


def _pin(value: Any) -> str:
    text = text_of(value, "PIN")
    if not (text.isascii() and text.isdigit() and MIN_PIN_LENGTH <= len(text) <= MAX_PIN_LENGTH):
        advice = f'expected {MIN_PIN_LENGTH} to {MAX_PIN_LENGTH} digits, such as "4711"'
        raise Wrong("this is no PIN that can be typed on a telephone", advice)
    return text


Pin = Annotated[
    str,
    BeforeValidator(_pin),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 10 ** (MIN_PIN_LENGTH - 1), "maximum": 10**MAX_PIN_LENGTH - 1},
                {"type": "string", "pattern": f"^[0-9]{{{MIN_PIN_LENGTH},{MAX_PIN_LENGTH}}}$"},
            ]
        }
    ),
]


# --- numbers ----------------------------------------------------------------------------------------------------------


def _extension(value: Any) -> str:
    text = text_of(value, "extension")
    if not (text.isascii() and text.isdigit()):
        raise Wrong(f"{shown(value)} is no extension", "expected digits, such as 101")
    if not MIN_EXTENSION_LENGTH <= len(text) <= MAX_EXTENSION_LENGTH:
        raise Wrong(
            f"extension {shown(text)} has {len(text)} digit{'s' if len(text) > 1 else ''}",
            f"expected {MIN_EXTENSION_LENGTH} to {MAX_EXTENSION_LENGTH} digits",
        )
    return text


Extension = Annotated[
    str,
    BeforeValidator(_extension),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 10, "maximum": 999999},
                {"type": "string", "pattern": "^[0-9]{2,6}$"},
            ]
        }
    ),
]


def read_number(value: Any, country: str) -> str:
    """A telephone number of ``country``, or one that begins with +, as E.164. Raises Wrong."""
    text = text_of(value, "telephone number")
    example = 'write it as "+31 20 123 4567"'
    if len(text) > MAX_NUMBER:
        raise Wrong(f"{shown(text)} is too long for a telephone number", example)
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        raise Wrong(f"{shown(text)} is no telephone number", example) from None
    if not phonenumbers.is_possible_number(number):
        raise Wrong(f"{shown(text)} is too short or too long for a telephone number", example)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=PARSES_KEPT)
def parsed_number(number: str, country: str) -> phonenumbers.PhoneNumber | None:
    """A number as networks send it, with + or as it is dialled in ``country``; None if it is none (``anonymous``)."""
    try:
        parsed = phonenumbers.parse(number[: MAX_NUMBER + 1], country)
    except phonenumbers.NumberParseException:
        return None
    return parsed if len(number) <= MAX_NUMBER and phonenumbers.is_possible_number(parsed) else None


def e164(number: str, country: str) -> str | None:
    """``number`` (see ``parsed_number``) with + and the country's code."""
    parsed = parsed_number(number, country)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)) if parsed else None


def national_digits(number: phonenumbers.PhoneNumber) -> str:
    """A number as it is dialled within its country: ``0201234567``."""
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, national))


def international_prefix(country: str) -> str:
    """What one dials in a country before the number of another one, such as ``00``; empty if that is not one thing."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
    prefix = metadata.international_prefix if metadata else None
    return prefix if prefix and prefix.isdigit() else ""


def _phone_number(value: Any, info: ValidationInfo) -> str:
    country = info.context.country if isinstance(info.context, Reading) else ""
    if not country and isinstance(info.context, Reading) and not str(value).strip().startswith("+"):
        return str(value)
    return read_number(value, country)


PhoneNumber = Annotated[
    str,
    BeforeValidator(_phone_number),
    Field(description="A telephone number of the account, such as +31 20 123 4567"),
    WithJsonSchema({"type": ["string", "integer"], "description": "A telephone number, such as +31 20 123 4567"}),
]
