"""E-mail addresses as people type them."""

from __future__ import annotations

from typing import Final

from email_validator import EmailNotValidError, validate_email

from web.mistakes import refused
from web.words import say

MAX_EMAIL: Final = 254
"""Characters (RFC 5321 section 4.5.3.1.3)."""


def read_email(text: str, field: str = "email") -> str:
    """The address in lower case, as addresses are compared here. Raises Mistakes about ``field``."""
    typed = text.strip()
    if not typed:
        raise refused(field, say("Type an e-mail address, such as an@bakery.example."))
    try:
        if len(typed) > MAX_EMAIL:
            raise EmailNotValidError
        return validate_email(typed, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise refused(
            field, say("'{typed}' is no e-mail address. It should look like an@bakery.example.", typed=typed[:100])
        ) from None
