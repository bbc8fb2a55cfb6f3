"""``belplan check``: are the dialplans right? Every finding with its place; the exit status tells a script."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import EXIT_FAILED, config_option, configured
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.load import load_accounts


@click.command
@click.argument("dialplans", nargs=-1, type=click.Path(path_type=Path), metavar="[DIALPLAN]...")
@config_option
def check(dialplans: tuple[Path, ...], config: Path | None) -> int:
    """Check dialplans (those of the settings' folder, or the files given): file:line:column of each mistake."""
    settings = configured(config)
    where = dialplans[0] if len(dialplans) == 1 else dialplans or settings.dialplans
    try:
        accounts = load_accounts(where, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts)
    except DialplanErrors as problem:
        for finding in problem.findings:
            click.echo(str(finding))
        found = len(problem.findings)
        click.echo(f"{found} mistake{'' if found == 1 else 's'}", err=True)
        return EXIT_FAILED
    for account in accounts:
        click.echo(f"{account.file}: right ({account.name}: {len(account.people)} people, {len(account.menus)} menus)")
    return 0
