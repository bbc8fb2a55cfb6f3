"""The page about networks: its examples are settings that load, its figures those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.settings_file import load_settings
from sip.outbound import ON_CONNECTIONS
from sip.rim.names import LONGEST_TTL, SHORTEST_TTL, STALE_SECONDS
from sip.rim.resolver import AVOID_SECONDS
from sip.rim.ways import TARGET_SECONDS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "network.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_loads(example: str, tmp_path: Path) -> None:
    file = tmp_path / "belplan.yaml"
    file.write_text(example)
    assert load_settings(file, {}).advertise is not None


def test_the_figures_are_those_of_the_code() -> None:
    assert len(EXAMPLES) == 3
    assert load_settings(None, {}).keep_alive == 25
    assert ON_CONNECTIONS * 25 == 100
    assert (TARGET_SECONDS, AVOID_SECONDS, SHORTEST_TTL, LONGEST_TTL, STALE_SECONDS) == (3, 60, 5, 3600, 86400)
