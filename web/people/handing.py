"""What somebody types or scans to set up a phone: shown once, by their link or to a manager who hands it over."""

from __future__ import annotations

from typing import Any, Final

import segno

from web.people.invitations import Shown
from web.words import Sentence, say

FILE: Final = "/phone/{token}.xml"
"""The path of the file from which a phone sets itself up."""
APP_LINK: Final = "linphone-config:"
"""What Linphone opens: it fetches the file at the address that follows."""
FIELDS: Final[dict[str, Sentence]] = {
    "name": say("Name"),
    "user name": say("User name"),
    "password": say("Password"),
    "domain": say("Domain"),
    "server (proxy)": say("Server (proxy)"),
    "transport": say("Transport"),
    "encryption": say("Encryption"),
}


def file_address(shown: Shown, base: str) -> str:
    """Where a phone fetches its settings."""
    return f"{base.rstrip('/')}{FILE.format(token=shown.file_token)}"


def settings_shown(shown: Shown, base: str) -> dict[str, Any]:
    """What ``people/settings.html`` is made of; phones fetch their file below ``base``."""
    address = file_address(shown, base)
    code = segno.make(address, micro=False)
    return {
        "phone": [(title, FIELDS[title], value) for title, value in shown.phone.lines()],
        "file": address,
        "app_link": f"{APP_LINK}{address}",
        "code": code.svg_data_uri(scale=5, border=4, light="white"),
        "encrypted": address.startswith("https:"),
    }
