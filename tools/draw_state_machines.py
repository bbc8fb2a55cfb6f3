"""Draws docs/transactions.md from the tables of sip/transaction/: ``make docs``, or ``--check`` to compare only."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from sip.transaction.tables import AUTOMATA, Arrow, Automaton, Ignored, Repeat, State
from sip.transaction.timers import LETTERS, TRYING_OF_OTHER_METHODS, Letter

PAGE = Path(__file__).resolve().parent.parent / "docs" / "transactions.md"

OPENING = """\
# Transactions

Drawn by `tools/draw_state_machines.py` (`make docs`) from the tables in `sip/transaction/tables.py` and
`sip/transaction/timers.py`; do not edit. Sections are of RFC 3261 unless another RFC is named.

At each arrow stands what happened, then what is done. "TU" is the transaction user: whoever uses this layer. A timer
runs only in the states that have an arrow for it; entering any other state stops it. What is neither drawn nor listed
as ignored cannot happen: a test says so.
"""

REPEATS = {Repeat.DOUBLE: "doubled", Repeat.DOUBLE_TO_T2: "doubled, at most T2", Repeat.T2: "at T2"}


def render() -> str:
    """The whole page."""
    parts = [OPENING]
    for automaton in AUTOMATA:
        parts.append(
            f"## {automaton.name[0].upper()}{automaton.name[1:]} transaction\n\nSection {automaton.section}.\n"
        )
        parts.append("\n".join(_diagram(automaton)) + "\n")
        parts.append("\n".join(_arrows(automaton)) + "\n")
        parts.append("\n".join(_ignored(automaton)) + "\n")
    parts.append("## Timers\n\n" + "\n".join(_timers()) + "\n")
    return "\n".join(parts)


def _diagram(automaton: Automaton) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    first = ", ".join([*automaton.first, *(f"start {timer}" for timer in automaton.start)])
    yield f"    [*] --> {automaton.initial}: {first}"
    for arrow in automaton.arrows:
        target = "[*]" if arrow.to is State.TERMINATED else arrow.to
        done = ", ".join(arrow.actions)
        yield f"    {arrow.state} --> {target}: {arrow.on}" + (f" / {done}" if done else "")
    yield "```"


def _arrows(automaton: Automaton) -> Iterator[str]:
    yield "| in | on | do | go to | timers | section |"
    yield "|---|---|---|---|---|---|"
    for arrow in automaton.arrows:
        done = ", ".join(arrow.actions) or "-"
        yield f"| {arrow.state} | {arrow.on} | {done} | {arrow.to} | {_timers_of(arrow)} | {arrow.section} |"


def _timers_of(arrow: Arrow) -> str:
    said = [f"start {timer}" for timer in arrow.start] + [f"stop {timer}" for timer in arrow.stop]
    if arrow.repeat is not None:
        said.append(f"again, {REPEATS[arrow.repeat]}")
    return ", ".join(said) or "-"


def _ignored(automaton: Automaton) -> Iterator[str]:
    yield "Deliberately ignored:\n"
    yield "| in | on | because | counted as |"
    yield "|---|---|---|---|"
    for (state, on), ignored in automaton.deliberately_ignored.items():
        yield f"| {state} | {on} | {ignored.why} | {_counted(ignored)} |"


def _counted(ignored: Ignored) -> str:
    return f"`{ignored.drop.value}`" if ignored.drop else "-"


def _timers() -> Iterator[str]:
    yield "| timer | length | over TCP, TLS, WebSocket | waits for | section |"
    yield "|---|---|---|---|---|"
    for timer, letter in LETTERS.items():
        yield _timer_row(timer, letter)
    yield _timer_row("timer 100 (no INVITE)", TRYING_OF_OTHER_METHODS)


def _timer_row(name: str, letter: Letter) -> str:
    return f"| {name} | {letter.formula} | {letter.on_reliable.value} | {letter.meaning} | {letter.section} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="say whether the page is up to date, change nothing")
    if parser.parse_args().check:
        up_to_date = PAGE.exists() and PAGE.read_text(encoding="utf-8") == render()
        sys.stderr.write("" if up_to_date else f"{PAGE.name} is out of date: run `make docs`\n")
        return 0 if up_to_date else 1
    PAGE.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
