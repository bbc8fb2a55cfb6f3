"""The graph of an account: complete, with nothing in it that is not in the dialplan, and as plain as can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from engine.dialplan.account import Account
from engine.dialplan.caption import IN_PLACE, Shape
from engine.dialplan.model import KINDS, Exit, Node
from engine.dialplan.nodes.menu import ToMenu
from engine.dialplan.nodes.words import WayHome, Word
from engine.drawing.graph import ANYBODY, NUMBERS_SHOWN, THE_END, Box, Graph, Row, graph_of
from tests.engine.drawing.plans import PARKING, PLANS, Load, company, framed

MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def at_root(graph: Graph) -> Row:
    [row] = graph.boxes[0].rows
    return row


def led_to(graph: Graph, row: Row) -> Box | None:
    """The box a row leads to, be it by an arrow or by name."""
    number = row.to if row.to is not None else row.mark.to if row.mark else None
    return None if number is None else graph.boxes[number]


def in_the_menus(account: Account, node: Node) -> Node:
    return account.menus[node.menu] if isinstance(node, ToMenu) else node


def assert_row_tells(account: Account, graph: Graph, row: Row, to: Node | None, *, open_ended: bool = False) -> None:
    """The row leads where the exit does."""
    box = led_to(graph, row)
    if to is None:
        assert box is None
        assert row.mark is not None
        assert row.mark.text == (ANYBODY if open_ended else THE_END)
    elif isinstance(to, Word | WayHome) or to.shape in IN_PLACE:
        assert box is None
        assert row.mark is not None
        texts = {to.caption(account).title, "hang up", "hang up: busy", "hang up: no answer", "hang up: not available"}
        assert row.mark.text in texts | {"hang up: declined"}
    else:
        assert box is not None
        there = in_the_menus(account, to)
        assert (box.shape, box.title) == (there.shape, there.caption(account).title)


def walk(account: Account, graph: Graph) -> Iterator[tuple[Node, Box]]:
    """Every reachable node with its box; every exit is asserted on the way."""
    assert_row_tells(account, graph, at_root(graph), account.main)
    seen = set()
    waiting = [(account.main, at_root(graph))]
    while waiting:
        to, row = waiting.pop()
        box = led_to(graph, row)
        if box is None:
            continue
        node = in_the_menus(account, to)
        if (id(node), box.number) in seen:
            continue
        seen.add((id(node), box.number))
        yield node, box
        told = [name for row in box.rows for name in row.exits]
        ways = [way for way in node.exits() if not way.apart]
        assert sorted(told) == sorted(way.name for way in ways)
        for way in ways:
            [row] = [row for row in box.rows if way.name in row.exits]
            assert_row_tells(account, graph, row, way.to, open_ended=way.open_ended)
            if way.to is not None:
                waiting.append((way.to, row))


@MANY
@given(PLANS)
def test_every_exit_of_every_reachable_node_is_there_and_nothing_else(load: Load, plan: object) -> None:
    account = load(plan)
    graph = graph_of(account)
    drawn = {0, *(box.number for _, box in walk(account, graph))}
    assert drawn == {box.number for box in graph.boxes}


@MANY
@given(PLANS)
def test_a_menu_is_drawn_once_and_every_arrow_leads_one_layer_on(load: Load, plan: object) -> None:
    graph = graph_of(load(plan))
    menus = [box.title for box in graph.boxes if box.shape is Shape.MENU]
    assert len(menus) == len(set(menus))
    assert all(end.layer == start.layer + 1 for start, _, end in graph.arrows())
    assert [box.number for box in graph.boxes] == list(range(len(graph.boxes)))
    assert [box.layer for box in graph.boxes] == sorted(box.layer for box in graph.boxes)
    assert {end.number for _, _, end in graph.arrows()} == {box.number for box in graph.boxes[1:]}


def menu(keys: dict[str, object], **more: object) -> dict[str, object]:
    return {"greeting": "please-hold.wav", "keys": keys, **more}


def row_of(box: Box, exit_name: str) -> Row:
    [row] = [row for row in box.rows if exit_name in row.exits]
    return row


def box_called(graph: Graph, title: str) -> Box:
    [box] = [box for box in graph.boxes if box.title == title]
    return box


def test_neighbouring_keys_that_lead_alike_share_a_box_and_others_have_their_own(load: Load) -> None:
    ring = {"ring": "orders", "else": {"voicemail": "orders"}}
    graph = graph_of(load(framed("a", {"a": menu({"1": ring, "2": ring, "3": "goodbye.wav", "4": ring})})))
    rows = [row_of(box_called(graph, "a"), key) for key in "1234"]
    assert rows[0].to == rows[1].to
    assert len({row.to for row in rows}) == 3


def test_menus_share_no_boxes_even_if_they_are_neighbours(load: Load) -> None:
    menus = {"a": menu({"1": {"menu": "b"}, "2": {"menu": "c"}}), "b": menu({"1": "desk"}), "c": menu({"1": "desk"})}
    graph = graph_of(load(framed("a", menus)))
    assert row_of(box_called(graph, "b"), "1").to != row_of(box_called(graph, "c"), "1").to


def test_a_way_back_to_a_menu_is_its_name_not_an_arrow(load: Load) -> None:
    menus = {"a": menu({"1": {"menu": "b"}}), "b": menu({"1": {"menu": "a"}, "*": "back"})}
    graph = graph_of(load(framed("a", menus)))
    mark = row_of(box_called(graph, "b"), "1").mark
    assert mark is not None
    assert (mark.text, mark.to) == ("a", box_called(graph, "a").number)
    assert row_of(box_called(graph, "a"), "1").to == box_called(graph, "b").number


def test_a_menu_stands_where_it_is_nearest_to_the_caller(load: Load) -> None:
    menus = {"a": menu({"1": {"menu": "b"}, "2": {"menu": "c"}}), "b": menu({"1": {"menu": "c"}}), "c": menu({})}
    graph = graph_of(load(framed("a", menus)))
    assert row_of(box_called(graph, "a"), "2").to == box_called(graph, "c").number


def test_words_outside_any_menu_end_the_call(load: Load) -> None:
    graph = graph_of(load(framed([{"during": "open", "play": "goodbye.wav"}, "repeat"], {})))
    marks = [row.mark.text for box in graph.boxes for row in box.rows if row.mark]
    assert marks == ["hang up", "hang up"]


def test_ways_to_the_same_are_one_row_and_an_answered_call_is_not_shown(load: Load) -> None:
    account = load(framed({"ring": "orders", "for": "30s", "busy": "goodbye.wav", "else": {"voicemail": "orders"}}, {}))
    box = box_called(graph_of(account), "orders")
    assert [(row.label, row.exits, row.shown) for row in box.rows if row.shown] == [
        ("busy", ("busy",), True),
        ("else (30 s)", ("no_answer", "declined", "not_registered"), True),
    ]
    assert row_of(box, "answered").shown is False


def test_the_hours_say_when(load: Load) -> None:
    graph = graph_of(load(framed([{"during": "open", "menu": "a"}, "hang_up"], {"a": menu({})})))
    row = row_of(box_called(graph, "By the hour"), "open")
    assert (row.label, row.notes) == ("open", ("mon–fri 08:00–17:30, not on public holidays",))


def test_numbers_that_are_somebodys_own_stand_with_the_people(load: Load) -> None:
    graph = graph_of(load(framed("desk", {})))
    assert graph.boxes[0].notes == ("+31 20 123 4567", "+31 20 123 4569")
    assert [(one.dialled, one.number) for one in graph.people] == [("101", "+31 20 123 4568"), ("102", "")]


def test_star_codes_of_the_account_are_listed_and_those_that_everybody_has_are_not(load: Load) -> None:
    plan = framed("desk", {"a": menu({})}) | {"switches": ["night"], "features": {"*7": {"menu": "a"}}}
    assert [(one.dialled, one.name) for one in graph_of(load(plan)).codes] == [
        ("*281", "switch night"),
        ("*7", "to menu: a"),
    ]


def test_more_numbers_than_one_reads_are_counted(load: Load) -> None:
    plan = framed("desk", {})
    plan["numbers"] = {"main": "+31 20 123 4567", "others": [f"+31 20 123 5{n:03}" for n in range(40)]}
    notes = graph_of(load(plan)).boxes[0].notes
    assert len(notes) == NUMBERS_SHOWN + 1
    assert notes[-1] == f"and {41 - NUMBERS_SHOWN} more"


@pytest.fixture
def pause() -> Iterator[type[Node]]:
    """A kind of node that has never heard of drawings."""

    class Pause(Node):
        kind = "pause_for_a_test"
        then: object = None
        extra: object = None

        @property
        def name(self) -> str:
            return "three seconds"

        def exits(self) -> Iterable[Exit]:
            return Exit("was_over", self.then), Exit("12", self.extra), Exit("nobody")  # type: ignore[arg-type]

    yield Pause
    del KINDS["pause_for_a_test"]


def test_a_new_kind_is_drawn_without_a_word_about_it(load: Load, pause: type[Node]) -> None:
    account = load(framed("a", {"a": menu({})}))
    node = pause.model_construct(then=ToMenu(menu="a"), extra=pause.model_construct(then=Word(word="back")))
    graph = graph_of(replace(account, main=node))
    box = graph.boxes[1]
    assert (box.shape, box.title) == (Shape.STEP, "pause for a test: three seconds")
    assert [(row.label, row.key) for row in box.rows] == [
        ("was over", ""), ("pause for a test: three seconds", "12"), ("nobody", ""),
    ]  # fmt: skip
    assert row_of(box, "was_over").to == box_called(graph, "a").number
    assert row_of(box, "nobody").mark is not None


def test_a_company_of_sixty_has_everybody_once(load: Load) -> None:
    graph = graph_of(load(company()))
    rung = [box.badge for box in graph.boxes if box.shape is Shape.PERSON]
    assert sorted(rung) == [one.dialled for one in graph.people] == [str(2000 + n) for n in range(60)]
    assert sum(box.shape is Shape.MENU for box in graph.boxes) == 16


def test_parked_calls_begin_a_tree_of_their_own(load: Load) -> None:
    graph = graph_of(load(PARKING))
    assert [box.title for box in graph.layers()[0]] == ["Callers dial", "Parked calls"]
    way = row_of(box_called(graph, "Parked calls"), "nobody_came")
    assert way.to is not None
    assert graph.boxes[way.to].title == "Voicemail: who parked them"
    for each in (*graph.boxes[:1], *graph.layers()[1]):
        assert "parked" not in [name for row in each.rows for name in row.exits]
