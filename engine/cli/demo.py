"""``belplan demo``: the main job end to end with real softphones: a caller hears the menu, presses 1, and talks."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import yaml

from engine.cli.common import Failed, config_option, configured
from engine.dialplan.findings import DialplanErrors
from engine.setting_values import ListenOn
from engine.settings import Settings
from engine.softphone.phone import PhoneFailed, PhoneUnavailable, Softphone, program
from engine.softphone.server import Server, ServerFailed, free_port
from engine.softphone.settings import PhoneEvent, PhoneSettings
from engine.store.database import StoreFailed
from media.sound.analysis import loudest_frequency, quiet_share

OUTSIDE_NUMBER = "+31701112233"
TONES = {"caller": 440.0, "orders": 880.0, "front desk": 620.0}
LISTEN_SECONDS = 3.0
RING_SECONDS = 1.5
TALK_SECONDS = 3.0
TOLERANCE_HZ = 15.0
WORDS = {
    "registered": "has registered",
    "calling": "dials the main number",
    "incoming": "rings",
    "answered": "is connected",
    "ended": "hears the call end",
    "failed": "is not connected: {status} {text}",
}


class DemoFailed(Exception):
    """The call did not go as it should; the text says where."""


class Timeline:
    """Prints what happens as it happens, with the seconds since the start."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._began = time.monotonic()
        self._say = say

    def note(self, who: str, what: str) -> None:
        self._say(f"{time.monotonic() - self._began:7.2f} s  {who:<11} {what}")

    def of(self, who: str) -> Callable[[PhoneEvent], None]:
        """What to do with the events of somebody's softphone."""

        def on_event(event: PhoneEvent) -> None:
            if event.kind in WORDS:
                self.note(who, WORDS[event.kind].format(status=event.status, text=event.text))

        return on_event


@click.command
@click.option(
    "--recordings",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-recordings"),
    show_default=True,
    help="Where each side's recording goes",
)
@config_option
def demo(recordings: Path, config: Path | None) -> int:
    """Run a whole call on this machine with real softphones: main number, menu, key 1, conversation, hang-up.

    Exit status 1 if the call did not go so.
    """
    try:
        asyncio.run(run_demo(configured(config), recordings, click.echo))
    except (DemoFailed, PhoneFailed, PhoneUnavailable, ServerFailed, StoreFailed, DialplanErrors) as problem:
        raise Failed(f"the demo did not succeed: {problem}") from None
    click.echo("The call went as it should.")
    return 0


async def run_demo(settings: Settings, recordings: Path, say: Callable[[str], None]) -> None:
    """The whole demo. Raises DemoFailed, PhoneFailed, PhoneUnavailable, ServerFailed, StoreFailed or DialplanErrors."""
    softphone = program()[-1].rpartition(".")[2]
    timeline = Timeline(say)
    with tempfile.TemporaryDirectory(prefix="belplan-demo-") as folder:
        wanted = _settings_of_demo(settings, Path(folder))
        async with Server(wanted, on_step=lambda words: timeline.note("Belplan", words)) as server:
            timeline.note("Belplan", f"listens on {server.address}; main number {server.main_number}")
            timeline.note("phones", f"are run by {softphone}")
            await _make_the_call(server, recordings, timeline)
    for line in _judge(recordings):
        say(line)


def _settings_of_demo(settings: Settings, folder: Path) -> Settings:
    """A state folder that goes away, free ports, and the example account, open at any hour."""
    dialplans = folder / "dialplans"
    try:
        shutil.copytree(settings.dialplans, dialplans)
    except OSError:
        raise DemoFailed(f"the folder of the example account, {settings.dialplans}, cannot be read") from None
    example = dialplans / "bakery.yaml"
    for other in dialplans.glob("*.y*ml"):
        if other != example:
            other.unlink()
    try:
        plan = yaml.safe_load(example.read_text())
    except OSError:
        raise DemoFailed(f"it plays the example account, but {settings.dialplans} holds no bakery.yaml") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        plan = None
    if not isinstance(plan, dict):
        raise DemoFailed(f"bakery.yaml in {settings.dialplans} is no dialplan: belplan check tells what is wrong")
    plan["main_number"] = {"menu": "welcome"}
    example.write_text(yaml.safe_dump(plan, sort_keys=False))
    port = free_port()
    listen = (ListenOn("udp", "127.0.0.1", port), ListenOn("tcp", "127.0.0.1", port))
    return settings.model_copy(update={"state": folder / "state", "dialplans": dialplans, "listen": listen})


async def _make_the_call(server: Server, recordings: Path, timeline: Timeline) -> None:
    """Register two, call from outside, listen, press 1, talk, and let the callee hang up."""

    def phone(who: str, user: str, password: str | None, answer: int = 0) -> Softphone:
        settings = PhoneSettings(
            user=user,
            password=password,
            server=server.address,
            domain=server.domain if password else "provider.example",
            display=who.capitalize(),
            local_address="127.0.0.1",
            tone=TONES[who],
            record=str(_recording(recordings, who)),
            answer=answer,
            answer_after=RING_SECONDS,
        )
        return Softphone(settings, on_event=timeline.of(who))

    orders, desk = server.people["orders"], server.people["front-desk"]
    async with (
        phone("orders", orders.extension, orders.password, answer=200) as callee,
        phone("front desk", desk.extension, desk.password),
        phone("caller", OUTSIDE_NUMBER, None) as caller,
    ):
        caller.dial(f"sip:{server.main_number}@{server.address}")
        await caller.wait("answered", 10)
        await asyncio.sleep(LISTEN_SECONDS)
        timeline.note("caller", "presses 1 while the menu speaks")
        caller.press("1")
        await callee.wait("answered", 10)
        await asyncio.sleep(TALK_SECONDS)
        timeline.note("orders", "hangs up")
        callee.hang_up()
        await caller.wait("ended", 5)


def _recording(folder: Path, who: str) -> Path:
    return folder / f"{who.replace(' ', '-')}-heard.wav"


def _judge(recordings: Path) -> list[str]:
    """What was heard where, a line each. Raises DemoFailed when somebody did not hear the other."""
    lines = []
    for listener, speaker in (("caller", "orders"), ("orders", "caller")):
        path = _recording(recordings, listener)
        heard = loudest_frequency(path, last_seconds=TALK_SECONDS - 1)
        if abs(heard - TONES[speaker]) > TOLERANCE_HZ:
            raise DemoFailed(f"{listener} heard {heard:.0f} Hz in place of {speaker}'s tone of {TONES[speaker]:.0f} Hz")
        before = "the menu and the ringing, then " if listener == "caller" else ""
        silent = f"{100 * quiet_share(path):.0f} % silence"
        lines.append(f"{path}: {listener} heard {before}{speaker}'s tone, {heard:.0f} Hz ({silent})")
    return lines
