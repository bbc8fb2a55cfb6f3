"""The six-digit code that proves an e-mail address: asked for, sent, typed.

Whether an address is known shows in nothing: for an unknown one the same work is done, down to a letter that is written
to the disk and then goes to nobody. Each code belongs to the browser that asked for it, which alone may guess at it.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

import structlog

from engine.store.console import Console
from engine.store.console.codes import StoredCode
from engine.store.store import Store
from web.mail import Code, NotKept, Post, letter
from web.mistakes import Mistakes, TooOften, refused
from web.words import Sentence, say, say_n

DIGITS: Final = 6
GOOD_SECONDS: Final = 600.0
TRIES: Final = 5
SECRET_BYTES: Final = 32
QUARTER_HOUR: Final = 900.0
DAY: Final = 86400.0
ASKS_AT_ONCE: Final = 5
"""Codes that one source may ask for with one address within a quarter of an hour."""
ASKS_A_DAY: Final = 40
"""Codes that may be asked for with one address within a day, from wherever: 200 guesses at a million."""
ASKS_OF_A_SOURCE: Final = 60
"""Codes that one source may ask for within a quarter of an hour, with whatever addresses."""

FULL_SECONDS: Final = 300.0
"""How long to wait while the post takes no more letters."""

log = structlog.get_logger()

FIELD: Final = "code"
SIX_DIGITS: Final = say("Type the six digits of the code in the letter.")
NO_LONGER_GOOD: Final = say("This code is no longer good. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A code is on its way. ``secret`` is for whoever asked, and nobody else; without it the code opens nothing."""

    secret: str
    email: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Wish:
    """What a code is asked for: with which address, to which purpose, from where and in which language.

    ``known`` says whether the letter goes anywhere; ``draft`` is kept with the code.
    """

    email: str
    purpose: str
    source: str
    language: str
    known: bool = True
    draft: str = ""


def ask(store: Store, post: Post, wish: Wish, now: float) -> Asked:
    """Make a code and send it. Raises TooOften."""
    console = store.console
    _count(console, wish, now)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    asked_by = _asked_by(console, secret)
    expires_at = now + GOOD_SECONDS
    console.codes.put(
        StoredCode(
            asked_by=asked_by,
            email=wish.email,
            purpose=wish.purpose,
            draft=wish.draft,
            code=_code(console, asked_by, digits),
            made_at=now,
            expires_at=expires_at,
            tries_left=TRIES,
        )
    )
    mail = letter(wish.email, *_words(digits), language=wish.language)
    try:
        post.send(mail, until=expires_at if wish.known else now)
    except NotKept as problem:
        log.error("a code cannot be sent", reason=str(problem))
        raise TooOften(FULL_SECONDS, say("Too many letters are waiting to be sent. Try again later.")) from None
    return Asked(secret, wish.email, expires_at)


def under_way(store: Store, secret: str | None) -> StoredCode | None:
    """The code that whoever has the secret asked for, whatever has become of it."""
    return store.console.codes.find(_asked_by(store.console, secret)) if secret else None


def verify(store: Store, secret: str | None, typed: str, purpose: str, now: float) -> StoredCode:
    """The code of whoever has the secret, if it is what was typed; ``use`` is then to be called. Raises Mistakes.

    Each call with six digits takes a try, before anything is compared.
    """
    return _verify(store.console, _asked_by(store.console, secret or ""), typed, purpose, now)


def verify_newest(store: Store, email: str, typed: str, purpose: str, now: float) -> StoredCode:
    """The same for the administrator, who keeps no secret: the code that was last asked for with this address."""
    newest = store.console.codes.newest(email, purpose)
    return _verify(store.console, newest.asked_by if newest else "", typed, purpose, now)


def _verify(console: Console, asked_by: str, typed: str, purpose: str, now: float) -> StoredCode:
    digits = "".join(character for character in typed if not character.isspace() and character != "-")
    if not (len(digits) == DIGITS and digits.isascii() and digits.isdigit()):
        raise refused(FIELD, SIX_DIGITS)
    code = console.codes.take_try(asked_by, now)
    right = hmac.compare_digest(code.code if code else "", _code(console, asked_by, digits))
    if code is None or code.purpose != purpose:
        raise gone()
    if not right:
        log.info("a wrong code was typed", purpose=purpose, tries_left=code.tries_left)
        raise refused(FIELD, _wrong(code.tries_left))
    return code


def use(store: Store, code: StoredCode) -> None:
    """The code is good for nothing any more. Raises Mistakes for all but the first who come with it."""
    if not store.console.codes.use(code.asked_by):
        raise gone()


def gone() -> Mistakes:
    """The code was used, or has expired, or there is none: all the same to whoever guesses."""
    return refused(FIELD, NO_LONGER_GOOD)


def _wrong(left: int) -> Sentence:
    if left == 0:
        return say("This is not the code in the letter, and it was the last try. Ask for a new code.")
    return say_n(
        "This is not the code in the letter. One more try is left.",
        "This is not the code in the letter. {n} more tries are left.",
        left,
    )


def _words(digits: str) -> tuple[Sentence, list[Sentence | Code]]:
    return say("{code} is your code for Belplan", code=digits), [
        say("Type this code into the page that asked for it:"),
        Code(digits),
        say("It is good for ten minutes, and only once."),
        say("If you did not ask for it, do nothing: without the code nobody gets in. Never tell it to anybody."),
    ]


def _count(console: Console, wish: Wish, now: float) -> None:
    """Count the wish; raises TooOften if it is one too many."""

    def named(*parts: str) -> str:
        return console.hashes.of("\0".join(parts), "who asks for codes")

    here, source = named(wish.email, wish.source), named("source", wish.source)
    (at_once, since), (of_source, source_since) = console.codes.asked((here, source), now, QUARTER_HOUR)
    ((a_day, day_since),) = console.codes.asked((named("address", wish.email),), now, DAY)
    over = [
        until - now
        for count, most, until in (
            (at_once, ASKS_AT_ONCE, since + QUARTER_HOUR),
            (of_source, ASKS_OF_A_SOURCE, source_since + QUARTER_HOUR),
            (a_day, ASKS_A_DAY, day_since + DAY),
        )
        if count > most
    ]
    if over:
        raise TooOften(max(over), say("Too many codes were asked for. Wait for a while, then ask for a new one."))


def _asked_by(console: Console, secret: str) -> str:
    return console.hashes.of(secret, "who asked for a code")


def _code(console: Console, asked_by: str, digits: str) -> str:
    return console.hashes.of(digits, f"code {asked_by}")
