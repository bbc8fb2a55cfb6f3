"""Findings of the engine in Dutch: all that its loader and checks say is recognised, each as what it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

from engine.dialplan.check import check
from engine.dialplan.findings import DialplanErrors, Finding, Severity
from engine.dialplan.load import load_account
from tests.scripts import script
from web.editing.checking import Unsound
from web.shell.findings import MAX_LENGTH, observed, patterns, recognised
from web.shell.languages import catalogues
from web.shell.rendering import environment

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "tests" / "dialplans"
ENGLISH, DUTCH = catalogues()["en"], catalogues()["nl"]


def found(what: str, suggestion: str = "", effect: str = "") -> Finding:
    return Finding("office.yaml", 3, 7, Severity.WARNING if effect else Severity.ERROR, what, suggestion, effect)


def all_found(folder: Path, place: Path) -> Iterator[Finding]:
    """What the engine finds in the dialplans of a folder, without recordings and prompts."""
    for path in sorted(folder.glob("*.yaml")):
        try:
            text = path.read_bytes().replace(b"play: ", b"say: ")
            account = load_account(place / path.name, text=text, sounds_cache=place, prompts_dir=place)
            yield from check(account)
        except DialplanErrors as errors:
            yield from errors.findings


def test_every_sentence_of_the_engine_is_known_and_no_other_is_taken_for_it() -> None:
    known = {pattern.text for each in patterns().values() for pattern in each}
    engine = script("console_words").sentences(ROOT / "engine" / "dialplan")
    assert known == {*engine, "another account"}
    assert {"'{0}' is missing", "hours '{0}' are never open", "did you mean '{0}'?", "menu"} <= known
    for text in known:
        held = [f"'x{number}'" for number, (_, gap, _, _) in enumerate(Formatter().parse(text)) if gap is not None]
        assert recognised(text.format(*held), DUTCH) == DUTCH.gettext(text).format(*held), text


def test_what_the_engine_finds_in_wrong_plans_comes_in_dutch(tmp_path: Path) -> None:
    findings = [*all_found(CORPUS / "bad", tmp_path), *all_found(CORPUS / "good", tmp_path)]
    assert len(findings) > 250
    for finding in findings:
        sentence = observed(finding)
        assert str(sentence) == sentence.translated(ENGLISH) == finding.message
        assert not sentence.unknown(DUTCH), finding.message
        assert sentence.translated(DUTCH) != finding.message


@pytest.mark.parametrize(
    ("finding", "dutch"),
    [
        (found("'main' is missing"), "'main' ontbreekt"),
        (
            found("'ordres' is no menu, no person, no group, no queue and no word", "did you mean 'orders'?"),
            "'ordres' is geen menu, geen persoon, geen groep, geen wachtrij en geen woord (bedoelt u 'orders'?)",
        ),
        (found("no group is called 'a and b'"), "er is geen groep met de naam 'a and b'"),
        (
            found("'tea' is a menu and a person", "write {menu: tea} or {ring: tea}"),
            "'tea' is een menu en een persoon (schrijf {menu: tea} of {ring: tea})",
        ),
        (
            found("'most' cannot be '0'", "expected greater than or equal to 1"),
            "'most' kan niet '0' zijn (verwacht wordt 1 of meer)",
        ),
        (found("extension '7' has 1 digit"), "toestelnummer '7' heeft 1 cijfer"),
        (
            found("'{0} {x}' means nothing here", "known are: a, b and c"),
            "'{0} {x}' betekent hier niets (bekend zijn: a, b en c)",
        ),
        (
            found(
                "key 2 of menu 'hi' begins extensions 20 to 24",
                "renumber extensions 20 to 24 to 30 to 34, or use key 3 instead of 2",
                "who presses 2 waits 1.5 s for another digit",
            ),
            "toets 2 van menu 'hi' is het begin van toestelnummers 20 tot en met 24: wie 2 indrukt, wacht 1.5 s op nog "
            "een cijfer (hernummer toestelnummers 20 tot en met 24 naar 30 tot en met 34, of gebruik toets 3 in plaats "
            "van 2)",
        ),
        (
            found("the number +31201234567 belongs to another account already", "a number leads to one account only"),
            "nummer +31201234567 hoort al bij een andere organisatie (een nummer leidt naar maar één organisatie)",
        ),
    ],
)
def test_gaps_keep_what_they_hold(finding: Finding, dutch: str) -> None:
    assert observed(finding).translated(DUTCH) == dutch
    assert observed(finding).translated(ENGLISH) == finding.message


def test_what_is_not_recognised_stays_english_and_a_page_says_so() -> None:
    finding = found("'<b>' is missing", "nobody has <i>ever</i> said this")
    shown = environment().filters["observed"]
    page = shown({"catalogue": DUTCH}, finding)
    assert page == Markup(
        '&#39;&lt;b&gt;&#39; ontbreekt (<span lang="en">nobody has &lt;i&gt;ever&lt;/i&gt; said this</span>)'
    )
    assert "lang" not in shown({"catalogue": ENGLISH}, finding)
    problem = Unsound([found("'main' is missing")])
    assert str(problem) == "Line 3, column 7: 'main' is missing"
    assert problem.mistakes[0].what.translated(DUTCH) == "Regel 3, kolom 7: 'main' ontbreekt"


@pytest.mark.parametrize("unit", ["and ", "'a' is ", "a and a, or ", "expected ", "{", "'"])
def test_no_text_takes_long(unit: str) -> None:
    began = time.monotonic()
    recognised((unit * MAX_LENGTH)[:MAX_LENGTH], NullTranslations())
    assert recognised("x" * (MAX_LENGTH + 1), DUTCH) is None
    assert time.monotonic() - began < 1
