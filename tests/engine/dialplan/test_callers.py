"""Callers who are known: lists, ways by caller, who is blocked, and the names that phones show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.call.protocol import Caller
from engine.call.script import Script
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.callers import KnownCallers
from engine.dialplan.check import check
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.phone_book import MAX_BYTES, MAX_ENTRIES, MAX_ERRORS
from engine.dialplan.reading import Reading
from engine.dialplan.source import SourceList
from engine.dialplan.walk import walk
from engine.dialplan.who import read_who
from engine.events import NodeEntered

Load = Callable[..., Account]

FRAME = """
account: {{name: The Bakery, country: {country}, timezone: Europe/Amsterdam}}
numbers: {{main: "+31 20 123 4567"}}
people:
  front-desk: {{extension: 101, number: "+31 20 123 4568"}}
  boss: {{extension: 102}}
hours:
  open: {{days: mon-fri, from: "08:00", to: "17:30"}}
{callers}
main_number: {main}
"""
MONDAY_TEN = 1795424400.0
SUNDAY_TEN = MONDAY_TEN - 86400


def dialplan(callers: str, main: str = "front-desk", country: str = "NL") -> str:
    return FRAME.format(callers=callers, main=main, country=country)


@pytest.mark.parametrize(
    ("entry", "country", "inside", "outside"),
    [
        ("+31 6 1234 5678", "NL", ["+31612345678", "0612345678", "0031612345678"], ["+31612345679", "anonymous"]),
        ("020 123 4567", "NL", ["+31201234567"], ["+32201234567"]),
        ("+31 6", "NL", ["+31612345678", "0687654321"], ["+31201234567"]),
        ("+3120*", "NL", ["+31201234567", "020-7654321"], ["+31301234567"]),
        ("0800*", "NL", ["08001234", "+318001234567"], ["+31900123456", "+498001234567"]),
        ("0044 20*", "NL", ["+442079460000"], ["+441614960000"]),
        ("030*", "DE", ["+493012345678"], ["+498912345678"]),
        ("06*", "IT", ["+390612345678"], ["+393123456789"]),
        ("011 44*", "US", ["+442079460000"], ["+12125550123"]),
        ("212*", "US", ["+12125550123"], ["+13105550123"]),
        ("anonymous", "NL", ["anonymous", "Anonymous", "restricted", "", "101@elsewhere.test"], ["+31612345678"]),
        ("everybody", "NL", ["anonymous", "+31612345678"], []),
    ],
)
def test_numbers_and_beginnings_are_read_as_people_write_them(
    entry: str, country: str, inside: list[str], outside: list[str]
) -> None:
    reading = Reading("bakery.yaml")
    reading.country = country
    who = read_who(entry, reading)
    known = KnownCallers(country)
    assert [number for number in inside if not known.includes(who, Caller(number))] == []
    assert [number for number in outside if known.includes(who, Caller(number))] == []


@pytest.mark.parametrize("entry", ["*", "+*", "00*", "abc*", "+31 20 123*456", "+0*", "12"])
def test_what_is_neither_a_number_nor_the_beginning_of_one_is_told(entry: str, load: Load) -> None:
    with pytest.raises(DialplanErrors) as raised:
        load(dialplan(f'callers: {{vip: ["{entry}"]}}'))
    (finding,) = raised.value.findings
    assert finding.line == 9
    assert entry in finding.what
    assert finding.suggestion


WAYS = """
- {from: vip, during: open, ring: boss}
- {from: [anonymous, "+49*"], hang_up: sorry}
- {from: people, ring: boss}
- {during: open, ring: front-desk}
- {voicemail: front-desk}
"""


@pytest.mark.parametrize(
    ("caller", "at", "way"),
    [
        (Caller("+31612345678"), MONDAY_TEN, ("ring", "boss")),
        (Caller("0612345678"), MONDAY_TEN, ("ring", "boss")),
        (Caller("+31612345678"), SUNDAY_TEN, ("voicemail", "front-desk")),
        (Caller("+31701112233"), MONDAY_TEN, ("ring", "front-desk")),
        (Caller("+31701112233"), SUNDAY_TEN, ("voicemail", "front-desk")),
        (Caller("anonymous"), MONDAY_TEN, ("hang_up", "sorry")),
        (Caller("+493012345678"), SUNDAY_TEN, ("hang_up", "sorry")),
        (Caller("101", "", "front-desk"), SUNDAY_TEN, ("ring", "boss")),
    ],
)
def test_the_first_way_whose_conditions_all_hold_is_taken(
    caller: Caller, at: float, way: tuple[str, str], load: Load, simulator: Simulator
) -> None:
    account = load(dialplan('callers: {vip: ["+31 6*"]}', WAYS))
    went = simulator.run(Script(caller=caller, begins_at=at), lambda call: walk(call, account, account.main))
    entered = [(event.kind, event.name) for event in went.events if isinstance(event, NodeEntered)]
    assert entered[1] == way
    assert not [what for what in check_of(account) if "never taken" in what or "callers '" in what]


def check_of(account: Account) -> list[str]:
    return [
        finding.what for finding in check(account) if "built-in" not in finding.what and "recording" not in finding.what
    ]


def test_a_list_that_nothing_uses_is_doubtful(load: Load) -> None:
    lists = 'callers: {used: "+32*", spam: "+33*", forgotten: "+34*"}\nblock: spam'
    account = load(dialplan(lists, "\n- {from: used, ring: boss}\n- front-desk"))
    assert [what for what in check_of(account) if "callers" in what] == ["the callers 'forgotten' are used nowhere"]


def book(folder: Path, text: str, encoding: str = "utf-8") -> str:
    (folder / "customers.csv").write_bytes(text.encode(encoding))
    return "callers: {customers: {file: customers.csv}}"


@pytest.mark.parametrize(
    "text",
    [
        "number,name\n+31 6 1234 5678,Anna Bakker\n020 765 4321,José Pérez\n",
        '\ufeffNummer;Naam;Plaats\r\n"06 12345678";"Anna Bakker";Utrecht\r\n0207654321;José Pérez;\r\n',
        "0612345678\tAnna Bakker\n\n0207654321\tJosé Pérez",
    ],
    ids=["commas", "a spreadsheet's", "tabs without headings"],
)
def test_known_callers_go_by_the_name_in_the_file(text: str, folder: Path, load: Load) -> None:
    known = load(dialplan(book(folder, text))).callers
    assert known.introduce(Caller("+31612345678", "Scam Ltd")) == Caller("+31612345678", "Anna Bakker")
    assert known.introduce(Caller("0207654321")).name == "José Pérez"
    assert known.introduce(Caller("+31700000000", "As They Say")).name == "As They Say"
    assert known.introduce(Caller("101@evil.test", "The Boss")).name == "The Boss"
    assert known.introduce(Caller("0612345678", "Our Own", "boss")).name == "Our Own"
    assert known.lists["customers"].who.numbers == {"+31612345678", "+31207654321"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("number,name\n+31612345678,Anna\nnonsense1,Bob\n", [(3, "'nonsense1' is no telephone number")]),
        (
            "+31612345678,Anna\n\n0612345678,Bob\n",
            [(3, "+31612345678 has another name in line 1 already")],
        ),
        ("+31612345678,Anna\n,Bob\n", [(2, "this line has no number")]),
        (f"+31612345678,{'A' * 70}\n", [(1, f"'{'A' * 57}...' is no name")]),
    ],
)
def test_a_wrong_line_is_told_with_its_place_in_the_csv(
    text: str, told: list[tuple[int, str]], folder: Path, load: Load
) -> None:
    with pytest.raises(DialplanErrors) as raised:
        load(dialplan(book(folder, text)))
    assert [(Path(finding.file).name, finding.line, finding.what) for finding in raised.value.findings] == [
        ("customers.csv", line, what) for line, what in told
    ]


def test_a_file_full_of_errors_is_not_told_line_by_line(folder: Path, load: Load) -> None:
    with pytest.raises(DialplanErrors) as raised:
        load(dialplan(book(folder, "12,x\n" * 500)))
    assert len(raised.value.findings) == MAX_ERRORS


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("+31612345678,A\n" * (MAX_BYTES // 15 + 1), f"'customers.csv' is larger than {MAX_BYTES:,} bytes"),
        (
            "".join(f"+3161{number:07},A\n" for number in range(MAX_ENTRIES + 1)),
            f"'customers.csv' holds more than {MAX_ENTRIES:,} callers",
        ),
        ("\n+31612345678,\xe9\n", "'customers.csv' is not UTF-8 in line 2"),
    ],
    ids=["bytes", "entries", "encoding"],
)
def test_a_file_that_cannot_be_used_is_told_at_its_name(
    text: str, what: str, folder: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.dialplan.phone_book.read_number", lambda number, country: number)
    with pytest.raises(DialplanErrors) as raised:
        load(dialplan(book(folder, text, "latin-1")))
    (finding,) = raised.value.findings
    assert (finding.line, finding.what) == (9, what)


@pytest.mark.parametrize("name", ["nowhere.csv", "sounds", "a\\0b.csv"])
def test_a_file_that_is_not_there_is_told(name: str, load: Load) -> None:
    with pytest.raises(DialplanErrors, match=r"is no file|cannot be read|unprintable"):
        load(dialplan(f'callers: {{customers: {{file: "{name}"}}}}'))


@pytest.mark.parametrize(
    ("block", "refused", "through"),
    [
        ("[anonymous, spam]", ["anonymous", "+31201111111"], ["+31612345678"]),
        ("anonymous", ["anonymous"], ["+31201111111"]),
        ("{from: everybody, except: [family, '+32*']}", ["anonymous", "+31201111111"], ["0612345678", "+3225551234"]),
    ],
)
def test_blocked_callers_are_declined_and_never_answered(
    block: str, refused: list[str], through: list[str], load: Load, simulator: Simulator
) -> None:
    lists = 'callers: {spam: ["+31 20 111 1111"], family: "06*"}'
    account = load(dialplan(f"{lists}\nblock: {block}"))
    for number in refused:
        entry = account.callers.entry(Caller(number), account.main)
        ended = simulator.run(Script(caller=Caller(number)), lambda call, to=entry: walk(call, account, to))
        assert (ended.ended.status, ended.heard) == (603, ())
    for number in through:
        assert account.callers.entry(Caller(number), account.main) is account.main


def test_our_own_people_are_never_blocked(load: Load) -> None:
    account = load(dialplan("block: [everybody, people, boss]"))
    assert account.callers.entry(Caller("102", "Boss", "boss"), account.main) is account.main


def test_blocked_callers_can_be_led_elsewhere(load: Load, simulator: Simulator) -> None:
    account = load(dialplan("block: {from: anonymous, to: {play: welcome.wav, then: hang_up}}"))
    entry = account.callers.entry(Caller("anonymous"), account.main)
    went = simulator.run(Script(caller=Caller("anonymous")), lambda call: walk(call, account, entry))
    assert [heard.what for heard in went.heard] == ["welcome.wav"]


def test_a_list_holds_no_lists() -> None:
    reading = Reading("bakery.yaml")
    reading.names["callers"] = frozenset({"a", "b"})
    entries = SourceList(None)  # type: ignore[arg-type]
    entries += ["a", "b"]
    assert read_who(entries, reading).lists == ("a", "b")
    with pytest.raises(ValueError, match="is a list itself"):
        read_who(entries, reading, in_list=True)
