"""Mailboxes by phone, on the simulated call: who gets in, what is heard, and what becomes of messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest

from engine.call.protocol import SECRET, Caller
from engine.call.script import OUTSIDER, Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.mailbox_pins import FIRST_LOCK_SECONDS, FREE_GUESSES, has_pin, is_right
from engine.dialplan.mailbox_visit import IDLE_ROUNDS
from engine.dialplan.nodes.voicemail import Voicemail
from engine.dialplan.pin_entry import PIN_TRIES
from engine.dialplan.walk import walk
from engine.events import (
    Bridged,
    DigitHeard,
    DigitsCollected,
    MailboxChanged,
    MailboxOpened,
    MailboxRefused,
    MailboxUsed,
    NodeLeft,
    Verdict,
)
from engine.office.messages import Count, Message, RememberedMessages, count
from engine.office.office import Office
from media.commands import File

Load = Callable[..., Account]

OFFICE = """
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  anna: {extension: 101, voicemail: {pin: 4711, greeting: welcome.wav}}
  bert: {extension: 102}
  carl: {extension: 103}
mailboxes:
  sales: {extension: 800, pin: "0815", people: [anna, bert]}
main_number: {mailbox: any, refused: {hang_up: refused}}
"""
NOON = 1795435200.0  # 2026-11-23 13:00 in Amsterdam
ANNA, BERT, CARL = (Caller(str(number), person=name) for number, name in ((101, "anna"), (102, "bert"), (103, "carl")))


def left(mailbox: str, ago: float = 60.0, *, caller: str = "102", urgent: bool = False, saved: bool = False) -> Message:
    return Message(
        f"{mailbox}/{ago:g}/message-{ago:g}.wav",
        "bakery",
        mailbox,
        caller,
        "c",
        left_at=NOON - ago,
        seconds=3.0,
        heard_at=NOON - 1 if saved else None,
        urgent=urgent,
    )


@pytest.fixture
def account(load: Load) -> Account:
    return load(OFFICE)


Visit = Callable[..., Simulation]


@pytest.fixture
def visit(account: Account, simulator: Simulator) -> Visit:
    def visit(keys: Sequence[tuple[float, str]], caller: Caller = ANNA, **more: object) -> Simulation:
        """A call to *97, or to another code."""
        code = str(more.pop("code", "*97"))
        outside = caller.person is None
        node = account.main if outside else account.features.find(code) or account.mailbox_node(code)
        assert node is not None
        presses = [(at + 0.2 * index, key) for at, together in keys for index, key in enumerate(together)]
        script = Script(caller=caller, keys=presses, begins_at=NOON, hangs_up_at=600, **more)  # type: ignore[arg-type]
        return simulator.run(script, lambda call: walk(call, account, node))

    return visit


def office(*messages: Message) -> Office:
    return Office(messages=RememberedMessages(messages))


def heard(simulation: Simulation) -> list[str]:
    return [sound.what.removesuffix(".wav") for sound in simulation.heard]


def played(simulation: Simulation) -> list[str]:
    return [sound for sound in heard(simulation) if sound.startswith("message-")]


def events(simulation: Simulation, kind: type) -> list[object]:
    return [event for event in simulation.events if isinstance(event, kind)]


def used(simulation: Simulation) -> list[str]:
    return [event.what for event in simulation.events if isinstance(event, MailboxUsed)]


# --- what is heard ----------------------------------------------------------------------------------------------------


def test_new_messages_come_before_saved_ones_and_urgent_ones_first(visit: Visit) -> None:
    there = office(left("anna", 30, saved=True), left("anna", 20), left("anna", 10, urgent=True), left("bert", 5))
    simulation = visit([(1.0, "5"), (2.0, "5"), (3.0, "5"), (4.0, "*")], office=there)
    assert next(iter(events(simulation, MailboxOpened))).by_pin is False  # type: ignore[attr-defined]
    assert count(there.messages.of("anna")) == Count(new=2, urgent=1, saved=1), "nothing was heard to its end"
    simulation = visit([(200.0, "*")], office=there)
    assert played(simulation)[0] == "message-10"
    assert used(simulation) == ["heard"]
    assert simulation.ended.verdict is Verdict.SERVED


def test_a_message_that_was_heard_to_its_end_is_no_longer_new(visit: Visit) -> None:
    there = office(left("anna"))
    simulation = visit([], office=there)
    assert count(there.messages.of("anna")) == Count(saved=1)
    (changed,) = events(simulation, MailboxChanged)
    assert (changed.mailbox, changed.new, changed.saved) == ("anna", 0, 1)  # type: ignore[attr-defined]
    collected = list(events(simulation, DigitsCollected))
    assert len(collected) == 1 + IDLE_ROUNDS, "who does nothing is out after a while"


def test_again_before_next_and_the_end(visit: Visit) -> None:
    there = office(left("anna", 20), left("anna", 10))
    keys = [(30.0, "1"), (50.0, "5"), (80.0, "4"), (110.0, "#"), (112.0, "#"), (118.0, "1"), (119.0, "*")]
    simulation = visit(keys, office=there)
    assert list(played(simulation))[:4] == ["message-20", "message-20", "message-10", "message-20"]
    assert used(simulation)[:2] == ["heard", "heard"]


def test_saving_and_deleting_go_on_to_the_next(visit: Visit) -> None:
    there = office(left("anna", 30), left("anna", 20), left("anna", 10))
    simulation = visit([(1.0, "2"), (2.0, "3"), (3.0, "*")], office=there)
    assert used(simulation) == ["saved", "deleted"]
    assert [message.path for message in there.messages.of("anna")] == [left("anna", at).path for at in (30, 10)]
    assert count(there.messages.of("anna")) == Count(new=1, saved=1)
    assert simulation.left_open == ()


def test_what_somebody_else_has_deleted_meanwhile_does_not_come_back(visit: Visit) -> None:
    there = office(left("sales", 30))

    class Deleting(RememberedMessages):
        def of(self, mailbox: str) -> list[Message]:
            found = super().of(mailbox)
            for message in found:
                self.delete(message, NOON)
            return found

    there.messages = Deleting([left("sales", 30)])
    visit([(1.0, "2"), (6.0, "*")], BERT, code="*98800", office=there)
    assert there.messages.of("sales") == []


def test_the_envelope_tells_when_and_by_whom(load: Load, simulator: Simulator) -> None:
    account = load(OFFICE)
    object.__setattr__(account, "prompts", _AnyPrompt())
    there = office(left("anna", 86400 * 20 + 3600 * 8, caller="+31612345678"))
    node = account.features["*97"]
    script = Script(caller=ANNA, begins_at=NOON, keys=[(1.0, "7"), (90.0, "*")], office=there)
    said = heard(simulator.run(script, lambda call: walk(call, account, node)))
    begins = [place for place, name in enumerate(said) if name == "message-left"]
    envelope = said[begins[-1] : begins[-1] + 16]
    assert envelope == [
        *("message-left", "date-3", "month-11", "hour-5", "minute-0", "message-from"),
        *(f"digit-{figure}" for figure in "3161234567"),
    ]


class _AnyPrompt(dict):  # type: ignore[type-arg]
    """Built-in prompts of which every one is there, in every language, but for whole numbers."""

    def __contains__(self, name: object) -> bool:
        return not str(name).startswith("number-")

    def __getitem__(self, name: str) -> object:
        return self if name == "en" else File(f"{name}.wav")


def test_whoever_left_it_is_called_back_if_they_are_one_of_us(visit: Visit) -> None:
    phones = {"102": Phone(answers_after=2, talks=5)}
    simulation = visit([(1.0, "6"), (20.0, "*")], office=office(left("anna")), phones=phones)
    (bridged,) = events(simulation, Bridged)
    assert bridged.person == "bert"  # type: ignore[attr-defined]
    for caller in ("+31612345678", "101", "anonymous"):
        simulation = visit([(1.0, "6"), (8.0, "*")], office=office(left("anna", caller=caller)), phones=phones)
        assert not events(simulation, Bridged)


def test_nobody_answering_a_call_back_leads_back_to_the_messages(visit: Visit) -> None:
    simulation = visit([(1.0, "6"), (50.0, "3")], office=office(left("anna")), phones={"102": Phone()})
    assert "deleted" in used(simulation)


def test_an_empty_mailbox(visit: Visit) -> None:
    simulation = visit([(2.0, "*")])
    assert events(simulation, NodeLeft)[0].exit == "left"  # type: ignore[attr-defined]
    assert used(simulation) == []


# --- who gets in ------------------------------------------------------------------------------------------------------


def opened(simulation: Simulation) -> list[tuple[str, bool]]:
    return [(event.mailbox, event.by_pin) for event in simulation.events if isinstance(event, MailboxOpened)]


def test_from_their_own_phone_people_get_into_what_is_theirs(visit: Visit) -> None:
    assert opened(visit([], ANNA)) == [("anna", False)]
    assert opened(visit([], BERT, code="*98800")) == [("sales", False)]
    assert opened(visit([(1.0, "800#")], BERT, code="*98")) == [("sales", False)]


def test_everybody_else_types_the_pin(visit: Visit) -> None:
    assert opened(visit([(1.0, "0815#")], CARL, code="*98800")) == [("sales", True)]
    assert opened(visit([(1.0, "101#"), (4.0, "4711#")], OUTSIDER)) == [("anna", True)]
    assert opened(visit([(1.0, "101#4711#")], OUTSIDER)) == [("anna", True)], "all in one go"


def test_an_account_may_ask_everybody_for_a_pin(load: Load, simulator: Simulator) -> None:
    account = load(OFFICE.replace("language: en", "language: en, ask_mailbox_pin: yes"))
    node = account.features["*97"]
    for caller, keys, expected in ((ANNA, "4711#", [("anna", True)]), (ANNA, "", []), (BERT, "", [("bert", False)])):
        script = Script(caller=caller, keys=[(1 + 0.2 * at, key) for at, key in enumerate(keys)], hangs_up_at=90)
        simulation = simulator.run(script, lambda call: walk(call, account, node))
        assert opened(simulation) == expected, (caller, keys)


class MailedMeanwhile(RememberedMessages):
    """A message is sent by e-mail after a caller has come into the mailbox."""

    waits = True

    def of(self, mailbox: str) -> list[Message]:
        found = super().of(mailbox)
        if self.waits:
            self.waits = False
            for message in found:
                self.change(msgspec.structs.replace(message, to_mail=False))
        return found


def test_a_message_that_is_mailed_while_it_is_heard_is_not_mailed_again(visit: Visit) -> None:
    messages = MailedMeanwhile([msgspec.structs.replace(left("anna"), to_mail=True)])
    visit([], office=Office(messages=messages))
    (message,) = messages.all()
    assert (message.new, message.to_mail) == (False, False)


@pytest.mark.parametrize("number", ["101", "102", "999", "800"], ids=["pin", "no pin", "nobody", "shared"])
def test_three_wrong_pins_and_no_word_of_whether_there_is_a_mailbox(visit: Visit, number: str) -> None:
    keys = [(1.0, f"{number}#"), (6.0, "1111#"), (12.0, "2222#"), (18.0, "3333#"), (24.0, "4711#")]
    simulation = visit(keys, OUTSIDER)
    assert opened(simulation) == []
    assert len(events(simulation, MailboxRefused)) == PIN_TRIES
    assert events(simulation, NodeLeft)[0].exit == "refused"  # type: ignore[attr-defined]
    assert simulation.ended.seconds < 24.0


def test_no_digit_of_a_pin_is_told(visit: Visit) -> None:
    simulation = visit([(1.0, "101#4712#"), (6.0, "4711#"), (9.0, "0"), (12.0, "2"), (15.0, "8352#8352#")], OUTSIDER)
    assert opened(simulation) == [("anna", True)]
    told = "".join(event.digit for event in simulation.events if isinstance(event, DigitHeard))
    assert told.replace(SECRET, "") == "02"
    entered = [event.digits for event in simulation.events if isinstance(event, DigitsCollected)]
    assert not any(pin in text for text in (told, *entered) for pin in ("471", "835", "101"))


def test_guesses_are_counted_over_all_calls_and_close_the_mailbox_for_a_time_that_doubles(
    visit: Visit, account: Account
) -> None:
    there, mailbox = office(left("anna")), account.mailboxes["anna"]
    wrong = [(1.0, "101#"), (4.0, "1111#"), (10.0, "2222#"), (16.0, "3333#")]
    visit(wrong, OUTSIDER, office=there)
    simulation = visit(wrong, OUTSIDER, office=there)
    whys = [event.why for event in simulation.events if isinstance(event, MailboxRefused)]
    assert whys == ["wrong PIN", "too many wrong PINs", "too many wrong PINs"]
    assert FREE_GUESSES == 5
    right = [(1.0, "101#"), (4.0, "4711#")]
    assert opened(visit(right, OUTSIDER, office=there)) == [], "the right one is refused like a wrong one"
    assert opened(visit([], ANNA, office=there)) == [("anna", False)], "but whose it is gets in"
    now = NOON + 15.0 + FIRST_LOCK_SECONDS
    assert not is_right(mailbox, "9999", there.standing, now)
    assert not is_right(mailbox, "4711", there.standing, now + FIRST_LOCK_SECONDS), "twice as long now"
    assert is_right(mailbox, "4711", there.standing, now + 2 * FIRST_LOCK_SECONDS)
    for _ in range(FREE_GUESSES - 1):
        assert not is_right(mailbox, "9999", there.standing, now + 1000.0)
    assert is_right(mailbox, "4711", there.standing, now + 1000.0), "a right one makes a new beginning"


def test_nobody_outside_keeps_people_from_their_own_mailbox_where_everybody_types_a_pin(
    load: Load, simulator: Simulator
) -> None:
    account, there = load(OFFICE.replace("language: en", "language: en, ask_mailbox_pin: yes")), office()

    def call(caller: Caller, *keys: tuple[float, str]) -> Simulation:
        node = account.main if caller.person is None else account.features["*97"]
        presses = [(at + 0.2 * index, key) for at, together in keys for index, key in enumerate(together)]
        script = Script(caller=caller, keys=presses, begins_at=NOON, office=there, hangs_up_at=90)
        return simulator.run(script, lambda call: walk(call, account, node))

    for _ in range(2):
        guesser = call(OUTSIDER, (1.0, "101#"), (4.0, "1111#"), (10.0, "2222#"), (16.0, "3333#"))
    assert [event.why for event in guesser.events if isinstance(event, MailboxRefused)][-1] == "too many wrong PINs"
    assert opened(call(ANNA, (1.0, "4711#"))) == [("anna", True)]
    for _ in range(2):
        mine = call(ANNA, (1.0, "1111#"), (7.0, "2222#"), (13.0, "3333#"))
    assert [event.why for event in mine.events if isinstance(event, MailboxRefused)][-1] == "too many wrong PINs"


# --- what can be set --------------------------------------------------------------------------------------------------


def test_a_greeting_is_recorded_used_and_taken_back(visit: Visit, account: Account, simulator: Simulator) -> None:
    there = office()
    simulation = visit(
        [(1.0, "0"), (2.0, "1"), (3.0, "#"), (10.0, "#"), (12.0, "1"), (30.0, "*"), (32.0, "*")], office=there
    )
    assert used(simulation) == ["greeting recorded"]

    def greeting() -> list[str]:
        voicemail = Voicemail(voicemail="anna")
        script = Script(office=there, begins_at=NOON, speaks=0.0)
        return heard(simulator.run(script, lambda call: walk(call, account, voicemail)))

    assert greeting()[:2] == ["mailbox.anna", "beep"]
    simulation = visit([(1.0, "0"), (2.0, "1"), (6.0, "3"), (30.0, "*"), (32.0, "*")], office=there)
    assert used(simulation) == ["greeting deleted"]
    assert greeting()[:2] == ["welcome", "beep"]


def test_a_pin_is_changed_and_kept_as_a_hash(visit: Visit, account: Account) -> None:
    there = office()
    keys = [(1.0, "0"), (7.0, "2"), (8.0, "8352#"), (12.0, "8352#"), (20.0, "*"), (22.0, "*")]
    assert used(visit(keys, BERT, office=there)) == ["PIN changed"]
    mailbox = account.mailboxes["bert"]
    assert has_pin(mailbox, there.standing)
    assert is_right(mailbox, "8352", there.standing, NOON)
    assert not is_right(mailbox, "", there.standing, NOON)
    kept = [there.standing.get(name) or "" for name in there.standing.names("")]
    assert not any("8352" in fact for fact in kept)
    assert opened(visit([(1.0, "102#"), (4.0, "8352#")], OUTSIDER, office=there)) == [("bert", True)]


@pytest.mark.parametrize("pins", ["1234#", "1111#", "9876#", "12#", "102#", "8352#8353#"])
def test_pins_that_are_weak_or_differ_are_not_taken(visit: Visit, account: Account, pins: str) -> None:
    there = office()
    visit([(1.0, "0"), (7.0, "2"), (8.0, pins)], BERT, office=there)
    assert not has_pin(account.mailboxes["bert"], there.standing)


def test_a_mailbox_that_nobody_can_open_is_doubted(load: Load) -> None:
    account = load(
        OFFICE.replace('pin: "0815", people: [anna, bert]', "email: a@b.example").replace(
            "{mailbox: any, refused: {hang_up: refused}}", "{mailbox: sales}"
        )
    )
    assert "nobody can open mailbox 'sales'" in [finding.what for finding in check(account)]
