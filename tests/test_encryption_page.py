"""The page about encryption: its examples are settings that load, its figures those of the code."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

import pytest

from engine.certificates.certificate import EXPIRES_SOON
from engine.certificates.keeping import LOOK_SECONDS, SETTLE_SECONDS
from engine.settings_file import load_settings
from sip.flow import default_port
from sip.rim.connection import PING_SECONDS
from sip.rim.tls import client_context

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "encryption.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n# config/belplan.yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_loads(example: str, tmp_path: Path) -> None:
    file = tmp_path / "belplan.yaml"
    file.write_text(example)
    settings = load_settings(file, {})
    assert settings.certificates or settings.websocket_origins


def test_the_figures_are_those_of_the_code() -> None:
    assert len(EXAMPLES) == 3
    assert 2 * LOOK_SECONDS + SETTLE_SECONDS < 60, "renewed files are noticed within a minute"
    assert EXPIRES_SOON == 14 * 86400
    assert PING_SECONDS == 30
    assert default_port("tls") == 5061
    assert client_context().minimum_version == ssl.TLSVersion.TLSv1_2
