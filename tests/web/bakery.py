"""The example account, copied into a folder of a test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.settings import Settings

ROOT = Path(__file__).parents[2]


def bakery_in(folder: Path) -> Settings:
    """The settings of a Belplan whose only account it is; sounds and all may be changed."""
    dialplans = folder / "dialplans"
    shutil.copytree(ROOT / "dialplans" / "sounds", dialplans / "sounds")
    shutil.copy(ROOT / "dialplans" / "bakery.yaml", dialplans)
    return Settings(state=folder / "state", dialplans=dialplans, prompts=ROOT / "prompts")
