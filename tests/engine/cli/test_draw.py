"""``belplan draw`` as one types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.main import run

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people: {orders: {extension: 102}}
main_number: {ring: orders}
"""

Draw = Callable[..., tuple[int, str, str]]


@pytest.fixture
def draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Draw:
    """Draw in a folder with one account: exit status, standard output, standard error."""
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "bakery.yaml").write_text(DIALPLAN)
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> tuple[int, str, str]:
        status = run(["draw", *words])
        out, err = capsys.readouterr()
        return status, out, err

    return command


def test_the_only_dialplan_goes_to_standard_output(draw: Draw) -> None:
    status, out, err = draw()
    assert (status, err) == (0, "")
    assert out.startswith("<svg ")
    assert "The Bakery" in out
    assert draw("dialplans/bakery.yaml") == (0, out, "")


def test_the_format_is_asked_for_or_that_of_the_files_name(draw: Draw, tmp_path: Path) -> None:
    _, mermaid, _ = draw("--format", "mermaid")
    assert mermaid.startswith("flowchart LR\n")
    for name, beginning in (("a.svg", "<svg "), ("a.mmd", "flowchart"), ("a.mermaid", "flowchart")):
        assert draw("-o", name) == (0, "", "")
        assert (tmp_path / name).read_text().startswith(beginning)
    assert draw("-o", "a.txt", "--format", "mermaid")[0] == 0
    assert (tmp_path / "a.txt").read_text() == mermaid


def test_a_name_of_no_known_format_is_told(draw: Draw, tmp_path: Path) -> None:
    status, out, err = draw("-o", "plan.png")
    assert (status, out) == (1, "")
    assert "plan.svg" in err
    assert not (tmp_path / "plan.png").exists()


def test_errors_of_the_dialplan_are_told_with_their_place(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "dialplans" / "bakery.yaml").write_text(DIALPLAN.replace("ring: orders", "ring: order"))
    status, out, err = draw("-o", "plan.svg")
    assert (status, out) == (1, "")
    assert "bakery.yaml:4:21: no person is called 'order' (did you mean 'orders'?)" in err
    assert not (tmp_path / "plan.svg").exists()


def test_of_several_dialplans_one_must_be_named(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "dialplans" / "clinic.yaml").write_text(DIALPLAN.replace("4567", "9999"))
    status, _, err = draw()
    assert status == 1
    assert "2 dialplans" in err
    assert draw("dialplans/clinic.yaml")[0] == 0


def test_what_cannot_be_read_or_written_is_told(draw: Draw) -> None:
    assert "there is no" in draw("nowhere.yaml")[2] or "cannot be read" in draw("nowhere.yaml")[2]
    status, _, err = draw("-o", "nowhere/plan.svg")
    assert status == 1
    assert "nowhere/plan.svg: cannot be written" in err
