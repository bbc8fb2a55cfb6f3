"""Draws docs/bakery.svg, the picture of the example account: ``make docs``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from engine.dialplan.load import load_account
from engine.drawing.graph import graph_of
from engine.drawing.svg import svg_of

ROOT = Path(__file__).resolve().parent.parent
DIALPLAN = ROOT / "dialplans" / "bakery.yaml"
PICTURE = ROOT / "docs" / "bakery.svg"


def render() -> str:
    """The whole picture."""
    with TemporaryDirectory() as cache:
        account = load_account(DIALPLAN, sounds_cache=Path(cache), prompts_dir=ROOT / "prompts")
    return svg_of(graph_of(account))


if __name__ == "__main__":
    PICTURE.write_text(render(), encoding="utf-8")
