"""``belplan serve``: run the phone system."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from engine.cli.common import config_option, configured


@click.command
@config_option
def serve(config: Path | None) -> int:
    """Run the phone system until it is told to stop (Ctrl-C or SIGTERM); SIGHUP reloads the dialplans."""
    settings = configured(config)
    gc.disable()  # what is imported stays: to look through it again and again is a tenth of the start
    from engine.program import serve as run

    return run(settings, config=config)
