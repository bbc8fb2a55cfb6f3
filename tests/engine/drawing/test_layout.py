"""Where things stand: nothing overlaps, arrows end at boxes and cross neither boxes nor each other, texts fit."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.drawing.cards import SIZES, Plate, Text, card_of, natural_width
from engine.drawing.graph import Graph, graph_of
from engine.drawing.layout import Arrow, Layout, Placed, lay_out, spread
from engine.drawing.text import ELLIPSIS, width, wrap
from tests.engine.drawing.plans import PARKING, PLANS, Load, company, framed

MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Line = tuple[float, float, float, float]


def overlap(one: Placed, other: Placed) -> bool:
    return (
        one.x < other.x + other.card.width
        and other.x < one.x + one.card.width
        and one.y < other.y + other.card.height
        and other.y < one.y + one.card.height
    )


def lines(arrow: Arrow) -> list[Line]:
    """The three straight parts of an arrow: x, y, x, y."""
    return [
        (arrow.x, arrow.y, arrow.bend_x, arrow.y),
        (arrow.bend_x, min(arrow.y, arrow.end_y), arrow.bend_x, max(arrow.y, arrow.end_y)),
        (arrow.bend_x, arrow.end_y, arrow.end_x, arrow.end_y),
    ]


def cross(one: Line, other: Line) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def assert_clear(graph: Graph, layout: Layout) -> None:
    for one, other in combinations(layout.cards, 2):
        assert not overlap(one, other)
    assert len(layout.arrows) == len(list(graph.arrows()))
    for arrow in layout.arrows:
        start, end = layout.cards[arrow.start], layout.cards[arrow.end]
        assert arrow.x == pytest.approx(start.x + start.card.width)
        assert start.y < arrow.y < start.y + start.card.height
        assert arrow.end_x == pytest.approx(end.x)
        assert end.y < arrow.end_y < end.y + end.card.height
        assert arrow.x < arrow.bend_x < arrow.end_x
    for one, other in combinations(layout.arrows, 2):
        if one.end != other.end:
            assert not any(cross(part, its) for part in lines(one) for its in lines(other))


def assert_texts_fit(layout: Layout) -> None:
    for placed in layout.cards:
        card = placed.card
        for part in card.parts:
            if isinstance(part, Text):
                left = part.x - part.room if part.at_end else part.x
                assert left >= 0
                assert left + part.room <= card.width
                assert width(part.text, SIZES[part.style], bold=part.style == "title") <= part.room + 0.01
                assert part.y < card.height
            elif isinstance(part, Plate):
                assert part.x + part.width <= card.width


@MANY
@given(PLANS)
def test_nothing_overlaps_and_no_arrows_cross(load: Load, plan: object) -> None:
    graph = graph_of(load(plan))
    layout = lay_out(graph)
    assert_clear(graph, layout)
    assert_texts_fit(layout)


def test_a_card_as_wide_as_it_likes_to_be_breaks_no_title(load: Load) -> None:
    people = {f"p{n}": {"extension": 200 + n, "name": "Front desk of us"[: 3 + n]} for n in range(13)}
    for name in people:
        box = graph_of(load(framed({"ring": name, "else": {"voicemail": name}}, {}, people))).boxes[1]
        card = card_of(box, natural_width(box))
        assert [part.text for part in card.parts if isinstance(part, Text)] == [box.title, "else (25 s)"]


def test_a_company_of_sixty_fits_on_a_poster(load: Load) -> None:
    graph = graph_of(load(company()))
    layout = lay_out(graph)
    assert_clear(graph, layout)
    assert 0.5 < layout.height / layout.width < 2


def test_a_chain_of_boxes_is_a_straight_line(load: Load) -> None:
    layout = lay_out(graph_of(load(company(people=12))))
    straight = [abs(arrow.end_y - arrow.y) < 0.5 for arrow in layout.arrows if layout.cards[arrow.start].card.box.badge]
    assert straight == [True] * 12


NUMBERS = st.floats(-1000, 1000)


@given(st.lists(st.tuples(NUMBERS, st.floats(0, 50), st.floats(0.5, 5)), min_size=1, max_size=12), NUMBERS)
def test_spreading_keeps_distances_and_nothing_near_it_is_better(
    boxes: list[tuple[float, float, float]], nudge: float
) -> None:
    wanted = [want for want, _, _ in boxes]
    steps = [sum(gap for _, gap, _ in boxes[1 : at + 1]) for at in range(len(boxes))]
    weights = [weight for _, _, weight in boxes]
    places = spread(wanted, steps, weights)

    def cost(at: list[float]) -> float:
        return sum(weight * (place - want) ** 2 for place, want, weight in zip(at, wanted, weights, strict=True))

    def allowed(at: list[float]) -> bool:
        return all(b - a >= t - s - 1e-6 for (a, b), (s, t) in zip(pairwise(at), pairwise(steps), strict=True))

    assert allowed(places)
    for index in range(len(places)):
        for moved in (places[:index], places[index:]):
            other = [place + nudge / 100 * (place in moved) for place in places]
            if allowed(other):
                assert cost(other) >= cost(places) - 1e-6 * (1 + cost(places))


PRINTED = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=80)
"""No name and no text of a dialplan has control characters in it."""


@given(PRINTED, st.floats(40, 300), st.integers(1, 4))
def test_wrapping_keeps_to_its_room_and_loses_nothing_silently(text: str, room: float, most: int) -> None:
    wrapped = wrap(text, 12, room, lines=most)
    assert 1 <= len(wrapped) <= most
    assert all(width(line, 12) <= room + 1e-6 for line in wrapped)
    kept = "".join("".join(wrapped).split())
    whole = "".join(text.split())
    if kept != whole:
        assert kept.endswith(ELLIPSIS)
        assert whole.startswith(kept.removesuffix(ELLIPSIS))


def test_parked_calls_stand_clear_of_the_others(load: Load) -> None:
    graph = graph_of(load(PARKING))
    assert_clear(graph, lay_out(graph))
