"""Choose the language that the caller hears from here on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from engine.call.protocol import Call
from engine.dialplan.caption import Caption
from engine.dialplan.languages import in_words
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.values import OfferedLanguage

if TYPE_CHECKING:
    from engine.dialplan.account import Account


class ChooseLanguage(Node):
    """From here on the caller hears a language of the account's `languages`, to the end of the call.

    ```yaml
    {language: nl, then: {menu: more}}
    ```
    A language menu is an ordinary menu whose keys lead here. What there is not in that language is heard in the
    account's own, else in English. Without `then` the caller is back in the menu they chose from, now in that language.
    """

    kind = "language"
    keys = ("language",)

    language: OfferedLanguage = Field(description="One of the account's languages, such as nl")
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes now")

    @property
    def name(self) -> str:
        return self.language

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption(f"in {in_words(self.language)}", ways={"chosen": ("then",)})

    def exits(self) -> Iterable[Exit]:
        return (Exit("chosen", self.then),)

    async def run(self, call: Call, path: Path) -> Exit:  # noqa: ARG002
        path.language = self.language
        return Exit("chosen", self.then)
