"""Announcements as the file writes them: ``{play: welcome.wav}``, ``{say: "Welcome"}``, or a list of such.

Each may exist in several languages: ``{say: {en: "Welcome", nl: "Welkom"}}``. Which of them a caller hears is decided
here; everything that some caller of the account may hear is noted in ``Reading.heard`` and made at load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator

from engine.dialplan.findings import Wrong
from engine.dialplan.languages import is_code, standing_in
from engine.dialplan.model import AUDIO_SUFFIXES, REFERENCE, Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList, SourceMapping, block_of
from engine.dialplan.values import MAX_TEXT, OfferedLanguage, refer_language

MAX_SOUNDS = 20
MAX_TEXTS = 3000
"""Different texts and recordings of a file: a text costs about 30 ms when it is new."""
ALL = ""
"""The language of what is written once, for all callers."""
ANY = "any"

Source = tuple[str, str, str]
"""What to look for among an account's sounds: ``play`` or ``say``, the name or text, and the language."""

_VERSIONS_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
        ]
    }
)
Versions = Annotated[dict[str, str], _VERSIONS_SCHEMA]
"""A text or the name of a recording by language; ALL where there is but one."""


class Announcement(Section):
    """A recording or a text to be spoken; exactly one of the two.

    ```yaml
    {play: welcome.wav}
    ```
    """

    play: Versions | None = Field(
        default=None,
        description="A recording: WAV, FLAC or OGG, beside the dialplan or in its folder 'sounds'; or {en: a.wav, ...}",
    )
    say: Versions | None = Field(
        default=None, description='A text, spoken in the account\'s language; or {en: "...", nl: "..."}'
    )
    spoken_in: OfferedLanguage | Literal["any"] | None = Field(
        default=None, alias="in", description="The language it is in, if all callers are to hear it so; any for music"
    )

    @field_validator("play", mode="before")
    @classmethod
    def _find(cls, value: Any, info: ValidationInfo) -> dict[str, str]:
        return _versions(value, info, read_file_name)

    @field_validator("say", mode="before")
    @classmethod
    def _speak(cls, value: Any, info: ValidationInfo) -> dict[str, str]:
        return _versions(value, info, read_text)

    @field_validator("spoken_in", mode="before")
    @classmethod
    def _in(cls, value: Any, info: ValidationInfo) -> str | None:
        if value == ANY or not isinstance(info.context, Reading):
            return value  # type: ignore[no-any-return]
        return refer_language(value, info.context)

    @model_validator(mode="after")
    def _one(self, info: ValidationInfo) -> Announcement:
        if (self.play is None) == (self.say is None):
            raise Wrong("an announcement is either 'play' or 'say'", 'expected {play: welcome.wav} or {say: "Welcome"}')
        if self.spoken_in is not None and ALL not in self.versions:
            raise Wrong("'in' is for what is there in one language", "leave it out")
        if isinstance(info.context, Reading) and self.versions:
            reading = info.context
            for language in reading.languages:
                wanted = standing_in(language, reading.languages[0])
                source = self.source(wanted, reading.languages[0])
                if source not in reading.heard and len(reading.heard) >= MAX_TEXTS:
                    raise Wrong(
                        f"the file holds more than {MAX_TEXTS:,} texts and recordings", "leave some of them out"
                    )
                reading.heard.setdefault(source, self.place(source[0]))
        return self

    @property
    def versions(self) -> Mapping[str, str]:
        return self.play or self.say or {}

    @property
    def name(self) -> str:
        """What events and messages call it: the recording's name, or the text in quotes."""
        first = next(iter(self.versions.values()), "")
        return first if self.play is not None else f'"{first}"'

    def source(self, wanted: Sequence[str], of_account: str) -> Source:
        """What a caller hears who would like ``wanted`` (the best first), of an account whose language is given."""
        kind, versions = "say" if self.play is None else "play", self.versions
        if ALL not in versions:
            language = next((one for one in wanted if one in versions), next(iter(versions)))
            return kind, versions[language], language
        if self.spoken_in not in (None, ANY):
            return kind, versions[ALL], str(self.spoken_in)
        return kind, versions[ALL], wanted[0] if kind == "play" else of_account


def shown_announcements(announcements: Iterable[Announcement]) -> str:
    """Announcements in one line: names of recordings as they are, texts in quotes."""
    return ", ".join(one.name for one in announcements)


def _versions(value: Any, info: ValidationInfo, read: Any) -> dict[str, str]:
    """What is written once, or by language. A language that will not do is told at its place. Raises Wrong."""
    if isinstance(value, dict) and not isinstance(value, SourceMapping):
        return value
    if not isinstance(value, SourceMapping):
        return {ALL: read(value, info)}
    versions: dict[str, str] = {}
    reading: Reading = info.context  # type: ignore[assignment]  # mappings with places come from a Reading only
    for key, text in value.items():
        at = value.key_at[key]
        try:
            language = refer_language(key, reading)
            at = value.value_at[key]
            versions[language] = read(text, info, language)
        except Wrong as wrong:
            reading.error(at, wrong.what, wrong.suggestion)
    if not value:
        raise Wrong("this says nothing", 'expected {en: "Welcome", nl: "Welkom"}')
    return versions


def read_file_name(value: Any, info: ValidationInfo, language: str = ALL) -> str:
    """The name of a recording that exists, at least in some language. Raises Wrong."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} is no recording", "expected the name of an audio file, such as welcome.wav")
    name = str(value)
    reading = info.context
    if isinstance(reading, Reading) and reading.sounds is not None and reading.sounds.find(name, language) is None:
        suggestion = reading.guess(name, reading.sounds.names(), "put it beside the dialplan or in 'sounds'")
        raise Wrong(f"there is no recording {shown(name)}", suggestion)
    return name


def read_text(value: Any, info: ValidationInfo, language: str = ALL) -> str:  # noqa: ARG001
    """A text that can be spoken. Raises Wrong."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} cannot be spoken", "expected a text in quotes")
    text = " ".join(str(value).split())
    if len(text) > MAX_TEXT:
        raise Wrong(f"this text has {len(text):,} characters", f"at most {MAX_TEXT:,} are spoken at a time")
    return text


def as_announcements(value: Any) -> Any:
    """One announcement or a list of them; a bare text that ends like an audio file is one. Raises Wrong."""
    if isinstance(value, str):
        if not value.lower().endswith(AUDIO_SUFFIXES):
            raise Wrong(f"{shown(value)} is no recording", f"to have it spoken write {{say: {shown(value)}}}")
        return (block_of("play", value),)
    if isinstance(value, SourceList):
        if not 1 <= len(value) <= MAX_SOUNDS:
            raise Wrong("this list of announcements is empty or too long", f"expected 1 to {MAX_SOUNDS}")
        return [one for item in value for one in as_announcements(item)]
    if isinstance(value, SourceMapping):
        by_language = bool(value) and all(is_code(key) and key not in ("say", "in") for key in value)
        return (block_of("play", value) if by_language else value,)
    if isinstance(value, tuple):
        return value
    raise Wrong(f"{shown(value)} is no announcement", 'expected {play: welcome.wav} or {say: "Welcome"}')


def _as_text(value: Any) -> Any:
    return value if isinstance(value, tuple) else (block_of("say", value),)


_LIST_SCHEMA: dict[str, Any] = {"type": "array", "items": {REFERENCE: "Sound"}, "minItems": 1, "maxItems": MAX_SOUNDS}
Announcements = Annotated[
    tuple[Announcement, ...],
    BeforeValidator(as_announcements),
    WithJsonSchema({"anyOf": [{REFERENCE: "Sound"}, _LIST_SCHEMA]}),
]
Text = Annotated[tuple[Announcement, ...], BeforeValidator(_as_text), _VERSIONS_SCHEMA]
"""A text to be spoken, where no recording can stand."""
