"""Draws docs/sessions.md from the table of sip/dialog/: ``make docs``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sip.dialog.tables import ARROWS, IGNORED, Arrow, State

PAGE = Path(__file__).resolve().parent.parent / "docs" / "sessions.md"
BEGINNINGS = {State.INVITED: "INVITE received", State.CALLING: "INVITE sent"}

OPENING = """\
# Sessions

Drawn by `tools/draw_sessions.py` (`make docs`) from the table in `sip/dialog/tables.py`; do not edit. Sections are of
RFC 3261 unless another RFC is named.

A session is one call as one side of it sees it. At each arrow stands what happened: a command of ours in words, a
message of the peer by its name. What is done then stands in the table below. What is neither an arrow nor listed as
ignored cannot happen: a test says so.
"""


def render() -> str:
    """The whole page."""
    return "\n".join([OPENING, *_diagram(), "", *_arrows(), "", *_ignored(), ""])


def _diagram() -> Iterator[str]:
    """One arrow for each pair of states; those that stay where they are stand in the table only."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state, how in BEGINNINGS.items():
        yield f"    [*] --> {state}: {how}"
    ways: dict[tuple[State, State], list[str]] = {}
    for arrow in ARROWS:
        if arrow.to is not arrow.state:
            ways.setdefault((arrow.state, arrow.to), []).append(arrow.on)
    for (state, to), inputs in ways.items():
        yield f"    {state} --> {to}: {', '.join(inputs)}"
    yield f"    {State.ENDED} --> [*]"
    yield "```"


def _arrows() -> Iterator[str]:
    yield "| in | on | do | go to | section |"
    yield "|---|---|---|---|---|"
    for arrow in ARROWS:
        yield f"| {arrow.state} | {arrow.on} | {_actions(arrow)} | {arrow.to} | {arrow.section} |"


def _actions(arrow: Arrow) -> str:
    return ", ".join(arrow.actions) or "-"


def _ignored() -> Iterator[str]:
    yield "Deliberately ignored:\n"
    yield "| in | on | because |"
    yield "|---|---|---|"
    for ignored in IGNORED:
        yield f"| {', '.join(ignored.states)} | {ignored.on} | {ignored.why} |"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
