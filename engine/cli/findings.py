"""Findings as people and programs read them: a line each in a pipe, more on a terminal, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from engine.dialplan.findings import Finding, Severity
from engine.dialplan.source import MAX_BYTES

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
MARGIN = 9
"""Cells before the line of the file that is shown."""
TAB = "    "


def as_json(findings: Sequence[Finding], dialplans: int) -> dict[str, Any]:
    """What ``--format json`` prints; docs/checking.md promises these names."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return {
        "dialplans": dialplans,
        "errors": errors,
        "warnings": len(findings) - errors,
        "findings": [
            {
                "file": finding.file,
                "line": finding.line,
                "column": finding.column,
                "severity": finding.severity.value,
                "what": finding.what,
                "effect": finding.consequence,
                "suggestion": finding.suggestion,
            }
            for finding in findings
        ],
    }


def print_findings(findings: Sequence[Finding], *, pretty: bool) -> None:
    """Each finding on standard output: one line as compilers write it, or, ``pretty``, with what stands there."""
    if not pretty:
        for finding in findings:
            click.echo(str(finding))
        return
    console = Console(highlight=False)
    lines: dict[str, list[str]] = {}
    for finding in findings:
        if finding.file not in lines:
            lines[finding.file] = _lines_of(finding.file)
        _print_one(finding, lines[finding.file], console)


def _print_one(finding: Finding, lines: Sequence[str], console: Console) -> None:
    style = STYLES[finding.severity]
    place = f"{finding.file}:{finding.line}:{finding.column}"
    console.print(Text.assemble((place, "bold"), " ", (finding.severity.value, style), f" {finding.what}"))
    if finding.line <= len(lines):
        shown, caret = _excerpt(lines[finding.line - 1], finding.column, console.width - MARGIN)
        margin = f"{finding.line:>6} │ "
        console.print(Text.assemble((margin, "dim"), shown), no_wrap=True)
        console.print(Text.assemble(("       │ ", "dim"), " " * caret, ("^", style)), no_wrap=True)
    for head, text in (("callers", finding.effect), ("to do", finding.suggestion)):
        if text:
            console.print(Padding(Text.assemble((f"{head}: ", "dim"), text), (0, 0, 0, MARGIN)))
    console.print()


def _excerpt(line: str, column: int, width: int) -> tuple[str, int]:
    """The line as it is shown in ``width`` cells, and how many of them stand before the column (from 1)."""
    begin = max(0, column - 1 - width // 2) if len(line) > width else 0
    mark = "..." if begin else ""
    before = line[begin : column - 1].replace("\t", TAB)
    after = line[column - 1 : begin + width - len(mark)].replace("\t", TAB)
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in before + after)
    return mark + shown, len(mark) + cell_len(shown[: len(before)])


def _lines_of(file: str) -> list[str]:
    """The file's lines as YAML counts them; none of what cannot be read."""
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MAX_BYTES)
    except (OSError, ValueError):
        return []
    text = data.decode("utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
