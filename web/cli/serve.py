"""``belplan serve``: run the phone system, and the console beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.cli.common import config_option, configured
from engine.companions import Companion
from engine.settings import Settings


@click.command
@config_option
def serve(config: Path | None) -> int:
    """Run the phone system and its console until it is told to stop (Ctrl-C or SIGTERM); SIGHUP reloads dialplans."""
    settings = configured(config)
    from engine.program import serve as run

    return run(settings, beside(settings, config), config=config)


def beside(settings: Settings, config: Path | None) -> tuple[Companion, ...]:
    """The console as a process of its own, unless it is switched off."""
    if settings.console is None:
        return ()
    chosen = () if config is None else ("--config", str(config))
    return (Companion("console", (sys.executable, "-m", "web.serve", *chosen)),)
