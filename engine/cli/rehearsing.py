"""What the commands that rehearse share: the accounts they rehearse, found as ``belplan check`` finds them."""

from __future__ import annotations

from pathlib import Path

from engine.cli.common import Failed
from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.load import load_accounts
from engine.settings import Settings


def accounts_at(settings: Settings, *where: Path | None) -> list[Account]:
    """The accounts of these dialplans, files or a folder; of the settings' folder if none is named. Raises Failed."""
    named = [path for path in where if path is not None]
    source: Path | list[Path] = settings.dialplans if not named else named[0] if len(named) == 1 else named
    if isinstance(source, Path) and not source.exists():
        raise Failed(f"{source}: there is no such file or folder")
    if isinstance(source, Path) and not source.is_dir():
        source = [source]
    try:
        return load_accounts(source, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts)
    except DialplanErrors as problem:
        raise Failed(str(problem)) from None
