"""docs/interop.md: made of what tests report, and not older than the tests."""

from __future__ import annotations

import re
from pathlib import Path

from interop import OTHERS, PACKAGES, WHEELS, Shown, page

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "interop.md").read_text()
MARK = re.compile(r"""mark\.interop\(\s*program="([^"]+)",\s*feature="([^"]+)"\s*,?\s*\)""")


def test_a_row_is_as_good_as_its_worst_test() -> None:
    shown = [
        Shown("baresip", "TLS", "tests/a.py::test_one", "works"),
        Shown("baresip", "TLS", "tests/a.py::test_two", "fails"),
        Shown("SIPp", "PRACK", "tests/b.py::test_three", "not tried: SIPp is not installed"),
    ]
    written = page(shown, "2026-11-26", lambda program: {"baresip": "1.0.0"}.get(program, ""))
    assert "Results of 2026-11-26." in written
    assert "## baresip 1.0.0\n" in written
    assert "| TLS | fails | `a.py::test_one`, `a.py::test_two` |" in written
    assert "| PRACK | not tried: SIPp is not installed | `b.py::test_three` |" in written


def test_every_feature_that_a_test_shows_stands_on_the_page() -> None:
    marked = {
        (program, feature)
        for path in (ROOT / "tests").rglob("test_*.py")
        for program, feature in MARK.findall(path.read_text())
    }
    rows = {
        (section.split(" ", 1)[0], row)
        for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
        for row in re.findall(r"^\| ([^|]+) \| (?:works|fails|not tried)", section, re.MULTILINE)
    }
    assert marked
    assert {program for program, _ in marked} <= {*PACKAGES, *WHEELS, *OTHERS}
    assert not marked - rows, "`make interop` writes docs/interop.md anew"
