"""docs/lamps.md: what it says a key may watch can be watched, and the figures in it are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import soundfile

from engine.dialplan.load import load_account
from engine.office.messages import Count
from engine.office.office import Office
from engine.office.texts import MAX_FROM_ONE, MAX_WAITING
from engine.settings import Settings
from engine.watching.dialog_info import DialogInfo
from engine.watching.message_summary import MessageSummary
from engine.watching.package import Place
from sip.dialog.subscriptions import RESTORED_A_SECOND
from sip.outside.message import MAX_TEXT

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "lamps.md").read_text()
DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people: {anna: {extension: 101}, bob: {extension: 102}}
hours: {open: {days: mon-fri, from: "09:00", to: "17:00"}}
switches: [night, holidays]
parking: {slots: 701-709}
queues: {helpdesk: {agents: [anna], nobody: wait}}
mailboxes: {sales: {extension: 800, people: [anna]}}
features: {"*60": {switch: open}}
main_number: {play: welcome.wav, then: hang_up}
"""


def place(folder: Path) -> Place:
    soundfile.write(folder / "welcome.wav", np.sin(np.arange(800) / 3) / 2, 8000)
    (folder / "bakery.yaml").write_text(DIALPLAN)
    account = load_account(folder / "bakery.yaml", sounds_cache=folder, prompts_dir=Path("prompts").resolve())
    return Place(account, Office(), lambda _: False, lambda _: Count())


def test_every_key_that_is_shown_has_a_lamp(tmp_path: Path) -> None:
    here = place(tmp_path)
    table = re.findall(r"^\| [^|]*`([*\d]+)`[^|]* \| ", PAGE, re.MULTILINE)
    assert len(table) == 7
    for number in (*table, "*282"):
        assert DialogInfo().find(here, "anna", number) is not None, number
    for number in ("800", "*97"):
        assert f"`{number}`" in PAGE
        assert MessageSummary().find(here, "anna", number) is not None, number


def test_the_figures_are_those_of_the_code() -> None:
    words = " ".join(PAGE.split())
    assert RESTORED_A_SECOND == 1000
    assert "a thousand a second" in words
    assert f"{MAX_TEXT:,} bytes" in words
    assert f"{MAX_WAITING} wait for one person, {MAX_FROM_ONE} of one sender" in words
    assert f"{int(Settings().keep_texts // 86400)} days" in words
