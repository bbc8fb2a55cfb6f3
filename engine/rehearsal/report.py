"""What came of scenarios: ticks and crosses for people, JUnit's XML for build servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.text import Text

from engine.rehearsal.judge import Unmet
from engine.rehearsal.rehearse import Rehearsal
from engine.rehearsal.scenarios import Suite
from engine.rehearsal.timeline import lines, title

INDENT = " " * 6


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario that was run; ``took`` is how long that took, in seconds of real time."""

    suite: Suite
    name: str
    rehearsal: Rehearsal
    unmet: tuple[Unmet, ...]
    took: float

    @property
    def passed(self) -> bool:
        return not self.unmet

    def complaints(self) -> list[str]:
        """What was expected and did not come, each with its place in the file."""
        return [f"{self.suite.file}:{unmet.at.line}:{unmet.at.column}: {unmet.what}" for unmet in self.unmet]


def show(console: Console, results: Sequence[Result], took: float) -> None:
    """Print every scenario with a tick or a cross, what went wrong with its timeline, and the count.

    ``took`` is how long all of it took, in seconds.
    """
    file = ""
    for result in results:
        if result.suite.file != file:
            file = result.suite.file
            console.print(Text(file, style="bold"))
        mark = Text("  ✓ ", style="green") if result.passed else Text("  ✗ ", style="bold red")
        console.print(mark + Text(result.name))
        if not result.passed:
            _show_failure(console, result)
    failed = sum(not result.passed for result in results)
    count = f"{len(results)} scenario{'' if len(results) == 1 else 's'}"
    said = f"{count}, {failed} failed" if failed else f"{count}, all passed"
    console.print(Text(said, style="bold red" if failed else "green") + Text(f" ({took:.2f} s)", style="dim"))


def _show_failure(console: Console, result: Result) -> None:
    complaints = [Text(complaint, style="red") for complaint in result.complaints()]
    head = Text(title(result.rehearsal.situation, result.suite.account))
    for each in (*complaints, head, *lines(result.rehearsal)):
        console.print(Text(INDENT) + each)


def write_junit(path: Path, results: Sequence[Result]) -> None:
    """Write the report that build servers read. Raises OSError."""
    root = ElementTree.Element("testsuites")
    for file in dict.fromkeys(result.suite.file for result in results):
        of_file = [result for result in results if result.suite.file == file]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=file,
            tests=str(len(of_file)),
            failures=str(sum(not result.passed for result in of_file)),
            time=f"{sum(result.took for result in of_file):.3f}",
        )
        for result in of_file:
            case = ElementTree.SubElement(
                suite, "testcase", classname=result.suite.account.key, name=result.name, time=f"{result.took:.3f}"
            )
            if not result.passed:
                failure = ElementTree.SubElement(case, "failure", message="; ".join(u.what for u in result.unmet))
                told = [each.plain for each in lines(result.rehearsal)]
                failure.text = "\n".join([*result.complaints(), *told])
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
