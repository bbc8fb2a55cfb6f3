"""``belplan``: one room per sub-command, imported when it is asked for. No command ends in a traceback."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import click

from engine.cli.common import EXIT_FAILED, print_error

COMMANDS = (
    *("serve", "check", "people", "password", "switch", "greetings", "calls", "voicemail", "bans", "trunks"),
    *("status", "ring"),
    *("phone", "demo", "schema", "draw"),
    *("simulate", "test", "replay"),
)
EXIT_INTERRUPTED = 130
DEBUG_VARIABLE = "BELPLAN_DEBUG"


ROOMS: Final[Mapping[str, str]] = dict.fromkeys(COMMANDS, "engine.cli")
"""Each command and the package that its room is in. Programs above the engine add their own."""


class Rooms(click.Group):
    """A group whose commands live in rooms of the same name; only the one that is used gets imported."""

    def __init__(self, *, rooms: Mapping[str, str], **more: Any) -> None:
        super().__init__(**more)
        self.rooms = rooms

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it
        return [name for name, package in self.rooms.items() if importlib.util.find_spec(f"{package}.{_room(name)}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        room = _room(cmd_name)
        command = getattr(importlib.import_module(f"{self.rooms[cmd_name]}.{room}"), room)
        assert isinstance(command, click.Command)
        return command


def _room(command: str) -> str:
    return command.replace("-", "_")


def belplan_version() -> str:
    """The version of the installed package."""
    try:
        return version("belplan")
    except PackageNotFoundError:
        return "not installed"


def program(rooms: Mapping[str, str]) -> click.Group:
    """The program ``belplan`` with these commands."""

    @click.group("belplan", cls=Rooms, rooms=rooms, context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(belplan_version(), prog_name="belplan", message="%(prog)s %(version)s")
    def belplan() -> None:
        """A phone system for a small organisation: it answers the main number, plays the menu and rings people."""

    return belplan


belplan = program(ROOMS)


def main() -> None:
    """The entry of the program; does not return."""
    sys.exit(run())


def run(words: list[str] | None = None, commands: click.Group = belplan) -> int:
    """Run one command and give its exit status."""
    try:
        status = commands.main(words, prog_name="belplan", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception as problem:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        said = str(problem).strip().splitlines()
        print_error(
            f"something unexpected went wrong: {type(problem).__name__}{f': {said[0]}' if said else ''}"
            f" ({DEBUG_VARIABLE}=1 shows where)"
        )
        return EXIT_FAILED
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    main()
