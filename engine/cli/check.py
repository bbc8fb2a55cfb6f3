"""``belplan check``: are the dialplans right? Every finding with its place; the exit status tells a script."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import EXIT_FAILED, Failed, config_option, configured
from engine.dialplan.check import check_files
from engine.dialplan.findings import Severity
from engine.dialplan.load import dialplan_files, holds_tests


@click.command
@click.argument("dialplans", nargs=-1, type=click.Path(path_type=Path), metavar="[DIALPLAN]...")
@config_option
def check(dialplans: tuple[Path, ...], config: Path | None) -> int:
    """Check dialplans, files or folders (without any: the settings' folder); exit status 1 if one has an error.

    Each finding is a line: file:line:column: what is wrong, and what to do.
    """
    settings = configured(config)
    try:
        files = [file for where in dialplans or (settings.dialplans,) for file in dialplan_files(where)]
    except OSError as problem:
        raise Failed(f"{problem.filename}: cannot be read: {problem.strerror}") from None
    files = list({file.resolve(): file for file in files}.values())
    if dialplans and not files and all(map(holds_tests, dialplans)):
        raise Failed(f"{dialplans[0]}: holds scenarios and no dialplan (belplan test runs them)")
    findings = check_files(
        files or settings.dialplans, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts
    )
    for finding in findings:
        click.echo(str(finding))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if errors:
        click.echo(f"{errors} error{'' if errors == 1 else 's'}", err=True)
        return EXIT_FAILED
    click.echo(f"{len(files)} dialplan{'' if len(files) == 1 else 's'} can be used", err=True)
    return 0
