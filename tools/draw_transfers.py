"""Draws docs/number-transfer-states.md from web/transfers/states.py, and writes the schema of order.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from web.transfers.bundle import OrderPart
from web.transfers.states import ARROWS, REFUSED, State

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "number-transfer-states.md"
SCHEMA = DOCS / "transfer-order.schema.json"

OPENING = """\
# The states of a number transfer

Drawn by `tools/draw_transfers.py` (`make docs`) from the table in `web/transfers/states.py`; do not edit.
[Number transfer](number-transfer.md) tells it in plain words.

At each arrow stands what happened. What is then done stands in the table below. What is neither an arrow nor listed as
refused cannot happen: a test says so.
"""


def render() -> str:
    """The page."""
    return "\n".join([OPENING, *_diagram(), "", *_arrows(), "", *_refused(), ""])


def schema() -> str:
    """The JSON Schema of order.json."""
    return json.dumps(OrderPart.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def _name(state: State) -> str:
    return state.value.replace(" ", "_")


def _diagram() -> Iterator[str]:
    """One arrow for each pair of states; those that stay where they are stand in the table only."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {_name(State.DRAFT)}: begin"
    ways: dict[tuple[State, State], list[str]] = {}
    for arrow in ARROWS:
        if arrow.to is not arrow.state:
            ways.setdefault((arrow.state, arrow.to), []).append(arrow.on.value)
    for (state, to), events in ways.items():
        yield f"    {_name(state)} --> {_name(to)}: {', '.join(events)}"
    for end in (State.COMPLETE, State.CANCELLED):
        yield f"    {_name(end)} --> [*]"
    yield "```"


def _arrows() -> Iterator[str]:
    yield "| in | on | do | go to |"
    yield "|---|---|---|---|"
    for arrow in ARROWS:
        yield f"| {arrow.state} | {arrow.on} | {', '.join(arrow.actions) or '-'} | {arrow.to} |"


def _refused() -> Iterator[str]:
    yield "Refused, with the sentence that is said:\n"
    yield "| in | on | because |"
    yield "|---|---|---|"
    for each in REFUSED:
        yield f"| {', '.join(each.states)} | {each.on} | {each.why} |"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    SCHEMA.write_text(schema(), encoding="utf-8")
