"""The JSON Schema of a dialplan, made from the models that read it, so that editors complete and check as one types."""

from __future__ import annotations

import copy
from typing import Any

import engine.dialplan.nodes  # noqa: F401  (makes the kinds of node known)
from engine.dialplan.account import Dialplan
from engine.dialplan.callers import Block, CallerList
from engine.dialplan.model import BY_KEY, BY_WORD, REFERENCE, Section
from engine.dialplan.nodes.queue import Agent
from engine.dialplan.schedule import Span
from engine.dialplan.sound import Announcement
from engine.dialplan.switches import Switch
from engine.dialplan.team import Member
from engine.dialplan.who import WHO_SCHEMA

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Belplan dialplan"
_DURING = {"type": ["string", "integer"], "description": "Name of hours or of a switch"}


def json_schema() -> dict[str, Any]:
    """The schema of a whole file, JSON Schema 2020-12."""
    definitions: dict[str, Any] = {}
    root = _schema_of(Dialplan, definitions)
    blocks = [_destination_block(key, definitions) for key in BY_KEY]
    recording = _text("the name of a recording")
    definitions["Sound"] = {"anyOf": [recording, _announcement(definitions), _by_language(recording)]}
    for section in (Span, Member, Agent, Switch, CallerList, Block):
        definitions[section.__name__] = _schema_of(section, definitions)
    definitions["Destination"] = {
        "description": "Where a caller goes",
        "anyOf": [
            {"enum": list(BY_WORD), "description": "; ".join(BY_WORD)},
            {"type": ["string", "integer"], "description": "A menu, a person, a group or a recording"},
            *blocks,
            {"type": "array", "items": {"$ref": "#/$defs/Rule"}, "minItems": 1, "description": "Ways by the hour"},
        ],
    }
    definitions["Rule"] = {
        "anyOf": [
            {"type": ["string", "integer"]},
            *(_with(block, **{"during": _DURING, "from": WHO_SCHEMA}) for block in blocks),
        ],
        "description": "The first line whose conditions hold is taken",
    }
    definitions["Choice"] = {
        "anyOf": [
            {"$ref": "#/$defs/Destination"},
            *(_with(block, during=_DURING, only_for=WHO_SCHEMA) for block in blocks),
        ],
        "description": "Where a key leads; with 'only_for' or 'during' it is there for some callers or hours only",
    }
    return {"$schema": DIALECT, "title": TITLE, **root, "$defs": definitions}


def _schema_of(model: type[Section], definitions: dict[str, Any]) -> dict[str, Any]:
    """A model's schema by the names of the file; what it refers to goes to ``definitions``."""
    schema = model.model_json_schema(by_alias=True)
    definitions.update(_tidy(schema.pop("$defs", {}), of_names=True))
    tidy: dict[str, Any] = _tidy(schema)
    return tidy


def _tidy(schema: Any, *, of_names: bool = False) -> Any:
    """Without what only repeats the names, and without nulls: a name with nothing behind it is an error.

    ``of_names``: the keys are names of the file and no words of JSON Schema.
    """
    if isinstance(schema, list):
        return [_tidy(item) for item in schema if item != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    if REFERENCE in schema:
        return {"$ref": f"#/$defs/{schema[REFERENCE]}"}
    kept = schema if of_names else {key: value for key, value in schema.items() if key not in ("title", "default")}
    return {key: _tidy(value, of_names=key in ("properties", "$defs")) for key, value in kept.items()}


def _destination_block(key: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The block that ``key`` announces."""
    block = _schema_of(BY_KEY[key], definitions)
    others = [other for other in BY_KEY[key].keys if other != key]
    properties = {name: value for name, value in block["properties"].items() if name not in others}
    block["properties"] = properties
    block["required"] = [key]
    block["description"] = (BY_KEY[key].__doc__ or "").strip().splitlines()[0]
    return block


def _with(block: dict[str, Any], **more: dict[str, Any]) -> dict[str, Any]:
    """The block, with more names that may stand in it."""
    extended = copy.deepcopy(block)
    extended["properties"].update(more)
    return extended


def _announcement(definitions: dict[str, Any]) -> dict[str, Any]:
    schema = _schema_of(Announcement, definitions)
    schema["oneOf"] = [{"required": ["play"]}, {"required": ["say"]}]
    return schema


def _by_language(value: dict[str, Any]) -> dict[str, Any]:
    codes = {"pattern": "^[A-Za-z]{2}(-[A-Za-z0-9]{2,8})?$"}
    return {"type": "object", "propertyNames": codes, "additionalProperties": value, "minProperties": 1}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}
