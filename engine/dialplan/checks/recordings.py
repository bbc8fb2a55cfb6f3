"""What callers hear: recordings that are silent, clipped or begin late, and announcements that keep people waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt
from engine.dialplan.graph import Graph
from engine.dialplan.nodes.play import Play
from engine.dialplan.sound import Announcement
from engine.dialplan.source import Position
from media.commands import File
from media.sound.loudness import Loudness, measure
from media.sound.prompts import UnreadableSound, probe

MAX_WAIT = 60.0
"""Seconds a caller hears before the first choice that are not too many."""
MAX_DEAD_AIR = 2.0
"""Seconds of silence at the beginning of a recording that are not too many."""
MAX_CLIPPED = 0.001
"""Share of clipped samples from which on a voice is heard to be distorted."""


def check_recordings(account: Account, graph: Graph) -> Iterator[Doubt]:
    seconds = _Lengths(account)
    yield from _long_greetings(account, seconds)
    yield from _long_ways(graph, seconds)
    yield from _poor_recordings(account)


class _Lengths:
    """How long announcements last, in seconds; each file is looked at once."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._known: dict[str, float] = {}

    def of(self, announcements: Iterable[Announcement]) -> float:
        return sum(
            self._of_file(sound.path) for sound in self._account.sounds_of(announcements) if isinstance(sound, File)
        )

    def _of_file(self, path: str) -> float:
        if path not in self._known:
            try:
                self._known[path] = probe(path)
            except (UnreadableSound, OSError):
                self._known[path] = 0.0  # gone since it was loaded
        return self._known[path]


def _long_greetings(account: Account, seconds: _Lengths) -> Iterator[Doubt]:
    for name, menu in account.menus.items():
        lasts = max(seconds.of(variant.announcements) for variant in menu.greeting)
        if lasts > MAX_WAIT:
            yield Doubt(
                menu.place("greeting"),
                f"the greeting of menu '{name}' lasts {lasts:.0f} s",
                "who does not know the keys waits that long to learn them; many hang up",
                f"say the keys within the first {MAX_WAIT:g} s, or split the menu in two",
            )


def _long_ways(graph: Graph, seconds: _Lengths) -> Iterator[Doubt]:
    """Announcements one after the other that no key interrupts."""
    inner = {id(node.then) for node in graph.nodes if isinstance(node, Play)}
    for node in graph.nodes:
        if not isinstance(node, Play) or id(node) in inner:
            continue
        lasts = 0.0
        following: object = node
        while isinstance(following, Play):
            lasts += seconds.of(following.announcements)
            following = following.then
        if lasts > MAX_WAIT:
            yield Doubt(
                node.at,
                f"this announcement lasts {lasts:.0f} s",
                "callers must hear it to the end before they can choose anything; many hang up",
                "shorten it, or make it the greeting of a menu, which a key interrupts",
            )


def _poor_recordings(account: Account) -> Iterator[Doubt]:
    told: set[str] = set()
    for source, at in account.files_at.items():
        path = account.sounds[source].path
        if path in told:
            continue
        told.add(path)
        try:
            yield from _about(source[1], at, measure(path))
        except (UnreadableSound, OSError):
            continue  # gone since it was loaded


def _about(name: str, at: Position, sound: Loudness) -> Iterator[Doubt]:
    if sound.silent:
        yield Doubt(at, f"the recording '{name}' is silent", "callers hear nothing and think the line is dead",
                    "record it again, closer to the microphone")  # fmt: skip
        return
    if sound.begins_at > MAX_DEAD_AIR:
        yield Doubt(at, f"the recording '{name}' begins with {sound.begins_at:.1f} s of silence",
                    "callers hear nothing at first and think the line is dead", "cut the silence off")  # fmt: skip
    if sound.clipped > MAX_CLIPPED:
        yield Doubt(at, f"the recording '{name}' is clipped ({sound.clipped:.1%} of it)",
                    "callers hear a distorted voice", "record it again at a lower level")  # fmt: skip
