"""Turn a switch, or keep hours open or closed, by phone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from engine.call.protocol import Call, Sound
from engine.dialplan.caption import Caption
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.lamp import Lamp
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.reading import Reading, shown
from engine.dialplan.switches import Setting, fact_of, setting_of
from engine.dialplan.values import DuringName
from engine.events import SwitchTurned
from engine.office.standing import Standing

if TYPE_CHECKING:
    from engine.dialplan.account import Account

TOGGLE = "toggle"
WAYS = ("on", "off", "auto", TOGGLE)
DIALLED = {"1": Setting.ON, "0": Setting.OFF, "2": Setting.AUTO}
"""What a digit after the star code means."""


class TurnSwitch(Node):
    """Turn one of the `switches`, or keep `hours` open or closed whatever the clock says. The caller hears how it
    stands now.

    ```yaml
    {switch: night, set: toggle, then: repeat, refused: hang_up}
    ```
    `set` is `on`, `off` or `toggle`. For hours `on` keeps them open, `off` keeps them closed, `auto` lets them go by
    the clock again, and `toggle` does the opposite of what the clock says, or ends that. Without `set` it is `toggle`,
    or what was dialled after the star code that led here: `1` on, `0` off, `2` by the clock.

    Only the account's own phones can turn it, as a caller's number can be forged: everybody else hears that they are
    not allowed to, and goes where `refused` says, else where `then` does. It outlives restarts and can also be turned
    with `belplan switch`.
    """

    kind = "switch"
    keys = ("switch",)

    switch: DuringName = Field(description="The name of a switch, or of hours")
    set: str | None = Field(
        default=None,
        description="on, off, toggle; for hours also auto, to go by the clock again",
        json_schema_extra={"enum": list(WAYS)},
    )
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")
    refused: Destination | None = Field(
        default=None, description="Where a caller goes who may not turn it; else where `then` says"
    )

    @field_validator("set", mode="before")
    @classmethod
    def _way(cls, value: Any) -> str:
        if value not in WAYS:
            raise Wrong(f"{shown(value)} is no way to turn a switch",
                        did_you_mean(str(value), WAYS, f"expected {', '.join(WAYS)}"))  # fmt: skip
        return str(value)

    @model_validator(mode="after")
    def _has_clock(self, info: ValidationInfo) -> TurnSwitch:
        reading = info.context
        if self.set == "auto" and isinstance(reading, Reading) and self.switch not in reading.names["hours"]:
            raise Wrong(f"the switch '{self.switch}' goes by no clock", "expected on, off or toggle")
        return self

    @property
    def name(self) -> str:
        return self.switch

    @property
    def takes_digits(self) -> bool:
        return self.set is None

    def caption(self, account: Account) -> Caption:
        what = "hours" if self.switch in account.hours else "switch"
        how = "" if self.set in (None, TOGGLE) else f": {self.set}"
        return Caption(
            f"{what} {self.switch}{how}", ways={"switched": ("then",), "refused": ("not one of our phones",)}
        )

    def lamp(self, account: Account, person: str) -> Lamp:  # noqa: ARG002
        """Lit while the switch is on, or while somebody keeps the hours open or closed."""
        fact, of_hours = fact_of(self.switch, Setting.AUTO)[0], self.switch in account.hours

        def lit(standing: Standing) -> bool:
            setting = setting_of(self.switch, standing)
            return setting is not Setting.AUTO if of_hours else setting is Setting.ON

        return Lamp(fact, lit)

    def exits(self) -> Iterable[Exit]:
        return (Exit("switched", self.then), Exit("refused", self.refused or self.then))

    async def run(self, call: Call, path: Path) -> Exit:
        switched, refused = self.exits()
        if call.caller.person is None:
            await call.play(path.prompt("not-allowed"))
            return refused
        setting = self._setting(call, path)
        if setting is None:
            await call.play(path.prompt("invalid-choice"))
            return refused
        call.office.standing.put(*fact_of(self.switch, setting))
        call.emit(lambda c, t: SwitchTurned(c, t, self.switch, setting.value))
        await call.play(self._confirmation(setting, path))
        return switched

    def _setting(self, call: Call, path: Path) -> Setting | None:
        """What to turn it to; None if what was dialled means nothing."""
        of_hours = self.switch in path.account.hours
        if self.set is None and path.dialled_rest:
            setting = DIALLED.get(path.dialled_rest)
            return None if setting is Setting.AUTO and not of_hours else setting
        if self.set not in (None, TOGGLE):
            return Setting(self.set)
        if of_hours and setting_of(self.switch, call.office.standing) is not Setting.AUTO:
            return Setting.AUTO
        return Setting.OFF if path.account.holds(self.switch, call.now(), call.office.standing) else Setting.ON

    def _confirmation(self, setting: Setting, path: Path) -> tuple[Sound, ...]:
        if self.switch in path.account.hours:
            return path.prompt(f"hours-{setting.value}")
        switch = path.account.switches[self.switch]
        own = switch.on if setting is Setting.ON else switch.off
        return path.sounds_of(own) if own else path.prompt(f"switch-{setting.value}")
