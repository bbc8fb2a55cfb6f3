"""Transfers by star code, for phones without a transfer key: people lead whoever they talk to on to another number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from engine.call.in_call import Request, ToConsult, ToTransfer
from engine.call.protocol import Call
from engine.dialplan.model import Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path

if TYPE_CHECKING:
    from engine.dialplan.account import Account

IDLE = WayHome(reason="a code for conversations")


class TransferByCode(Node):
    """Lead whoever you talk to on to another number, from a phone without a transfer key: a star code for use in a
    conversation (`*73`).

    ```yaml
    {transfer: blind}
    ```
    After the code you are asked for the number, which ends with `#`; the other side hears music meanwhile. They are led
    where you could dial yourself, be it an extension, a parking slot or a star code, if it changes no settings.
    With `blind` you are hung up. If nobody comes there, your phone rings and shows `Back:` before the caller's name.
    With `attended` (`*74`) you talk to whoever answers there. Hang up, and the two talk to each other; press the code
    again, or let the other hang up, and you are back with whom you talked to before.

    Whoever dials the code without talking to anybody hears that it is not allowed.
    """

    kind = "transfer"
    keys = ("transfer",)

    transfer: Literal["blind", "attended"] = Field(
        description="`blind`, or `attended`: you talk to whoever comes next before"
    )

    @property
    def name(self) -> str:
        return self.transfer

    def exits(self) -> Iterable[Exit]:
        yield Exit("refused", IDLE)

    def in_call(self, account: Account) -> Request | None:
        if self.transfer == "attended":
            return ToConsult(account.prompt("transfer-number"), account.prompt("transfer-refused"))
        return ToTransfer(
            prompt=account.prompt("transfer-number"),
            refusal=account.prompt("transfer-refused"),
            done=account.prompt("transferred"),
            meanwhile=account.hold_music,
        )

    async def run(self, call: Call, path: Path) -> Exit:
        await call.play(path.prompt("not-allowed"))
        return Exit("refused", IDLE)
