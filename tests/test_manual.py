"""The pages on the dialplan: made from the code as it is, and every example in them loads."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.dialplan.account import Account, Dialplan
from engine.dialplan.load import load_account
from engine.dialplan.model import KINDS
from engine.dialplan.source import read_source
from tests.engine.dialplan.test_every_node import FRAME, PLAIN_MENU
from tests.scripts import script

ROOT = Path(__file__).resolve().parents[1]
BASE = """
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, languages: [en, nl]}
numbers: {main: "+31 20 123 4567"}
people: {front-desk: {extension: 101}, orders: {extension: 102}}
hours: {open: {}}
switches: [night]
parking: {slots: 701-709}
groups: {sales: {members: [orders]}}
menus: {welcome: {greeting: welcome.wav}, staff: {greeting: welcome.wav}}
main_number: hang_up
"""

docs_nodes = script("docs_nodes")


def blocks(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)


def load(text: str, folder: Path) -> Account:
    soundfile.write(folder / "welcome.wav", np.sin(np.arange(800) / 3) / 2, 8000)
    for book in ("customers.csv", "regulars.csv"):
        (folder / book).write_text("+31 70 444 5566, Anna Bakker\n")
    path = folder / "shown.yaml"
    path.write_text(re.sub(r"[\w-]+\.wav", "welcome.wav", text))
    return load_account(path, sounds_cache=folder, prompts_dir=folder)


def test_the_page_of_nodes_is_what_make_docs_makes() -> None:
    assert docs_nodes.PAGE.read_text() == docs_nodes.page(), "run make docs"


def test_every_kind_has_its_part_with_its_fields() -> None:
    parts = docs_nodes.PAGE.read_text().split("\n## ")[1:]
    assert len(parts) == len(KINDS)
    for kind in KINDS.values():
        (part,) = [part for part in parts if part.startswith(f"{docs_nodes._title(kind)}\n")]
        for name, field in kind.model_fields.items():
            assert not field.description or f"| `{field.alias or name}` |" in part


def test_every_field_an_admin_may_write_is_described() -> None:
    for kind in KINDS.values():
        if kind.keys:
            assert [name for name, field in kind.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("block", blocks("nodes.md"))
def test_every_example_of_a_node_loads(block: str, tmp_path: Path) -> None:
    if "greeting" in read_source(block.encode(), lambda *_: None):
        load(FRAME.format(main="more", node="back", more=textwrap.indent(block, "    ")), tmp_path)
        return
    node = "\n" + textwrap.indent(block, "        ") if "\n" in block.strip() else block
    load(FRAME.format(main="welcome", node=node.rstrip(), more=PLAIN_MENU), tmp_path)


@pytest.mark.parametrize("block", blocks("dialplan.md"))
def test_every_part_of_a_dialplan_that_is_shown_loads(block: str, tmp_path: Path) -> None:
    shown = read_source(block.encode(), lambda *_: None)
    assert set(shown) <= set(Dialplan.yaml_names())
    kept = [line for line in BASE.strip().splitlines() if line.split(":")[0] not in shown]
    load("\n".join([*kept, block]), tmp_path)


def test_the_pages_lead_to_each_other() -> None:
    for page in ("dialplan.md", "checking.md", "nodes.md"):
        text = (ROOT / "docs" / page).read_text()
        for target in re.findall(r"\]\(([\w-]+\.md)\)", text):
            assert (ROOT / "docs" / target).exists()
        parts = {
            re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", text, re.M)
        }
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= parts
