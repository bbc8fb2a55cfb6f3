"""The user part of the Contact that each trunk is registered with: by it the provider's calls are told from others.

It is drawn once and kept, so that after a restart the same binding is refreshed and a provider never has two of ours.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

from engine.office.standing import Standing

TOKEN_BYTES = 12
"""Nobody guesses it; whoever has seen it knows a way to the numbers that anybody may call, and no more."""

_FACT = "trunk-contact/"


def contacts_of(names: Iterable[str], standing: Standing) -> Mapping[str, str]:
    """The user part for each trunk, by its name."""
    contacts = {}
    for name in names:
        token = standing.get(_FACT + name)
        if not token:
            token = f"t{secrets.token_hex(TOKEN_BYTES)}"
            standing.put(_FACT + name, token)
        contacts[name] = token
    return contacts
