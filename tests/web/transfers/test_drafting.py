"""An order drawn up: each step kept, what is wrong told beside its field, and the signature bound to what was read."""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.console.numbers import StoredNumber
from engine.store.store import Store
from tests.web.transfers import papers
from tests.web.transfers.conftest import COMING, MANAGER, NOW, PERSON, PROVIDER
from web.mistakes import Mistakes, Stale
from web.transfers.desk import Desk
from web.transfers.details import INVOICE_DAYS, key_of, read_customer, read_invoice, same_person
from web.transfers.drafting import Step
from web.transfers.folder import FOLDER
from web.transfers.letter import WORDS
from web.transfers.lettering import unwritable
from web.transfers.order import Document, Order
from web.transfers.states import OutOfTurn, State

TODAY = date(2026, 12, 17)


def fields_of(problem: pytest.ExceptionInfo[Mistakes]) -> list[str]:
    return [mistake.field for mistake in problem.value.mistakes]


# --- steps ------------------------------------------------------------------------------------------------------------
def test_steps_may_come_in_any_order_and_nothing_is_lost(desk: Desk) -> None:
    order = desk.begin("bakery", MANAGER, NOW)
    order = desk.draft.invoice(order, papers.picture(), "2026-12-01", PERSON, MANAGER, NOW)
    order = desk.draft.customer(order, PROVIDER, MANAGER, NOW)
    assert [step for step, _ in desk.draft.missing(order, NOW)] == [Step.NUMBERS, Step.LETTER]
    order = desk.draft.numbers(order, " ".join(COMING), MANAGER, NOW)
    kept = desk.orders.get("bakery", order.id)
    assert kept == order
    assert kept.numbers == COMING
    assert kept.customer is not None
    assert kept.customer.provider == "Old Telecom B.V."
    assert kept.invoice is not None
    assert kept.invoice.document is not None
    assert (kept.invoice.document.kind, kept.invoice.dated, kept.invoice.person) == ("png", date(2026, 12, 1), PERSON)
    assert [step for step, _ in desk.draft.missing(kept, NOW)] == [Step.LETTER]


def test_numbers_of_an_order_are_coming_ones_of_the_stock(desk: Desk, store: Store) -> None:
    order = desk.draft.numbers(desk.begin("bakery", MANAGER, NOW), ", ".join(COMING), MANAGER, NOW)
    assert {row.number: row.coming for row in store.console.numbers.of("bakery")} == dict.fromkeys(COMING, True)
    order = desk.draft.numbers(order, COMING[0], MANAGER, NOW)
    assert [row.number for row in store.console.numbers.of("bakery")] == [COMING[0]]
    desk.cancel(order, MANAGER, NOW)
    assert store.console.numbers.of("bakery") == []


def test_numbers_that_people_said_are_coming_go_into_an_order_and_stay_promised(desk: Desk, store: Store) -> None:
    store.console.numbers.add([StoredNumber(COMING[0], "bakery", coming=True)])
    assert store.console.numbers.promise("bakery", COMING[0], "orders", None)
    order = desk.draft.numbers(desk.begin("bakery", MANAGER, NOW), COMING[0], MANAGER, NOW)
    desk.cancel(order, MANAGER, NOW)
    assert [row.meant_for for row in store.console.numbers.of("bakery")] == ["orders"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("+31 20 123 4567", "is here already"),
        ("+31 85 123 0001", "is here already"),
        ("+31 20 123 4570", "is here already"),
        ("+31 20 123 4580", "belongs to another account"),
        ("+31 20 123 4590", "is in another order already"),
        ("0800 1234", "toll-free"),
    ],
)
def test_a_number_that_is_here_or_ordered_is_refused(desk: Desk, store: Store, typed: str, why: str) -> None:
    store.console.numbers.add([StoredNumber("+31201234570", "bakery"), StoredNumber("+31201234580", "clinic")])
    desk.draft.numbers(desk.begin("bakery", MANAGER, NOW), "+31 20 123 4590", MANAGER, NOW)
    order = desk.begin("bakery", MANAGER, NOW)
    with pytest.raises(Mistakes, match=why) as caught:
        desk.draft.numbers(order, f"+31 20 123 4599, {typed}", MANAGER, NOW)
    assert fields_of(caught) == ["numbers"]
    assert desk.orders.get("bakery", order.id) == order


def test_a_number_of_an_order_that_is_over_may_be_ordered_again(desk: Desk) -> None:
    first = desk.draft.numbers(desk.begin("bakery", MANAGER, NOW), COMING[0], MANAGER, NOW)
    desk.cancel(first, MANAGER, NOW)
    assert desk.draft.numbers(desk.begin("bakery", MANAGER, NOW), COMING[0], MANAGER, NOW).numbers == COMING[:1]


def test_two_managers_at_once_the_second_is_told(desk: Desk) -> None:
    order = desk.begin("bakery", MANAGER, NOW)
    desk.draft.numbers(order, COMING[0], MANAGER, NOW)
    with pytest.raises(Stale):
        desk.draft.customer(order, PROVIDER, "other@bakery.example", NOW)
    with pytest.raises(Stale):
        desk.orders.get("bakery", order.id, order.version)


def test_what_is_said_of_the_provider_is_checked_field_by_field() -> None:
    with pytest.raises(Mistakes) as caught:
        read_customer({})
    assert fields_of(caught) == ["provider", "account_number", "holder", "street", "postcode", "city"]
    with pytest.raises(Mistakes) as caught:
        read_customer({**PROVIDER, "holder": "x" * 101, "city": "東京", "code": "a\0b"})
    assert fields_of(caught) == ["holder", "city", "code"]
    customer = read_customer({**PROVIDER, "holder": "  Bakkerij\n Łucja  "})
    assert customer.holder == "Bakkerij Łucja"


@pytest.mark.parametrize(
    ("dated", "person", "fields"),
    [
        ("2026-12-17", PERSON, []),
        ("2026-11-17", PERSON, []),
        ("2026-11-16", PERSON, ["dated"]),
        ("2026-12-18", PERSON, ["dated"]),
        ("17-12-2026", PERSON, ["dated"]),
        ("", "", ["person", "dated"]),
        ("2026-12-17", "A.", ["person"]),
        ("2026-12-17", "Customer 123", ["person"]),
    ],
)
def test_the_invoice_is_of_the_last_thirty_days_and_names_a_person(dated: str, person: str, fields: list[str]) -> None:
    assert INVOICE_DAYS == 30
    if not fields:
        assert read_invoice(dated, person, TODAY) == (date.fromisoformat(dated), person)
        return
    with pytest.raises(Mistakes) as caught:
        read_invoice(dated, person, TODAY)
    assert fields_of(caught) == fields


# --- files ------------------------------------------------------------------------------------------------------------
def test_an_invoice_lies_under_a_random_name_that_only_belplan_can_read(
    desk: Desk, settings: Settings, drawn_up: Callable[..., Order]
) -> None:
    order = drawn_up()
    assert order.invoice is not None
    document = order.invoice.document
    assert document is not None
    path = settings.state / FOLDER / document.file
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert hashlib.sha256(path.read_bytes()).hexdigest() == document.digest
    assert desk.document(document) == path.read_bytes()


def test_a_new_invoice_takes_the_place_of_the_old_one(
    desk: Desk, settings: Settings, drawn_up: Callable[..., Order]
) -> None:
    order = drawn_up()
    assert order.invoice is not None
    assert order.invoice.document is not None
    desk.draft.invoice(order, papers.picture("JPEG"), "2026-12-02", PERSON, MANAGER, NOW)
    assert not (settings.state / FOLDER / order.invoice.document.file).exists()
    assert len([path for path in (settings.state / FOLDER).iterdir() if path.name != "lock"]) == 1


def test_a_file_that_is_refused_leaves_nothing_behind_and_is_told_with_the_rest(desk: Desk, settings: Settings) -> None:
    order = desk.begin("bakery", MANAGER, NOW)
    with pytest.raises(Mistakes) as caught:
        desk.draft.invoice(order, b"hello", "2020-01-01", PERSON, MANAGER, NOW)
    assert fields_of(caught) == ["dated", "file"]
    with pytest.raises(Mistakes) as caught:
        desk.draft.invoice(order, None, "2026-12-01", PERSON, MANAGER, NOW)
    assert fields_of(caught) == ["file"]
    stale = desk.orders.get("bakery", order.id)
    desk.draft.numbers(order, COMING[0], MANAGER, NOW)
    with pytest.raises(Stale):
        desk.draft.invoice(stale, papers.pdf(), "2026-12-01", PERSON, MANAGER, NOW)
    assert not list((settings.state / FOLDER).glob("[0-9a-f]*"))


@pytest.mark.parametrize("name", ["../belplan.sqlite3", "/etc/passwd", "", ".", "A" * 32, "0" * 31, "0" * 32 + "\0"])
def test_no_name_leads_out_of_the_folder(desk: Desk, settings: Settings, name: str) -> None:
    desk.folder.keep(b"x", "pdf")
    with pytest.raises(OSError, match="is no file of an order"):
        desk.document(Document(name, "pdf", 1, ""))


def test_a_file_that_was_changed_is_not_handed_out(desk: Desk, settings: Settings) -> None:
    document = desk.folder.keep(b"invoice", "pdf")
    Path(settings.state / FOLDER / document.file).write_bytes(b"another")
    with pytest.raises(OSError, match="is not what was kept"):
        desk.document(document)


# --- the letter and its signature -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    ["Anna de Vries", "  anna   DE vries ", "ANNA DE VRIES", "Anna\u00a0de Vries", "\uff21nna de Vries"],
)
def test_the_typed_name_may_differ_in_case_blanks_and_composition(typed: str) -> None:
    assert same_person(typed, PERSON)


def test_composed_and_decomposed_letters_are_the_same_and_others_are_not() -> None:
    assert same_person("Rene\u0301 O’Neil-Strauß", "René O'Neil\u2010STRAUSS")
    assert not same_person("Rene O'Neil-Strauss", "René O'Neil-Strauß")
    assert not same_person("", "")
    assert not same_person("Anna Vries", PERSON)
    assert not same_person("Αnna de Vries", PERSON)  # a Greek alpha


@given(st.text(max_size=60))
def test_the_key_of_a_name_is_the_same_once_more(name: str) -> None:
    """Invariant: whoever types what the comparison makes of a name has typed that name."""
    assert key_of(key_of(name)) == key_of(name)


def test_the_signed_letter_as_a_pdf_says_all_that_was_shown(desk: Desk, drawn_up: Callable[..., Order]) -> None:
    order = drawn_up()
    for language in WORDS:
        letter = desk.draft.letter(order, language)
        signed = desk.draft.sign(
            order, "anna de vries", True, letter.digest, language, "203.0.113.9", MANAGER, NOW
        ).signature
        assert signed is not None
        assert (signed.name, signed.at, signed.source, signed.language) == (
            "anna de vries",
            NOW,
            "203.0.113.9",
            language,
        )
        assert signed.text == letter.text
        assert signed.digest == hashlib.sha256(letter.text.encode()).hexdigest()
        data = desk.document(signed.document)
        assert hashlib.sha256(data).hexdigest() == signed.document.digest
        said = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())
        for part in letter.parts:
            for line in part.lines:
                assert " ".join(line.split()) in said
        for more in (
            "anna de vries",
            "2026-12-17 12:00:00 +0100 (2026-12-17 11:00:00 UTC)",
            "203.0.113.9",
            signed.digest,
        ):
            assert more in said
        order = desk.orders.get("bakery", order.id)


def test_the_letter_has_the_letters_of_european_names(desk: Desk, drawn_up: Callable[..., Order]) -> None:
    person = "Łucja Ďurišová Őrsi Ñandú Þór Müßig Ğül Șerban Ειρήνη Ђорђе"
    order = desk.draft.invoice(drawn_up(), None, "2026-12-01", person, MANAGER, NOW)
    letter = desk.draft.letter(order, "nl")
    signed = desk.draft.sign(order, person, True, letter.digest, "nl", "::1", MANAGER, NOW).signature
    assert signed is not None
    assert person in PdfReader(io.BytesIO(desk.document(signed.document))).pages[0].extract_text()
    assert unwritable("東京 \u202e") == "東 京 U+202E"


def test_a_long_letter_goes_on_on_further_pages(desk: Desk, drawn_up: Callable[..., Order]) -> None:
    order = drawn_up(", ".join(f"+3120111{number:04}" for number in range(200)))
    letter = desk.draft.letter(order, "en")
    signed = desk.draft.sign(order, PERSON, True, letter.digest, "en", "::1", MANAGER, NOW).signature
    assert signed is not None
    pages = PdfReader(io.BytesIO(desk.document(signed.document))).pages
    assert len(pages) > 3
    assert "+31 20 111 0199" in pages[-1].extract_text() + pages[-2].extract_text()
    assert all(f"{number} / {len(pages)}" in page.extract_text() for number, page in enumerate(pages, 1))


def test_only_the_person_on_the_invoice_signs_with_consent_and_what_they_have_read(
    desk: Desk, drawn_up: Callable[..., Order]
) -> None:
    order = drawn_up()
    digest = desk.draft.letter(order, "en").digest
    with pytest.raises(Mistakes) as caught:
        desk.draft.sign(order, "Bob", False, digest, "en", "::1", MANAGER, NOW)
    assert fields_of(caught) == ["name", "consent"]
    with pytest.raises(Stale, match="has changed since it was shown"):
        desk.draft.sign(order, PERSON, True, digest, "nl", "::1", MANAGER, NOW)
    with pytest.raises(Stale):
        desk.draft.sign(order, PERSON, True, "", "en", "::1", MANAGER, NOW)
    assert desk.orders.get("bakery", order.id).signature is None


def test_nothing_is_signed_before_it_is_whole(desk: Desk) -> None:
    order = desk.begin("bakery", MANAGER, NOW)
    with pytest.raises(Mistakes) as caught:
        desk.draft.letter(order, "en")
    assert fields_of(caught) == ["numbers", "provider", "invoice"]


def test_a_change_of_what_the_letter_says_takes_the_signature_away(desk: Desk, signed: Callable[..., Order]) -> None:
    order = signed()
    assert order.signature is not None
    same = desk.draft.customer(order, PROVIDER, MANAGER, NOW)
    assert same.signature == order.signature
    other = desk.draft.customer(same, {**PROVIDER, "city": "Delft"}, MANAGER, NOW)
    assert other.signature is None
    with pytest.raises(OSError):
        desk.document(order.signature.document)


# --- where numbers lead -----------------------------------------------------------------------------------------------
def test_a_person_gets_a_number_and_a_temporary_one_stands_in(
    desk: Desk, store: Store, drawn_up: Callable[..., Order]
) -> None:
    store.console.numbers.add([StoredNumber("+31851230001", "bakery")])
    order = desk.draft.place(drawn_up(), COMING[0], False, {COMING[1]: "desk"}, MANAGER, NOW)
    assert (order.main, order.main_stays, order.people) == (COMING[0], False, ("desk",))
    rows = {row.number: row for row in store.console.numbers.of("bakery")}
    assert rows[COMING[1]].meant_for == "desk"
    assert rows["+31851230001"].stands_in_for == COMING[1]
    order = desk.draft.place(order, "", True, {COMING[0]: "desk", COMING[1]: "orders"}, MANAGER, NOW)
    rows = {row.number: row for row in store.console.numbers.of("bakery")}
    assert (rows[COMING[0]].meant_for, rows[COMING[1]].meant_for) == ("desk", "orders")
    assert rows["+31851230001"].stands_in_for == COMING[0]


def test_where_numbers_cannot_lead_is_told_beside_the_field(desk: Desk, drawn_up: Callable[..., Order]) -> None:
    order = drawn_up()
    with pytest.raises(Mistakes) as caught:
        desk.draft.place(order, "+31201110009", True, {COMING[0]: "nobody", "+31201110008": "desk"}, MANAGER, NOW)
    assert fields_of(caught) == ["main", f"people.{COMING[0]}", "people.+31201110008"]
    with pytest.raises(Mistakes, match="cannot have two numbers"):
        desk.draft.place(order, "", True, dict.fromkeys(COMING, "desk"), MANAGER, NOW)


def test_who_gets_a_number_needs_a_licence(desk: Desk, store: Store, drawn_up: Callable[..., Order]) -> None:
    account = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "en", 1, MANAGER, "An Owner", NOW)
    store.console.accounts.begin(account)
    order = drawn_up()
    order = desk.draft.place(order, "", True, {COMING[0]: "desk"}, MANAGER, NOW)  # who has a number already
    with pytest.raises(Mistakes, match="2 licences are missing: 3 people would have a number, and the account has 1"):
        desk.draft.place(order, "", True, {COMING[0]: "desk", COMING[1]: "orders"}, MANAGER, NOW)
    assert {row.number: row.meant_for for row in store.console.numbers.of("bakery")} == {
        COMING[0]: "desk",
        COMING[1]: None,
    }
    store.console.accounts.change("bakery", {"licences": 2}, {})
    order = desk.draft.place(order, "", True, {COMING[0]: "orders"}, MANAGER, NOW)
    desk.draft.place(order, "", True, {COMING[1]: "orders"}, MANAGER, NOW)  # another one instead


def test_a_submitted_order_is_not_changed_any_more_but_where_numbers_lead_is(
    desk: Desk, signed: Callable[..., Order]
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    assert order.state is State.SUBMITTED
    for change in (
        lambda: desk.draft.numbers(order, COMING[0], MANAGER, NOW),
        lambda: desk.draft.customer(order, PROVIDER, MANAGER, NOW),
        lambda: desk.draft.invoice(order, None, "2026-12-01", PERSON, MANAGER, NOW),
        lambda: desk.draft.sign(order, PERSON, True, "", "en", "::1", MANAGER, NOW),
    ):
        with pytest.raises(OutOfTurn):
            change()
    assert desk.draft.place(order, COMING[0], True, {}, MANAGER, NOW).main == COMING[0]
