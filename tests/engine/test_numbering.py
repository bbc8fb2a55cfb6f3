"""From a called number to an account and a place in it, in whatever form the number comes."""

from __future__ import annotations

import pytest

from engine.dialplan.account import Account
from engine.dialplan.load import load_accounts
from engine.numbering import MAX_DIALLED, Numbering, e164, forms

BAKERY = """
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.example}
numbers: {main: "+31 20 123 4567", others: ["020 123 4568", "+31 20 123 4569"]}
people:
  desk: {extension: 101, number: "+31 20 123 4568"}
  home: {extension: 102, number: "+49 30 1234567"}
main_number: desk
"""
BERLIN = """
account: {name: Berlin, country: DE, timezone: Europe/Berlin}
numbers: {main: "+49 20 1234567", others: ["+49 30 7654321"]}
people:
  empfang: {extension: 101}
main_number: empfang
"""
BOSTON = """
account: {name: Boston, country: US, timezone: America/New_York}
numbers: {main: "(617) 555-0123"}
people:
  desk: {extension: 101}
main_number: desk
"""


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Account]:
    folder = tmp_path_factory.mktemp("accounts")
    for name, text in (("bakery", BAKERY), ("berlin", BERLIN), ("boston", BOSTON)):
        (folder / f"{name}.yaml").write_text(text)
    loaded = load_accounts(folder, sounds_cache=folder, prompts_dir=folder)
    return {account.key: account for account in loaded}


@pytest.fixture(scope="module")
def numbering(accounts: dict[str, Account]) -> Numbering:
    return Numbering(accounts.values())


def place(numbering: Numbering, called: str, within: Account | None = None) -> tuple[str, str | None] | None:
    reached = numbering.find_number(called, within)
    return None if reached is None else (reached.account.key, reached.person)


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        ("+31201234567", ("bakery", None)),
        ("0031201234567", ("bakery", None)),
        ("31201234567", ("bakery", None)),
        ("+31 20 123 4567", ("bakery", None)),
        ("+31-(0)20-1234567", ("bakery", None)),
        ("+31201234568", ("bakery", "desk")),
        ("0201234568", ("bakery", "desk")),
        ("+31201234569", ("bakery", None)),
        ("+49301234567", ("bakery", "home")),
        ("+49307654321", ("berlin", None)),
        ("0307654321", ("berlin", None)),
        ("0049307654321", ("berlin", None)),
        ("+16175550123", ("boston", None)),
        ("6175550123", ("boston", None)),
        ("16175550123", ("boston", None)),
        ("01116175550123", ("boston", None)),
        ("+31201234560", None),
        ("1234567", None),
        ("101", None),
        ("", None),
        ("+", None),
        ("anonymous", None),
        ("+31201234567;x=y", None),
        ("٠٢٠١٢٣٤٥٦٧", None),
        ("0" * MAX_DIALLED * 100, None),
    ],
)
def test_where_a_called_number_leads(
    numbering: Numbering, called: str, expected: tuple[str, str | None] | None
) -> None:
    assert place(numbering, called) == expected


def test_a_national_number_of_two_countries_leads_nowhere_without_knowing_the_country(
    numbering: Numbering, accounts: dict[str, Account]
) -> None:
    assert place(numbering, "0201234567") is None
    assert place(numbering, "0201234567", accounts["bakery"]) == ("bakery", None)
    assert place(numbering, "0201234567", accounts["berlin"]) == ("berlin", None)


def test_a_phone_reaches_numbers_of_its_own_account_only(numbering: Numbering, accounts: dict[str, Account]) -> None:
    assert place(numbering, "+49307654321", accounts["bakery"]) is None
    assert place(numbering, "+31201234568", accounts["bakery"]) == ("bakery", "desk")


def test_a_number_leads_to_a_node(numbering: Numbering, accounts: dict[str, Account]) -> None:
    main, own = numbering.find_number("+31201234567"), numbering.find_number("+31201234568")
    assert main is not None
    assert own is not None
    assert main.entry is accounts["bakery"].main
    assert own.entry is accounts["bakery"].ring_person("desk")


def test_domains(numbering: Numbering, accounts: dict[str, Account]) -> None:
    assert numbering.by_domain("Bakery.Example") is accounts["bakery"]
    assert numbering.by_domain("berlin") is accounts["berlin"]
    assert numbering.by_domain("bakery") is None


def test_forms_of_a_number() -> None:
    assert forms("+31201234567", "NL") == {"+31201234567", "31201234567", "0031201234567", "0201234567"}
    assert forms("+49301234567", "NL") == {"+49301234567", "49301234567", "0049301234567"}


def test_e164_of_what_a_caller_shows() -> None:
    assert e164("0612345678", "NL") == "+31612345678"
    assert e164("tel", "NL") is None
    assert e164("1" * 1000, "NL") is None
