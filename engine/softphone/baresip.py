"""The baresip softphone behind the commands and events of engine.softphone.pjsua, where pjsua2 has no wheel.

baresip runs as a child with a configuration folder of its own and is told what to do over its ``ctrl_tcp`` module
(JSON in netstrings on loopback). It needs no sound card: it reads a WAV and dumps what it hears to another.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soundfile

from engine.softphone.settings import PhoneEvent, PhoneSettings

MODULE_FOLDERS = (
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/local/lib/baresip/modules",
)
TONE_SECONDS = 600
START_SECONDS = 5.0

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
EVENTS = {
    "REGISTER_OK": "registered",
    "REGISTER_FAIL": "unregistered",
    "CALL_INCOMING": "incoming",
    "CALL_RINGING": "ringing",
    "CALL_PROGRESS": "ringing",
    "CALL_ESTABLISHED": "answered",
    "CALL_HOLD": "held",
    "CALL_RESUME": "resumed",
    "CALL_DTMF_START": "digit",
    "CALL_CLOSED": "ended",
}


def report(kind: str, *, call: int = 0, status: int = 0, text: str = "") -> None:
    event = PhoneEvent(kind=kind, at=time.monotonic(), call=call, status=status, text=text)
    sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
    sys.stdout.buffer.flush()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


MEDIAENC = {"never": "", "offered": ";mediaenc=srtp", "required": ";mediaenc=srtp-mand"}


def write_config(folder: Path, settings: PhoneSettings, control_port: int) -> None:
    """baresip's ``config`` and ``accounts`` for one softphone."""
    modules = next((path for path in MODULE_FOLDERS if Path(path).is_dir()), MODULE_FOLDERS[0])
    voice = settings.play or str(write_tone(folder / "tone.wav", settings.tone))
    local = settings.local_address or ("::1" if "[" in settings.server else "127.0.0.1")
    listen = f"[{local}]:{settings.local_port}" if ":" in local else f"{local}:{settings.local_port}"
    instance = ("uuid",) if settings.outbound else ()  # the name that RFC 5626 wants a phone to have
    lines = [
        f"module_path {modules}",
        *(f"module {name}.so" for name in ("g711", "aufile", "aubridge", "sndfile", "srtp")),
        *(f"module_app {name}.so" for name in (*instance, "account", "menu", "ctrl_tcp")),
        f"ctrl_tcp_listen 127.0.0.1:{control_port}",
        f"sip_listen {listen}",
        f"net_interface {local}",
        f"snd_path {folder}",
        f"audio_source aufile,{voice}",
        "audio_player aubridge,nowhere",
        "audio_alert aubridge,nowhere",
        "audio_channels 1",
        "call_max_calls 4",
        *((f"sip_cafile {settings.authorities}",) if settings.authorities else ()),
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    codecs = ",".join(name.lower() for name in settings.codecs)
    server = f'"sip:{settings.server};transport={settings.transport}"'
    registers = f"auth_user={settings.user};auth_pass={settings.password};regint={settings.expires}"
    account = (
        f"<sip:{settings.user}@{settings.host};transport={settings.transport}>;outbound={server};audio_codecs={codecs}"
    )
    account += MEDIAENC[settings.srtp]
    account += ";sipnat=outbound" if settings.outbound else ""
    account += f";{registers}" if settings.password is not None else ";regint=0"
    accounts = folder / "accounts"
    accounts.touch(mode=0o600)
    accounts.write_text(f"{account};answermode=manual\n")


def write_tone(path: Path, frequency: float | None) -> Path:
    """A long WAV of one tone, or of silence: baresip plays its file once."""
    times = np.arange(TONE_SECONDS * 8000) / 8000
    wave = 0.3 * np.sin(2 * np.pi * (frequency or 0.0) * times)
    soundfile.write(path, wave, 8000, subtype="PCM_16")
    return path


class Baresip:
    """The child process, its control connection and the numbers its calls are known by here."""

    def __init__(self, settings: PhoneSettings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.calls: dict[str, int] = {}
        self.established: set[int] = set()
        self.dialled = 0
        self.leaving = False
        self.registration_told = settings.password is None

    async def start(self) -> None:
        port = free_port()
        write_config(self.folder, self.settings, port)
        self.process = await asyncio.create_subprocess_exec(
            "baresip",
            "-f",
            str(self.folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
                return
            except OSError:
                if time.monotonic() > deadline or self.process.returncode is not None:
                    raise
                await asyncio.sleep(0.05)

    async def wait_registered(self) -> None:
        """Registration began before the control connection, so that its event may be missed: ask how it went."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self.registration_told:
            self.command("reginfo")
            await asyncio.sleep(0.2)

    def command(self, name: str, params: str = "") -> None:
        body = msgspec.json.encode({"command": name, "params": params, "token": "phone"})
        self.writer.write(b"%d:%s," % (len(body), body))

    async def read_events(self) -> None:
        while not self.leaving:
            try:
                length = int((await self.reader.readuntil(b":"))[:-1])
                body = await self.reader.readexactly(length + 1)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            message = msgspec.json.decode(body[:-1])
            if message.get("event"):
                self.translate(message)
            elif "User Agents" in message.get("data", "") and not self.registration_told:
                self.read_registration(message["data"])

    def read_registration(self, table: str) -> None:
        """The answer to ``reginfo``: its line for our account says OK, ERR or nothing yet."""
        for word, kind, status in (("OK", "registered", 200), ("ERR", "unregistered", 403)):
            if re.search(rf"\b{word}\b", ESCAPES.sub("", table)):
                self.registration_told = True
                report(kind, status=status)

    def translate(self, event: dict[str, Any]) -> None:
        kind = EVENTS.get(event["type"])
        if kind is None:
            return
        number = self.calls.get(event.get("id", ""), 0)
        if event.get("id") and not number:
            number = self.calls[event["id"]] = max(self.calls.values(), default=0) + 1
        text = event.get("param", "")
        if kind == "incoming":
            report(kind, call=number, text=event.get("peeruri", ""))
            if self.settings.answer:
                asyncio.get_running_loop().call_later(self.settings.answer_after, self.answer, self.settings.answer)
        elif kind == "answered":
            self.established.add(number)
            report(kind, call=number, status=200, text=event.get("peeruri", ""))
            report("media", call=number)
        elif kind == "ended" and number not in self.established:
            words = text.split(" ", 1)
            report("failed", call=number, status=int(words[0]) if words[0].isdigit() else 0, text=text)
        elif kind in ("registered", "unregistered"):
            self.registration_told = True
            report(kind, status=200 if kind == "registered" else 403, text=text)
        else:
            report(kind, call=number, text=text)

    def answer(self, status: int) -> None:
        if status == 200:
            self.command("accept")
        else:
            self.command("hangup", f"scode={status} reason=Refused")

    def obey(self, words: dict[str, Any]) -> bool:
        """Carry out one command; False is the end of the program."""
        verb = words["do"]
        if verb == "quit":
            return False
        if verb == "dial":
            report("calling", call=max(self.calls.values(), default=0) + 1, text=words["uri"])
            self.command("dial", words["uri"])
        elif verb == "answer":
            self.answer(int(words.get("status", 200)))
        elif verb == "hangup":
            self.command("hangup")
        elif verb in ("hold", "resume"):
            self.command(verb)
        elif verb == "transfer":
            self.command("transfer", words["uri"])
        elif verb == "press":
            for digit in words["digits"]:
                self.command("sndcode", digit)
        return True

    async def close(self) -> None:
        self.leaving = True
        self.command("hangupall")
        self.command("quit")
        try:
            async with asyncio.timeout(3):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        heard = sorted(self.folder.glob("dump-*-dec.wav"))
        if heard and self.settings.record:
            Path(self.settings.record).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(heard[-1], self.settings.record)


async def run(settings: PhoneSettings) -> int:
    with tempfile.TemporaryDirectory(prefix="belplan-phone-") as name:
        baresip = Baresip(settings, Path(name))
        try:
            await baresip.start()
        except OSError as error:
            report("failed", text=f"baresip did not start: {error}")
            return 1
        report("ready", text=f"baresip {settings.user}")
        events = asyncio.create_task(baresip.read_events())
        await baresip.wait_registered()
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
            if not baresip.obey(msgspec.json.decode(line)):
                break
        await baresip.close()
        events.cancel()
    report("closed")
    return 0


def main() -> int:
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=PhoneSettings)
    return asyncio.run(run(settings))


if __name__ == "__main__":
    sys.exit(main())
