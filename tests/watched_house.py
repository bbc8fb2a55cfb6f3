"""A whole engine in this process, with people whose phones watch each other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine.app import Engine, running
from engine.events import CallEvent
from engine.reloading import read_accounts
from engine.setting_values import ListenOn
from engine.settings import Settings
from engine.store.store import Store
from tests.rtp_ports import rtp_range
from tests.telephone import Telephone

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  anna: {extension: 101, name: Anna de Vries}
  bob: {extension: 102}
  carl: {extension: 103}
groups:
  sales: {members: [anna, bob]}
queues:
  helpdesk: {agents: [anna, carl], signed_in: no, nobody: wait}
mailboxes:
  all: {extension: 800, people: [anna]}
switches: [night]
hours:
  open: {days: mon-fri, from: "09:00", to: "17:00"}
features: {"*60": {switch: open}}
parking: {slots: 701-702}
menus:
  welcome: {greeting: {play: hold-music.wav}, keys: {1: {ring: anna}}}
main_number: {menu: welcome}
"""
OTHER = DIALPLAN.replace("bakery.test", "other.test").replace("+31 20 123 4567", "+31 20 123 4599")


@dataclass
class House:
    """A running engine and the phones of a test."""

    engine: Engine
    settings: Settings
    phones: list[Telephone] = field(default_factory=list)

    @property
    def server(self) -> tuple[str, int]:
        return "127.0.0.1", self.engine.addresses[0].port

    async def phone(self, extension: str, *, domain: str = "bakery.test", registers: bool = True) -> Telephone:
        account = self.engine.router.numbering.by_domain(domain)
        assert account is not None
        password = self.engine.store.passwords.lookup(account.key, extension)
        phone = await Telephone.open(self.server, domain, extension, password or "none")
        self.phones.append(phone)
        if registers:
            assert await phone.register() == 200
        return phone

    def emit(self, event: Callable[[str, float], CallEvent], call: str = "call-1", account: str = "bakery") -> None:
        """What a flow does: the office hears it, then the bus."""
        happened = event(call, 1.0)
        self.engine.around.offices.of(account).note(happened)
        self.engine.bus.emit(happened)


def settings_in(tmp_path: Path) -> Settings:
    """Of an engine of two accounts in a folder of its own."""
    (tmp_path / "dialplans").mkdir()
    for name, text in (("bakery", DIALPLAN), ("other", OTHER)):
        plan = text.replace("hold-music.wav", str(Path("prompts/en/hold-music.wav").resolve()))
        (tmp_path / "dialplans" / f"{name}.yaml").write_text(plan)
    return Settings(
        state=tmp_path / "state",
        dialplans=tmp_path / "dialplans",
        prompts=Path("prompts").resolve(),
        listen=(ListenOn("udp", "127.0.0.1", 0),),
        rtp_ports=rtp_range(100),
        digest=("md5",),
    )


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    with Store(settings, serving=True) as store:
        async with running(settings, store, read_accounts(settings)) as engine:
            house = House(engine, settings)
            at_work = asyncio.create_task(engine.watch_room.run())
            try:
                yield house
            finally:
                at_work.cancel()
                await asyncio.gather(at_work, return_exceptions=True)
                for phone in house.phones:
                    phone.close()
