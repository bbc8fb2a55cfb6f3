"""A password that is not shown again: only its digest hashes are kept (RFC 7616 section 3.4.2), for one realm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from sip.digest import Algorithm, Secret

_MARK: Final = "hidden "
"""Begins what stands for a hidden password under the seal; no password has a space."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is kept of it. In another realm, as of an account whose domain has changed, it proves nobody."""

    realm: str
    secret: Secret

    @classmethod
    def of(cls, extension: str, realm: str, password: str) -> Hidden:
        return cls(realm, Secret.of(extension, realm, password))

    def write(self) -> str:
        """The text that is sealed."""
        hashes = {algorithm.value: value for algorithm, value in self.secret.hashes.items()}
        return _MARK + msgspec.json.encode([self.realm, hashes]).decode()


def read_password(text: str) -> str | Hidden:
    """What a sealed text says: a password, or what is kept of a hidden one."""
    if not text.startswith(_MARK):
        return text
    realm, hashes = msgspec.json.decode(text[len(_MARK) :], type=tuple[str, dict[str, str]])
    return Hidden(realm, Secret({Algorithm(name): value for name, value in hashes.items()}))
