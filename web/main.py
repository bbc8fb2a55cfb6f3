"""The program ``belplan``: the engine's commands, and those of the console beside them or in their place."""

from __future__ import annotations

import pkgutil
import sys

from engine.cli.main import ROOMS, program
from engine.cli.main import run as run_one_of
from web import cli

NO_COMMANDS = frozenset({"asking", "common", "people_desk", "places"})
"""Rooms of ``web.cli`` that hold what commands share."""

belplan = program(
    {**ROOMS}
    | {
        room.name.replace("_", "-"): cli.__name__
        for room in pkgutil.iter_modules(cli.__path__)
        if room.name not in NO_COMMANDS
    }
)


def main() -> None:
    """The entry of the program; does not return."""
    sys.exit(run())


def run(words: list[str] | None = None) -> int:
    """Run one command and give its exit status."""
    return run_one_of(words, belplan)


if __name__ == "__main__":
    main()
