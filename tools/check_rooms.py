"""Fails if a room (a Python file) has grown past what reads in one sitting, unless it is listed with a reason."""

from __future__ import annotations

import sys
from pathlib import Path

MAX_LINES = {"sip": 350, "media": 350, "engine": 350, "web": 350, "bench": 350, "tools": 350, "tests": 700}
"""A room of tests is a list of cases, which one looks up rather than reads."""
EXCUSED: dict[str, str] = {}
"""Path of a room that may be longer: why."""


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    long = []
    for folder, most in MAX_LINES.items():
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            with path.open("rb") as file:
                lines = sum(1 for _ in file)
            if lines > most and name not in EXCUSED:
                long.append(
                    f"{name}: {lines} lines; split it by subject, or list it in tools/check_rooms.py with a reason"
                )
    print("\n".join(long) if long else "no room is too long")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
