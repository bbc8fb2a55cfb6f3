"""The caller played step by step: each step is the call from its beginning, and tells what the simulator tells."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from engine.settings import Settings
from engine.store.store import Store
from media.commands import File, Silence, Tone
from tests.office import write_tone
from tests.web.greeting.sounds import pitch
from web.editing.checking import Unsound
from web.editing.plans import Plans
from web.mistakes import Mistakes
from web.rehearsal import rehearse as rehearsing
from web.rehearsal.loading import FRESH, LoadedPlans
from web.rehearsal.moves import LONGEST, Reaction, Typed, moves_of
from web.rehearsal.references import MOST, References, wav_of
from web.rehearsal.rehearse import Moment, Rehearsed, Ring, Step, rehearse
from web.rehearsal.standing import AsItStands, as_it_stands

NOW = 1_798_797_600.0
TEXT = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101}
  orders: {extension: 102, name: Otto Orders}
switches: [night]
main_number:
  - {during: night, voicemail: front-desk}
  - {menu: welcome}
menus:
  welcome:
    greeting: {play: welcome.wav}
    keys:
      1: {ring: orders, for: 20s, else: {say: "Nobody is there", then: hang_up}, busy: {ring: front-desk}}
      2: {play: hours.wav, then: repeat}
    no_input: {tries: 2, then: {ring: front-desk}}
"""


@pytest.fixture
def plans(settings: Settings, store: Store) -> Plans:
    write_tone(settings.dialplans / "welcome.wav", 350.0, 4.0)
    write_tone(settings.dialplans / "hours.wav", 500.0, 2.0)
    (settings.dialplans / "bakery.yaml").write_text(TEXT)
    return Plans(settings, store)


@pytest.fixture
def account(plans: Plans) -> Account:
    made = LoadedPlans().load(plans, "bakery", None, NOW).account
    assert made is not None
    return made


def played(account: Account, *, standing: AsItStands | None = None, **typed: object) -> Rehearsed:
    return rehearse(account, moves_of(Typed(**typed), account, NOW), standing or AsItStands())  # type: ignore[arg-type]


def sounds(went: Rehearsed) -> list[Moment]:
    return [moment for moment in went.moments if moment.what == "hears"]


def places(went: Rehearsed) -> list[str]:
    return [f"{step.kind}:{step.name}" for step in went.path]


def heard(went: Rehearsed) -> list[tuple[float, str]]:
    return [(moment.at, str(moment.text)) for moment in sounds(went)]


def test_a_call_goes_as_far_as_it_goes_by_itself(account: Account) -> None:
    went = played(account)
    assert heard(went)[0] == (0.0, "welcome.wav")
    assert sounds(went)[0].sound == File(str(Path(account.file).parent / "welcome.wav"))
    assert places(went)[:3] == ["hours:night", "menu:welcome", "ring:front-desk"]
    (ring,) = went.rings
    assert (ring.person, ring.extension, ring.outcome) == ("front-desk", "101", "no_answer")
    assert str(went.ending) == "Nobody answered."
    assert went.whole


def test_a_key_leads_on_from_where_it_was_pressed_and_what_came_before_stays(account: Account) -> None:
    before, went = played(account), played(account, keys=((2.5, "1"),))
    assert went.moments[0] == before.moments[0]
    assert [moment.at for moment in went.moments if moment.what == "presses"] == [2.5]
    assert heard(went)[:2] == [(0.0, "welcome.wav"), (2.5, "the ringing tone")]
    assert sounds(went)[0].seconds == pytest.approx(2.5), "the key cuts the greeting short"
    assert went.rings == (Ring(2.5, 22.5, "orders", "Otto Orders", "102", "no_answer"),)
    assert heard(went)[2] == (22.5, '"Nobody is there"')


@pytest.mark.parametrize(
    ("does", "outcome", "until", "ends"),
    [
        ("answers", "answered", 6.5, "The caller has talked to Otto Orders."),
        ("declines", "declined", 6.5, "Nobody answered."),
        ("busy", "busy", 2.5, "Nobody answered."),
    ],
)
def test_the_phone_that_rings_does_what_it_is_told(
    account: Account, does: str, outcome: str, until: float, ends: str
) -> None:
    reaction = Reaction("102", 2.5, does, after=4.0, talks=30.0)  # type: ignore[arg-type]
    went = played(account, keys=((2.5, "1"),), reactions=(reaction,))
    assert went.rings[0] == Ring(2.5, until, "orders", "Otto Orders", "102", outcome)
    assert str(went.ending) == ends
    if does == "answers":
        assert went.ends_at == pytest.approx(36.5)
    if does == "busy":
        assert went.rings[1].person == "front-desk", "busy is not the same as no answer"


def test_a_phone_does_by_itself_what_it_does_always(account: Account) -> None:
    went = played(account, keys="1 at 2s", phones={"102": "answers after 5s and talks for 7s"})
    assert went.rings[0].until == 7.0
    assert went.ends_at == pytest.approx(14.0)
    assert "no phone that is switched on" in str(
        [str(moment.text) for moment in played(account, keys="1 at 2s", phones={"102": "not registered"}).moments]
    )


def test_a_switch_stands_as_it_stands_unless_told_otherwise(account: Account) -> None:
    at_night = AsItStands({"switch/night": "on"})
    assert played(account, standing=at_night).path[1] == Step(0.0, "voicemail", "front-desk")
    assert places(played(account, standing=at_night, switches={"night": "off"}))[1] == "menu:welcome"
    assert places(played(account, switches={"night": "on"}))[1] == "voicemail:front-desk"


def test_a_greeting_that_was_recorded_by_phone_is_what_is_heard(
    account: Account, settings: Settings, store: Store
) -> None:
    folder = settings.state / "greetings" / "bakery"
    folder.mkdir(parents=True)
    write_tone(folder / "greeting.welcome.en.0f.wav", 620.0, 1.5)
    store.standing.write("bakery", "greeting/welcome/en", "greeting.welcome.en.0f.wav")
    went = played(account, standing=as_it_stands("bakery", settings, store))
    first = sounds(went)[0]
    assert (str(first.text), first.seconds) == ("recorded greeting of welcome", pytest.approx(1.5))
    assert first.sound is not None
    assert pitch(wav_of(first.sound)) == pytest.approx(620, abs=2)


def test_nothing_that_a_rehearsal_does_is_kept(account: Account, settings: Settings, store: Store) -> None:
    played(account, standing=as_it_stands("bakery", settings, store), switches={"night": "on"}, phones={}, keys="")
    assert list(store.standing.of("bakery").names("")) == []
    assert not (settings.state / "voicemail").exists()


def test_callers_are_numbers_people_or_nobody_we_know(account: Account) -> None:
    inside = played(account, caller="orders", called="101")
    assert inside.path[0].name == "front-desk"
    assert str(played(account, called="+31 20 999 9999").ending) == "Nobody has this number."


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"at": "yesterday"}, "at"),
        ({"at": "0001-01-01 00:00"}, "at"),
        ({"at": "9999-12-31 23:59"}, "at"),
        ({"keys": "abc"}, "keys"),
        ({"keys": "1" * 300}, "keys"),
        ({"keys": tuple((1.0, "1") for _ in range(300))}, "keys"),
        ({"phones": {"102": "explodes"}}, "phones.102"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(account: Account, typed: dict[str, object], field: str) -> None:
    with pytest.raises(Mistakes) as refused:
        played(account, **typed)
    assert [mistake.field for mistake in refused.value.mistakes] == [field]


def test_no_call_lasts_for_ever(account: Account, tmp_path: Path, settings: Settings) -> None:
    text = TEXT.replace("no_input: {tries: 2, then: {ring: front-desk}}", "no_input: {tries: 2, then: repeat}")
    text = text.replace("{play: welcome.wav}", "{play: hours.wav}")
    endless = load_account(
        settings.dialplans / "e.yaml", sounds_cache=tmp_path, prompts_dir=settings.prompts, text=text.encode()
    )
    went = played(endless)
    assert went.ends_at <= LONGEST
    assert len(went.moments) <= rehearsing.MOST_MOMENTS


def test_nor_for_longer_than_the_machine_has_time(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsing, "COMPUTES", 0.0)
    went = played(account)
    assert not went.whole


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_that_is_not_saved_is_checked_and_then_rehearsed(plans: Plans) -> None:
    loaded = LoadedPlans()
    changed = loaded.load(plans, "bakery", TEXT.replace("for: 20s", "for: 7s"), NOW)
    assert changed.account is not None
    assert played(changed.account, keys="1 at 2s").rings[0].until == 9.0
    assert changed is loaded.load(plans, "bakery", TEXT.replace("for: 20s", "for: 7s"), NOW + FRESH / 2), "read once"
    assert changed is not loaded.load(plans, "bakery", TEXT.replace("for: 20s", "for: 7s"), NOW + 2 * FRESH)
    with pytest.raises(Unsound, match="welcom"):
        loaded.load(plans, "bakery", TEXT.replace("{menu: welcome}", "{menu: welcom}"), NOW)
    with pytest.raises(Mistakes, match="larger than"):
        loaded.load(plans, "bakery", "#" * 3_000_000, NOW)
    with pytest.raises(Mistakes, match="no dialplan of an account"):
        loaded.load(plans, "../bakery", TEXT, NOW)
    assert (plans.path("bakery")).read_text() == TEXT


# --- sounds -----------------------------------------------------------------------------------------------------------


def test_a_sound_is_heard_by_the_reference_that_a_timeline_gave(account: Account) -> None:
    references = References()
    welcome = sounds(played(account))[0].sound
    reference = references.give("bakery", welcome)
    assert reference is not None
    assert references.give("bakery", welcome) == reference, "browsers keep what they have"
    sound = references.find("bakery", reference)
    assert sound is not None
    assert pitch(wav_of(sound)) == pytest.approx(350, abs=2)
    assert references.find("flower-shop", reference) is None
    assert references.find("bakery", "welcome.wav") is None
    assert References().give("bakery", welcome) != reference, "nobody can guess one"


def test_tones_are_heard_too_and_what_is_not_there_is_not() -> None:
    references = References()
    tone = references.give("bakery", Tone("ringback", "NL"))
    assert tone is not None
    sound, rate = soundfile.read(io.BytesIO(wav_of(Tone("ringback", "NL"))))
    assert np.abs(sound[:rate]).max() > 0.1
    assert pitch(wav_of(Tone("ringback", "NL")), slice(0, 8000)) == pytest.approx(425, abs=2)
    for nothing in (None, Silence(), File("/nowhere/recording.wav"), File("recording.wav"), File("/etc/passwd")):
        assert references.give("bakery", nothing) is None


def test_the_oldest_references_are_forgotten() -> None:
    references = References()
    first = references.give("bakery", Tone("beep", "0"))
    for number in range(MOST):
        references.give("bakery", Tone("beep", str(number + 1)))
    assert first is not None
    assert references.find("bakery", first) is None
