"""What an account is called and where it is: by its dialplan, or, until there is one, as it was set up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine.dialplan.load import dialplan_files
from engine.dialplan.source import MAX_BYTES
from engine.settings import Settings
from engine.store.store import Store

UTC = "UTC"


@dataclass(frozen=True, slots=True)
class About:
    """``drafted`` while there is no dialplan. ``owner_name`` and ``owner_email`` are those of whoever set it up."""

    key: str
    name: str
    country: str
    timezone: str
    language: str
    licences: int
    drafted: bool
    owner_name: str
    owner_email: str


def about(settings: Settings, store: Store, key: str) -> About | None:
    """The account called ``key``, as it is now; None if there is none."""
    kept = store.console.accounts.find(key)
    file = dialplan_of(settings, key)
    if kept is None and file is None:
        return None
    written = {} if file is None else _account_in(file)

    def told(name: str, otherwise: str) -> str:
        drafted: str = getattr(kept, name) if kept else ""
        return str(written.get(name) or drafted or otherwise)

    timezone = told("timezone", UTC)
    return About(
        key=key,
        name=told("name", key),
        country=told("country", "").upper(),
        timezone=timezone if _is_zone(timezone) else UTC,
        language=told("language", "en"),
        licences=kept.licences if kept else 0,
        drafted=file is None,
        owner_name=kept.owner_name if kept else "",
        owner_email=kept.owner_email if kept else "",
    )


def dialplan_of(settings: Settings, key: str) -> Path | None:
    """The file of the account's dialplan; None while there is none."""
    return written_accounts(settings).get(key)


def written_accounts(settings: Settings) -> dict[str, Path]:
    """The files of all dialplans, by the accounts' keys."""
    try:
        return {path.stem.lower(): path for path in dialplan_files(settings.dialplans)}
    except OSError:
        return {}


def ownerless(settings: Settings, store: Store) -> list[str]:
    """The keys of the accounts that have a dialplan, but no owner."""
    return sorted(written_accounts(settings).keys() - store.console.accounts.owned())


def _account_in(file: Path) -> dict[str, Any]:
    try:
        facts = file.stat()
        return _read(file, facts.st_mtime_ns, facts.st_size)
    except OSError:
        return {}


@lru_cache(maxsize=64)
def _read(file: Path, _changed: int, size: int) -> dict[str, Any]:
    """The block ``account`` of a dialplan; nothing of one that cannot be read, which others tell."""
    if size > MAX_BYTES:
        return {}
    try:
        block = yaml.load(file.read_bytes(), Loader=_Loader)["account"]
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return block if isinstance(block, dict) else {}


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=64)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
