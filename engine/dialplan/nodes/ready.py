"""Agents of queues say by phone that they are ready before their wrap-up time is over."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from engine.call.protocol import Call
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.values import Truth


class Ready(Node):
    """Give the calling agent the next call of their queues at once, though they wrap up the last one, or rest as they
    did not take one. They hear that they are ready.

    ```yaml
    {ready: yes, then: hang_up}
    ```
    It is for people of the account on their own phones; others hear that they may not, and go on likewise.
    """

    kind = "ready"
    keys = ("ready",)

    ready: Truth = Field(default=True, description="Always `yes`: there is nothing to choose")
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")

    def exits(self) -> Iterable[Exit]:
        yield Exit("ready", self.then)
        yield Exit("refused", self.then)

    async def run(self, call: Call, path: Path) -> Exit:
        person = call.caller.person
        if person is None:
            await call.play(path.prompt("not-allowed"))
            return Exit("refused", self.then)
        call.office.queues.agents.back(person)
        call.office.queues.look()
        await call.play(path.prompt("agent-ready"))
        return Exit("ready", self.then)
