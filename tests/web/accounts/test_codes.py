"""The six-digit codes: good once, for ten minutes, for whoever asked, and silent about who is known."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from engine.settings import Settings
from engine.store.store import Store
from tests.web.accounts.conftest import HERE, NOW, OWNER
from tests.web.letters import another, last_code
from web.accounts import codes, sessions, signing_in
from web.accounts.codes import (
    ASKS_A_DAY,
    ASKS_AT_ONCE,
    ASKS_OF_A_SOURCE,
    DAY,
    DIGITS,
    GOOD_SECONDS,
    NO_LONGER_GOOD,
    QUARTER_HOUR,
    SIX_DIGITS,
    TRIES,
)
from web.accounts.signing_in import SIGN_IN, From
from web.mail import Post
from web.mistakes import Mistakes, TooOften

STRANGER = "nobody@elsewhere.example"


def refusal(does: Callable[[], object]) -> str:
    with pytest.raises(Mistakes) as problem:
        does()
    return str(problem.value)


def test_the_code_in_the_letter_signs_its_reader_in(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, " AN@Bakery.Example ", HERE, NOW)
    code = last_code(post, OWNER)
    signed_in = signing_in.enter(store, asked.secret, f"{code[:3]} {code[3:]}", HERE, NOW + 1)
    assert (signed_in.email, signed_in.account) == (OWNER, bakery)
    found = sessions.look_up(store, signed_in.session, NOW + 2)
    assert found is not None
    assert (found[1].name, found[1].role) == ("An Bakker", "owner")


def test_a_code_is_good_once(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    signing_in.enter(store, asked.secret, code, HERE, NOW)
    assert refusal(lambda: signing_in.enter(store, asked.secret, code, HERE, NOW)) == str(NO_LONGER_GOOD)


def test_the_sixth_try_is_refused_though_it_is_right(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    said = [refusal(lambda: signing_in.enter(store, asked.secret, another(code), HERE, NOW)) for _ in range(TRIES)]
    assert "4 more tries" in said[0]
    assert "One more try" in said[3]
    assert "last try" in said[4]
    assert refusal(lambda: signing_in.enter(store, asked.secret, code, HERE, NOW)) == str(NO_LONGER_GOOD)
    again = signing_in.ask(store, post, OWNER, HERE, NOW)
    assert signing_in.enter(store, again.secret, last_code(post, OWNER), HERE, NOW).email == OWNER


def test_what_is_no_code_takes_no_try(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    for typed in ("", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5", "0" * 100_000):
        assert refusal(lambda typed=typed: signing_in.enter(store, asked.secret, typed, HERE, NOW)) == str(SIX_DIGITS)
    found = codes.under_way(store, asked.secret)
    assert found is not None
    assert found.tries_left == TRIES


def test_a_code_expires(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    late = NOW + GOOD_SECONDS
    assert refusal(lambda: signing_in.enter(store, asked.secret, code, HERE, late)) == str(NO_LONGER_GOOD)
    assert signing_in.enter(store, asked.secret, code, HERE, late - 1).email == OWNER


def test_nobody_else_may_use_guess_or_use_up_a_code(store: Store, post: Post, bakery: str) -> None:
    mine = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    theirs = signing_in.ask(store, post, OWNER, From("198.51.100.9"), NOW)
    their_code = last_code(post, OWNER)
    for secret in (theirs.secret, None, "", "made-up"):
        for _ in range(TRIES + 1):
            assert refusal(lambda secret=secret: signing_in.enter(store, secret, another(their_code), HERE, NOW))
    assert refusal(lambda: signing_in.enter(store, None, code, HERE, NOW)) == str(NO_LONGER_GOOD)
    assert signing_in.enter(store, mine.secret, code, HERE, NOW).email == OWNER


def test_a_code_for_one_purpose_is_good_for_no_other(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    assert refusal(lambda: codes.verify(store, asked.secret, code, "set up", NOW)) == str(NO_LONGER_GOOD)


def test_of_many_who_come_with_the_same_code_at_once_one_gets_in(
    settings: Settings, store: Store, post: Post, bakery: str
) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    results: list[str] = []
    together = threading.Barrier(4)

    def enter(own: Store) -> None:
        together.wait()
        try:
            results.append(signing_in.enter(own, asked.secret, code, HERE, NOW).email)
        except Mistakes as problem:
            results.append(str(problem))

    with Store(settings) as other:
        threads = [threading.Thread(target=enter, args=(own,)) for own in (store, other, store, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(results) == sorted([OWNER, *[str(NO_LONGER_GOOD)] * 3])


def test_many_guesses_at_once_are_five(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    wrong = another(last_code(post, OWNER))
    said: list[str] = []

    def guess() -> None:
        said.extend(refusal(lambda: signing_in.enter(store, asked.secret, wrong, HERE, NOW)) for _ in range(3))

    threads = [threading.Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("not the code" in each for each in said) == TRIES


def test_asking_is_limited_by_address_and_source(store: Store, post: Post, bakery: str) -> None:
    for address in (OWNER, STRANGER):
        for _ in range(ASKS_AT_ONCE):
            signing_in.ask(store, post, address, HERE, NOW)
        with pytest.raises(TooOften) as problem:
            signing_in.ask(store, post, address, HERE, NOW + 60)
        assert problem.value.seconds == QUARTER_HOUR - 60
        signing_in.ask(store, post, address, HERE, NOW + QUARTER_HOUR)


def test_a_source_is_limited_whatever_it_asks_for(store: Store, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ASKS_OF_A_SOURCE < 100
    monkeypatch.setattr(codes, "ASKS_OF_A_SOURCE", 6)
    for number in range(6):
        signing_in.ask(store, post, f"a{number}@elsewhere.example", HERE, NOW)
    with pytest.raises(TooOften):
        signing_in.ask(store, post, OWNER, HERE, NOW)
    signing_in.ask(store, post, OWNER, From("192.0.2.8"), NOW)


def test_an_address_is_limited_whoever_asks_and_the_owner_is_not_shut_out_by_one_source(
    store: Store, post: Post, bakery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ASKS_A_DAY * TRIES / 10**DIGITS < 0.0005
    monkeypatch.setattr(codes, "ASKS_A_DAY", 12)
    sources = iter(range(1000))
    for _ in range(ASKS_AT_ONCE):
        signing_in.ask(store, post, OWNER, From("198.51.100.9"), NOW)
    signing_in.ask(store, post, OWNER, HERE, NOW)
    for _ in range(12 - ASKS_AT_ONCE - 1):
        signing_in.ask(store, post, OWNER, From(f"203.0.113.{next(sources)}"), NOW)
    with pytest.raises(TooOften):
        signing_in.ask(store, post, OWNER, From("198.51.100.10"), NOW + DAY - 1)
    signing_in.ask(store, post, OWNER, From("198.51.100.10"), NOW + DAY)


@contextmanager
def work(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that the database gets, and every file that is brought to the disk."""
    done: list[str] = []
    fsync = os.fsync

    def noted(connection: object, cursor: object, statement: str, *_: object) -> None:
        done.append(statement)

    def fsynced(file: int) -> None:
        done.append(f"fsync {os.fstat(file).st_size // 200 if os.path.isfile(f'/proc/self/fd/{file}') else 'folder'}")
        fsync(file)

    event.listen(store.database, "before_cursor_execute", noted)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsynced)
        yield done
    event.remove(store.database, "before_cursor_execute", noted)


def test_known_and_unknown_addresses_cost_the_same_work_and_get_the_same_answer(
    store: Store, post: Post, bakery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = "me@bakery.example"
    assert len(stranger) == len(OWNER)
    signing_in.ask(store, post, "warm@bakery.example", HERE, NOW)
    with work(store, monkeypatch) as known:
        asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    with work(store, monkeypatch) as unknown:
        not_really = signing_in.ask(store, post, stranger, HERE, NOW)
    assert known == unknown
    assert len(known) > 5
    assert asked.expires_at == not_really.expires_at
    assert [mail["To"] for mail in post.waiting()] == [OWNER]
    wrong = another(last_code(post, OWNER))
    with work(store, monkeypatch) as known:
        said = refusal(lambda: signing_in.enter(store, asked.secret, wrong, HERE, NOW))
    with work(store, monkeypatch) as unknown:
        said_too = refusal(lambda: signing_in.enter(store, not_really.secret, wrong, HERE, NOW))
    assert (known, said) == (unknown, said_too)


def test_neither_the_database_nor_the_post_holds_a_code_for_long(store: Store, post: Post, bakery: str) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    kept = codes.under_way(store, asked.secret)
    assert kept is not None
    assert code not in repr(kept)
    assert asked.secret not in repr(kept)
    assert store.console.codes.newest(OWNER, SIGN_IN) == kept
    later = codes.ask(store, post, codes.Wish("x@y.example", SIGN_IN, "x", "en"), NOW + GOOD_SECONDS)
    assert codes.under_way(store, asked.secret) is None
    assert codes.under_way(store, later.secret) is not None


KILLED_WHILE_GUESSING = """
import os, signal, sys
from pathlib import Path
from engine.settings import Settings
from engine.store.store import Store
from web.accounts import codes
from web.mistakes import Mistakes
settings = Settings(state=Path(sys.argv[1]), database=sys.argv[5] or None)
store = Store(settings)
codes.hmac.compare_digest = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
codes.verify(store, sys.argv[2], sys.argv[3], "sign in", float(sys.argv[4]))
"""


def test_a_kill_between_the_try_and_the_answer_gives_no_further_try(
    settings: Settings, store: Store, post: Post, bakery: str
) -> None:
    asked = signing_in.ask(store, post, OWNER, HERE, NOW)
    code = last_code(post, OWNER)
    words = [str(settings.state), asked.secret, code, str(NOW), settings.database or ""]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_GUESSING, *words], check=False, cwd=Path(__file__).parents[3]
    )
    assert killed.returncode == -9
    found = codes.under_way(store, asked.secret)
    assert found is not None
    assert found.tries_left == TRIES - 1
    assert signing_in.enter(store, asked.secret, code, HERE, NOW).email == OWNER


def test_while_the_post_is_full_nobody_is_told_that_a_letter_is_on_its_way(
    store: Store, post: Post, bakery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.mail.post.MAX_WAITING", 0)
    for address in (OWNER, STRANGER):
        with pytest.raises(TooOften, match="Too many letters"):
            signing_in.ask(store, post, address, HERE, NOW)
