"""Files with a secret in them that every user of the machine can read: settings, trunks, and those of passwords."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from engine.dialplan.findings import Finding, Severity
from engine.dialplan.source import START, Position, SourceMapping, Unreadable, read_source
from engine.settings import Settings
from engine.settings_file import settings_file


def exposed_secrets(settings: Settings, config: Path | None) -> list[Finding]:
    """A warning for each such file. ``config`` is the file of settings that was asked for, if any."""
    return [
        Finding(
            str(file),
            at.line,
            at.column,
            Severity.WARNING,
            f"{what} stands in a file that every user of this machine can read",
            f"chmod 600 {file}, as the user that Belplan runs as",
        )
        for file, at, what in _secrets(settings, config)
        if _others_can_read(file)
    ]


def _secrets(settings: Settings, config: Path | None) -> Iterator[tuple[Path, Position, str]]:
    """The files with a secret, the first one in each, and what it is."""
    if (written := settings_file(config)) is not None:
        named = _mapping(written)
        if named.get("smtp_password"):
            yield written, named.key_at["smtp_password"], "the password of the mail server"
        elif _has_password(named.get("database")):
            yield written, named.key_at["database"], "the password of the database"
    for name, entry in _entries(_mapping(settings.trunks)):
        if isinstance(entry.get("password"), str | int):
            yield settings.trunks, entry.key_at["password"], f"the password of trunk '{name}'"
            break
    if settings.smtp_password_file is not None:
        yield settings.smtp_password_file, START, "the password of the mail server"
    if settings.transfer_secret_file is not None:
        yield settings.transfer_secret_file, START, "the secret of reports of transfers"


def _entries(file: SourceMapping) -> Iterator[tuple[str, SourceMapping]]:
    trunks = file.get("trunks")
    if isinstance(trunks, SourceMapping):
        yield from ((name, entry) for name, entry in trunks.items() if isinstance(entry, SourceMapping))


def _has_password(url: object) -> bool:
    try:
        return isinstance(url, str) and urlsplit(url).password is not None
    except ValueError:
        return False


def _mapping(file: Path) -> SourceMapping:
    """What stands in a file; nothing where it cannot be read, which others say."""
    try:
        written = read_source(file.read_bytes(), lambda *_: None)
    except (OSError, ValueError, Unreadable):
        written = None
    return written if isinstance(written, SourceMapping) else SourceMapping(START)


def _others_can_read(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
