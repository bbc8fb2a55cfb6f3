"""Colours with a meaning and the signs that go with them, for those who print in grey."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dialplan.caption import Shape

INK = "#1f2933"
MUTED = "#5b6875"
ARROW = "#7b8794"
HAIRLINE = "#d9dee3"


@dataclass(frozen=True, slots=True)
class Look:
    """How a shape looks: its strong colour, its pale one, what the legend says, and its sign on 16 by 16 pixels."""

    strong: str
    pale: str
    meaning: str
    sign: str


LOOKS = {
    Shape.NUMBER: Look(
        "#334155", "#eef1f5", "a call comes in",
        '<path d="M4.2 1.8 6.4 5 5 6.6c.8 1.9 2.4 3.5 4.4 4.4L11 9.6l3.2 2.2-.9 2.4C7.4 14.6 1.4 8.6 1.8 2.7z"'
        ' fill="currentColor"/>',
    ),
    Shape.HOURS: Look(
        "#b45309", "#fef5e4", "depends on the hour",
        '<circle cx="8" cy="8" r="6.2"/><path d="M8 4.2V8l2.6 1.7"/>',
    ),
    Shape.MENU: Look(
        "#1d4ed8", "#ecf2fe", "menu: the caller presses a key",
        '<g fill="currentColor" stroke="none"><circle cx="3.4" cy="3.4" r="1.6"/><circle cx="8" cy="3.4" r="1.6"/>'
        '<circle cx="12.6" cy="3.4" r="1.6"/><circle cx="3.4" cy="8" r="1.6"/><circle cx="8" cy="8" r="1.6"/>'
        '<circle cx="12.6" cy="8" r="1.6"/><circle cx="3.4" cy="12.6" r="1.6"/><circle cx="8" cy="12.6" r="1.6"/>'
        '<circle cx="12.6" cy="12.6" r="1.6"/></g>',
    ),
    Shape.PERSON: Look(
        "#047857", "#e9f8f1", "rings a person",
        '<g fill="currentColor" stroke="none"><circle cx="8" cy="4.8" r="3.2"/>'
        '<path d="M1.8 14.6c0-3.6 2.6-5.6 6.2-5.6s6.2 2 6.2 5.6z"/></g>',
    ),
    Shape.GROUP: Look(
        "#0e7490", "#e8f7fb", "rings or gathers several people",
        '<g fill="currentColor" stroke="none"><circle cx="5.4" cy="5" r="2.7"/><circle cx="11.4" cy="5.6" r="2.2"/>'
        '<path d="M.4 13.8c0-3.2 2-5 5-5s5 1.8 5 5zM11.6 13.8h4c0-2.9-1.6-4.5-4.2-4.5-.5 0-1 .1-1.4.2 1.1 1 1.6 2.4 1.6'
        ' 4.3z"/></g>',
    ),
    Shape.VOICEMAIL: Look(
        "#6d28d9", "#f4effe", "takes a message",
        '<circle cx="4" cy="8" r="3"/><circle cx="12" cy="8" r="3"/><path d="M4 11h8"/>',
    ),
    Shape.SOUND: Look(
        "#a21358", "#fdeef5", "the caller hears something",
        '<path d="M1.6 6v4h2.6l3.6 3V3L4.2 6z" fill="currentColor"/><path d="M10.2 5.6a3.6 3.6 0 0 1 0 4.8M12.4'
        ' 3.6a6.4 6.4 0 0 1 0 8.8"/>',
    ),
    Shape.STEP: Look(
        "#4b5563", "#f3f4f6", "another step",
        '<path d="M8 1.6 14.4 8 8 14.4 1.6 8z"/>',
    ),
    Shape.END: Look(
        "#b91c1c", "#fdecec", "the call ends",
        '<rect x="3.2" y="3.2" width="9.6" height="9.6" rx="2" fill="currentColor" stroke="none"/>',
    ),
    Shape.BACK: Look(
        "#475569", "#f1f5f9", "back into the menus",
        '<path d="M3 8.4h7.2a3 3 0 0 1 0 6H7M6.4 4.6 2.6 8.4l3.8 3.8"/>',
    ),
}  # fmt: skip
