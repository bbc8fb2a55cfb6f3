"""What the commands that rehearse share: the accounts they rehearse, found as ``belplan check`` finds them."""

from __future__ import annotations

from pathlib import Path

from engine.cli.common import Failed
from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.load import dialplan_files, load_accounts
from engine.settings import Settings


def accounts_at(settings: Settings, *where: Path | None) -> list[Account]:
    """The accounts of these dialplans, files or folders; of the settings' folder if none is named. Raises Failed."""
    named = [path for path in where if path is not None]
    for path in named:
        if not path.exists():
            raise Failed(f"{path}: there is no such file or folder")
    try:
        source = (
            [file for path in named for file in dialplan_files(path)] if len(named) > 1 else _alone(named, settings)
        )
        return load_accounts(source, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts)
    except OSError as problem:
        raise Failed(f"{problem.filename}: cannot be read: {problem.strerror}") from None
    except DialplanErrors as problem:
        raise Failed(str(problem)) from None


def _alone(named: list[Path], settings: Settings) -> Path | list[Path]:
    """One file, or one folder, of which it is told if nothing is in it."""
    where = named[0] if named else settings.dialplans
    return where if where.is_dir() else [where]
