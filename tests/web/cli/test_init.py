"""``belplan init``, ``managers``, ``tokens`` and ``audit``: an account by command, without a browser."""

from __future__ import annotations

import os
import pty
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.store import Store
from tests.web.letters import another
from web.main import run

OWNER = "an@bakery.example"
Give = Callable[..., tuple[int, str, str]]


@pytest.fixture
def give(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Give:
    """Give a command: its exit status, and what it says on standard output and standard error."""
    config = tmp_path / "belplan.yaml"
    config.write_text(f"state: {settings.state}\ndialplans: {settings.dialplans}\ntrunks: {settings.trunks}\n")

    def give(command: str, *words: str) -> tuple[int, str, str]:
        status = run([command, *words, "--config", str(config)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return give


class Terminal:
    """The program on a terminal of its own, as somebody who sits at it sees it."""

    def __init__(self, *words: str, settings: Settings) -> None:
        self._seen = b""
        self._master, self._slave = pty.openpty()
        environment = {
            **os.environ,
            "BELPLAN_STATE": str(settings.state),
            "BELPLAN_DIALPLANS": str(settings.dialplans),
            "TZ": "Europe/Amsterdam",
            "TERM": "dumb",
        }
        ends = {"stdin": self._slave, "stdout": self._slave, "stderr": self._slave}
        self._process = subprocess.Popen([sys.executable, "-m", "web.main", *words], env=environment, **ends)

    def __enter__(self) -> Terminal:
        os.close(self._slave)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def hear(self, words: str) -> None:
        """Wait until this is said or asked."""
        until = time.monotonic() + 60
        while words.encode() not in self._seen:
            assert time.monotonic() < until, f"{words!r} did not come: {self._seen!r}"
            if self._master in select.select([self._master], [], [], 0.2)[0]:
                self._seen += os.read(self._master, 4096)
        self._seen = self._seen.partition(words.encode())[2]

    def type(self, line: str) -> None:
        os.write(self._master, line.encode() + b"\n")

    def answer(self, question: str, typed: str) -> None:
        """Wait until this is asked, and type a line in answer."""
        self.hear(question)
        self.type(typed)

    def ends_well(self) -> None:
        assert self._process.wait(30) == 0


def last_code(settings: Settings) -> str:
    letters = sorted((settings.state / "outbox").iterdir())
    text = letters[-1].read_text()
    return text.partition("    ")[2][:6]


def begin(give: Give, settings: Settings, *more: str) -> str:
    status, out, err = give("init", "--owner", OWNER, "--name", "The Bakery", "--country", "NL", *more)
    assert status == 0, err
    assert f"then: belplan init --owner {OWNER} --code CODE" in out
    assert str(settings.state / "outbox") in err
    return last_code(settings)


def test_an_account_is_set_up_and_seen_to_by_command(give: Give, settings: Settings) -> None:
    code = begin(give, settings, "--owner-name", "An", "--licences", "4", "--language", "nl")
    status, _, err = give("init", "--owner", OWNER, "--code", another(code))
    assert status == 1
    assert "4 more tries" in err
    status, out, _ = give("init", "--owner", OWNER.upper(), "--code", code)
    assert status == 0
    assert "the account the-bakery (The Bakery) is managed by an@bakery.example" in out
    status, _, err = give("init", "--owner", OWNER, "--code", code)
    assert "no longer good" in err
    with Store(settings) as store:
        kept = store.console.accounts.find("the-bakery")
        assert kept is not None
        assert (kept.timezone, kept.language, kept.licences, kept.owner_name) == ("Europe/Amsterdam", "nl", 4, "An")
    assert give("managers")[1].splitlines()[1].split("\t")[:3] == [OWNER, "An", "owner"]
    status, out, _ = give("managers", "--add", "bo@bakery.example", "--name", "Bo")
    assert len(out.splitlines()) == 3
    assert "Bo" in sorted((settings.state / "outbox").iterdir())[-1].read_text()
    assert "always has an owner" in give("managers", "--remove", OWNER)[2]
    assert give("managers", "--owner", "bo@bakery.example")[0] == 0
    assert give("managers", "--no-owner", OWNER)[0] == 0
    assert give("managers", "--remove", OWNER)[0] == 0
    assert "is no manager" in give("managers", "--remove", OWNER)[2]
    assert "signed out: 0" in give("managers", "--sign-out", "bo@bakery.example")[1]
    secret = give("tokens", "--make", "Address book", "--scope", "people")[1].strip()
    assert secret.startswith("belplan_")
    listed = give("tokens")[1]
    assert secret not in listed
    id_ = listed.splitlines()[1].split("\t")[0]
    assert give("tokens", "--revoke", id_)[0] == 0
    assert give("tokens", "--revoke", id_)[0] == 1
    assert "Choose what the program may do" in give("tokens", "--make", "x")[2]
    log = give("audit")[1]
    for done in ("became the owner", "made bo@bakery.example a manager", f"revoked the token {id_}"):
        assert done in log
    assert len(give("audit", "--limit", "2")[1].splitlines()) == 3


def test_on_a_terminal_it_asks_for_all_that_it_needs(settings: Settings) -> None:
    with Terminal("init", "--owner", OWNER, settings=settings) as terminal:
        terminal.answer("The owner's name [an]: ", "")
        terminal.answer("What the organisation is called: ", "The Bakery")
        terminal.answer("Its country, two letters [NL]: ", "ZZ")
        terminal.hear("Choose the country")
        terminal.answer("Its country, two letters [NL]: ", "be")
        terminal.answer("Its time zone [Europe/Brussels]: ", "")
        terminal.answer("The language that callers hear [en]: ", "nl")
        terminal.answer("Licences: how many people are to have a number [1]: ", "4")
        terminal.hear("code: ")
        terminal.type(another(last_code(settings)))
        terminal.hear("4 more tries")
        terminal.hear("code: ")
        terminal.type(last_code(settings))
        terminal.hear("the account the-bakery (The Bakery) is managed by an@bakery.example")
        terminal.ends_well()
    with Store(settings) as store:
        kept = store.console.accounts.find("the-bakery")
        assert kept is not None
        assert (kept.country, kept.timezone, kept.language, kept.licences, kept.owner_name) == (
            *("BE", "Europe/Brussels", "nl", 4),
            "an",
        )


def test_on_a_terminal_a_dialplan_without_an_owner_is_offered(settings: Settings) -> None:
    (settings.dialplans / "clinic.yaml").write_text("account: {name: Clinic, country: BE, language: nl}\n")
    with Terminal("init", settings=settings) as terminal:
        terminal.answer("Is it for the account clinic? [Y/n]: ", "")
        terminal.answer("The owner's e-mail address: ", OWNER)
        terminal.answer("The owner's name [an]: ", "An Bakker")
        terminal.answer("are to have a number [1]: ", "")
        terminal.hear("code: ")
        terminal.type(last_code(settings))
        terminal.hear("the account clinic (Clinic) is managed by an@bakery.example")
        terminal.ends_well()


def test_a_dialplan_written_by_hand_gets_an_owner(give: Give, settings: Settings) -> None:
    (settings.dialplans / "clinic.yaml").write_text("account: {name: Clinic, country: BE, language: nl}\n")
    assert "no account 'shop'" in give("init", "--owner", OWNER, "--account", "shop")[2]
    assert give("init", "--owner", OWNER, "--account", "clinic")[0] == 0
    assert "is uw code" in sorted((settings.state / "outbox").iterdir())[-1].read_text()
    out = give("init", "--owner", OWNER, "--code", last_code(settings))[1]
    assert "the account clinic (Clinic) is managed by" in out
    assert "has no owner yet" in give("init", "--owner", "bo@x.example", "--account", "clinic")[2]


def test_what_is_wrong_is_said_in_sentences(give: Give, settings: Settings) -> None:
    for words, said in (
        ((), "add --owner EMAIL and --name NAME and --country CC; --account KEY"),
        (("--owner", OWNER), "add --name NAME and --country CC; --account KEY"),
        (("--code", "123456"), "--owner EMAIL says"),
        (("--owner", "x", "--name", "B", "--country", "NL"), "'x' is no e-mail address"),
        (("--owner", OWNER, "--name", "B", "--country", "ZZ"), "Choose the country"),
        (("--owner", OWNER, "--name", "B", "--country", "NL", "--licences", "0"), "from 1 to"),
        (("--owner", OWNER, "--code", "123456"), "no longer good"),
    ):
        status, _, err = give("init", *words)
        assert status in (1, 2)
        assert said in err
        assert "Traceback" not in err
    for command in ("managers", "tokens", "audit"):
        assert "there is no account" in give(command)[2]
    assert not (settings.state / "outbox").exists()


def test_asking_again_and_again_is_told(give: Give, settings: Settings) -> None:
    for _ in range(5):
        begin(give, settings)
    status, _, err = give("init", "--owner", OWNER, "--name", "The Bakery", "--country", "NL")
    assert status == 1
    assert "Too many codes" in err


def test_the_set_up_key_is_shown(give: Give, settings: Settings) -> None:
    key = give("init", "--show-key")[1]
    assert give("init", "--show-key")[1] == key
    assert (settings.state / "setup.key").read_text() == key
    assert stat.S_IMODE((settings.state / "setup.key").stat().st_mode) == 0o600
