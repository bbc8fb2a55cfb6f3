"""The four tables are whole: every pair is an arrow or ignored for a reason, and the drawing shows just them."""

import runpy
from pathlib import Path

import pytest

from sip.transaction.tables import AUTOMATA, INVITE_SERVER, Action, Automaton, Input, Repeat, State
from sip.transaction.timers import LETTERS, OnReliable, Timer

ROOT = Path(__file__).parents[3]
each_automaton = pytest.mark.parametrize("automaton", AUTOMATA, ids=lambda automaton: automaton.name)


@each_automaton
def test_a_pair_of_state_and_input_is_an_arrow_or_ignored_and_there_is_no_third_kind(automaton: Automaton):
    for state in automaton.states:
        for on in automaton.inputs:
            assert ((state, on) in automaton.moves) != ((state, on) in automaton.ignored), (state, on)


@each_automaton
def test_no_pair_has_two_arrows_and_none_is_ignored_twice(automaton: Automaton):
    assert len(automaton.moves) == len(automaton.arrows)
    assert not automaton.moves.keys() & automaton.deliberately_ignored.keys()


@each_automaton
def test_every_state_is_reached_and_the_end_from_each(automaton: Automaton):
    reached = {automaton.initial}
    for _ in automaton.arrows:
        reached |= {arrow.to for arrow in automaton.arrows if arrow.state in reached}
    assert reached == set(automaton.states)
    ending = {State.TERMINATED}
    for _ in automaton.arrows:
        ending |= {arrow.state for arrow in automaton.arrows if arrow.to in ending}
    assert ending == set(automaton.states)
    assert not any(arrow.state is State.TERMINATED for arrow in automaton.arrows)


@each_automaton
def test_a_state_that_is_left_by_a_timer_alone_starts_it_on_every_way_in(automaton: Automaton):
    for state in automaton.states:
        ways_out = {arrow.on for arrow in automaton.arrows if arrow.state is state and arrow.to is not state}
        if ways_out and all(isinstance(on, Timer) for on in ways_out):
            for arrow in automaton.arrows:
                assert arrow.to is not state or arrow.state is state or set(arrow.start) & ways_out


@each_automaton
def test_a_timer_that_is_started_has_an_arrow_there(automaton: Automaton):
    for arrow in automaton.arrows:
        for timer in (*arrow.start, *arrow.stop):
            assert (arrow.to, timer) in automaton.moves
        assert (arrow.repeat is None) or (isinstance(arrow.on, Timer) and arrow.to is arrow.state)
    assert all((automaton.initial, timer) in automaton.moves for timer in automaton.start)


@each_automaton
def test_every_arrow_names_its_section_and_every_silence_its_reason(automaton: Automaton):
    assert all(any(letter.isdigit() for letter in arrow.section) for arrow in automaton.arrows)
    assert all(len(ignored.why) > 20 for ignored in automaton.deliberately_ignored.values())


def test_every_letter_from_a_to_m_is_used_and_every_action_and_input_too():
    on = {arrow.on for automaton in AUTOMATA for arrow in automaton.arrows}
    assert {timer.value for timer in on if isinstance(timer, Timer)} >= {
        f"timer {letter}" for letter in "ABCDEFGHIJKLM"
    }
    assert set(Timer) == LETTERS.keys()
    assert on == set(Timer) | set(Input)
    assert {action for automaton in AUTOMATA for arrow in automaton.arrows for action in arrow.actions} == set(Action)
    assert {arrow.repeat for automaton in AUTOMATA for arrow in automaton.arrows} >= set(Repeat)


def test_only_what_repeats_a_message_is_off_over_a_reliable_transport():
    assert {timer for timer, letter in LETTERS.items() if letter.on_reliable is OnReliable.OFF} == {
        Timer.A,
        Timer.E,
        Timer.G,
    }


def test_the_states_that_mind_the_transport():
    assert INVITE_SERVER.minds_transport == {State.PROCEEDING, State.COMPLETED, State.ACCEPTED}
    assert INVITE_SERVER.repeats == {State.PROCEEDING, State.COMPLETED}


def test_the_drawing_is_up_to_date():
    drawn = runpy.run_path(str(ROOT / "tools" / "draw_state_machines.py"))
    page = (ROOT / "docs" / "transactions.md").read_text(encoding="utf-8")
    assert page == drawn["render"](), "run `make docs`"
    diagrams = page.split("```mermaid")[1:]
    assert len(diagrams) == len(AUTOMATA)
    for automaton, diagram in zip(AUTOMATA, diagrams, strict=True):
        arrows = [line for line in diagram.split("```")[0].splitlines() if "-->" in line]
        assert len(arrows) == len(automaton.arrows) + 1
        assert all(line.count(":") == 1 and ";" not in line for line in arrows), "a label that Mermaid cannot read"
