"""The keys that a caller presses and when, as one types them: ``1,,2#``, ``1@8s``, ``102 at 5s, 2 at 20s``."""

from __future__ import annotations

import re

from engine.dialplan.durations import read_duration
from engine.dialplan.findings import Wrong

FIRST_KEY = 1.0
"""Seconds from the call to the first key, unless its moment is given."""
KEY_GAP = 0.3
"""Seconds from one key to the next."""
PAUSE = 2.0
"""Seconds that a comma waits, as in a mobile phone's contacts."""
MAX_KEYS = 200

KeyMoments = tuple[tuple[float, str], ...]

_TOKEN = re.compile(
    r"\s*(?:(?P<keys>[0-9*#]+)(?:\s*(?:@|\bat\b)\s*(?P<at>\d[\w.]*(?: ?(?:s|m|min)\b)?))?|(?P<comma>,))\s*"
)


def read_keys(text: str, first: float = FIRST_KEY) -> KeyMoments:
    """The keys with their moments, in seconds from the beginning of the call. Raises Wrong.

    Each key comes ``KEY_GAP`` after the one before, a comma adds ``PAUSE``, and ``@`` or ``at`` gives the moment.
    """
    pressed: list[tuple[float, str]] = []
    now, place = first, 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise Wrong(f"'{text[place:][:20]}' are no keys", "write 1,,2# (a comma waits 2 s), or 1 at 8s, 2 at 15s")
        place = token.end()
        if token["comma"]:
            now += PAUSE
            continue
        if token["at"]:
            moment = read_duration(token["at"])
            if pressed and moment < pressed[-1][0]:
                raise Wrong(f"'{token[0].strip()}' comes before the key in front of it", "give the keys in their order")
            now = moment
        for key in token["keys"]:
            pressed.append((round(now, 3), key))
            now += KEY_GAP
    if len(pressed) > MAX_KEYS:
        raise Wrong(f"these are {len(pressed)} keys", f"a caller presses at most {MAX_KEYS}")
    return tuple(pressed)
