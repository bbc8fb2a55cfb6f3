"""A bakery whose numbers come over, and the desk that its transfers go through."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.settings import Settings
from engine.store.store import Store
from tests.web.transfers import papers
from web.editing.plans import Plans
from web.transfers import drafting
from web.transfers.desk import Desk
from web.transfers.inspection import inspect
from web.transfers.order import Order

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 12, 17, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp()
"""A Thursday."""
MANAGER = "owner@bakery.example"
CARRIER = "transfers@carrier.example"
BAKERY = """\
# written by hand
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers:
  main: "+31 20 123 4567"
  others: ["+31 20 123 4568"]   # the old fax
people:
  desk:   {extension: 101, name: Front desk, email: desk@bakery.example, number: "+31 85 123 0001"}
  orders: {extension: 102, email: orders@bakery.example}
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {play: welcome.wav}
    dial_extensions: true
    keys: {1: {ring: orders}, 5: {ring: desk}}
    no_input: {tries: 2, then: {ring: desk}}
"""
PROVIDER = {
    "provider": "Old Telecom B.V.",
    "account_number": "12345678",
    "holder": "The Bakery v.o.f.",
    "street": "Dam 1",
    "postcode": "1012 JS",
    "city": "Amsterdam",
}
PERSON = "Anna de Vries"
COMING = ("+31201110001", "+31201110002")


@dataclass
class Letters:
    """What was sent; ``failing`` refuses, as a full disk does."""

    sent: list[EmailMessage] = field(default_factory=list)
    failing: bool = False

    def __call__(self, mail: EmailMessage, *, until: float | None = None) -> None:
        if self.failing:
            raise OSError("no space left on the device")
        self.sent.append(mail)

    def take(self) -> dict[str, str]:
        """The subjects since the last look, by whom they went to."""
        taken = {mail["To"].addresses[0].addr_spec if hasattr(mail["To"], "addresses") else mail["To"]: mail["Subject"]
                 for mail in self.sent}  # fmt: skip
        self.sent.clear()
        return taken


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(ROOT / "dialplans" / "sounds", tmp_path / "dialplans" / "sounds")
    (tmp_path / "dialplans" / "bakery.yaml").write_text(BAKERY)
    return Settings(
        state=tmp_path / "state", dialplans=tmp_path / "dialplans", prompts=ROOT / "prompts", transfer_email=CARRIER
    )


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Invoices are looked through here: a process for each takes a while (``test_inspection`` has those)."""
    monkeypatch.setattr(drafting, "looked_through", inspect)


@pytest.fixture
def letters() -> Letters:
    return Letters()


def managers(account: str) -> list[str]:
    return [MANAGER]


@pytest.fixture
def plans(settings: Settings, store: Store) -> Plans:
    return Plans(settings, store)


@pytest.fixture
def desk(settings: Settings, store: Store, plans: Plans, letters: Letters) -> Desk:
    return Desk(settings, store, plans, letters, managers)


@pytest.fixture
def drawn_up(desk: Desk) -> Callable[..., Order]:
    """Makes an order that lacks nothing but the signature."""

    def make(numbers: str = ", ".join(COMING), now: float = NOW) -> Order:
        order = desk.begin("bakery", MANAGER, now)
        order = desk.draft.numbers(order, numbers, MANAGER, now)
        order = desk.draft.customer(order, PROVIDER, MANAGER, now)
        return desk.draft.invoice(order, papers.pdf(), "2026-12-01", PERSON, MANAGER, now)

    return make


@pytest.fixture
def signed(desk: Desk, drawn_up: Callable[..., Order]) -> Callable[..., Order]:
    """Makes an order that can be submitted."""

    def make(numbers: str = ", ".join(COMING), now: float = NOW) -> Order:
        order = drawn_up(numbers, now)
        digest = desk.draft.letter(order, "en").digest
        return desk.draft.sign(order, PERSON, True, digest, "en", "203.0.113.9", MANAGER, now)

    return make
