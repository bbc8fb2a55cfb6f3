"""Draws the pictures of the example accounts in docs/: ``make docs``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from engine.dialplan.load import dialplan_files, load_account
from engine.drawing.graph import graph_of
from engine.drawing.svg import svg_of

ROOT = Path(__file__).resolve().parent.parent
DIALPLANS = [ROOT / "dialplans" / "bakery.yaml", *dialplan_files(ROOT / "dialplans" / "examples")]


def render(dialplan: Path) -> str:
    """The whole picture."""
    with TemporaryDirectory() as cache:
        account = load_account(dialplan, sounds_cache=Path(cache), prompts_dir=ROOT / "prompts")
    return svg_of(graph_of(account))


def picture(dialplan: Path) -> Path:
    """Where the picture of a dialplan is kept."""
    return ROOT / "docs" / f"{dialplan.stem}.svg"


if __name__ == "__main__":
    for each in DIALPLANS:
        picture(each).write_text(render(each), encoding="utf-8")
