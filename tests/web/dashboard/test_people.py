"""People and calls as the dashboard words them."""

from __future__ import annotations

import pytest

from engine.control.messages import Call, CallState, Phone
from engine.dialplan.account import Account
from engine.reloading import read_accounts
from engine.settings import Settings
from engine.store.records import CallRecord, Wanted
from web.dashboard.calls import MAX_STEPS, OUTCOMES, now_shown, past_shown, wanted
from web.dashboard.people import STATES, Crowd, PhoneState
from web.dashboard.setup import Facts, Step, steps_of


@pytest.fixture
def account(settings: Settings) -> Account:
    return read_accounts(settings)[0]


def phone(extension: str, *, silent: bool = False, user_agent: str = "baresip") -> Phone:
    since = 5.0 if silent else None
    return Phone("bakery", extension, "?", user_agent, "127.0.0.1", "udp", 1.0, 61.0, since)


def call(state: CallState, *whom: str, person: str | None = None, path: tuple[str, ...] = ()) -> Call:
    return Call("c", "bakery", "+31701112233", "+31201234567", 1.0, state, 2.0, person, path=path, with_whom=whom)


def states(account: Account, phones: list[Phone], calls: list[Call]) -> dict[str, PhoneState]:
    return {each.key: each.state for each in Crowd().now(account, phones, calls)}


def test_what_a_persons_phones_do(account: Account) -> None:
    nobody = dict.fromkeys(("anna", "bob", "carl"), PhoneState.NONE)
    assert states(account, [], []) == nobody
    assert states(account, [phone("101"), phone("102", silent=True)], []) == nobody | {
        "anna": PhoneState.READY,
        "bob": PhoneState.SILENT,
    }
    assert states(account, [phone("101", silent=True), phone("101")], [])["anna"] is PhoneState.READY


@pytest.mark.parametrize(
    ("calls", "busy"),
    [
        ([call(CallState.RINGING, "anna", "bob")], {"anna": PhoneState.RINGING, "bob": PhoneState.RINGING}),
        ([call(CallState.QUEUE, "helpdesk", "anna")], {"anna": PhoneState.RINGING}),
        ([call(CallState.TALKING, "anna")], {"anna": PhoneState.TALKING}),
        ([call(CallState.RINGING, "anna", person="bob")], {"anna": PhoneState.RINGING, "bob": PhoneState.TALKING}),
        ([call(CallState.RINGING, "anna"), call(CallState.TALKING, "anna")], {"anna": PhoneState.TALKING}),
    ],
)
def test_calls_make_people_busy(account: Account, calls: list[Call], busy: dict[str, PhoneState]) -> None:
    ready = dict.fromkeys(("anna", "bob", "carl"), PhoneState.READY)
    assert states(account, [phone("101"), phone("102"), phone("103")], calls) == ready | busy


def test_people_come_by_extension_with_the_names_of_their_phones(account: Account) -> None:
    first, *_ = Crowd().now(account, [phone("101"), phone("101", user_agent="")], [])
    assert (first.name, first.extension, first.phones) == ("Anna de Vries", "101", ("baresip", "127.0.0.1"))
    assert set(STATES) == set(PhoneState)


def test_people_are_looked_at_again_only_where_something_has_changed(account: Account) -> None:
    crowd = Crowd()
    before = crowd.now(account, [phone("101")], [call(CallState.NODE)])
    assert crowd.now(account, [phone("101")], [call(CallState.OFFERED)]) is before
    assert crowd.now(account, [phone("101")], [call(CallState.RINGING, "anna")]) != before
    assert crowd.now(account, [], [])[0].state is PhoneState.NONE
    assert crowd.now(None, [], []) == ()


@pytest.mark.parametrize(
    ("state", "whom", "said"),
    [
        (CallState.OFFERED, (), "coming in"),
        (CallState.NODE, (), "hears menu welcome"),
        (CallState.RINGING, ("anna", "bob"), "rings Anna de Vries, bob"),
        (CallState.TALKING, ("+31701119999",), "talks to +31 70 111 9999"),
        (CallState.QUEUE, ("helpdesk",), "waits in helpdesk"),
        (CallState.PARKED, ("701",), "is parked in 701"),
        (CallState.CONFERENCE, ("monday",), "is in conference monday"),
    ],
)
def test_a_call_in_progress_is_a_sentence(account: Account, state: CallState, whom: tuple[str, ...], said: str) -> None:
    shown = now_shown(call(state, *whom, path=("menu:welcome",)), account)
    assert str(shown.is_) == said
    assert (shown.caller, shown.called) == ("+31 70 111 2233", "+31 20 123 4567")
    assert now_shown(call(state, *whom), None).is_


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("talked", "talked to Anna de Vries"),
        ("served", "was served"),
        ("abandoned", "hung up before"),
        ("unanswered", "nobody answered"),
        ("refused", "refused"),
        ("failed", "failed"),
        (None, "goes on"),
    ],
)
def test_a_past_call_tells_how_it_ended(account: Account, verdict: str | None, said: str) -> None:
    record = CallRecord("c", "bakery", "101", "102", 1.0, person="anna", answered_by="anna", verdict=verdict)
    shown = past_shown(record, account)
    assert str(shown.outcome) == said
    assert (shown.caller, shown.ours) == ("Anna de Vries", True)


def test_the_way_of_a_call_is_in_words(account: Account) -> None:
    path = ("menu:welcome", "ring:anna", "transferred:anna to 102", "voicemail:bob", "hang_up:")
    record = CallRecord("c", "bakery", "a", "b", 1.0, path=path, keys=((1.0, "1"), (2.0, "0")))
    shown = past_shown(record, account)
    assert list(map(str, shown.path)) == [
        "menu welcome",
        "Anna de Vries",
        "transferred by Anna de Vries to 102",
        "voicemail bob",
        "end",
    ]
    assert shown.keys == "10"
    endless = past_shown(CallRecord("c", "bakery", "a", "b", 1.0, path=("menu:m",) * 100), account)
    assert len(endless.path) == MAX_STEPS


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [("070 111 2233", "701112233"), ("+31 70", "+3170"), ("0031 70", "3170"), ("(070)-11", "7011"), ("", "")],
)
def test_numbers_are_looked_for_as_people_write_them(account: Account, typed: str, looked_for: str) -> None:
    assert wanted(typed, "", account) == Wanted(digits=looked_for)


@pytest.mark.parametrize(
    ("typed", "people"), [(" Anna ", ("anna",)), ("VRIES", ("anna",)), ("a", ("anna", "carl")), ("zoe", ())]
)
def test_people_are_looked_for_by_any_part_of_their_name(account: Account, typed: str, people: tuple[str, ...]) -> None:
    assert wanted(typed, "", account) == Wanted(people=people)


def test_every_verdict_can_be_looked_for() -> None:
    verdicts = {verdict for _, some in OUTCOMES.values() for verdict in some}
    assert verdicts == {"talked", "served", "abandoned", "unanswered", "refused", "failed"}


# --- what is left to do ----------------------------------------------------------------------------------------------


def left(steps: tuple[Step, ...]) -> list[str]:
    return [step.path for step in steps if not step.done]


def test_an_account_without_a_plan_begins_with_its_main_number() -> None:
    assert left(steps_of(Facts(None))) == ["/numbers"]


def test_what_is_left_gets_less(account: Account) -> None:
    assert left(steps_of(Facts(account, people=1))) == ["/people", "/people", "/people"]
    assert left(steps_of(Facts(account, people=3))) == ["/people", "/people"]
    assert left(steps_of(Facts(account, people=3, invited=2))) == ["/people"]
    assert left(steps_of(Facts(account, people=3, phones=2))) == []
    assert left(steps_of(Facts(account, people=3, phones=2, transfers_waiting=1))) == ["/transfers"]
