"""Sessions, managers, and set-up below the pages: what time, removal and races do to them, on either database."""

from __future__ import annotations

import stat
import threading

import pytest

from engine.settings import Settings
from engine.store.console.accounts import MANAGER, StoredAccount
from engine.store.console.accounts import OWNER as OWNER_ROLE
from engine.store.store import Store
from tests.web.accounts.conftest import BAKERY, HERE, NOW, OWNER
from tests.web.letters import last_code
from web.accounts import managers, sessions, setting_up, tokens
from web.accounts.about import about
from web.accounts.audit import audit, entries
from web.accounts.drafts import Draft, new_key, read_draft
from web.accounts.managers import MAX_MANAGERS
from web.accounts.sessions import IDLE_SECONDS, LONGEST_SECONDS, MAX_SESSIONS, SEEN_EVERY
from web.mail import Post
from web.mistakes import Mistakes
from web.words import say, say_n

BO = "bo@bakery.example"


def draft(name: str = "The Shop", email: str = OWNER, *, first: bool = False) -> Draft:
    return read_draft(
        name=name,
        country="nl",
        timezone="Europe/Amsterdam",
        language="nl",
        licences="2",
        owner_name="An",
        owner_email=email,
        first=first,
    )


def test_a_session_ends_after_twelve_hours_without_use_and_after_thirty_days_anyway(store: Store, bakery: str) -> None:
    id_ = sessions.begin(store, OWNER, bakery, NOW)
    assert sessions.look_up(store, id_, NOW + IDLE_SECONDS) is None
    at = NOW
    while at < NOW + LONGEST_SECONDS:
        assert sessions.look_up(store, id_, at) is not None, at - NOW
        at += IDLE_SECONDS - 1
    assert sessions.look_up(store, id_, NOW + LONGEST_SECONDS) is None


def test_that_a_session_is_used_is_noted_once_a_minute(store: Store, bakery: str) -> None:
    id_ = sessions.begin(store, OWNER, bakery, NOW)
    for later, noted in ((1.0, 0.0), (SEEN_EVERY, SEEN_EVERY), (SEEN_EVERY + 1, SEEN_EVERY)):
        sessions.look_up(store, id_, NOW + later)
        assert sessions.live(store, OWNER, NOW + later)[0].seen_at == NOW + noted


def test_the_database_gives_nobody_a_session(store: Store, bakery: str) -> None:
    id_ = sessions.begin(store, OWNER, bakery, NOW, agent="a\r\nb" * 1000)
    (kept,) = sessions.live(store, OWNER, NOW)
    assert id_ not in repr(kept)
    assert sessions.look_up(store, kept.id, NOW) is None
    assert len(kept.agent) <= 200
    assert "\n" not in kept.agent
    for odd in (None, "", "x", id_ + "x", "x" * 100_000):
        assert sessions.look_up(store, odd, NOW) is None


def test_one_person_has_so_many_sessions_and_the_oldest_makes_room(store: Store, bakery: str) -> None:
    ids = [sessions.begin(store, OWNER, bakery, NOW + number) for number in range(MAX_SESSIONS + 2)]
    good = [sessions.look_up(store, id_, NOW + MAX_SESSIONS + 2) is not None for id_ in ids]
    assert good == [False, False] + [True] * MAX_SESSIONS


def test_whoever_manages_no_account_any_more_has_no_session(
    store: Store, post: Post, settings: Settings, bakery: str
) -> None:
    managers.add(settings, store, post, bakery, OWNER, BO, "Bo", NOW)
    id_ = sessions.begin(store, BO, bakery, NOW)
    secret = tokens.make(store, bakery, BO, "mine", ["plan"], NOW).secret
    assert sessions.look_up(store, id_, NOW) is not None
    assert managers.remove(store, bakery, OWNER, BO, NOW, by_owner=True)
    assert sessions.look_up(store, id_, NOW) is None
    assert tokens.recognise(store, secret, NOW) is None
    assert not managers.remove(store, bakery, OWNER, BO, NOW, by_owner=True)


def test_a_session_looks_at_accounts_of_its_person_only(store: Store, bakery: str) -> None:
    shop = StoredAccount("shop", "Shop", "NL", "Europe/Amsterdam", "nl", 1, OWNER, "An", NOW)
    other = StoredAccount("clinic", "Clinic", "NL", "Europe/Amsterdam", "nl", 1, BO, "Bo", NOW)
    assert store.console.accounts.begin(shop)
    assert store.console.accounts.begin(other)
    id_ = sessions.begin(store, OWNER, bakery, NOW)
    assert sessions.look_at(store, id_, "shop", NOW)
    assert not sessions.look_at(store, id_, "clinic", NOW)
    found = sessions.look_up(store, id_, NOW)
    assert found is not None
    assert found[1].account == "shop"


def test_there_is_always_an_owner_though_two_leave_at_once(
    store: Store, settings: Settings, post: Post, bakery: str
) -> None:
    managers.add(settings, store, post, bakery, OWNER, BO, "Bo", NOW)
    assert managers.change_role(store, bakery, OWNER, BO, OWNER_ROLE, NOW, by_owner=True)
    together = threading.Barrier(2)
    outcomes: list[bool | None] = []

    def leave(own: Store, email: str) -> None:
        together.wait()
        outcomes.append(own.console.accounts.set_role(bakery, email, MANAGER))

    with Store(settings) as other:
        threads = [threading.Thread(target=leave, args=each) for each in ((store, OWNER), (other, BO))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes, key=str) == [None, True]
    assert [each.role for each in managers.managers(store, bakery)].count(OWNER_ROLE) == 1


def test_there_are_so_many_managers_and_no_more(
    store: Store, settings: Settings, post: Post, bakery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_MANAGERS <= 100
    monkeypatch.setattr(managers, "MAX_MANAGERS", 4)
    for number in range(3):
        managers.add(settings, store, post, bakery, OWNER, f"m{number}@bakery.example", "", NOW)
    with pytest.raises(Mistakes, match="4 managers"):
        managers.add(settings, store, post, bakery, OWNER, BO, "", NOW)


# --- set-up -----------------------------------------------------------------------------------------------------------


def test_of_two_first_visitors_at_once_one_becomes_the_owner(settings: Settings, store: Store, post: Post) -> None:
    asked = []
    for email in (OWNER, BO):
        secret = setting_up.ask(settings, store, post, draft(email=email, first=True), HERE, NOW).secret
        asked.append((secret, last_code(post, email)))
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def enter(own: Store, secret: str, code: str) -> None:
        together.wait()
        try:
            outcomes.append(setting_up.enter(settings, own, secret, code, HERE, NOW).account)
        except Mistakes as problem:
            outcomes.append(str(problem))

    with Store(settings) as other:
        threads = [
            threading.Thread(target=enter, args=(own, *each)) for own, each in zip((store, other), asked, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes)[1] == "the-shop"
    assert "meanwhile" in sorted(outcomes)[0]
    assert len(store.console.accounts.all()) == 1


def test_an_account_has_a_key_of_its_own(settings: Settings, store: Store, post: Post) -> None:
    (settings.dialplans / "the-shop.yaml").write_text("account: {name: Another}\n")
    keys = []
    for _ in range(2):
        setting_up.ask(settings, store, post, draft(), HERE, NOW)
        keys.append(setting_up.activate(settings, store, OWNER, last_code(post, OWNER), NOW))
    assert keys == ["the-shop-2", "the-shop-3"]
    assert [each.account for each in store.console.accounts.managed_by(OWNER)] == keys


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("The Bakery", "the-bakery"),
        ("Café Zoë & Søn", "cafe-zoe-son"),
        ("../../etc/passwd", "etc-passwd"),
        ("東京", "dongjing"),
        ("!!!", "office"),
        ("x" * 100, "x" * 40),
        ("a.tests", "a-tests"),
        ("-" * 39 + "ab", "ab"),
    ],
)
def test_a_key_is_made_from_the_name(name: str, key: str) -> None:
    assert new_key(name, ()) == key
    again = new_key(name, {key})
    assert again not in {key}
    assert len(again) <= 40
    assert again.endswith("-2")


def test_the_set_up_key_is_for_the_administrator_alone(settings: Settings, store: Store) -> None:
    key = setting_up.set_up_key(settings.state)
    assert setting_up.set_up_key(settings.state) == key
    assert len(key) >= 16
    assert stat.S_IMODE((settings.state / setting_up.KEY_FILE).stat().st_mode) == 0o600
    assert setting_up.is_set_up_key(settings.state, f" {key.upper()}\n")
    assert not any(setting_up.is_set_up_key(settings.state, odd) for odd in ("", key[:-1], key + "x", "é" * 10_000))


def test_a_dialplan_says_what_an_account_is_once_there_is_one(settings: Settings, store: Store, bakery: str) -> None:
    file = settings.dialplans / "bakery.yaml"
    for text, name, zone in (
        ("account: {name: By Hand, timezone: Europe/London}", "By Hand", "Europe/London"),
        ("account: {name: 7, timezone: Mars/Base}", "7", "UTC"),
        ("account: [", "The Bakery", "Europe/Amsterdam"),
        ("- &a [*a]", "The Bakery", "Europe/Amsterdam"),
        ("\x00", "The Bakery", "Europe/Amsterdam"),
    ):
        file.write_text(text)
        known = about(settings, store, bakery)
        assert known is not None
        assert (known.name, known.timezone, known.drafted) == (name, zone, False), text
    assert about(settings, store, "nothing") is None


def test_the_audit_log_keeps_sentences_as_they_are_said(store: Store) -> None:
    said = say("moved {what} to {who}", what=say_n("{n} number", "{n} numbers", 2), who="<b>" * 300)
    audit(store, BAKERY.key, OWNER, said, NOW, detail="x" * 10_000)
    audit(store, "clinic", OWNER, say("signed in"), NOW)
    (entry,) = entries(store, BAKERY.key)
    assert str(entry.what).startswith("moved 2 numbers to <b><b>")
    assert len(str(entry.what)) < 600
    assert len(entry.detail) == 4000
    assert store.console.audit.forget_older(NOW + 1) == 2
