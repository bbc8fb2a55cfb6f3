"""Changes of a plan in the language of whoever looks: all that the engine says of them can be translated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from engine.dialplan import difference
from engine.dialplan.change import Change
from web.editing.changes import SENTENCES, said_of
from web.shell.languages import catalogues


def texts_in(path: Path) -> Iterator[str]:
    """The sentences that a module makes changes of: literals, and constants of its own."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Change":
            text = node.args[0]
            if isinstance(text, ast.Constant):
                yield text.value
            elif isinstance(text, ast.Name):
                yield getattr(difference, text.id)
            else:
                assert ast.unparse(text) == "NAMED[noun]"
                yield from difference.NAMED.values()


def test_every_sentence_of_the_engine_is_in_the_catalogues() -> None:
    assert set(texts_in(Path(difference.__file__))) == {each.text for each in SENTENCES}


def test_a_change_is_a_sentence_in_english_and_in_dutch() -> None:
    key = Change("{where}: key {key}", where=Change("menu {name}", name="{welcome}"), key="3")
    change = Change(difference.LEADS, where=key, now="ring orders", before=Change("left out"))
    assert change == "menu {welcome}: key 3 now leads to ring orders (was left out)"
    assert str(said_of(change)) == change
    dutch = said_of(change).translated(catalogues()["nl"])
    assert dutch == "menu {welcome}: toets 3 leidt nu naar ring orders (was weggelaten)"
