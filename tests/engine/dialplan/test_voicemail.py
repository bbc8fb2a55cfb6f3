"""Taking messages, on the simulated call: what is heard before, what is kept, and what a caller may do with it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from engine.call.script import Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.nodes.voicemail import SHORTEST_MESSAGE
from engine.dialplan.walk import walk
from engine.events import CallEvent, MailboxChanged, NodeLeft, VoicemailLeft
from engine.numbering import Numbering
from engine.office.messages import MAX_MESSAGES, Message, RememberedMessages
from engine.office.office import Office
from engine.router import route_person

Load = Callable[..., Account]

OFFICE = """
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  orders: {extension: 102, email: orders@bakery.example}
mailboxes:
  sales: {people: orders, limit: 20s, silence: 3s, greeting: welcome.wav}
main_number: {voicemail: sales}
"""
RECORDED_AT = 3.3
"""Seconds after which a caller of ``sales`` is recorded: the greeting and the beep."""


class Watched(RememberedMessages):
    """Messages, and all that happened to them in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, Message]] = []

    def put(self, message: Message) -> None:
        self.steps.append(("put", message))
        super().put(message)

    def change(self, message: Message) -> bool:
        self.steps.append(("change", message))
        there = message.path in {known.path for known in self.all()}
        if there:
            super().put(message)
        return there

    def delete(self, message: Message, now: float) -> None:
        self.steps.append(("delete", message))
        super().delete(message, now)


class Taken:
    """A call to voicemail and what it left."""

    def __init__(self, simulator: Simulator, account: Account, **more: object) -> None:
        self.messages = Watched()
        office = Office(messages=self.messages)
        keys = [(RECORDED_AT + at, key) for at, key in more.pop("keys", ())]  # type: ignore[attr-defined]
        script = Script(keys=keys, office=office, **more)  # type: ignore[arg-type]
        self.simulation: Simulation = simulator.run(script, lambda call: walk(call, account, account.main))

    @property
    def kept(self) -> list[Message]:
        return self.messages.of("sales")

    @property
    def did(self) -> list[str]:
        return [step for step, _ in self.messages.steps if step != "change"]

    def events(self, kind: type[CallEvent]) -> list[CallEvent]:
        return [event for event in self.simulation.events if isinstance(event, kind)]

    @property
    def exit(self) -> str:
        left = self.events(NodeLeft)[0]
        assert isinstance(left, NodeLeft)
        return left.exit


@pytest.fixture
def take(load: Load, simulator: Simulator) -> Callable[..., Taken]:
    account = load(OFFICE)
    return lambda **more: Taken(simulator, account, **more)


Take = Callable[..., Taken]


def test_a_message_is_in_the_store_before_anything_is_said(take: Take) -> None:
    taken = take(speaks=5.0)
    step, draft = taken.messages.steps[0]
    assert (step, draft.taking, draft.seconds, draft.mailbox) == ("put", True, 0.0, "sales")
    (message,) = taken.kept
    assert message == msgspec.structs.replace(draft, taking=False, seconds=8.0), "with the silence that ended it"
    (changed,) = taken.events(MailboxChanged)
    assert isinstance(changed, MailboxChanged)
    assert (changed.mailbox, changed.new) == ("sales", 1)


def test_its_own_limits_hold(take: Take) -> None:
    assert take(speaks=90.0).kept[0].seconds == pytest.approx(20.0)
    assert take(speaks=4.0).kept[0].seconds == pytest.approx(7.0)


@pytest.mark.parametrize("hangs_up_after", [0.0, 0.5, 1.5, 30.0])
def test_less_than_a_second_of_speech_is_no_message(take: Take, hangs_up_after: float) -> None:
    for speaks in (0.0, 0.9, 5.0):
        taken = take(speaks=speaks, hangs_up_at=RECORDED_AT + hangs_up_after)
        said = min(speaks, hangs_up_after)
        assert len(taken.kept) == (said >= SHORTEST_MESSAGE), (speaks, hangs_up_after)
        assert len(taken.events(VoicemailLeft)) == len(taken.kept)
        assert [message for message in taken.messages.all() if message.taking] == []


def test_hanging_up_while_thinking_it_over_keeps_it(take: Take) -> None:
    for after in (5.05, 6.0, 12.0):
        taken = take(speaks=90.0, keys=[(5.0, "#")], hangs_up_at=RECORDED_AT + after)
        assert [message.seconds for message in taken.kept] == [pytest.approx(5.0)]


def test_hash_or_nothing_keeps_it_and_says_goodbye(take: Take) -> None:
    for keys in ([(5.0, "#"), (6.0, "#")], [(5.0, "#")], [(5.0, "#"), (6.0, "9")]):
        taken = take(speaks=90.0, keys=keys)
        assert (len(taken.kept), taken.exit) == (1, "recorded")
        assert taken.simulation.heard[-1].what == "goodbye.wav"


def test_a_message_is_listened_to_recorded_again_and_urgent(take: Take) -> None:
    keys = [(5.0, "#"), (6.0, "1"), (12.0, "3"), (13.0, "2"), (21.0, "#"), (22.0, "#")]
    taken = take(speaks=90.0, keys=keys)
    (message,) = taken.kept
    assert message.urgent
    assert message.seconds == pytest.approx(21.0 - 13.0 - 0.3)
    assert taken.did == ["put", "put", "delete"], "the first one goes when the second is there"
    assert "recording.wav" in [sound.what for sound in taken.simulation.heard]
    (left,) = taken.events(VoicemailLeft)
    assert isinstance(left, VoicemailLeft)
    assert left.urgent


def test_saying_nothing_when_recording_again_keeps_the_first_one(take: Take) -> None:
    keys = [(5.0, "#"), (6.0, "2"), (6.6, "#")]
    taken = take(speaks=90.0, keys=keys)
    assert [message.seconds for message in taken.kept] == [pytest.approx(5.0)]
    taken = take(speaks=90.0, keys=keys[:2], hangs_up_at=RECORDED_AT + 6.4)
    assert [message.seconds for message in taken.kept] == [pytest.approx(5.0)]


def test_a_full_mailbox_takes_none_and_loses_none(load: Load, simulator: Simulator) -> None:
    account = load(OFFICE)
    there = [Message(f"{at}.wav", "bakery", "sales", "x", "c", left_at=at, seconds=3.0) for at in range(MAX_MESSAGES)]
    there[0] = msgspec.structs.replace(there[0], taking=True)
    office = Office(messages=RememberedMessages(there))
    simulation = simulator.run(Script(office=office), lambda call: walk(call, account, account.main))
    assert next(event.exit for event in simulation.events if isinstance(event, NodeLeft)) == "full"
    assert "beep" not in [sound.what for sound in simulation.heard]
    assert len(office.messages.of("sales")) == MAX_MESSAGES - 1


def test_only_mailboxes_with_an_address_are_mailed(load: Load, simulator: Simulator) -> None:
    for mailbox, expected in (("sales", False), ("orders", True)):
        account = load(OFFICE.replace("{voicemail: sales}", f"{{voicemail: {mailbox}}}"))
        office = Office()
        simulator.run(Script(office=office), lambda call, account=account: walk(call, account, account.main))
        assert [message.to_mail for message in office.messages.of(mailbox)] == [expected]


def test_the_accounts_phones_dial_a_shared_mailbox(load: Load) -> None:
    account = load(OFFICE.replace("sales: {", "sales: {extension: 800, "))
    route = route_person(Numbering([account]), "bakery", "102", "800")
    assert route is not None
    assert (route.entry.kind, route.entry.name) == ("voicemail", "sales")
    assert route_person(Numbering([account]), "bakery", "102", "801") is None
