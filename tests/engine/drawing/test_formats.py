"""The picture as SVG and Mermaid: well formed whatever people are called, the same every time, nothing missing."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from engine.dialplan.caption import Shape
from engine.drawing.graph import graph_of
from engine.drawing.mermaid import mermaid_of
from engine.drawing.palette import LOOKS
from engine.drawing.svg import svg_of
from tests.engine.drawing.plans import NASTY, PLANS, Load, company, framed
from tests.scripts import script

draw_account = script("draw_account")

SVG = "{http://www.w3.org/2000/svg}"
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BOX = re.compile(r'    (b\d+)(\(\[|\{\{|\[\(|\(|\[|>)"([^"]*)"(\]\)|\}\}|\)\]|\)|\]):::(a\w+)')
WAY = re.compile(r'    (b\d+) (-->|-\.->)(?:\|"([^"]*)"\|)? (b\d+)(_\d+(?:\(\[|\()"[^"]*"(?:\]\)|\)):::a\w+)?')


@SOME
@given(PLANS)
def test_the_svg_is_well_formed_and_has_every_box_and_arrow(load: Load, plan: object) -> None:
    graph = graph_of(load(plan))
    root = ElementTree.fromstring(svg_of(graph))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {f"box-{box.number}" for box in graph.boxes} <= set(ids)
    assert len(root.findall(f".//{SVG}path[@class='arrow']")) == len(list(graph.arrows()))
    for element in root.iter():
        if element.get("href"):
            assert (element.get("href") or "").removeprefix("#") in ids


def test_names_are_text_never_markup(load: Load) -> None:
    graph = graph_of(load(framed("desk", {})))
    root = ElementTree.fromstring(svg_of(graph))
    assert not root.findall(f".//{SVG}b")
    shown = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert any(text.startswith("<b>Tom") for text in shown)
    assert any((title.text or "").startswith(f"{NASTY} 101") for title in root.iter(f"{SVG}title"))


def test_what_is_cut_for_want_of_room_stands_in_the_title(load: Load) -> None:
    texts = ["goodbye.wav"] * 15
    root = ElementTree.fromstring(svg_of(graph_of(load(framed({"play": texts}, {})))))
    shown = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert any(text.endswith("…") for text in shown)
    assert any(", ".join(texts) in (title.text or "") for title in root.iter(f"{SVG}title"))


def test_the_legend_has_the_shapes_of_this_picture_only(load: Load) -> None:
    text = svg_of(graph_of(load(framed({"voicemail": "orders"}, {}))))
    told = {shape for shape, look in LOOKS.items() if f">{look.meaning}<" in text}
    assert told == {Shape.NUMBER, Shape.VOICEMAIL, Shape.END}


def test_the_same_account_gives_the_same_bytes(load: Load) -> None:
    for plan in (company(), framed("desk", {})):
        first, second = graph_of(load(plan)), graph_of(load(plan))
        assert svg_of(first) == svg_of(second)
        assert mermaid_of(first) == mermaid_of(second)


@SOME
@given(PLANS)
def test_mermaid_has_every_box_and_arrow_and_no_stray_markup(load: Load, plan: object) -> None:
    graph = graph_of(load(plan))
    first, *rest = mermaid_of(graph).splitlines()
    assert first == "flowchart LR"
    boxes = [match for line in rest if (match := BOX.fullmatch(line))]
    ways = [match for line in rest if (match := WAY.fullmatch(line))]
    classes = {line.split()[1] for line in rest if line.startswith("    classDef ")}
    assert len(boxes) + len(ways) + len(classes) == len(rest)
    assert [box[1] for box in boxes] == [f"b{box.number}" for box in graph.boxes]
    shown = sum(row.shown for box in graph.boxes for row in box.rows)
    assert len(ways) == shown
    assert {match[4] for match in ways if not match[5]} <= {box[1] for box in boxes}
    assert {box[5] for box in boxes} <= classes
    for label in (match[3] or "" for match in (*boxes, *ways)):
        assert not re.search(r'[<>"`|{}\[\]]', label.replace("<br/>", ""))
        assert not re.match(r"\d+\. |[-+*] ", label)


@pytest.mark.parametrize("dialplan", draw_account.DIALPLANS, ids=lambda path: path.stem)
def test_the_pictures_of_the_examples_are_current(dialplan: Path) -> None:
    kept = draw_account.picture(dialplan).read_text(encoding="utf-8")
    assert kept == draw_account.render(dialplan), "run make docs"
