"""What every sub-command shares: settings, failing in a sentence, and tables that suit a terminal or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.settings import Settings
from engine.settings_file import SettingsError, load_settings

EXIT_FAILED = 1
Command = TypeVar("Command", bound=Callable[..., Any])


class Failed(click.ClickException):
    """A command cannot go on; the text is for the person who typed it, one finding a line."""

    exit_code = EXIT_FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        print_error(self.message, file)


def print_error(sentence: str, file: IO[Any] | None = None) -> None:
    """Say what went wrong, on standard error."""
    out = sys.stderr if file is None else file
    head = click.style("belplan:", fg="red", bold=True)
    lines = sentence.splitlines() or ["failed"]
    click.echo(f"{head} {lines[0]}" if len(lines) == 1 else "\n".join(lines), file=out)


def config_option(command: Command) -> Command:
    """``--config FILE``, the same for every command; the parameter is called ``config``."""
    return click.option(
        "--config",
        "-c",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The settings file [default: $BELPLAN_CONFIG, config/belplan.yaml, /etc/belplan/belplan.yaml]",
    )(command)


def configured(config: Path | None = None) -> Settings:
    """The settings; raises Failed with every finding."""
    try:
        return load_settings(config)
    except SettingsError as problem:
        raise Failed(str(problem)) from None


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Rows in columns: ruled on a terminal, tab-separated without decoration in a pipe."""
    if not sys.stdout.isatty():
        for row in (head, *rows):
            click.echo("\t".join(row))
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for position, title in enumerate(head):
        table.add_column(title, justify="right" if position in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
