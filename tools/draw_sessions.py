"""Draws docs/sessions.md and docs/subscriptions.md from the tables of sip/dialog/: ``make docs``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sip.dialog import subscription, tables

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGINNINGS = {tables.State.INVITED: "INVITE received", tables.State.CALLING: "INVITE sent"}
SUBSCRIBED = {subscription.State.ACTIVE: "SUBSCRIBE received", subscription.State.WAITING: "found after a restart"}

OPENING = """\
# Sessions

Drawn by `tools/draw_sessions.py` (`make docs`) from the table in `sip/dialog/tables.py`; do not edit. Sections are of
RFC 3261 unless another RFC is named.

A session is one call as one side of it sees it. At each arrow stands what happened: a command of ours in words, a
message of the peer by its name. What is done then stands in the table below. What is neither an arrow nor listed as
ignored cannot happen: a test says so.
"""
OF_SUBSCRIPTIONS = """\
# Subscriptions

Drawn by `tools/draw_sessions.py` (`make docs`) from the table in `sip/dialog/subscription.py`; do not edit. Sections
are of RFC 6665.

A subscription is somebody's wish to be told how something of ours stands, as we who tell them see it. At each arrow
stands what happened. What is neither an arrow nor listed as ignored cannot happen: a test says so.
"""


def render() -> str:
    """The page of sessions."""
    return _page(OPENING, BEGINNINGS, tables.ARROWS, tables.IGNORED, tables.State.ENDED)


def render_subscriptions() -> str:
    """The page of subscriptions."""
    of = subscription
    return _page(OF_SUBSCRIPTIONS, SUBSCRIBED, of.ARROWS, of.IGNORED, of.State.ENDED)


def _page(opening: str, beginnings: Mapping[Any, str], arrows: Iterable[Any], ignored: Iterable[Any], end: Any) -> str:
    return "\n".join([opening, *_diagram(beginnings, arrows, end), "", *_arrows(arrows), "", *_ignored(ignored), ""])


def _diagram(beginnings: Mapping[Any, str], arrows: Iterable[Any], end: Any) -> Iterator[str]:
    """One arrow for each pair of states; those that stay where they are stand in the table only."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state, how in beginnings.items():
        yield f"    [*] --> {state}: {how}"
    ways: dict[tuple[Any, Any], list[str]] = {}
    for arrow in arrows:
        if arrow.to is not arrow.state:
            ways.setdefault((arrow.state, arrow.to), []).append(arrow.on)
    for (state, to), inputs in ways.items():
        yield f"    {state} --> {to}: {', '.join(inputs)}"
    yield f"    {end} --> [*]"
    yield "```"


def _arrows(arrows: Iterable[Any]) -> Iterator[str]:
    yield "| in | on | do | go to | section |"
    yield "|---|---|---|---|---|"
    for arrow in arrows:
        actions = ", ".join(arrow.actions) or "-"
        yield f"| {arrow.state} | {arrow.on} | {actions} | {arrow.to} | {arrow.section} |"


def _ignored(ignored: Iterable[Any]) -> Iterator[str]:
    yield "Deliberately ignored:\n"
    yield "| in | on | because |"
    yield "|---|---|---|"
    for each in ignored:
        yield f"| {', '.join(each.states)} | {each.on} | {each.why} |"


if __name__ == "__main__":
    (DOCS / "sessions.md").write_text(render(), encoding="utf-8")
    (DOCS / "subscriptions.md").write_text(render_subscriptions(), encoding="utf-8")
