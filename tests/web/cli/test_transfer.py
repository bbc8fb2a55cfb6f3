"""``belplan transfer``: numbers brought over with commands alone, and what is wrong told in sentences."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.settings import Settings
from tests.web.transfers import papers
from tests.web.transfers.conftest import BAKERY, ROOT
from web.mail import Post
from web.main import run
from web.transfers.office import office_of

Belplan = Callable[..., tuple[int, str, str]]
DETAILS = ("--provider", "Old Telecom", "--account-number", "42", "--holder", "The Bakery", "--street", "Dam 1",
           "--postcode", "1012 JS", "--city", "Amsterdam")  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "bakery.yaml").write_text(BAKERY.replace("play: welcome.wav", "say: Hello"))
    monkeypatch.setenv("BELPLAN_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("BELPLAN_DIALPLANS", str(tmp_path / "dialplans"))
    monkeypatch.setenv("BELPLAN_PROMPTS", str(ROOT / "prompts"))
    monkeypatch.setenv("BELPLAN_TRANSFER_EMAIL", "transfers@carrier.example")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "invoice.pdf").write_bytes(papers.pdf())
    return tmp_path


@pytest.fixture
def belplan(home: Path, capsys: pytest.CaptureFixture[str]) -> Belplan:
    def call(*words: str) -> tuple[int, str, str]:
        status = run(["transfer", *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_an_order_from_draft_to_complete_by_commands(belplan: Belplan, home: Path) -> None:
    dated = (date.today() - timedelta(days=3)).isoformat()
    status, out, _ = belplan("new", "--numbers", "+31 20 111 0001, +31 20 111 0002", *DETAILS)
    assert status == 0
    order = out.split()[1]
    assert "to do: The invoice is missing." in out
    invoice = ("--invoice", str(home / "invoice.pdf"), "--dated", dated, "--person", "Anna de Vries")
    status, out, _ = belplan("change", order, "--main", "+31201110001", "--main-gives-way", *invoice)
    assert status == 0
    status, out, _ = belplan("change", order, "--give", "+31201110002=desk")
    assert status == 0
    assert out.count("to do:") == 1
    assert "The Bakery" in belplan("show", order, "--letter", "en")[1]
    status, out, _ = belplan("sign", order, "--name", "anna DE vries", "--consent")
    assert status == 0
    assert "to do" not in out
    status, out, _ = belplan("submit", order.lower())
    assert status == 0
    assert f"{order}: submitted, expected" in out
    assert belplan("show", order, "--bundle", str(home / "bundle.zip"))[0] == 0
    assert zipfile.is_zipfile(home / "bundle.zip")
    agreed = (date.today() + timedelta(days=12)).isoformat()
    assert f"accepted, {agreed}" in belplan("answer", order, "--accepted", agreed)[1]
    assert belplan("list")[1].splitlines()[1].startswith(f"{order}\taccepted\t+31201110001, +31201110002\tOld Telecom")
    status, out, _ = belplan("complete", order)
    assert (status, out.splitlines()[0]) == (0, f"{order}: complete, {agreed}")
    shown = belplan("show", order)[1]
    assert [line.split(": ")[1].split(" (")[0] for line in shown.splitlines()[2:]][-4:] == [
        "submit",
        "accept",
        "complete",
        "live",
    ]
    from web.editing.plan import read_data

    office = office_of("bakery", read_data((home / "dialplans" / "bakery.yaml").read_text()))
    assert (office.main, office.people["desk"].number) == ("+31201110001", "+31201110002")
    assert "+31201234567" not in office.numbers
    outbox = Post(Settings(state=home / "state")).outbox
    assert outbox is not None
    letters = [path.read_text() for path in outbox.iterdir()]
    assert any(f"Transfer order {order}" in letter for letter in letters)
    assert any("Your telephone number is here" in letter for letter in letters)


def test_what_is_wrong_is_told_in_sentences_and_leaves_the_order_as_it_is(belplan: Belplan, home: Path) -> None:
    status, out, error = belplan("new", "--numbers", "0800 1234")
    assert status == 1
    assert "toll-free" in error
    order = out.split()[1]
    for words, why in (
        (("submit", order), "The numbers are missing."),
        (("complete", order), "has not been submitted"),
        (("answer", order), "say what the carrier has answered"),
        (("answer", order, "--accepted", "2026-01-01"), "has not been submitted"),
        (("change", order, "--give", "nobody"), "is not NUMBER=PERSON"),
        (("show", "NONE"), "there is no order NONE"),
        (("show", order, "--letter", "en"), "The numbers are missing."),
        (("list", "--account", "bakry"), "did you mean 'bakery'?"),
    ):
        status, _, error = belplan(*words)
        assert status == 1
        assert why in error
    assert belplan("cancel", order)[1].startswith(f"{order}: cancelled")
    status, _, error = belplan("cancel", order)
    assert status == 1
    assert "has been cancelled" in error


def test_a_rejected_order_is_corrected_and_signed_again(belplan: Belplan, home: Path) -> None:
    dated = time.strftime("%Y-%m-%d")
    invoice = ("--invoice", str(home / "invoice.pdf"), "--dated", dated, "--person", "Anna de Vries")
    order = belplan("new", "--numbers", "+31 20 111 0001", *DETAILS, *invoice)[1].split()[1]
    belplan("sign", order, "--name", "Anna de Vries", "--consent")
    belplan("submit", order)
    assert "because: wrong account number" in belplan("answer", order, "--rejected", "wrong account number")[1]
    status, out, _ = belplan("change", order, "--account-number", "43")
    assert status == 0
    assert f"{order}: draft" in out
    assert "to do: The letter of agency has not been signed." in out
    belplan("sign", order, "--name", "Anna de Vries", "--consent", "--language", "nl")
    assert f"{order}: submitted" in belplan("submit", order)[1]
