"""The generated schema is a schema, takes every example, and refuses what an editor should underline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from engine.dialplan.load import dialplan_files
from engine.dialplan.model import KINDS
from engine.dialplan.schema import json_schema
from engine.dialplan.source import read_source

TESTS = Path(__file__).parents[2]
EXAMPLES = [*sorted((TESTS / "dialplans/good").glob("*.yaml")), *dialplan_files(TESTS.parent / "dialplans")]


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def plain(path: Path) -> Any:
    return read_source(path.read_bytes(), lambda *_: None)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid(path: Path, validator: Any) -> None:
    assert [error.message for error in validator.iter_errors(plain(path))] == []


@pytest.mark.parametrize("name", ["misspelt", "missing", "shapes", "keys", "extensions", "timetables", "switches"])
def test_what_loading_refuses_for_its_shape_is_underlined(name: str, validator: Any) -> None:
    assert not validator.is_valid(plain(TESTS / "dialplans/bad" / f"{name}.yaml"))


def test_every_kind_of_node_is_offered_by_its_keys() -> None:
    text = yaml.safe_dump(json_schema()["$defs"]["Destination"])
    for kind in KINDS.values():
        for word in (*kind.keys, *kind.words):
            assert word in text


def test_every_reference_leads_somewhere() -> None:
    schema = json_schema()

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {value["$ref"]} if "$ref" in value else set().union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    assert references(schema) == {f"#/$defs/{name}" for name in schema["$defs"]} & references(schema)
    assert "#/$defs/Destination" in references(schema)


def test_the_manual_shows_the_dialplan_that_is_served(tmp_path: Path) -> None:
    manual = (TESTS.parent / "docs/dialplan.md").read_text()
    shown = tmp_path / "shown.yaml"
    shown.write_text(manual.split("```yaml\n")[1].split("```")[0])
    served = plain(TESTS.parent / "dialplans/bakery.yaml")
    assert {**plain(shown), "people": 0} == {**served, "people": 0}
