"""Dial by name: how names are spelt on the keypad, what the caller hears, whom they reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.call.script import Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.names import begins_a_name, is_a_name
from engine.dialplan.nodes.directory import MOST_OFFERED
from engine.dialplan.walk import walk
from engine.events import NodeLeft, Ringing

Load = Callable[..., Account]

FRAME = """
account: {{name: The Bakery, country: NL, timezone: Europe/Amsterdam}}
numbers: {{main: "+31 20 123 4567"}}
people:
  desk: {{extension: 101}}
  anna: {{extension: 102, name: Anna van den Bakker}}
  bob: {{extension: 103, name: Bob Bakker}}
  bo: {{extension: 104, name: Bo de Vries}}
  müller: {{extension: 105, name: Jürgen Müller}}
  secret: {{extension: 106, name: Sally Secret, in_directory: no}}
{people}
main_number: {main}
"""


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Anna Bakker", ["266", "2662", "225537", "266222"]),
        ("Anna van den Bakker", ["826336", "336", "22553"]),
        ("Jürgen Müller", ["587", "5837", "6855", "68355"]),
        ("Søren Ågård", ["7673", "76373", "24273", "22422"]),
        ("Łukasz Żółć", ["585279", "9652"]),
        ("Жанна Петрова", ["94266", "738768"]),
        ("Anne-Marie O'Brien", ["2663", "62743", "627436"]),
    ],
)
def test_a_name_is_dialled_by_the_letters_on_the_keys(name: str, keys: list[str]) -> None:
    assert [dialled for dialled in keys if not begins_a_name(dialled, name)] == []
    assert not begins_a_name("999", name)


def test_every_letter_stands_on_its_key() -> None:
    assert is_a_name("22233344455566677778889999", "abcdefghijklmnopqrstuvwxyz")


def test_a_short_name_is_dialled_in_full() -> None:
    assert is_a_name("26", "Bo de Vries")
    assert not is_a_name("26", "Bob Bakker")


def dial(
    load: Load, simulator: Simulator, keys: str, main: str = "directory", people: str = "", **more: object
) -> Simulation:
    """A call that presses keys, each half a second; a dot waits five."""
    account = load(FRAME.format(main=main, people=people))
    presses, at = [], 1.0
    for key in keys:
        at += 6.0 if key == "." else 0.5
        if key != ".":
            presses.append((at, key))
    phones = {extension: Phone(answers_after=1, talks=5) for extension in account.dialled}
    script = Script(keys=presses, phones=phones, **more)  # type: ignore[arg-type]
    return simulator.run(script, lambda call: walk(call, account, account.main))


def rung(went: Simulation) -> list[str]:
    return [event.person for event in went.events if isinstance(event, Ringing)]


def left_by(went: Simulation) -> list[str]:
    return [event.exit for event in went.events if isinstance(event, NodeLeft) and event.kind == "directory"]


def heard(went: Simulation) -> list[str]:
    """What was heard, names as such."""
    return ["NAME" if each.what.startswith("say-") else each.what.removesuffix(".wav") for each in went.heard]


@pytest.mark.parametrize(
    ("keys", "who"),
    [
        ("266#.1", "anna"),
        ("266..1", "anna"),
        ("26#.1", "bo"),
        ("685#.1", "müller"),
        ("68355#.1", "müller"),
        ("2255#.1", "anna"),
        ("2255#.2", "bob"),
        ("999#.22553#.2", "bob"),
        ("266#.#.843#", ""),
    ],
)
def test_the_person_who_was_dialled_and_chosen_rings(keys: str, who: str, load: Load, simulator: Simulator) -> None:
    assert rung(dial(load, simulator, keys)) == ([who] if who else [])


def test_one_match_is_spoken_and_confirmed(load: Load, simulator: Simulator) -> None:
    assert heard(dial(load, simulator, "266#.1"))[:3] == ["directory", "NAME", "directory-confirm"]


def test_several_are_read_out_each_with_its_key(load: Load, simulator: Simulator) -> None:
    offered = ["directory-for", "NAME", "directory-press", "digit-1", "directory-for", "NAME", "directory-press"]
    went = dial(load, simulator, "2255#......", hangs_up_at=30.0)
    assert heard(went)[1:10] == [*offered, "digit-2", "directory-another"]


def test_without_confirmation_one_match_rings_at_once(load: Load, simulator: Simulator) -> None:
    went = dial(load, simulator, "266#", "{directory: yes, confirm: no}")
    assert rung(went) == ["anna"]
    assert heard(went)[0] == "directory"
    assert "NAME" not in heard(went)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("999#", "directory-nobody"),
        ("7328#", "directory-nobody"),
        ("2#", "directory-more-letters"),
        ("#", "directory-more-letters"),
    ],
)
def test_who_finds_nobody_is_told_and_may_try_again(keys: str, told: str, load: Load, simulator: Simulator) -> None:
    went = dial(load, simulator, f"{keys}..266#.1")
    assert told in heard(went)
    assert rung(went) == ["anna"]


@pytest.mark.parametrize(("extra", "told"), [(MOST_OFFERED, "digit-8"), (MOST_OFFERED + 1, "directory-more-letters")])
def test_more_than_eight_are_not_read_out(extra: int, told: str, load: Load, simulator: Simulator) -> None:
    people = "\n".join(f"  z{n}: {{extension: {200 + n}, name: Zoe {'abcdefghijk'[n] * 3}}}" for n in range(extra))
    went = dial(load, simulator, "963#", people=people)
    assert told in heard(went)
    assert ("NAME" in heard(went)) == (extra == MOST_OFFERED)


def test_it_is_left_for_else_after_some_tries_and_by_the_star(load: Load, simulator: Simulator) -> None:
    main = "{directory: yes, tries: 2, else: desk}"
    assert rung(dial(load, simulator, "999#.999#", main)) == ["desk"]
    assert rung(dial(load, simulator, "", main)) == ["desk"]
    for keys in ("*", "26*", "2255#.*"):
        went = dial(load, simulator, keys, main)
        assert (left_by(went), rung(went)) == (["left"], [])


def test_a_greeting_of_ones_own(load: Load, simulator: Simulator) -> None:
    assert heard(dial(load, simulator, "*..", "{directory: yes, greeting: welcome.wav}"))[0] == "welcome"


def test_names_are_spoken_only_where_there_is_a_directory(load: Load) -> None:
    def spoken(main: str) -> set[str]:
        return {text for kind, text, _ in load(FRAME.format(main=main, people="")).sounds if kind == "say"}

    assert spoken("desk") == set()
    everybody = {"Anna van den Bakker", "Bob Bakker", "Bo de Vries", "Jürgen Müller"}
    assert spoken("directory") == spoken("{directory: yes}") == everybody


def test_a_directory_of_nobody_is_doubtful(load: Load) -> None:
    account = load(
        """
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  desk: {extension: 101}
  sally: {extension: 102, name: Sally, in_directory: no}
main_number: {directory: yes}
"""
    )
    (doubt,) = [finding for finding in check(account) if "directory" in finding.what]
    assert "nobody is found" in doubt.effect
    assert doubt.line == 7


@pytest.mark.parametrize("block", ["{directory: no}", "{directory: yes, letters: 0}", "{directory: yes, tries: many}"])
def test_what_makes_no_sense_is_told(block: str, load: Load) -> None:
    with pytest.raises(DialplanErrors):
        load(FRAME.format(main=block, people=""))
