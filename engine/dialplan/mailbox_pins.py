"""The PINs of mailboxes: the file's until one is set by phone, which is kept hashed; and how often they may be guessed.

Wrong guesses are counted across calls and restarts, as a fact. After FREE_GUESSES of them in a row each further one
closes the mailbox to PINs for a time that doubles. Those from the phones of whoever's it is (``own``) are counted
apart: nobody else can keep them from it.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import secrets

from engine.dialplan.mailboxes import Mailbox
from engine.dialplan.values import MAX_PIN_LENGTH, MIN_PIN_LENGTH
from engine.office.standing import Standing

FREE_GUESSES = 5
FIRST_LOCK_SECONDS = 60.0
LONGEST_LOCK_SECONDS = 24 * 3600.0
MAX_COUNTED = 1000
SCRYPT = {"n": 1 << 12, "r": 8, "p": 1}
"""10 ms and 4 MB: as much as calls in progress bear. A PIN of four digits is guarded by the guesses it allows."""
SALT_BYTES = 16


def has_pin(mailbox: Mailbox, standing: Standing) -> bool:
    """Whether there is any PIN that opens the mailbox."""
    return mailbox.settings.pin is not None or standing.get(_pin_fact(mailbox.name)) is not None


def is_right(mailbox: Mailbox, typed: str, standing: Standing, now: float, *, own: bool = False) -> bool:
    """Whether ``typed`` opens the mailbox at ``now``. A guess counts; while the mailbox is closed none is right."""
    if is_closed(mailbox.name, standing, now, own=own):
        return False
    right = bool(typed) and len(typed) <= MAX_PIN_LENGTH and _matches(mailbox, typed, standing)
    fact = _guess_fact(mailbox.name, own=own)
    if right:
        if standing.get(fact) is not None:
            standing.put(fact, None)
    else:
        _count(fact, standing, now)
    return right


def is_closed(mailbox: str, standing: Standing, now: float, *, own: bool = False) -> bool:
    """Whether there were so many wrong guesses that PINs are not looked at."""
    _, until = _guesses(_guess_fact(mailbox, own=own), standing)
    return now < until


def set_pin(mailbox: str, pin: str, standing: Standing) -> None:
    """Keep another PIN for a mailbox."""
    salt = secrets.token_bytes(SALT_BYTES)
    standing.put(_pin_fact(mailbox), f"scrypt${salt.hex()}${_hash(pin, salt).hex()}")


def is_weak(pin: str, number: str | None) -> bool:
    """Whether a PIN will not do: its length, or that it is what anybody would try first."""
    if not MIN_PIN_LENGTH <= len(pin) <= MAX_PIN_LENGTH or not pin.isdigit():
        return True
    steps = {int(second) - int(first) for first, second in itertools.pairwise(pin)}
    return (len(steps) == 1 and steps <= {-1, 0, 1}) or pin == number


def _matches(mailbox: Mailbox, typed: str, standing: Standing) -> bool:
    kept = standing.get(_pin_fact(mailbox.name))
    if kept is None:
        return hmac.compare_digest(typed, mailbox.settings.pin or "")
    _, salt, digest = kept.split("$")
    return hmac.compare_digest(_hash(typed, bytes.fromhex(salt)), bytes.fromhex(digest))


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, dklen=32, **SCRYPT)


def _guesses(fact: str, standing: Standing) -> tuple[int, float]:
    """Wrong guesses in a row, and until when the mailbox is closed to PINs (seconds since the epoch)."""
    wrong, _, until = (standing.get(fact) or "0 0").partition(" ")
    return int(wrong), float(until)


def _count(fact: str, standing: Standing, now: float) -> None:
    wrong = min(_guesses(fact, standing)[0] + 1, MAX_COUNTED)
    closed = 0.0
    if wrong >= FREE_GUESSES:
        closed = min(LONGEST_LOCK_SECONDS, FIRST_LOCK_SECONDS * 2.0 ** min(wrong - FREE_GUESSES, 20))
    standing.put(fact, f"{wrong} {now + closed if closed else 0}")


def _pin_fact(mailbox: str) -> str:
    return f"mailbox/{mailbox}/pin"


def _guess_fact(mailbox: str, *, own: bool) -> str:
    return f"mailbox/{mailbox}/{'own_wrong_pins' if own else 'wrong_pins'}"
