"""A hostile internet around the running system: scans, floods and torture messages, while a call goes on."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from office import MAIN_NUMBER, PASSWORD, Office
from raw_caller import RawCaller

from bench.flood import flood
from tests.sip.torture.reading import names, torture

pytestmark = pytest.mark.end_to_end

SCENARIO = Path(__file__).resolve().parents[2] / "bench" / "sipp" / "register.xml"
needs_sipp = pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp is not installed: apt install sip-tester")
needs_sipsak = pytest.mark.skipif(shutil.which("sipsak") is None, reason="sipsak is not installed: apt install sipsak")
OPTIONS = "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK{port}{mark}\r\n" + (
    "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: {port}{mark}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
)
EVERYBODY_LIMITED = {"settings": {"BELPLAN_NEVER_BAN": "", "BELPLAN_REQUESTS_PER_SOURCE": "4"}}


def caller_of(office: Office) -> RawCaller:
    return RawCaller(("127.0.0.1", office.port), f"sip:{MAIN_NUMBER}@127.0.0.1:{office.port}")


async def register_by_sipp(office: Office, users: dict[str, str], host: str, *, seconds: int) -> int:
    """Let SIPp register these users, with their passwords, from an address, in so much time; 0 if all could."""
    rows = [f"{user};[authentication username={user} password={word}]\n" for user, word in users.items()]
    (office.folder / "users.csv").write_text("SEQUENTIAL\n" + "".join(rows))
    words = ("-inf", "users.csv", "-m", str(len(rows)), "-r", "40", "-i", host, "-nostdin")
    process = await asyncio.create_subprocess_exec(
        *("sipp", office.server, "-sf", str(SCENARIO), *words),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=office.folder,
    )
    try:
        async with asyncio.timeout(seconds):
            return await process.wait()
    except TimeoutError:
        process.kill()
        return await process.wait()


@contextmanager
def stranger(host: str) -> Iterator[socket.socket]:
    """A socket at an address that is not in the allow list."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.setblocking(False)
        yield sock


async def answers(office: Office, sock: socket.socket, mark: str = "") -> bool:
    """Whether an OPTIONS from there is answered within a second."""
    host, port = sock.getsockname()
    sock.sendto(OPTIONS.format(host=host, port=port, mark=mark).encode(), ("127.0.0.1", office.port))
    try:
        async with asyncio.timeout(1.0):
            while f"{port}{mark}".encode() not in await asyncio.get_running_loop().sock_recv(sock, 65_535):
                pass
    except TimeoutError:
        return False
    return True


async def sipsak(office: Office, *words: str, seconds: float = 5.0) -> str:
    """Run sipsak against the office for at most so long; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *("sipsak", "-s", f"sip:101@127.0.0.1:{office.port}", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate()
            return out.decode(errors="replace")
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""


async def test_a_call_goes_on_through_torture_and_five_thousand_bad_packets_a_second(office: Office) -> None:
    with caller_of(office) as caller, stranger("127.0.0.9") as sock:
        await caller.call()
        for name in names():
            sock.sendto(torture(name), caller.server)
        hostile = asyncio.create_task(asyncio.to_thread(flood, office.port, 5000, 2.0))
        await caller.quiet(2.0)
        heard = caller.heard()
        assert await hostile == pytest.approx(10_000, rel=0.3)
        assert len(heard) > 1.5 * 8000, "the greeting was heard all the time"
        caller.send("INFO", "Signal=2\r\nDuration=100\r\n", kind="application/dtmf-relay")
        assert await caller.final("INFO") == 200
        caller.hang_up()
        assert await caller.final("BYE") == 200
        assert await answers(office, caller.sip)
        assert await answers(office, sock), "the sender of torture messages is only a stranger"
    assert not [line for line in office.log if line.get("level") == "error"]


@needs_sipp
@pytest.mark.interop(program="SIPp", feature="wrong passwords are banned, the office next door goes on")
@pytest.mark.parametrize("office", [{"settings": {"BELPLAN_DIGEST": "md5"}}], indirect=True)
async def test_a_guesser_is_banned_listed_and_lifted(office: Office) -> None:
    guesses = {str(user): "guess" for user in range(100, 130)}
    assert await register_by_sipp(office, guesses, "127.0.0.66", seconds=3) != 0
    told = await office.logged("a source is banned")
    assert (told["source"], told["why"]) == ("127.0.0.66", "wrong passwords")
    with stranger("127.0.0.66") as sock, stranger("127.0.0.67") as neighbour:
        assert not await answers(office, sock)
        assert await answers(office, neighbour)
        assert await register_by_sipp(office, {"101": PASSWORD}, "127.0.0.1", seconds=5) == 0
        await asyncio.sleep(0.8)  # the ledger writes it down twice a second
        assert re.search(r"^127\.0\.0\.66\t\twrong passwords\t", await office.command("bans"), re.MULTILINE)
        assert "127.0.0.66 timeout" in await office.command("bans", "--nftables")
        assert await office.command("bans", "--lift", "127.0.0.66") == "lifted: 127.0.0.66\n"
        await office.logged("a ban is lifted")
        assert await answers(office, sock, "again")
    state = office.folder / "state"
    for path in (state, *state.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, f"{path} is for its owner alone"


@needs_sipsak
@pytest.mark.interop(program="sipsak", feature="floods, scans and random characters")
@pytest.mark.parametrize("office", [EVERYBODY_LIMITED], indirect=True)
async def test_floods_and_scans_of_sipsak_are_met_with_silence(office: Office) -> None:
    """They come from the address of a phone, which is not kept from calling by them."""
    phone = await office.phone("101")
    assert "200 OK" in await sipsak(office, "-vv")
    with caller_of(office) as caller:
        await sipsak(office, "-F", seconds=1.0)
        assert not await answers(office, caller.sip), "whoever else is at that address waits for a moment"
        await sipsak(office, "-U", "-e", "40", "-x", "60", seconds=1.5)
        await sipsak(office, "-R", "-t", "20", seconds=1.5)
        phone.dial(office.main_number())
        await phone.wait("answered", 5)
        await asyncio.sleep(1.0)
        assert await answers(office, caller.sip, "again")
    assert not [line for line in office.log if line.get("level") == "error"]


async def test_no_line_of_the_log_holds_a_password(office: Office) -> None:
    """Of everything that people and strangers did: nothing secret is written down."""
    await office.phone("101", answer=200)
    with RawCaller(("127.0.0.1", office.port), "sip:101@bakery.test") as caller:
        caller.send("REGISTER", "", f'Authorization: Digest username="101", response="{PASSWORD}", realm="{PASSWORD}"')
        await caller.final("REGISTER")
    await office.command("password", "102", "--set", "another-secret-77")
    shown = "\n".join(str(line) for line in office.log)
    for secret in (PASSWORD, "another-secret-77"):
        assert secret not in shown
