"""docs/security.md and the service unit say what is: every test named is there, and systemd finds nothing wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.settings import Settings
from sip.guard.bans import BAN_FACTOR, Policy
from sip.guard.slowing import FREE_TRIES, LONGEST

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
UNIT = ROOT / "config" / "belplan.service"
LEAST_EXPOSURE = "20"
"""Tenths of a point: systemd's own scale goes to 100."""
SHUT_IN = (
    *("User=belplan", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes"),
    *("StateDirectoryMode=0700", "UMask=0077", "PrivateDevices=yes", "SystemCallFilter=@system-service"),
    *("ExecReload=/bin/kill -HUP $MAINPID", "Restart=on-failure", "RestrictNamespaces=yes"),
)

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def test_every_test_that_is_named_is_there() -> None:
    there = set()
    for path in (ROOT / "tests").rglob("*.py"):
        there |= set(re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE))
    named = set(re.findall(r"`(?:[\w/.]+::)?(test_\w+)`", PAGE))
    assert len(named) > 50
    assert not named - there


def test_every_attack_has_a_test() -> None:
    tables = re.findall(r"^\| attack \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 30
    for row in rows:
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 3, row
        assert "`test_" in cells[2] or "::test_" in cells[2], row


def test_the_figures_on_the_page_are_those_of_the_code() -> None:
    policy = Policy()
    lengths = [min(policy.first * BAN_FACTOR**step, policy.longest) for step in range(5)]
    assert lengths == [300.0, 1800.0, 3 * 3600.0, 18 * 3600.0, 86_400.0]
    assert "for 5 minutes, then 30, 3 hours, 18, a day" in PAGE
    assert (FREE_TRIES, LONGEST) == (5, 300.0)
    for name in ("requests_per_source", "ban_after", "ban_longest", "shed_after", "never_ban"):
        assert f"`{name}`" in PAGE
        assert name in Settings.model_fields


def test_the_service_is_shut_in() -> None:
    lines = UNIT.read_text().splitlines()
    for line in SHUT_IN:
        assert line in lines


@needs_systemd
def test_systemd_takes_the_service_and_finds_it_little_exposed(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("/opt/belplan", str(tmp_path))
    copy = tmp_path / "belplan.service"
    copy.write_text(re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    for words in (("verify",), ("security", "--offline=true", f"--threshold={LEAST_EXPOSURE}")):
        ran = subprocess.run(["systemd-analyze", *words, str(copy)], capture_output=True, text=True, timeout=30)
        if "unrecognized option" in ran.stderr:
            pytest.skip("this systemd is too old to look at a file")
        assert ran.returncode == 0, ran.stdout[-500:] + ran.stderr
        assert "Unknown" not in ran.stderr
