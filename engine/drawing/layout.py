"""Where everything stands: a column for each layer, from left to right; cards as near to what leads to them as can be.

Arrows run in the gaps between columns only, and cards keep their order. So nothing overlaps and no arrows cross,
whatever the heights are; the heights are those at which arrows bend the least (``spread``, an exact least-squares fit).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from engine.drawing.cards import Card, card_of, natural_width
from engine.drawing.graph import Graph

SMALL_GAP = 9.0
LARGE_GAP = 24.0
SMALL = 60.0
"""Cards up to this height stand close to each other if the same card leads to them, or cards that stand close."""
TRACK = 9.0
SHOULDER = 26.0
"""What an arrow runs straight before its first and after its last bend."""
SWEEPS = 40


@dataclass(frozen=True, slots=True)
class Placed:
    """A card and the position of its upper left corner."""

    card: Card
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a row of box ``start`` to box ``end``: right to ``bend_x``, up or down, right to the end."""

    start: int
    row: int
    end: int
    x: float
    y: float
    bend_x: float
    end_x: float
    end_y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The cards in the order of their boxes, the arrows, and the size of it all."""

    cards: tuple[Placed, ...]
    arrows: tuple[Arrow, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Link:
    """An arrow before it has a place: boxes, row, and the heights within the cards at which it is fixed."""

    start: int
    row: int
    end: int
    leaves: float
    arrives: float


def lay_out(graph: Graph) -> Layout:
    """Places for all boxes and arrows of a graph; the same graph gives the same places."""
    columns = []
    for layer in graph.layers():
        column_width = max(map(natural_width, layer))
        columns.append([card_of(box, column_width) for box in layer])
    cards = [card for column in columns for card in column]
    links = [_link(cards, start.number, start.rows.index(row), end.number) for start, row, end in graph.arrows()]
    tops = _heights(columns, links)
    placed: list[Placed] = []
    arrows: list[Arrow] = []
    x = 0.0
    for column in columns:
        placed += [Placed(card, x, tops[card.box.number]) for card in column]
        right = x + column[0].width
        here = [link for link in links if cards[link.start].box.layer == column[0].box.layer]
        tracks = _tracks(here, tops)
        gap = 2 * SHOULDER + TRACK * max(tracks.values(), default=0)
        arrows += [_arrow(link, tops, right, right + gap, tracks) for link in here]
        x = right + gap
    return Layout(
        tuple(placed),
        tuple(arrows),
        width=max(one.x + one.card.width for one in placed),
        height=max(one.y + one.card.height for one in placed),
    )


def _link(cards: Sequence[Card], start: int, row: int, end: int) -> _Link:
    return _Link(start, row, end, cards[start].ports[row], cards[end].entry)


# --- heights ----------------------------------------------------------------------------------------------------------


def _heights(columns: Sequence[Sequence[Card]], links: Sequence[_Link]) -> list[float]:
    """The top of each card: what the neighbours in both directions would have it be, as far as there is room."""
    wishes: dict[int, list[tuple[int, float]]] = {}
    parents: dict[int, set[int]] = {}
    for link in links:
        wishes.setdefault(link.end, []).append((link.start, link.leaves - link.arrives))
        wishes.setdefault(link.start, []).append((link.end, link.arrives - link.leaves))
        parents.setdefault(link.end, set()).add(link.start)
    close: set[tuple[int, int]] = set()
    steps = [_steps(column, parents, close) for column in columns]
    tops: dict[int, float] = {}
    for column, offsets in zip(columns, steps, strict=True):
        tops.update({card.box.number: offset for card, offset in zip(column, offsets, strict=True)})
    order = list(range(len(columns)))
    for sweep in range(SWEEPS):
        for index in order if sweep % 2 else reversed(order):
            numbers = [card.box.number for card in columns[index]]
            wanted = [_mean(tops[other] + by for other, by in wishes.get(n, [(n, 0.0)])) for n in numbers]
            weights = [float(len(wishes.get(n, ())) or 1) for n in numbers]
            tops.update(zip(numbers, spread(wanted, steps[index], weights), strict=True))
    highest = min(tops.values())
    return [round(tops[number] - highest, 1) for number in sorted(tops)]


def _steps(column: Sequence[Card], parents: dict[int, set[int]], close: set[tuple[int, int]]) -> list[float]:
    """How far each card is at least below the first one of its column. ``close`` has the pairs that stand close."""
    offsets = [0.0]
    for above, below in pairwise(column):
        pair = (above.box.number, below.box.number)
        led = product(parents.get(pair[0], ()), parents.get(pair[1], ()))
        small = max(above.height, below.height) <= SMALL
        if small and any(one == other or (one, other) in close for one, other in led):
            close.add(pair)
        offsets.append(offsets[-1] + above.height + (SMALL_GAP if pair in close else LARGE_GAP))
    return offsets


def _mean(values: Iterable[float]) -> float:
    gathered = list(values)
    return sum(gathered) / len(gathered)


def spread(wanted: Sequence[float], steps: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The positions nearest to those wanted (least weighted squares) that keep their order and distances.

    ``steps[i]`` is how far position i is at least from position 0. Neighbours that want to be closer than allowed form
    a block that moves as one (pool adjacent violators).
    """
    blocks: list[tuple[float, float, int]] = []
    for want, step, weight in zip(wanted, steps, weights, strict=True):
        mean, total, count = want - step, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, its_weight, its_count = blocks.pop()
            mean = (mean * total + other * its_weight) / (total + its_weight)
            total, count = total + its_weight, count + its_count
        blocks.append((mean, total, count))
    means = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + step for mean, step in zip(means, steps, strict=True)]


# --- arrows -----------------------------------------------------------------------------------------------------------


def _tracks(links: Sequence[_Link], tops: Sequence[float]) -> dict[_Link, int]:
    """Which vertical line of a gap each arrow takes, counted from the left, so that none crosses another.

    Links come from top to bottom. Of two that go down beside each other the upper one turns further right, of two that
    go up the lower one. Those to the same card share a line.
    """
    spans = {link: (tops[link.start] + link.leaves, tops[link.end] + link.arrives) for link in links}
    down = [link for link in reversed(links) if spans[link][0] < spans[link][1]]
    up = [link for link in links if spans[link][0] > spans[link][1]]
    tracks = dict.fromkeys(links, 0)
    for direction in (down, up):
        for index, link in enumerate(direction):
            beside = [other for other in direction[:index] if _overlap(spans[link], spans[other])]
            tracks[link] = max((tracks[other] + (other.end != link.end) for other in beside), default=0)
    return tracks


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return max(min(one), min(other)) <= min(max(one), max(other))


def _arrow(link: _Link, tops: Sequence[float], x: float, end_x: float, tracks: dict[_Link, int]) -> Arrow:
    return Arrow(
        link.start,
        link.row,
        link.end,
        x=x,
        y=tops[link.start] + link.leaves,
        bend_x=x + SHOULDER + TRACK * tracks[link],
        end_x=end_x,
        end_y=tops[link.end] + link.arrives,
    )
