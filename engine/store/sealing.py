"""What is kept under seal: SIP passwords, encrypted with a key that lies beside the database in a file of its own.

A phone proves a password by a hash of it, so the engine has to know it, and it is shown again when a phone is set up:
it cannot be kept as a hash alone. Under seal, a copy of the database, such as a backup, gives nobody a password.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from engine.store.database import StoreFailed
from engine.store.keys import key_beside

KEY_FILE = "passwords.key"
NONCE_BYTES = 12


class Seal:
    """ChaCha20-Poly1305 under one key. What is sealed is bound to ``about``: in another row it cannot be opened."""

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)

    @classmethod
    def beside(cls, folder: Path) -> Seal:
        """The key in the state folder, made if there is none; only its owner can read it. Raises StoreFailed."""
        return cls(key_beside(folder, KEY_FILE))

    def close(self, text: str, about: str) -> str:
        """``text`` under seal, in base64."""
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), about.encode())).decode()

    def open(self, sealed: str, about: str) -> str:
        """What was sealed. Raises StoreFailed if the key is another one, or the row has been tampered with."""
        try:
            data = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], about.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise StoreFailed(
                f"a password in the database cannot be opened with the key in {KEY_FILE}: bring back the key that was"
                " kept with this database, or give everybody a new password with 'belplan password'"
            ) from None
