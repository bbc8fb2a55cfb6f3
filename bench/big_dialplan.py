"""A dialplan as a large organisation might write it, of any size: for measuring, and for tests of what is large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

RECORDINGS = 20
RATE = 8000
MENU_KEYS = 8
HEAD = """\
account: {name: The Company, country: NL, language: en, timezone: Europe/Amsterdam}
numbers:
  main: "+31 20 123 0000"
"""


def big_dialplan(people: int = 500, menus: int = 200, *, always_open: bool = False) -> str:
    """Everybody has an e-mail address, a third a number of their own; each menu has eight keys and ``back``.

    ``always_open`` leads the main number to the first menu at any time.
    """
    main = ["- {menu: menu0}"] if always_open else ["- {during: office0, menu: menu0}", "- {voicemail: person0}"]
    return "\n".join([HEAD, *_people(people), *_hours(), "main_number:", *main, *_menus(people, menus)]) + "\n"


def extensions(people: int) -> list[str]:
    """Those of the people, in order: 9000 and up, of five digits where there are more than a thousand."""
    digits = 3 if people <= 1000 else 4
    return [f"9{number:0{digits}}" for number in range(people)]


def write_big_dialplan(folder: Path, people: int = 500, menus: int = 200) -> Path:
    """The same as ``company.yaml`` in ``folder``, with the recordings it plays."""
    write_recordings(folder)
    path = folder / "company.yaml"
    path.write_text(big_dialplan(people, menus))
    return path


def write_recordings(folder: Path) -> None:
    """Those that the menus of every big dialplan play, 12 s each."""
    for number in range(RECORDINGS):
        speech = np.random.default_rng(number).normal(0, 0.1, 12 * RATE)
        soundfile.write(folder / f"menu{number}.wav", speech, RATE, subtype="PCM_16")


def _people(count: int) -> Iterator[str]:
    yield "people:"
    for number, extension in enumerate(extensions(count)):
        own = f', number: "+31 20 123 {1000 + number:04}"' if number % 3 == 0 else ""
        named = f"name: Person {number}, email: p{number}@company.example"
        yield f"  person{number}: {{extension: {extension}, {named}{own}}}"


def _hours() -> Iterator[str]:
    yield "hours:"
    for number in range(10):
        first, last = f"{7 + number % 3:02}:30", f"{16 + number % 3:02}:00"
        yield f"  office{number}:"
        yield f'  - {{days: mon-thu, from: "{first}", to: "12:30", except: holidays}}'
        yield f'  - {{days: mon-fri, from: "13:00", to: "{last}", except: holidays}}'


def _menus(people: int, count: int) -> Iterator[str]:
    yield "menus:"
    for number in range(count):
        yield f"  menu{number}:"
        yield f"    greeting: [menu{number % RECORDINGS}.wav]"
        yield f"    dial_extensions: {'true' if number == 0 else 'false'}"
        yield "    keys:"
        for key in range(1, MENU_KEYS + 1):
            yield f"      {key}: {_way(number * MENU_KEYS + key, people, count)}"
        yield '      "*": back'
        yield f"    no_input: {{tries: 2, then: {{ring: person{number % people}}}}}"


def _way(number: int, people: int, menus: int) -> str:
    """Where a key leads: the first ones to the menus below (a tree of all of them), the others to people."""
    if number < menus:
        return f"{{menu: menu{number}}}"
    person = f"person{number % people}"
    ringing = f"{{ring: {person}, for: 20s, busy: {{play: menu1.wav, then: repeat}}, else: {{voicemail: {person}}}}}"
    if number % 4:
        return ringing
    return f"[{{during: office{number // 4 % 10}, ring: {person}}}, {{voicemail: {person}}}]"
