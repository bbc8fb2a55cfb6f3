"""Several languages: who hears which, what stands in for what is missing, and what check says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.call.protocol import Caller
from engine.call.script import Script
from engine.call.simulator import Simulator
from engine.dialplan import sound_files
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.checks.languages import WITHOUT_WORDS
from engine.dialplan.findings import DialplanErrors, Wrong
from engine.dialplan.languages import in_words, read_code, standing_in
from engine.dialplan.load import load_account
from engine.dialplan.walk import walk
from tests.engine.dialplan.conftest import write_wav

PROMPTS = Path(__file__).parents[3] / "prompts"
MAIN = "+31201234567"

FILE = """
account: {{name: The Bakery, country: NL, language: en, languages: {languages}, timezone: UTC}}
numbers: {{main: "+31 20 123 4567", others: ["+31 20 123 4569"]}}
people: {{desk: {{extension: 101}}}}
main_number: choose
menus:
  choose:
    greeting: {{play: choose.wav, in: any}}
    keys:
      1: {{language: en, then: {{menu: welcome}}}}
      2: {{language: nl, then: {{menu: welcome}}}}
      3: {{language: de, then: {{menu: welcome}}}}
    no_input: {{tries: 1, then: {{menu: welcome}}}}
  welcome:
    greeting: {greeting}
    keys: {{1: {{voicemail: desk}}, 8: {{language: nl}}, 9: back}}
    wrong_input: {{tries: 2}}
"""


class Desk:
    """A folder with recordings per language, where texts are spoken into files named for the language and the text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for place in ("prompts/en", "prompts/nl", "cache"):
            (folder / place).mkdir(parents=True)
        for name in ("invalid-choice", "goodbye", "not-available", "leave-message"):
            write_wav(folder / f"prompts/en/{name}.wav")
        write_wav(folder / "prompts/nl/invalid-choice.wav")
        self.record("choose.wav")

    def record(self, *names: str) -> None:
        for name in names:
            (self.folder / "sounds" / name).parent.mkdir(parents=True, exist_ok=True)
            write_wav(self.folder / "sounds" / name)

    def account(self, greeting: str, languages: str = "[en, nl, de]") -> Account:
        path = self.folder / "bakery.yaml"
        path.write_text(FILE.format(greeting=greeting, languages=languages))
        return load_account(path, sounds_cache=self.folder / "cache", prompts_dir=self.folder / "prompts")

    def heard(self, account: Account, keys: str = "", **more: object) -> list[str]:
        """The recordings a caller hears, as paths in the folder; keys are pressed from the second second on."""
        presses = [(1.0 + 4.0 * index, key) for index, key in enumerate(keys)]
        paths: list[str] = []

        def note(sound: object) -> float:
            paths.append(str(getattr(sound, "path", "")).removeprefix(f"{self.folder}/"))
            return 3.0

        with Simulator(note) as simulator:
            script = Script(keys=presses, hangs_up_at=4.0 * len(keys) + 10, **more)  # type: ignore[arg-type]
            simulator.run(script, lambda call: walk(call, account, account.main))
        return list(dict.fromkeys(path for path in paths if path))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    def speak(text: str, language: str, cache: Path) -> Path:
        path = cache / f"{language}-{text}.wav"
        write_wav(path)
        return path

    monkeypatch.setattr(sound_files, "synthesise", speak)
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("greeting", "english", "dutch", "german"),
    [
        ('{say: {en: "Hello", nl: "Hallo"}}', "cache/en-Hello.wav", "cache/nl-Hallo.wav", "cache/en-Hello.wav"),
        ('{say: {nl: "Hallo"}}', "cache/nl-Hallo.wav", "cache/nl-Hallo.wav", "cache/nl-Hallo.wav"),
        ('{say: "Hello"}', "cache/en-Hello.wav", "cache/en-Hello.wav", "cache/en-Hello.wav"),
        ('{say: "Hallo", in: nl}', "cache/nl-Hallo.wav", "cache/nl-Hallo.wav", "cache/nl-Hallo.wav"),
        ("{play: {en: a.wav, nl: b.wav}}", "sounds/a.wav", "sounds/b.wav", "sounds/a.wav"),
        ("{en: a.wav, nl: b.wav}", "sounds/a.wav", "sounds/b.wav", "sounds/a.wav"),
        ("a.wav", "sounds/a.wav", "sounds/a.wav", "sounds/a.wav"),
        ("c.wav", "sounds/en/c.wav", "sounds/nl/c.wav", "sounds/en/c.wav"),
        ("d.wav", "sounds/d.wav", "sounds/nl/d.wav", "sounds/d.wav"),
        ("e.wav", "sounds/nl/e.wav", "sounds/nl/e.wav", "sounds/nl/e.wav"),
    ],
)
def test_a_language_menu_leads_to_what_is_there_in_that_language(
    desk: Desk, greeting: str, english: str, dutch: str, german: str
) -> None:
    desk.record("a.wav", "b.wav", "en/c.wav", "nl/c.wav", "d.wav", "nl/d.wav", "nl/e.wav")
    account = desk.account(greeting)
    assert desk.heard(account, "1") == ["sounds/choose.wav", english]
    assert desk.heard(account, "2") == ["sounds/choose.wav", dutch]
    assert desk.heard(account, "3") == ["sounds/choose.wav", german]


def test_without_a_way_on_the_caller_is_back_in_the_menu_in_the_new_language(desk: Desk) -> None:
    account = desk.account('{say: {en: "Hello", nl: "Hallo"}}')
    assert desk.heard(account, "18") == ["sounds/choose.wav", "cache/en-Hello.wav", "cache/nl-Hallo.wav"]


def test_built_in_prompts_fall_back_one_by_one(desk: Desk) -> None:
    account = desk.account('{say: {en: "Hello", nl: "Hallo"}}')
    assert "prompts/nl/invalid-choice.wav" in desk.heard(account, "27")
    assert "prompts/en/invalid-choice.wav" in desk.heard(account, "17")
    assert "prompts/en/goodbye.wav" in desk.heard(account, "277"), "there is none in Dutch"


@pytest.mark.parametrize(
    ("number", "called", "person", "language"),
    [
        ("+31612345678", MAIN, None, "nl"),
        ("0612345678", MAIN, None, "nl"),
        ("+3225551234", MAIN, None, "nl"),
        ("+493012345678", MAIN, None, "de"),
        ("+442079460000", MAIN, None, "en"),
        ("anonymous", MAIN, None, "en"),
        ("101@elsewhere.test", MAIN, None, "en"),
        ("101", MAIN, "desk", "en"),
        ("+31612345678", "+31201234569", None, "de"),
        ("+31612345678", "020 123 4569", None, "de"),
        ("anonymous", "0201234569", None, "de"),
        ("+31612345678", "101", None, "nl"),
    ],
)
def test_the_number_dialled_and_then_the_callers_country_choose_the_first_language(
    desk: Desk, number: str, called: str, person: str | None, language: str
) -> None:
    languages = '{en: {}, nl: {callers_from: [NL, BE]}, de: {callers_from: DE, numbers: "020 123 4569"}}'
    account = desk.account('{say: {en: "Hello", nl: "Hallo", de: "Guten Tag"}}', languages)
    assert account.language_of(Caller(number, "", person), called) == language
    words = {"en": "Hello", "nl": "Hallo", "de": "Guten Tag"}
    heard = desk.heard(account, caller=Caller(number, "", person), called=called)
    assert f"cache/{language}-{words[language]}.wav" in heard


def test_a_country_cannot_begin_in_two_languages(desk: Desk) -> None:
    with pytest.raises(DialplanErrors, match="callers of BE cannot hear nl and fr at first"):
        desk.account("choose.wav", "{nl: {callers_from: [NL, BE]}, fr: {callers_from: [BE]}}")


def test_the_accounts_own_language_need_not_be_repeated(desk: Desk) -> None:
    assert desk.account("choose.wav", "{nl: {}, de: {}}").languages == ("en", "nl", "de")


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (
            '{say: {en: "Hello", nl: "Hallo"}}',
            ['15:21: the text "Hello" is not there in German: callers of German hear it in English'],
        ),
        (
            '{say: {nl: "Hallo"}}',
            [
                '15:21: the text "Hallo" is not there in English and German: '
                "callers of English hear it in Dutch; callers of German hear it in Dutch"
            ],
        ),
        ('{say: "Hello", in: en}', []),
        ("{play: jingle.wav, in: any}", []),
        (
            "welcome.wav",
            ["15:15: the recording welcome.wav is not there in German: callers of German hear the same one"],
        ),
        ('{say: {en: "Hello", nl: "Hallo", de: "Guten Tag"}}', []),
    ],
)
def test_check_tells_what_is_not_translated(desk: Desk, greeting: str, said: list[str]) -> None:
    desk.record("jingle.wav", "welcome.wav", "nl/welcome.wav")
    found = [str(finding).partition("bakery.yaml:")[2] for finding in check(desk.account(greeting))]
    of_texts = [text.replace(" warning:", "") for text in found if "is not there in" in text and "built-in" not in text]
    assert [text.rpartition(" (")[0] for text in of_texts] == said


def test_check_tells_which_built_in_prompts_are_missing(desk: Desk) -> None:
    account = desk.account('{say: {en: "Hello", nl: "Hallo", de: "Guten Tag"}}')
    found = [finding for finding in check(account) if "built-in" in finding.what]
    assert [finding.what.split(" (")[0] for finding in found] == [
        "3 built-in prompts are not there in Dutch",
        "4 built-in prompts are not there in German",
    ]
    assert found[1].effect == "callers of German hear them in English"


def test_a_number_for_a_language_must_be_one_of_ours(desk: Desk) -> None:
    account = desk.account("{play: choose.wav, in: any}", '{nl: {numbers: "+31 20 999 9999"}, de: {}}')
    assert any(
        (finding.what, finding.effect)
        == ("+31209999999 is no number of the account", "nobody hears 'nl' by dialling it")
        for finding in check(account)
    )


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("dutch", "'nl'"),
        ("Deutsch", "'de'"),
        ("englsh", "'en'"),
        ("xx", "such as"),
        ("../nl", "such as"),
        (None, "such as"),
    ],
)
def test_an_unknown_language_is_told_with_a_suggestion(written: object, hint: str) -> None:
    with pytest.raises(Wrong) as caught:
        read_code(written)
    assert hint in caught.value.suggestion


def test_codes_and_what_stands_in_for_them() -> None:
    assert (read_code("NL"), read_code("pt-BR"), in_words("pt-br")) == ("nl", "pt-br", "Portuguese (br)")
    assert standing_in("pt-br", "nl") == ("pt-br", "pt", "nl", "en")
    assert standing_in("en", "en") == ("en",)


@pytest.mark.parametrize("language", ["nl", "de", "fr"])
def test_every_built_in_prompt_is_there_in_the_languages_we_ship(language: str) -> None:
    english = {path.name for path in (PROMPTS / "en").glob("*.wav")} - {f"{name}.wav" for name in WITHOUT_WORDS}
    assert {path.name for path in (PROMPTS / language).glob("*.wav")} == english
