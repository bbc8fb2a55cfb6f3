"""Orders on their way: handed in, answered, completed; who is written to; and what a crash at any moment leaves."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from engine.settings import Settings
from engine.store.console.numbers import StoredNumber
from engine.store.store import Store
from tests.web.transfers.conftest import BAKERY, CARRIER, COMING, MANAGER, NOW, PROVIDER, ROOT, Letters, managers
from web.editing.plans import Plans
from web.mistakes import Mistakes
from web.transfers.bundle import FORMAT, OrderPart
from web.transfers.carrier import ByHand
from web.transfers.desk import Desk
from web.transfers.office import Office
from web.transfers.order import Order
from web.transfers.orders import NoSuchOrder
from web.transfers.states import OutOfTurn, State

DAY = 86400.0


def accepted(desk: Desk, order: Order) -> Order:
    return desk.accept(desk.submit(order, MANAGER, NOW), "2026-12-30", MANAGER, NOW + DAY)


# --- from draft to complete -------------------------------------------------------------------------------------------


def test_an_order_from_draft_to_complete(
    desk: Desk, store: Store, settings: Settings, letters: Letters, signed: Callable[..., Order]
) -> None:
    store.console.numbers.add([StoredNumber("+31851230001", "bakery")])
    order = desk.draft.place(signed(), COMING[0], True, {COMING[1]: "desk"}, MANAGER, NOW)
    assert letters.take() == {}
    order = desk.submit(order, MANAGER, NOW)
    assert order.state is State.SUBMITTED
    assert order.expected == (date(2026, 12, 29), date(2027, 1, 4))
    assert letters.take() == {
        CARRIER: f"Transfer order {order.id}: 2 numbers for The Bakery",
        MANAGER: "Numbers ordered from Old Telecom B.V.",
        "desk@bakery.example": "Your telephone number is coming over",
    }
    order = desk.accept(order, "2026-12-30", MANAGER, NOW + DAY)
    assert (order.state, order.agreed) == (State.ACCEPTED, date(2026, 12, 30))
    assert letters.take() == {
        MANAGER: "Your numbers come over on Wednesday, 30 December 2026",
        "desk@bakery.example": "Your telephone number comes over on Wednesday, 30 December 2026",
    }
    order = desk.complete(order, MANAGER, NOW + 13 * DAY)
    assert order.state is State.COMPLETE
    assert letters.take() == {
        MANAGER: "Your numbers are here",
        "desk@bakery.example": "Your telephone number is here",
    }
    plan = (settings.dialplans / "bakery.yaml").read_text()
    assert plan == BAKERY.replace('main: "+31 20 123 4567"', 'main: "+31 20 111 0001"').replace(
        'others: ["+31 20 123 4568"]', 'others: ["+31 20 123 4567", "+31 20 123 4568"]'
    ).replace("+31 85 123 0001", "+31 20 111 0002")
    office = desk.office("bakery")
    assert office.main == COMING[0]
    assert office.people["desk"].number == COMING[1]
    assert desk.draft.places(order) == {COMING[1]: "desk"}
    rows = {row.number: row for row in store.console.numbers.of("bakery")}
    assert [rows[number].coming for number in COMING] == [False, False]
    assert rows["+31851230001"].stands_in_for is None
    assert [(news.what, news.state) for news in desk.orders.news(order)][-4:] == [
        ("submit", "submitted"),
        ("accept", "accepted"),
        ("complete", "going live"),
        ("live", "complete"),
    ]


def test_the_present_main_number_gives_way_if_so_chosen(desk: Desk, signed: Callable[..., Order]) -> None:
    order = desk.draft.place(signed(), COMING[0], False, {}, MANAGER, NOW)
    desk.complete(accepted(desk, order), MANAGER, NOW)
    office = desk.office("bakery")
    assert office.main == COMING[0]
    assert office.others == ("+31201234568", COMING[1])


def test_a_rejected_order_is_corrected_signed_and_submitted_again(
    desk: Desk, letters: Letters, signed: Callable[..., Order]
) -> None:
    order = desk.submit(desk.draft.place(signed(), "", True, {COMING[1]: "desk"}, MANAGER, NOW), MANAGER, NOW)
    letters.take()
    order = desk.reject(order, " The account\nnumber is wrong ", MANAGER, NOW)
    assert (order.state, order.reason) == (State.REJECTED, "The account number is wrong")
    (told,) = (mail for mail in letters.sent if "desk@" in mail["To"])
    plain = told.get_body(("plain",))
    assert plain is not None
    assert "something has to be corrected first" in " ".join(plain.get_content().split())
    assert "number is wrong" not in plain.get_content(), "why is for managers"
    assert letters.take() == {
        MANAGER: "Transfer rejected: something has to be corrected",
        "desk@bakery.example": "Your telephone number comes over later",
    }
    order = desk.draft.customer(order, {**PROVIDER, "account_number": "87654321"}, MANAGER, NOW)
    assert (order.state, order.signature) == (State.DRAFT, None)
    with pytest.raises(Mistakes, match="has not been signed"):
        desk.submit(order, MANAGER, NOW)
    digest = desk.draft.letter(order, "en").digest
    order = desk.draft.sign(order, "Anna de Vries", True, digest, "en", "::1", MANAGER, NOW)
    order = desk.submit(order, MANAGER, NOW)
    assert (order.state, order.reason) == (State.SUBMITTED, "")
    assert letters.take()[CARRIER] == f"Transfer order {order.id}: 2 numbers for The Bakery"


def test_the_invoice_of_an_order_that_is_over_is_deleted_and_the_rest_stays(
    desk: Desk, settings: Settings, signed: Callable[..., Order], drawn_up: Callable[..., Order]
) -> None:
    order = desk.complete(accepted(desk, signed()), MANAGER, NOW)
    files = settings.state / "transfers"
    assert order.invoice is not None
    assert order.invoice.document is not None
    assert order.signature is not None
    kept = drawn_up("+31 20 111 0003")
    desk.tidy(NOW + 89 * DAY)
    assert (files / order.invoice.document.file).exists()
    desk.tidy(NOW + 91 * DAY)
    desk.tidy(NOW + 92 * DAY)
    assert not (files / order.invoice.document.file).exists()
    assert (files / order.signature.document.file).exists()
    after = desk.orders.get("bakery", order.id)
    assert after.invoice is not None
    assert (after.invoice.document, after.invoice.person) == (None, order.invoice.person)
    assert [news.what for news in desk.orders.news(order)].count("forget") == 1
    with pytest.raises(Mistakes, match="no bundle any more"):
        desk.bundle(after)
    assert desk.orders.get("bakery", kept.id) == kept


def test_a_cancelled_order_is_withdrawn_and_its_numbers_are_free(
    desk: Desk, store: Store, letters: Letters, signed: Callable[..., Order]
) -> None:
    order = desk.submit(desk.draft.place(signed(), "", True, {COMING[1]: "desk"}, MANAGER, NOW), MANAGER, NOW)
    letters.take()
    order = desk.cancel(order, MANAGER, NOW)
    assert order.state is State.CANCELLED
    assert letters.take() == {
        CARRIER: f"Transfer order {order.id} is cancelled",
        MANAGER: "Transfer cancelled",
        "desk@bakery.example": "Your telephone number stays where it is",
    }
    assert [row.number for row in store.console.numbers.of("bakery")] == [COMING[1]], "it is promised to somebody"
    with pytest.raises(OutOfTurn, match="has been cancelled"):
        desk.submit(order, MANAGER, NOW)
    assert signed().numbers == COMING


def test_an_invoice_that_has_become_too_old_is_asked_for_again(desk: Desk, signed: Callable[..., Order]) -> None:
    with pytest.raises(Mistakes, match="older than 30 days") as caught:
        desk.submit(signed(), MANAGER, NOW + 20 * DAY)
    assert [mistake.field for mistake in caught.value.mistakes] == ["invoice"]


@pytest.mark.parametrize("day", ["", "30-12-2026", "2026-12-16", "2028-01-01", "2026-02-30"])
def test_a_day_that_cannot_be_is_refused(desk: Desk, signed: Callable[..., Order], day: str) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    with pytest.raises(Mistakes) as caught:
        desk.accept(order, day, MANAGER, NOW)
    assert [mistake.field for mistake in caught.value.mistakes] == ["day"]


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 501])
def test_a_rejection_has_a_reason(desk: Desk, signed: Callable[..., Order], reason: str) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    with pytest.raises(Mistakes) as caught:
        desk.reject(order, reason, MANAGER, NOW)
    assert [mistake.field for mistake in caught.value.mistakes] == ["reason"]


def test_an_order_belongs_to_its_account(desk: Desk) -> None:
    order = desk.begin("bakery", MANAGER, NOW)
    with pytest.raises(NoSuchOrder):
        desk.orders.get("clinic", order.id)
    with pytest.raises(Mistakes):
        desk.begin("clinic", MANAGER, NOW)


# --- the carrier ------------------------------------------------------------------------------------------------------


def test_the_bundle_has_the_letter_the_invoice_and_the_order_for_a_program(
    desk: Desk, letters: Letters, signed: Callable[..., Order]
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    mail = next(mail for mail in letters.sent if mail["To"] == CARRIER)
    attached = next(mail.iter_attachments())
    assert attached.get_filename() == f"transfer-{order.id}.zip"
    data = attached.get_payload(decode=True)
    assert data == desk.bundle(order)
    assert isinstance(data, bytes)
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        assert bundle.namelist() == ["order.json", "letter-of-agency.pdf", "invoice.pdf"]
        written = json.loads(bundle.read("order.json"))
        letter = PdfReader(io.BytesIO(bundle.read("letter-of-agency.pdf"))).pages[0].extract_text()
    described = OrderPart.model_validate(written)
    assert (described.format, described.id, described.organisation) == (FORMAT, order.id, "The Bakery")
    assert [each.number for each in described.numbers] == list(COMING)
    assert described.report_to == "http://127.0.0.1:8080/hooks/transfers"
    assert order.signature is not None
    assert described.signature.text_sha256 == order.signature.digest
    assert [each.sha256 for each in described.files] == [
        order.signature.document.digest,
        order.invoice.document.digest if order.invoice and order.invoice.document else "",
    ]
    assert order.signature.digest in letter


def test_without_an_address_a_manager_hands_the_bundle_in(
    settings: Settings, store: Store, plans: Plans, letters: Letters, desk: Desk, signed: Callable[..., Order]
) -> None:
    by_hand = Desk(settings.model_copy(update={"transfer_email": None}), store, plans, letters, managers)
    assert isinstance(by_hand.carrier, ByHand)
    order = signed()
    with pytest.raises(Mistakes):
        by_hand.bundle(order)
    order = by_hand.submit(order, MANAGER, NOW)
    assert list(letters.take()) == [MANAGER]
    assert zipfile.is_zipfile(io.BytesIO(by_hand.bundle(order)))


def test_another_carrier_is_an_adapter(
    settings: Settings, store: Store, plans: Plans, letters: Letters, desk: Desk, signed: Callable[..., Order]
) -> None:
    told: list[str] = []

    class Ours:
        def submit(self, order: Order, office: Office, bundle: bytes) -> None:
            told.append(f"submit {order.id} {len(order.numbers)}")

        def cancel(self, order: Order, office: Office) -> None:
            told.append(f"cancel {order.id}")

    ours = Desk(settings, store, plans, letters, managers, carrier=Ours())
    order = ours.cancel(ours.submit(signed(), MANAGER, NOW), MANAGER, NOW)
    assert told == [f"submit {order.id} 2", f"cancel {order.id}"]


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_letters_that_could_not_be_sent_are_sent_later(
    desk: Desk, letters: Letters, signed: Callable[..., Order]
) -> None:
    letters.failing = True
    order = desk.submit(signed(), MANAGER, NOW)
    assert order.state is State.SUBMITTED
    letters.failing = False
    desk.resume(NOW)
    assert set(letters.take()) == {CARRIER, MANAGER}
    desk.resume(NOW)
    assert letters.take() == {}


def test_a_plan_broken_by_hand_keeps_the_order_waiting_until_it_is_mended(
    desk: Desk, settings: Settings, letters: Letters, signed: Callable[..., Order]
) -> None:
    order = accepted(desk, signed())
    letters.take()
    file = settings.dialplans / "bakery.yaml"
    good = file.read_text()
    file.write_text(good.replace("keys: {1: {ring: orders}", "keys: {1: {ring: nobody}"))
    order = desk.complete(order, MANAGER, NOW)
    assert order.state is State.GOING_LIVE
    assert "nobody" in order.reason
    assert letters.take() == {MANAGER: "Your numbers could not be put in place"}
    desk.resume(NOW)
    assert desk.orders.get("bakery", order.id).state is State.GOING_LIVE
    file.write_text(good)
    order = desk.complete(order, MANAGER, NOW)
    assert (order.state, order.reason) == (State.COMPLETE, "")
    assert desk.office("bakery").others == ("+31201234568", *COMING)


def test_a_hand_edit_at_the_same_moment_is_kept(
    desk: Desk, settings: Settings, plans: Plans, monkeypatch: pytest.MonkeyPatch, signed: Callable[..., Order]
) -> None:
    order = accepted(desk, signed())
    file = settings.dialplans / "bakery.yaml"
    save = plans.save

    def late(*args: Any, **more: Any) -> object:
        monkeypatch.undo()
        file.write_text(file.read_text().replace("name: Front desk", "name: The counter"))
        return save(*args, **more)

    monkeypatch.setattr(plans, "save", late)
    assert desk.complete(order, MANAGER, NOW).state is State.COMPLETE
    assert "name: The counter" in file.read_text()
    assert desk.office("bakery").numbers >= set(COMING)


class Killed(BaseException):
    """The process ends here."""


def kill_at(monkeypatch: pytest.MonkeyPatch, moment: int, *places: tuple[Any, str]) -> None:
    """Have the process die at the ``moment``-th time that it is about to do one of these, or has just done it."""
    seen = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == moment:
                raise Killed
            done = real(*args, **more)
            seen += 1
            if seen == moment:
                raise Killed
            return done

        return call

    for owner, name in places:
        monkeypatch.setattr(owner, name, dying(getattr(owner, name)))


def test_killed_at_any_moment_of_completion_the_numbers_are_all_there_or_none_and_it_goes_on(
    desk: Desk,
    settings: Settings,
    store: Store,
    plans: Plans,
    letters: Letters,
    monkeypatch: pytest.MonkeyPatch,
    signed: Callable[..., Order],
) -> None:
    """Each moment between two writes: the plan has all numbers or none, and whoever starts next finishes."""
    file = settings.dialplans / "bakery.yaml"
    numbers, transfers = store.console.numbers, store.console.transfers
    died = moment = 0
    while died == moment:
        moment += 1
        file.write_text(BAKERY)
        order = desk.draft.place(signed(), COMING[0], False, {COMING[1]: "desk"}, MANAGER, NOW)
        order = accepted(desk, order)
        letters.take()
        with monkeypatch.context() as patched:
            places = ((type(transfers), "put"), (type(plans), "save"), (type(numbers), "set_coming"))
            kill_at(patched, moment, *places, (Letters, "__call__"), (type(transfers), "tell"))
            try:
                desk.complete(order, MANAGER, NOW)
            except Killed:
                died += 1
        here = desk.office("bakery").numbers & set(COMING)
        assert here in (frozenset(), frozenset(COMING))
        begun = desk.orders.get("bakery", order.id).state is not State.ACCEPTED
        Desk(settings, store, Plans(settings, store), letters, managers).resume(NOW + 1)
        order = desk.orders.get("bakery", order.id)
        assert order.state is (State.COMPLETE if begun else State.ACCEPTED)
        if begun:
            office = desk.office("bakery")
            assert (office.main, office.others) == (COMING[0], ("+31201234568", "+31851230001"))
            assert office.people["desk"].number == COMING[1]
            assert letters.take()[MANAGER] == "Your numbers are here"
            assert not any(row.coming for row in numbers.of("bakery"))
            numbers.remove("bakery", COMING)
        else:
            assert not here
            desk.cancel(order, MANAGER, NOW)
            numbers.unpromise("bakery", "desk")
            numbers.remove("bakery", COMING)
    assert moment > 10


def test_files_of_orders_are_nobody_elses(settings: Settings, desk: Desk, signed: Callable[..., Order]) -> None:
    desk.submit(signed(), MANAGER, NOW)
    for path in Path(settings.state / "transfers").iterdir():
        assert path.stat().st_mode & 0o077 == 0


DYING = """
import os, signal, sys
from pathlib import Path
from engine.settings import Settings
from engine.store.store import Store
from web.editing import plans
from web.mail import Post
from web.transfers.opening import open_desk

state, dialplans, prompts, order, when = sys.argv[1:]
settings = Settings(state=Path(state), dialplans=Path(dialplans), prompts=Path(prompts))
replace = plans.replace_file

def dying(path, data):
    if when == "after":
        replace(path, data)
    os.kill(os.getpid(), signal.SIGKILL)

plans.replace_file = dying
with Store(settings) as store:
    desk = open_desk(settings, store, Post(settings))
    desk.complete(desk.orders.get("bakery", order), "x", 1797505200.0)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_9_around_the_save_leaves_the_old_or_the_new_plan_and_the_next_start_goes_on(
    desk: Desk, settings: Settings, signed: Callable[..., Order], when: str
) -> None:
    order = desk.draft.place(signed(), COMING[0], False, {COMING[1]: "desk"}, MANAGER, NOW)
    order = accepted(desk, order)
    words = (settings.state, settings.dialplans, settings.prompts, order.id, when)
    died = subprocess.run([sys.executable, "-c", DYING, *map(str, words)], cwd=ROOT, check=False, timeout=100)
    assert died.returncode == -signal.SIGKILL
    assert (desk.office("bakery").numbers & set(COMING)) == (set(COMING) if when == "after" else set())
    assert desk.orders.get("bakery", order.id).state is State.GOING_LIVE
    desk.resume(NOW + 1)
    assert desk.orders.get("bakery", order.id).state is State.COMPLETE
    assert desk.office("bakery").people["desk"].number == COMING[1]
