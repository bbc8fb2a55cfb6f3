"""Reading ``config/belplan.yaml`` and the environment into Settings, each mistake with its place.

Relative paths in the file start at its *home*: the folder the file is in, or the one above if that folder is called
``config``. Without a file, home is the working directory. Paths in the environment start at the working directory.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.dialplan.findings import did_you_mean
from engine.dialplan.source import START, Position, SourceList, SourceMapping, Unreadable, read_source
from engine.settings import FOLDERS, Settings

ENVIRONMENT_PREFIX = "BELPLAN_"
DEFAULT_FILES = (Path("config/belplan.yaml"), Path("/etc/belplan/belplan.yaml"))
SHIPPED_PROMPTS = Path(__file__).resolve().parent.parent / "prompts"


class SettingsError(Exception):
    """The settings cannot be used; ``findings`` are lines to show, each beginning with where the mistake is."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the file (``path``, else ``BELPLAN_CONFIG``, else the first of DEFAULT_FILES there is) and the environment.

    Raises SettingsError with every finding: ``file:line:column: ...`` or ``BELPLAN_X: ...``.
    """
    environment = os.environ if environment is None else environment
    path = settings_file(path, environment)
    home = Path.cwd() if path is None else _home_of(path)
    written = _read_file(path) if path is not None else SourceMapping(START)
    defaults = {"state": "state", "dialplans": "dialplans", "prompts": _default_prompts(home)}
    values = defaults | {"trunks": _default_trunks(path)} | _set_in(written)
    overrides = _overrides(environment)
    try:
        settings = Settings.model_validate(values | overrides)
    except ValidationError as error:
        file = str(path) if path is not None else "settings"
        raise SettingsError(tuple(_finding(item, file, written, overrides) for item in error.errors())) from None
    try:
        rooted = {
            name: _rooted(Path.cwd() if name in overrides else home, getattr(settings, name))
            for name in FOLDERS
            if getattr(settings, name) is not None
        }
    except RuntimeError:
        raise SettingsError(
            ("a folder begins with ~ and the name of somebody who has no home on this machine",)
        ) from None
    return settings.model_copy(update=rooted)


def settings_file(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Path | None:
    """The file that ``load_settings`` reads; None if there is none."""
    environment = os.environ if environment is None else environment
    if path is None and environment.get("BELPLAN_CONFIG"):
        path = Path(environment["BELPLAN_CONFIG"])
    return path or next((candidate for candidate in DEFAULT_FILES if candidate.is_file()), None)


def _rooted(home: Path, place: Path | tuple[Path, ...]) -> Path | tuple[Path, ...]:
    """Raises RuntimeError for the home of somebody unknown."""
    return home / place.expanduser() if isinstance(place, Path) else tuple(home / each.expanduser() for each in place)


def environment_name(setting: str) -> str:
    """The variable that overrides a setting: ``rtp_ports`` is ``BELPLAN_RTP_PORTS``."""
    return ENVIRONMENT_PREFIX + setting.upper()


def _home_of(path: Path) -> Path:
    folder = path.absolute().parent
    return folder.parent if folder.name == "config" else folder


def _default_prompts(home: Path) -> str:
    return "prompts" if (home / "prompts").is_dir() else str(SHIPPED_PROMPTS)


def _default_trunks(path: Path | None) -> str:
    """Beside the settings, relative to their home."""
    return "config/trunks.yaml" if path is None or path.absolute().parent.name == "config" else "trunks.yaml"


def _read_file(path: Path) -> SourceMapping:
    """The file as a mapping that knows its lines; raises SettingsError."""
    findings: list[str] = []

    def report(at: Position, what: str, suggestion: str) -> None:
        findings.append(_line(str(path), at, what, suggestion))

    try:
        if path.exists() and not path.is_file():
            raise SettingsError((f"{path}: is no file",))
        written = read_source(path.read_bytes(), report)
    except (OSError, ValueError) as problem:
        raise SettingsError((f"{path}: cannot be read: {getattr(problem, 'strerror', None) or problem}",)) from None
    except Unreadable as problem:
        raise SettingsError((_line(str(path), problem.at, problem.what, problem.suggestion),)) from None
    if written is not None and not isinstance(written, SourceMapping):
        findings.append(_line(str(path), START, "settings are expected, one a line", "such as `state: state`"))
    if findings:
        raise SettingsError(tuple(findings))
    return SourceMapping(START) if written is None else written


def _set_in(written: SourceMapping) -> dict[str, Any]:
    """The settings that the file gives a value; one left empty keeps its default."""
    return {name: value for name, value in written.items() if value is not None}


def _overrides(environment: Mapping[str, str]) -> dict[str, str]:
    """What the environment sets; a variable that looks like a setting misspelt is refused, others are not ours."""
    known = {environment_name(name): name for name in Settings.model_fields}
    found: dict[str, str] = {}
    wrong: list[str] = []
    for variable, value in environment.items():
        if variable in known:
            if not value.strip():
                continue
            found[known[variable]] = value
        elif variable.startswith(ENVIRONMENT_PREFIX) and (close := get_close_matches(variable, known, 1, 0.85)):
            wrong.append(f"{variable}: there is no such setting; did you mean {close[0]}?")
    if wrong:
        raise SettingsError(tuple(wrong))
    return found


def _finding(error: Any, file: str, written: SourceMapping, overrides: Mapping[str, str]) -> str:
    """One pydantic error as a line for the administrator."""
    name, *rest = error["loc"]
    message = error["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if name in overrides:
        return f"{environment_name(name)}: {message}"
    if error["type"] == "extra_forbidden":
        hint = did_you_mean(name, Settings.model_fields, f"the settings are {', '.join(Settings.model_fields)}")
        return _line(file, written.key_at[name], f"there is no setting '{name}'", hint)
    if name not in written.value_at:
        return f"{file}: {name}: {message}"
    at, value = written.value_at[name], written[name]
    if rest and isinstance(value, SourceList) and isinstance(rest[0], int):
        at = value.item_at[rest[0]]
    return _line(file, at, f"{name}: {message}")


def _line(file: str, at: Position, what: str, suggestion: str = "") -> str:
    return f"{file}:{at.line}:{at.column}: {what}{f' ({suggestion})' if suggestion else ''}"
