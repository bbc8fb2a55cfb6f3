"""Announcements as the file writes them: ``{play: welcome.wav}``, ``{say: "Welcome"}``, or a list of such."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator

from engine.dialplan.findings import Wrong
from engine.dialplan.model import AUDIO_SUFFIXES, REFERENCE, Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import START, SourceList, SourceMapping, SourceText
from engine.dialplan.values import MAX_TEXT

MAX_SOUNDS = 20
MAX_TEXTS = 1000
"""Different texts of a file that are spoken: each costs about 30 ms when it is new."""


class Announcement(Section):
    """A recording or a text to be spoken; exactly one of the two.

    ```yaml
    {play: welcome.wav}
    ```
    """

    play: str | None = Field(
        default=None, description="A recording: WAV, FLAC or OGG, beside the dialplan or in its folder 'sounds'"
    )
    say: str | None = Field(default=None, description="A text, spoken in the account's language")

    @field_validator("play", mode="before")
    @classmethod
    def _find(cls, value: Any, info: ValidationInfo) -> str:
        return read_file_name(value, info)

    @field_validator("say", mode="before")
    @classmethod
    def _speak(cls, value: Any, info: ValidationInfo) -> str:
        return read_text(value, info)

    @model_validator(mode="after")
    def _one(self) -> Announcement:
        if (self.play is None) == (self.say is None):
            raise Wrong("an announcement is either 'play' or 'say'", 'expected {play: welcome.wav} or {say: "Welcome"}')
        return self

    @property
    def source(self) -> tuple[str, str]:
        """What to look for among the account's sounds."""
        return ("play", self.play) if self.play is not None else ("say", self.say or "")


def read_file_name(value: Any, info: ValidationInfo) -> str:
    """The name of a recording that exists. Raises Wrong."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} is no recording", "expected the name of an audio file, such as welcome.wav")
    name = str(value)
    reading = info.context
    if isinstance(reading, Reading) and reading.sounds is not None:
        path = reading.sounds.find(name)
        if path is None:
            suggestion = reading.guess(name, reading.sounds.names(), "put it beside the dialplan or in 'sounds'")
            raise Wrong(f"there is no recording {shown(name)}", suggestion)
        reading.files.setdefault(name, (path, value.at if isinstance(value, SourceText) else START))
    return name


def read_text(value: Any, info: ValidationInfo) -> str:
    """A text that can be spoken. Raises Wrong."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} cannot be spoken", "expected a text in quotes")
    text = " ".join(str(value).split())
    if len(text) > MAX_TEXT:
        raise Wrong(f"this text has {len(text):,} characters", f"at most {MAX_TEXT:,} are spoken at a time")
    if isinstance(info.context, Reading):
        texts = info.context.texts
        if text not in texts and len(texts) >= MAX_TEXTS:
            raise Wrong(f"the file holds more than {MAX_TEXTS:,} texts to be spoken", "record some of them")
        texts.setdefault(text, value.at if isinstance(value, SourceText) else START)
    return text


def _as_list(value: Any) -> Any:
    """One announcement or a list of them; a bare text that ends like an audio file is one."""
    if isinstance(value, str):
        at = value.at if isinstance(value, SourceText) else START
        key = "play" if value.lower().endswith(AUDIO_SUFFIXES) else ""
        if not key:
            raise Wrong(f"{shown(value)} is no recording", f"to have it spoken write {{say: {shown(value)}}}")
        block = SourceMapping(at)
        block[key], block.key_at[key], block.value_at[key] = value, at, at
        return (block,)
    if isinstance(value, SourceList):
        if not 1 <= len(value) <= MAX_SOUNDS:
            raise Wrong("this list of announcements is empty or too long", f"expected 1 to {MAX_SOUNDS}")
        return [one for item in value for one in _as_list(item)]
    if isinstance(value, SourceMapping | tuple):
        return value if isinstance(value, tuple) else (value,)
    raise Wrong(f"{shown(value)} is no announcement", 'expected {play: welcome.wav} or {say: "Welcome"}')


Announcements = Annotated[
    tuple[Announcement, ...],
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {REFERENCE: "Sound"},
                {"type": "array", "items": {REFERENCE: "Sound"}, "minItems": 1, "maxItems": MAX_SOUNDS},
            ]
        }
    ),
]
