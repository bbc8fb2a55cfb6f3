"""Files with a secret in them that every user of the machine can read are named, at the check and at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.exposed import exposed_secrets
from engine.settings_file import load_settings

TRUNKS = """\
trunks:
  first: {host: 192.0.2.1, user: "31201234567", password: {env: PROVIDER_PASSWORD}}
  second: {host: 192.0.2.2, user: "31201234567", password: bread-and-butter}
"""
SETTINGS = "smtp_host: mail.bakery.test\nsmtp_from: phone@bakery.test\nsmtp_user: phone\n"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("trunks.yaml", TRUNKS, "trunks.yaml:3:50: warning: the password of trunk 'second'"),
        ("belplan.yaml", f"{SETTINGS}smtp_password: bread\n", "belplan.yaml:4:1: warning: the password of the mail"),
        ("belplan.yaml", "database: postgresql://belplan:bread@db/belplan\n", "the password of the database"),
        ("password", "bread\n", "password:1:1: warning: the password of the mail server"),
        ("trunks.yaml", TRUNKS.partition("  second")[0], ""),
        ("belplan.yaml", "database: postgresql:///belplan\n", ""),
        ("belplan.yaml", SETTINGS, ""),
    ],
)
def test_a_secret_that_others_can_read_is_named_until_the_file_is_closed(
    tmp_path: Path, file: str, text: str, said: str
) -> None:
    config = tmp_path / "belplan.yaml"
    config.write_text("smtp_password_file: password\n" if file == "password" else "")
    (tmp_path / file).write_text(text)
    (tmp_path / file).chmod(0o644)
    settings = load_settings(config, {})
    found = [str(finding) for finding in exposed_secrets(settings, config)]
    assert len(found) == bool(said)
    assert all(said in line and f"chmod 600 {tmp_path / file}" in line and "bread" not in line for line in found)
    for mode in (0o600, 0o640):
        (tmp_path / file).chmod(mode)
        assert exposed_secrets(settings, config) == []


def test_what_cannot_be_read_is_for_others_to_say(tmp_path: Path) -> None:
    config = tmp_path / "belplan.yaml"
    config.write_text("transfer_secret_file: nowhere\ndatabase: 'postgresql://[x'\n")
    (tmp_path / "trunks.yaml").write_text("trunks: [")
    assert exposed_secrets(load_settings(config, {}), config) == []
