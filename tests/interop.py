"""docs/interop.md, written from test results: which program of others has shown which feature, in which version.

A test says what it shows by ``@pytest.mark.interop(program="baresip", feature="TLS")``. ``pytest -m interop
--write-interop=docs/interop.md`` runs all of them and writes the page (``make interop``).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import pytest

PROPERTY = "interop"
PACKAGES = {
    "SIPp": "sip-tester",
    "Kamailio": "kamailio",
    "baresip": "baresip",
    "linphone": "linphone-cli",
    "sipsak": "sipsak",
    "openssl": "openssl",
}
"""Programs and the Debian packages they come in."""
WHEELS = {"pjsua2": "pjsua2-python"}
MODULES = {"JsSIP": "jssip"}
"""Libraries of node, which tools/npm_install.sh has put beside the wheels."""
OTHERS = frozenset({"Belplan", *MODULES})
"""A second engine of this version, and what is no package of Debian nor a wheel."""

INTRODUCTION = """\
# Programs of others that Belplan was tried with

Written by `make interop` from the results of tests, each of which runs the real program: against a running Belplan,
where sound is measured by who hears what, or, where the test is named with a folder such as `sip/rim`, against that
part of Belplan alone. "works": the test passed on the day below. Nothing here is typed by hand but the last section.
"""


class Shown(NamedTuple):
    """What one test has shown, or failed to."""

    program: str
    feature: str
    test: str
    outcome: str


class InteropPage:
    """Collects what marked tests show, in the process that reports, and writes the page at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shown: dict[tuple[str, str, str], Shown] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown" and not report.failed:
            return
        if report.when == "setup" and report.passed:
            return
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, list | tuple):
                program, feature = map(str, value)
                test = report.nodeid.partition("[")[0]
                outcome = _outcome(report)
                key = (program, feature, test)
                before = self._shown.get(key)
                if before is None or before.outcome == "works":
                    self._shown[key] = Shown(program, feature, test, outcome)

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(page(self._shown.values(), date.today().isoformat(), version_of))


def note_marks(item: pytest.Item) -> None:
    """Let the reports of a marked test say what it shows, so that they do across processes."""
    for mark in item.iter_markers("interop"):
        item.user_properties.append((PROPERTY, [mark.kwargs["program"], mark.kwargs["feature"]]))


def page(shown: Iterable[Shown], day: str, version_of: Callable[[str], str]) -> str:
    """The page: a section a program, a row a feature."""
    rows: Mapping[str, list[Shown]] = defaultdict(list)
    for each in shown:
        rows[each.program].append(each)
    parts = [INTRODUCTION, f"Results of {day}.\n"]
    for program in sorted(rows, key=str.lower):
        parts.append(f"## {program} {version_of(program)}\n\n| feature | result | shown by |\n|---|---|---|")
        parts += [_row(feature, rows[program]) for feature in sorted({each.feature for each in rows[program]})]
        parts.append("")
    limits = Path(__file__).with_name("interop_limits.md").read_text()
    return "\n".join([*parts, limits])


def _row(feature: str, shown: Sequence[Shown]) -> str:
    having = [each for each in shown if each.feature == feature]
    outcomes = sorted({each.outcome for each in having}, key=lambda outcome: (outcome == "works", outcome))
    tests = ", ".join(sorted(f"`{_named(each.test)}`" for each in having))
    return f"| {feature} | {outcomes[0]} | {tests} |"


def _named(test: str) -> str:
    """A test by its file, and its folder where that does not run a whole Belplan."""
    folder, _, name = test.removeprefix("tests/").rpartition("/")
    return name if folder in ("", "end_to_end") else f"{folder}/{name}"


def _outcome(report: pytest.TestReport) -> str:
    if report.passed:
        return "works"
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return f"not tried: {reason.removeprefix('Skipped: ')}"
    return "fails"


def version_of(program: str) -> str:
    """The version of what is installed here, empty if it is not."""
    if program == "Belplan":
        return version("belplan")
    if program in WHEELS:
        try:
            return version(WHEELS[program])
        except PackageNotFoundError:
            return ""
    if program in MODULES:
        described = Path(sys.prefix, "node", "node_modules", MODULES[program], "package.json")
        return str(json.loads(described.read_text())["version"]) if described.exists() else ""
    package = PACKAGES.get(program)
    if package is None or shutil.which("dpkg-query") is None:
        return ""
    asked = ["dpkg-query", "--show", "--showformat", "${Version}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
