"""The commands as one types them: what they print, their exit status, and that none ends in a traceback."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli import main as room
from engine.cli.common import print_table
from engine.cli.findings import print_findings
from engine.cli.main import EXIT_INTERRUPTED, run
from engine.dialplan.findings import UNUSED, Finding, Severity
from engine.settings_file import load_settings
from engine.store.passwords import ALPHABET
from engine.store.records import CallRecord
from engine.store.store import Store
from sip.bindings import Binding
from sip.flow import Flow
from sip.message.values import Uri
from tests.engine.cli.conftest import Belplan

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, name: Front desk}
  orders: {extension: 102}
main_number: {ring: orders, else: front-desk}
"""
CLINIC = DIALPLAN.replace("The Bakery", "The Clinic").replace("bakery.test", "clinic.test").replace("4567", "9999")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one account, which the commands find by themselves."""
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "bakery.yaml").write_text(DIALPLAN)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "belplan.yaml").write_text("state: state\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines()]


def test_version_and_help(belplan: Belplan) -> None:
    assert belplan("--version")[:2] == (0, f"belplan {room.belplan_version()}\n")
    status, out, _ = belplan("--help")
    assert status == 0
    for command in ("serve", "check", "people", "password", "calls", "phone", "schema"):
        assert f"  {command} " in out


@pytest.mark.parametrize("words", [["dance"], ["calls", "--limit", "0"], ["password"], ["people", "--colour"]])
def test_a_wrong_command_line_is_told_so(words: list[str], belplan: Belplan) -> None:
    status, out, err = belplan(*words)
    assert (status, out) == (2, "")
    assert "Error:" in err


def test_the_unexpected_is_one_sentence(belplan: Belplan, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the moon is full")

    monkeypatch.setattr(room.belplan, "main", fails)
    status, out, err = belplan("people")
    assert (status, out) == (1, "")
    assert "RuntimeError: the moon is full" in err
    assert len(err.splitlines()) == 1
    monkeypatch.setenv(room.DEBUG_VARIABLE, "1")
    with pytest.raises(RuntimeError):
        run(["people"])


def test_an_interrupt_is_no_error(belplan: Belplan, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(room.belplan, "main", interrupted)
    assert belplan("serve") == (EXIT_INTERRUPTED, "", "")


@pytest.mark.parametrize("command", ["serve", "check", "people", "calls"])
def test_wrong_settings_stop_every_command(command: str, belplan: Belplan, home: Path) -> None:
    (home / "config" / "belplan.yaml").write_text("media_worker: 1\nmedia_timeout: -1\n")
    status, out, err = belplan(command)
    assert (status, out) == (1, "")
    assert "config/belplan.yaml:1:1: there is no setting 'media_worker' (did you mean 'media_workers'?)" in err
    assert "config/belplan.yaml:2:16: media_timeout" in err


# --- people and passwords ---------------------------------------------------------------------------------------------


def test_people_are_listed_without_passwords(belplan: Belplan) -> None:
    status, out, _ = belplan("people")
    assert status == 0
    assert table(out) == [
        ["account", "extension", "person", "user name", "domain", "phones"],
        ["bakery", "101", "Front desk", "101", "bakery.test", "-"],
        ["bakery", "102", "orders", "102", "bakery.test", "-"],
    ]


def test_people_are_listed_with_their_phones_and_those_that_are_silent(belplan: Belplan, home: Path) -> None:
    flow = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.9", 5062))
    here = Binding("102@bakery.test", Uri.parse("sip:102@192.0.2.9"), flow, time.time() + 60, "c", 1)
    silent = replace(here, contact=Uri.parse("sip:102@192.0.2.8"), silent_since=time.time())
    over = replace(here, contact=Uri.parse("sip:102@192.0.2.7"), expires_at=time.time() - 1)
    with Store(load_settings(home / "config" / "belplan.yaml", {})) as store:
        store.bindings.save("102@bakery.test", [here, silent, over])
    _, out, _ = belplan("people")
    assert [row[-1] for row in table(out)] == ["phones", "-", "2, 1 silent"]


def test_passwords_are_shown_on_request_and_stay(belplan: Belplan) -> None:
    _, out, _ = belplan("people", "--show-passwords")
    rows = table(out)[1:]
    for row in rows:
        assert set(row[-1]) <= set(ALPHABET) | {"-"}
        assert len(row[-1]) >= 16
    assert rows[0][-1] != rows[1][-1]
    assert belplan("people", "--show-passwords")[1] == out


def test_a_password_is_changed(belplan: Belplan) -> None:
    status, made_up, _ = belplan("password", "102")
    assert status == 0
    assert belplan("password", "101", "--set", "my-own-password") == (0, "my-own-password\n", "")
    passwords = [row[-1] for row in table(belplan("people", "--show-passwords")[1])[1:]]
    assert passwords == ["my-own-password", made_up.strip()]


def test_a_hidden_password_is_shown_once(belplan: Belplan) -> None:
    status, made_up, _ = belplan("password", "102", "--hidden")
    assert (status, len(made_up.strip())) == (0, 19)
    _, out, _ = belplan("people", "--show-passwords")
    assert made_up.strip() not in out
    assert [row[-1] for row in table(out)[2:]] == ["(hidden)"]
    for words in (["people", "--provision", "102"], ["phone", "102"]):
        status, _, err = belplan(*words)
        assert status == 1
        assert err.startswith("belplan: the password of 102 is hidden: 'belplan password 102' gives another")
    belplan("password", "102", "--set", "seen-by-everybody")
    assert "seen-by-everybody" in belplan("people", "--show-passwords")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["password", "999"], "nobody has extension 999"),
        (["password", "101", "--set", "1234"], "a password has 8 to 64 characters"),
        (["password", "101", "--account", "bakry"], "there is no account 'bakry' (did you mean 'bakery'?)"),
        (["people", "--account", "clinic"], "there is no account 'clinic'"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], said: str, belplan: Belplan) -> None:
    status, out, err = belplan(*words)
    assert (status, out) == (1, "")
    assert err.startswith(f"belplan: {said}")


def test_the_account_is_asked_for_where_two_have_the_extension(belplan: Belplan, home: Path) -> None:
    (home / "dialplans" / "clinic.yaml").write_text(CLINIC)
    status, _, err = belplan("password", "101")
    assert status == 1
    assert "--account bakery or clinic" in err
    assert belplan("password", "101", "--account", "clinic", "--set", "for-the-clinic")[0] == 0
    rows = {(row[0], row[1]): row[-1] for row in table(belplan("people", "--show-passwords")[1])}
    assert rows["clinic", "101"] == "for-the-clinic"
    assert rows["bakery", "101"] != "for-the-clinic"


# --- calls ------------------------------------------------------------------------------------------------------------

RECORD = CallRecord(
    "c1",
    "bakery",
    "+31701112233",
    "+31201234567",
    started_at=1_790_000_000.0,
    path=("menu:welcome", "ring:orders"),
    keys=((1.5, "1"), (2.0, "2")),
    answered_by="orders",
    seconds=20.5,
    talked=10.25,
    verdict="talked",
    ended_by="callee",
    reason="hung up",
)


@pytest.fixture
def one_call(home: Path) -> None:
    with Store(load_settings(environment={}), serving=True) as store:
        store.records.put(RECORD)
        store.records.put(CallRecord("c2", "bakery", "102", "101", person="orders", started_at=1_790_000_100.0))
        store.ledger.checkpoint()


@pytest.mark.usefixtures("one_call")
def test_calls_are_listed_oldest_first(belplan: Belplan) -> None:
    _, out, _ = belplan("calls")
    _, first, second = table(out)
    expected = ["+31701112233", "+31201234567", "welcome > orders", "12", "orders", "20.5", "10.2", "talked: hung up"]
    assert first[1:] == expected
    assert second[1:3] == ["orders (102)", "101"]
    assert second[-1].startswith("failed")


@pytest.mark.usefixtures("one_call")
def test_calls_as_json_lines_newest_first(belplan: Belplan) -> None:
    _, out, _ = belplan("calls", "--format", "json")
    newest, oldest = (json.loads(line) for line in out.splitlines())
    assert newest["id"] == "c2"
    assert oldest["path"] == ["menu:welcome", "ring:orders"]
    assert oldest["keys"] == [[1.5, "1"], [2.0, "2"]]
    assert (oldest["answered_by"], oldest["seconds"], oldest["verdict"]) == ("orders", 20.5, "talked")


@pytest.mark.usefixtures("one_call")
def test_the_number_of_calls_is_limited(belplan: Belplan) -> None:
    assert len(belplan("calls", "--limit", "1", "--format", "json")[1].splitlines()) == 1


# --- dialplans --------------------------------------------------------------------------------------------------------


def test_right_dialplans_pass(belplan: Belplan) -> None:
    status, _, err = belplan("check")
    assert (status, err) == (0, "1 dialplan can be used\n")


LATE = (
    DIALPLAN.replace("{ring: orders, else: front-desk}", "[{during: open, ring: orders}, hang_up]")
    + "hours: {open: {to: '12:00'}}\n"
)


def test_warnings_fail_only_if_that_is_asked_for(belplan: Belplan, home: Path) -> None:
    plan = home / "dialplans" / "bakery.yaml"
    plan.write_text(LATE)
    status, out, err = belplan("check")
    assert (status, err) == (0, "1 dialplan can be used, with 2 warnings\n")
    assert belplan("check", "--strict") == (1, out, err)
    plan.write_text(DIALPLAN)
    assert belplan("check", "--strict") == (0, "", "1 dialplan can be used\n")


def test_findings_as_json_have_the_names_that_are_promised(belplan: Belplan, home: Path) -> None:
    plan = home / "dialplans" / "bakery.yaml"
    plan.write_text(LATE)
    status, out, err = belplan("check", "--format", "json")
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert (told["dialplans"], told["errors"], told["warnings"]) == (1, 0, 2)
    assert [(each["line"], each["column"], each["severity"]) for each in told["findings"]] == [
        (4, 15, "warning"),
        (6, 45, "warning"),
    ]
    plan.write_text(DIALPLAN.replace("ring: orders", "ring: order"))
    status, out, err = belplan("check", "--format", "json")
    assert (status, err) == (1, "")
    assert json.loads(out) == {
        "dialplans": 1,
        "errors": 1,
        "warnings": 0,
        "findings": [
            {
                "file": str(plan),
                "line": 6,
                "column": 21,
                "severity": "error",
                "what": "no person is called 'order'",
                "effect": UNUSED,
                "suggestion": "did you mean 'orders'?",
            }
        ],
    }
    page = (Path(__file__).parents[3] / "docs/checking.md").read_text()
    (shown,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert shape(json.loads(shown)) == shape(json.loads(out))


def shape(value: object) -> object:
    """Names and kinds of values, without the values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) else type(value)


def test_on_a_terminal_a_finding_shows_the_line_and_points_at_the_place(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    plan = Path("a.yaml")
    plan.write_text("account: é\nmenus:\n\t漢字: " + "x" * 300 + " here\n")
    print_findings(
        [
            Finding(str(plan), 1, 10, Severity.ERROR, "'é' will not do", "expected a block"),
            Finding(str(plan), 3, 4, Severity.WARNING, "[bold]wide[/bold]", "do this", "that happens"),
            Finding(str(plan), 3, 307, Severity.WARNING, "far out"),
            Finding(str(plan), 99, 1, Severity.WARNING, "beyond"),
            Finding("gone.yaml", 1, 1, Severity.ERROR, "the file cannot be read"),
        ],
        pretty=True,
    )
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == f"{plan}:1:10 error 'é' will not do"
    assert lines[1:4] == ["     1 │ account: é", "       │          ^", "         to do: expected a block"]
    assert lines[4] == f"{plan}:3:4 warning [bold]wide[/bold]"
    assert lines[5].startswith("     3 │     漢字: xxx")
    assert lines[6] == "       │         ^"
    assert lines[7:9] == ["         callers: that happens", "         to do: do this"]
    assert lines[10].startswith("     3 │ ...xxx")
    assert lines[10][lines[11].index("^")] == "h"
    assert all(len(line) <= WIDTH for line in lines[10:12])
    assert lines[12:] == [f"{plan}:99:1 warning beyond", "gone.yaml:1:1 error the file cannot be read"]


WIDTH = 120


def test_each_mistake_is_a_line_with_its_place(belplan: Belplan, home: Path) -> None:
    wrong = home / "dialplans" / "clinic.yaml"
    wrong.write_text(CLINIC.replace("ring: orders", "ring: order").replace("extension: 102", "extension: 1"))
    for words in (["check"], ["check", str(wrong)], ["check", str(home / "dialplans")]):
        status, out, err = belplan(*words)
        assert status == 1
        assert err == "2 errors\n"
        assert [line.split(": ")[0] for line in out.splitlines()] == [f"{wrong}:5:23", f"{wrong}:6:21"]
    assert belplan("check", str(home / "dialplans" / "bakery.yaml"))[0] == 0


def test_a_dialplan_that_is_not_there_is_a_finding(belplan: Belplan, home: Path) -> None:
    status, out, _ = belplan("check", "nowhere.yaml")
    assert status == 1
    assert out.startswith("nowhere.yaml:1:1: ")


def test_the_schema_is_json(belplan: Belplan) -> None:
    status, out, _ = belplan("schema")
    assert status == 0
    assert set(json.loads(out)["properties"]) >= {"account", "numbers", "people", "menus", "main_number"}


def test_what_strangers_call_themselves_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout", out)
    print_table(("from",), [("[/x]",), ("[bold]y[/bold]",)])
    assert "[/x]" in out.getvalue()
    assert "[bold]y[/bold]" in out.getvalue()


def test_a_file_named_twice_is_checked_once(belplan: Belplan) -> None:
    status, _, err = belplan("check", "dialplans", "dialplans/bakery.yaml")
    assert (status, err) == (0, "1 dialplan can be used\n")


def test_check_knows_the_trunks(belplan: Belplan, home: Path) -> None:
    (home / "dialplans" / "bakery.yaml").write_text(DIALPLAN.replace("else: front-desk", "else: {dial: 020 765 4321}"))
    _, out, _ = belplan("check")
    assert "no trunk can call +31207654321" in out
    trunks = home / "config" / "trunks.yaml"
    trunks.write_text("trunks: {voip: {host: sip.provider.example, accounts: [clinic]}}")
    assert "no trunk can call +31207654321" in belplan("check")[1]
    trunks.write_text("trunks: {voip: {host: sip.provider.example, accounts: bakery}}")
    assert "no trunk" not in belplan("check")[1]
    trunks.write_text("trunks: {voip: {}}")
    status, _, err = belplan("check")
    assert status == 1
    assert "trunks.yaml:1:16: 'host' is missing" in err


def test_a_folder_of_other_things_is_not_taken_for_the_state(
    belplan: Belplan, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.chmod(0o755)
    monkeypatch.setenv("BELPLAN_STATE", ".")
    status, _, err = belplan("people")
    assert status == 1
    assert "holds other things" in err
    assert home.stat().st_mode & 0o777 == 0o755
    monkeypatch.setenv("BELPLAN_STATE", "")
    assert belplan("people")[0] == 0


@pytest.mark.parametrize("break_it", ["folder", "table"])
def test_a_database_that_cannot_be_used_is_a_sentence(belplan: Belplan, home: Path, break_it: str) -> None:
    assert belplan("people")[0] == 0
    database = home / "state" / "belplan.sqlite3"
    if break_it == "folder":
        for path in home.glob("state/belplan.sqlite3*"):
            path.unlink()
        database.mkdir()
    else:
        with sqlite3.connect(database) as connection:
            connection.execute("drop table passwords")
    status, _, err = belplan("people")
    assert status == 1
    assert "the state store cannot be" in err
    assert "unexpected" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("text", ["[", "- a", "\xff", ""])
def test_the_demo_says_that_the_example_is_none(belplan: Belplan, home: Path, text: str) -> None:
    (home / "dialplans" / "bakery.yaml").write_bytes(text.encode("latin-1"))
    status, _, err = belplan("demo")
    assert status == 1
    assert "is no dialplan" in err
