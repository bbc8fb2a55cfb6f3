"""The picture as SVG: to look at in a browser, to print, to hang on a wall."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from engine.dialplan.caption import Shape
from engine.drawing.cards import SIGN, SIZES, Ending, Part, Plate, Rule, Sign, Text
from engine.drawing.graph import Box, Graph, Row
from engine.drawing.layout import Arrow, Layout, Placed, lay_out
from engine.drawing.palette import ARROW, HAIRLINE, INK, LOOKS, MUTED
from engine.drawing.people import Panel, panel_of
from engine.drawing.text import width, wrap

MARGIN = 32.0
TITLE_SIZE = 26.0
TITLE_HEIGHT = 76.0
LEGEND_LINE = 26.0
PANEL_GAP = 40.0
PANEL_SPACE = 24.0
NARROWEST = 700.0
ROUNDING = 7.0
BEND = 8.0
FONTS = "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"

STYLE = f"""\
text {{ font-family: {FONTS}; fill: {INK}; }}
a:hover text {{ text-decoration: underline; }}
.account {{ font-size: {TITLE_SIZE}px; font-weight: 700; }}
.about {{ font-size: 13px; fill: {MUTED}; }}
.heading {{ font-size: 13px; font-weight: 700; }}
.title {{ font-size: {SIZES["title"]}px; font-weight: 700; }}
.label {{ font-size: {SIZES["label"]}px; }}
.note {{ font-size: {SIZES["note"]}px; fill: {MUTED}; }}
.mark {{ font-size: {SIZES["mark"]}px; fill: currentColor; }}
.badge {{ font-size: {SIZES["badge"]}px; font-weight: 700; fill: #fff; text-anchor: middle; }}
.key {{ font-size: {SIZES["key"]}px; font-weight: 700; fill: #fff; text-anchor: middle; }}
.end {{ text-anchor: end; }}
.plate {{ fill: currentColor; }}
.sign {{ fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }}
.card {{ stroke: currentColor; stroke-width: 1.4; }}
.rule {{ stroke: currentColor; stroke-opacity: 0.25; }}
.arrow {{ fill: none; stroke: {ARROW}; stroke-width: 1.5; }}
"""


def svg_of(graph: Graph) -> str:
    """The whole picture; the same graph gives the same text."""
    layout = lay_out(graph)
    inner = max(layout.width, NARROWEST)
    legend = list(_legend_lines(graph, inner))
    panels = (panel_of("People by extension", graph.people, inner), panel_of("Star codes", graph.codes, inner))
    below = list(_stacked(panels, TITLE_HEIGHT + layout.height + PANEL_GAP))
    legend_y = TITLE_HEIGHT + layout.height + PANEL_GAP + sum(map(_room_of, panels))
    page_width, page_height = inner + 2 * MARGIN, legend_y + len(legend) * LEGEND_LINE + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(page_width)} {_n(page_height)}"'
        f' width="{_n(page_width)}" height="{_n(page_height)}" role="img" aria-labelledby="picture-title">',
        f'<title id="picture-title">{_t(graph.title)}: where a call goes</title>',
        f"<style>\n{STYLE}</style>",
        *_definitions(),
        f'<rect width="{_n(page_width)}" height="{_n(page_height)}" fill="#fff"/>',
        f'<g transform="translate({_n(MARGIN)} {_n(MARGIN)})">',
        *_heading(graph, inner),
        f'<g transform="translate(0 {_n(TITLE_HEIGHT)})">',
        *_arrows(layout),
        *(line for placed in layout.cards for line in _card(placed)),
        "</g>",
        *(line for panel, y in below for line in _panel(panel, y)),
        *_legend(legend, legend_y),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _t(text: str) -> str:
    """``text`` as XML has it; control characters, which it cannot have, are left out."""
    return escape("".join(c for c in text if c.isprintable()), quote=True)


def _definitions() -> Iterator[str]:
    yield "<defs>"
    yield (
        f'<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"'
        f' markerUnits="userSpaceOnUse"><path d="M0 .6 10 5 0 9.4z" fill="{ARROW}"/></marker>'
    )
    for shape, look in LOOKS.items():
        yield f'<g id="{_sign_id(shape)}" class="sign">{look.sign}</g>'
    yield "</defs>"


def _sign_id(shape: Shape) -> str:
    return f"sign-{shape.name.lower()}"


def _heading(graph: Graph, room: float) -> Iterator[str]:
    title = wrap(graph.title, TITLE_SIZE, room, lines=1, bold=True)[0]
    yield f'<text class="account" y="{_n(TITLE_SIZE - 4)}">{_t(title)}</text>'
    yield f'<text class="about" y="{_n(TITLE_SIZE + 18)}">Where a call goes, from left to right</text>'


# --- cards and arrows -------------------------------------------------------------------------------------------------


def _arrows(layout: Layout) -> Iterator[str]:
    for arrow in layout.arrows:
        yield f'<path class="arrow" d="{_path(arrow)}" marker-end="url(#tip)"/>'


def _path(arrow: Arrow) -> str:
    """Straight where it can be, else with two rounded corners; a small step is a gentle curve."""
    rise = arrow.end_y - arrow.y
    start = f"M{_n(arrow.x)} {_n(arrow.y)}"
    if abs(rise) < 0.5:
        return f"{start}H{_n(arrow.end_x)}"
    if abs(rise) < 2 * BEND:
        before, after = _n(arrow.bend_x - 2 * BEND), _n(arrow.bend_x + 2 * BEND)
        curve = f"C{_n(arrow.bend_x)} {_n(arrow.y)} {_n(arrow.bend_x)} {_n(arrow.end_y)} {after} {_n(arrow.end_y)}"
        return f"{start}H{before}{curve}H{_n(arrow.end_x)}"
    turn = BEND if rise > 0 else -BEND
    return (
        f"{start}H{_n(arrow.bend_x - BEND)}"
        f"Q{_n(arrow.bend_x)} {_n(arrow.y)} {_n(arrow.bend_x)} {_n(arrow.y + turn)}"
        f"V{_n(arrow.end_y - turn)}"
        f"Q{_n(arrow.bend_x)} {_n(arrow.end_y)} {_n(arrow.bend_x + BEND)} {_n(arrow.end_y)}"
        f"H{_n(arrow.end_x)}"
    )


def _card(placed: Placed) -> Iterator[str]:
    card = placed.card
    look = LOOKS[card.box.shape]
    at = f"translate({_n(placed.x)} {_n(placed.y)})"
    yield f'<g id="{_box_id(card.box.number)}" transform="{at}" color="{look.strong}">'
    yield f"<title>{_t(_told(card.box))}</title>"
    size = f'width="{_n(card.width)}" height="{_n(card.height)}"'
    yield f'<rect class="card" {size} rx="{_n(ROUNDING)}" fill="{look.pale}"/>'
    for part in card.parts:
        yield from _part(part, card.width)
    yield "</g>"


def _box_id(number: int) -> str:
    return f"box-{number}"


def _told(box: Box) -> str:
    """The card in full, for whoever points at it: nothing is cut here."""
    ways = "; ".join(f"{_name(row)}: {_leads(row)}" for row in box.rows)
    return ". ".join(filter(None, [f"{box.title} {box.badge}".strip(), *box.notes, ways]))


def _name(row: Row) -> str:
    return f"key {row.key}" if row.key else ", ".join(name.replace("_", " ") for name in row.exits)


def _leads(row: Row) -> str:
    if row.mark is None:
        return row.label or "goes on"
    return f"{row.mark.text} ({row.mark.tip})" if row.mark.tip else row.mark.text


def _part(part: Part, room: float) -> Iterator[str]:
    match part:
        case Text(x, y, text, style, at_end=at_end):
            yield f'<text class="{style}{" end" if at_end else ""}" x="{_n(x)}" y="{_n(y)}">{_t(text)}</text>'
        case Sign(x, y, shape):
            yield f'<use href="#{_sign_id(shape)}" x="{_n(x)}" y="{_n(y)}"/>'
        case Plate(x, y, plate_width, text, style):
            yield f'<rect class="plate" x="{_n(x)}" y="{_n(y - 9)}" width="{_n(plate_width)}" height="18" rx="4"/>'
            yield f'<text class="{style}" x="{_n(x + plate_width / 2)}" y="{_n(y + 4.2)}">{_t(text)}</text>'
        case Rule(y):
            yield f'<path class="rule" d="M0 {_n(y)}H{_n(room)}"/>'
        case Ending():
            yield from _ending(part)


def _ending(part: Ending) -> Iterator[str]:
    mark = part.mark
    look = LOOKS[mark.shape]
    sign = f'<use href="#{_sign_id(mark.shape)}" x="{_n(part.x - SIGN)}" y="{_n(part.y - 12)}"/>'
    text = f'<text class="mark end" x="{_n(part.x - SIGN - 4)}" y="{_n(part.y)}">{_t(part.text)}</text>'
    if mark.to is None:
        yield f'<g color="{look.strong}">{sign}{text}</g>'
    else:
        yield f'<a href="#{_box_id(mark.to)}"><g color="{look.strong}">{sign}{text}</g></a>'


# --- what stands below ------------------------------------------------------------------------------------------------


def _room_of(panel: Panel) -> float:
    return panel.height + PANEL_SPACE if panel.entries else 0.0


def _stacked(panels: Iterable[Panel], y: float) -> Iterator[tuple[Panel, float]]:
    """Those that have entries, each with its place below the one before."""
    for panel in panels:
        if panel.entries:
            yield panel, y
            y += _room_of(panel)


def _panel(panel: Panel, y: float) -> Iterator[str]:
    look = LOOKS[Shape.PERSON]
    yield f'<g transform="translate(0 {_n(y)})" color="{look.strong}">'
    yield f'<path d="M0 0H{_n(panel.width)}" stroke="{HAIRLINE}"/>'
    yield f'<text class="heading" y="26">{_t(panel.heading)}</text>'
    for entry in panel.entries:
        for part in entry:
            yield from _part(part, panel.width)
    yield "</g>"


def _legend_lines(graph: Graph, room: float) -> Iterator[list[tuple[float, Shape]]]:
    """The shapes of the picture with their places, in lines as long as there is room."""
    rows = [row for box in graph.boxes for row in box.rows]
    used = {box.shape for box in graph.boxes} | {row.mark.shape for row in rows if row.mark}
    line: list[tuple[float, Shape]] = []
    x = 0.0
    for shape in LOOKS:
        if shape not in used:
            continue
        wide = SIGN + 7 + width(LOOKS[shape].meaning, SIZES["note"]) + 26
        if line and x + wide > room:
            yield line
            line, x = [], 0.0
        line.append((x, shape))
        x += wide
    yield line


def _legend(lines: Iterable[Iterable[tuple[float, Shape]]], y: float) -> Iterator[str]:
    for index, line in enumerate(lines):
        for x, shape in line:
            look = LOOKS[shape]
            at = f"translate({_n(x)} {_n(y + index * LEGEND_LINE)})"
            sign = f'<use href="#{_sign_id(shape)}"/>'
            text = f'<text class="note" x="{_n(SIGN + 7)}" y="12">{_t(look.meaning)}</text>'
            yield f'<g transform="{at}" color="{look.strong}">{sign}{text}</g>'
