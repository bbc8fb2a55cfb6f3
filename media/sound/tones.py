"""Call-progress tones by country (ITU-T E.180), made once per codec as loops that have no seam."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from media.codecs.coder import Encoded
from media.codecs.registry import codec_named

RATE = 8000
LEVEL = 0.12
"""Peak of full scale for all frequencies of a tone together: about -20 dBm0, as exchanges send it."""
BEEP_LEVEL = 0.3
ENDING: dict[str, tuple[tuple[float, float], ...]] = {
    "beep": ((1000.0, 0.3),),
    "joined": ((660.0, 0.1), (880.0, 0.15)),
    "left": ((880.0, 0.1), (660.0, 0.15)),
}
"""Tones that end by themselves, alike everywhere, as (Hz, seconds) one after the other; all others go on until
stopped."""
RAMP_SAMPLES = 24


@dataclass(frozen=True, slots=True)
class Cadence:
    """``hertz`` sound together for ``on`` seconds, then silence for ``off``, pair after pair, for ever."""

    hertz: tuple[float, ...]
    on_off: tuple[tuple[float, float], ...]


def _tone(hertz: float | tuple[float, ...], *on_off: tuple[float, float]) -> Cadence:
    return Cadence(hertz if isinstance(hertz, tuple) else (hertz,), on_off)


_EUROPE = {
    "ringback": _tone(425.0, (1.0, 4.0)),
    "busy": _tone(425.0, (0.5, 0.5)),
    "congestion": _tone(425.0, (0.25, 0.25)),
}
_AMERICA = {
    "ringback": _tone((440.0, 480.0), (2.0, 4.0)),
    "busy": _tone((480.0, 620.0), (0.5, 0.5)),
    "congestion": _tone((480.0, 620.0), (0.25, 0.25)),
}
_BRITAIN = {
    "ringback": _tone((400.0, 450.0), (0.4, 0.2), (0.4, 2.0)),
    "busy": _tone(400.0, (0.375, 0.375)),
    "congestion": _tone(400.0, (0.4, 0.35), (0.225, 0.525)),
}

COUNTRIES: dict[str, dict[str, Cadence]] = {
    "NL": _EUROPE,
    "BE": _EUROPE | {"ringback": _tone(425.0, (1.0, 3.0)), "congestion": _tone(425.0, (0.167, 0.167))},
    "DE": _EUROPE | {"busy": _tone(425.0, (0.48, 0.48)), "congestion": _tone(425.0, (0.24, 0.24))},
    "FR": {
        "ringback": _tone(440.0, (1.5, 3.5)),
        "busy": _tone(440.0, (0.5, 0.5)),
        "congestion": _tone(440.0, (0.25, 0.25)),
    },
    "GB": _BRITAIN,
    "IE": _BRITAIN | {"busy": _tone(425.0, (0.5, 0.5)), "congestion": _tone(425.0, (0.25, 0.25))},
    "US": _AMERICA,
    "CA": _AMERICA,
    "ES": _EUROPE | {"ringback": _tone(425.0, (1.5, 3.0)), "busy": _tone(425.0, (0.2, 0.2))},
    "IT": _EUROPE | {"congestion": _tone(425.0, (0.2, 0.2))},
    "PT": _EUROPE | {"ringback": _tone(425.0, (1.0, 5.0)), "congestion": _tone(425.0, (0.2, 0.2))},
    "AT": _EUROPE
    | {
        "ringback": _tone(420.0, (1.0, 5.0)),
        "busy": _tone(420.0, (0.4, 0.4)),
        "congestion": _tone(420.0, (0.2, 0.2)),
    },
    "CH": _EUROPE | {"congestion": _tone(425.0, (0.2, 0.2))},
    "SE": _EUROPE
    | {
        "ringback": _tone(425.0, (1.0, 5.0)),
        "busy": _tone(425.0, (0.25, 0.25)),
        "congestion": _tone(425.0, (0.25, 0.75)),
    },
    "NO": _EUROPE | {"congestion": _tone(425.0, (0.2, 0.2))},
    "DK": _EUROPE | {"busy": _tone(425.0, (0.25, 0.25))},
    "FI": _EUROPE | {"busy": _tone(425.0, (0.3, 0.3)), "congestion": _tone(425.0, (0.2, 0.2))},
    "PL": _EUROPE | {"congestion": _tone(425.0, (0.5, 0.5))},
    "CZ": _EUROPE | {"busy": _tone(425.0, (0.33, 0.33)), "congestion": _tone(425.0, (0.165, 0.165))},
    "AU": _BRITAIN
    | {
        "ringback": _tone((413.0, 438.0), (0.4, 0.2), (0.4, 2.0)),
        "busy": _tone(425.0, (0.375, 0.375)),
        "congestion": _tone(425.0, (0.375, 0.375)),
    },
    "NZ": _BRITAIN | {"busy": _tone(400.0, (0.5, 0.5)), "congestion": _tone(400.0, (0.25, 0.25))},
    "JP": {
        "ringback": _tone((384.0, 416.0), (1.0, 2.0)),
        "busy": _tone(400.0, (0.5, 0.5)),
        "congestion": _tone(400.0, (0.5, 0.5)),
    },
    "IN": {
        "ringback": _tone((375.0, 425.0), (0.4, 0.2), (0.4, 2.0)),
        "busy": _tone(400.0, (0.75, 0.75)),
        "congestion": _tone(400.0, (0.25, 0.25)),
    },
    "BR": _EUROPE | {"busy": _tone(425.0, (0.25, 0.25)), "congestion": _tone(425.0, (0.25, 0.25), (0.75, 0.25))},
    "ZA": _BRITAIN | {"busy": _tone(400.0, (0.5, 0.5)), "congestion": _tone(400.0, (0.25, 0.25))},
}
"""By ISO 3166 code; a country that is not here has the tones of most of Europe."""


def cadence(kind: str, country: str) -> Cadence:
    """The tone ``ringback``, ``busy`` or ``congestion`` of a country. Raises KeyError for another kind."""
    return COUNTRIES.get(country.upper(), _EUROPE)[kind]


@lru_cache(maxsize=256)
def tone(kind: str, country: str, codec: str) -> Encoded:
    """One period of a tone, encoded, to be repeated for ever; a beep is to be played once. Raises KeyError."""
    return codec_named(codec).encode_sound([samples(kind, country)])


def samples(kind: str, country: str) -> NDArray[np.int16]:
    """The same as 16-bit samples at 8 kHz."""
    if kind in ENDING:
        return np.concatenate([_sound((hertz,), seconds, BEEP_LEVEL) for hertz, seconds in ENDING[kind]])
    wanted = cadence(kind, country)
    parts: list[NDArray[np.int16]] = []
    for on, off in wanted.on_off:
        parts += [_sound(wanted.hertz, on, LEVEL), np.zeros(round(off * RATE), np.int16)]
    return np.concatenate(parts)


def _sound(hertz: tuple[float, ...], seconds: float, level: float) -> NDArray[np.int16]:
    """Frequencies together, with soft edges, so that no click is heard."""
    times = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * each * times) for each in hertz) * (level / len(hertz))
    ramp = np.minimum(1.0, np.arange(1, len(times) + 1) / RAMP_SAMPLES)
    return np.asarray(wave * ramp * ramp[::-1] * 32767, dtype=np.int16)
