"""Members of a hunt group and agents of a queue sign in and out by phone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from engine.call.protocol import Call
from engine.dialplan.findings import Wrong
from engine.dialplan.lamp import Lamp
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.values import TeamName

if TYPE_CHECKING:
    from engine.dialplan.account import Account


class SignIn(Node):
    """Sign the calling person in to a hunt group or a queue, so that its calls ring their phones. They hear that it is
    done.

    ```yaml
    {sign_in_or_out: sales, then: hang_up, refused: repeat}
    ```
    ``{sign_in: sales}`` and ``{sign_out: sales}`` do one of the two, ``sign_in_or_out`` the opposite of what is. It
    outlives restarts. Whoever is no member, or may not sign out, hears that and goes where ``refused`` says, else where
    ``then`` does. Agents whom a queue has from a group sign in to that group, whichever of the two is named.
    """

    kind = "sign_in"
    keys = ("sign_in", "sign_out", "sign_in_or_out")

    sign_in: TeamName | None = Field(default=None, description="The group or queue to sign in to")
    sign_out: TeamName | None = Field(default=None, description="The group or queue to sign out of")
    sign_in_or_out: TeamName | None = Field(
        default=None, description="The group or queue to sign in to, or out of for who is signed in"
    )
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")
    refused: Destination | None = Field(
        default=None, description="Where a caller goes who is no member or may not sign out; else where `then` says"
    )

    @model_validator(mode="after")
    def _one(self) -> SignIn:
        if sum(group is not None for group in (self.sign_in, self.sign_out, self.sign_in_or_out)) > 1:
            raise Wrong("nobody can sign in and out at once", "to change from one to the other write 'sign_in_or_out'")
        return self

    @property
    def name(self) -> str:
        return self.sign_in or self.sign_out or self.sign_in_or_out or ""

    def lamp(self, account: Account, person: str) -> Lamp | None:
        """Lit while the person is signed in."""
        name, team = account.team_of(self.name, person)
        if not team.has(person):
            return None
        return Lamp(team.fact(name, person), lambda standing: team.is_in(name, person, standing))

    def exits(self) -> Iterable[Exit]:
        if not self.sign_out:
            yield Exit("signed_in", self.then)
        if not self.sign_in:
            yield Exit("signed_out", self.then)
        yield Exit("refused", self.refused or self.then)

    async def run(self, call: Call, path: Path) -> Exit:
        standing, person = call.office.standing, call.caller.person
        name, team = path.account.team_of(self.name, person)
        if person is None or not team.has(person):
            return await self._refuse(call, path)
        on = bool(self.sign_in) or (not self.sign_out and not team.is_in(name, person, standing))
        if not on and not team.may_sign_out:
            return await self._refuse(call, path)
        team.sign(name, person, standing, on=on)
        call.office.queues.tell_all()
        await call.play(path.prompt("signed-in" if on else "signed-out"))
        return Exit("signed_in" if on else "signed_out", self.then)

    async def _refuse(self, call: Call, path: Path) -> Exit:
        await call.play(path.prompt("not-allowed"))
        return Exit("refused", self.refused or self.then)
