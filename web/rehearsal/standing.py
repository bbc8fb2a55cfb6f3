"""An account as it stands at this moment: switches that are on, forwards, greetings that were recorded by phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.office.shelf import Imagined
from engine.settings import Settings
from engine.store.store import Store

FOLDER = "greetings"


@dataclass(frozen=True, slots=True)
class AsItStands:
    """The facts of an account, and the folder of what was recorded by phone; without one nothing was."""

    facts: Mapping[str, str] = field(default_factory=dict)
    recorded: Path | None = None


def as_it_stands(account: str, settings: Settings, store: Store) -> AsItStands:
    """What people of an account have set. The engine writes it down within about a second."""
    store.standing.refresh()
    facts = store.standing.of(account)
    there = {name: value for name in facts.names("") if (value := facts.get(name)) is not None}
    return AsItStands(there, settings.state / FOLDER / account)


class Recordings(Imagined):
    """A shelf to look at: it has what was recorded by phone, and nothing is put on it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def find(self, file: str) -> str | None:
        path = self._folder / Path(file).name
        return str(path) if path.is_file() else None
