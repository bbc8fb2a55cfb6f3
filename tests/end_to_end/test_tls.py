"""Phones of others over TLS, and what openssl says of the certificates and of what is not allowed."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from linphone import Linphone, needs_linphone, registering
from office import GREETING_HZ, HOURS_HZ, PASSWORD, Office, free_port, seconds_of, write_tone

from tests.certificates import Authority

pytestmark = pytest.mark.end_to_end

DESK_HZ, CALLER_HZ = 850.0, 1000.0
BARESIP = [sys.executable, "-m", "engine.softphone.baresip"]
needs_baresip = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed: apt install it")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


class SecureOffice(Office):
    """An office that is reached by TLS, too; ``authority`` has signed its certificates."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.live = folder / "live"
        self.authority.issue(["127.0.0.1", "localhost"], into=self.live / "bakery")
        self.authority.issue(["phone.florist.test"], into=self.live / "florist")
        super().__init__(folder, settings={"BELPLAN_CERTIFICATES": str(self.live)})
        self.tls_port = free_port()
        self.listen.append(f"tls:127.0.0.1:{self.tls_port}")

    @property
    def secure(self) -> dict[str, str]:
        """What a phone's settings need."""
        return {
            "server": f"127.0.0.1:{self.tls_port}",
            "transport": "tls",
            "authorities": str(self.authority.file),
        }


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[SecureOffice]:
    office = SecureOffice(tmp_path)
    write_tone(office.sound("greeting.wav"), GREETING_HZ, 3.0)
    write_tone(office.sound("hours.wav"), HOURS_HZ, 1.0)
    write_tone(office.sound("hold.wav"), HOURS_HZ, 1.0)
    office.give_passwords("101", "102", "1035")
    await office.start()
    try:
        yield office
    finally:
        await office.close()
        print(office.story())  # shown by pytest where a test fails


@needs_linphone
@pytest.mark.interop(program="linphone", feature="TLS: registration and call")
@pytest.mark.interop(program="pjsua2", feature="TLS: registration and call")
async def test_two_phones_over_tls_hear_each_other(office: SecureOffice, tmp_path: Path) -> None:
    write_tone(tmp_path / "linphone.wav", DESK_HZ, 20.0)
    linphone = Linphone(tmp_path / "linphone", port=-1, rtp_port=free_port())
    server = f"<sip:localhost:{office.tls_port};transport=tls>"  # it compares names only, not addresses
    trust = {"root_ca": str(office.authority.file), "verify_server_certs": 1, "verify_server_cn": 1}
    await linphone.start(registering("102", server, PASSWORD, **trust), "-a")
    try:
        linphone.tell("soundcard use files")
        linphone.tell(f"play {tmp_path / 'linphone.wav'}")
        linphone.tell(f"record {tmp_path / 'heard.wav'}")
        await linphone.registered()
        desk = await office.phone("101", tone=CALLER_HZ, record=str(tmp_path / "desk.wav"), **office.secure)
        desk.dial("102")
        await desk.wait("answered")
        await asyncio.sleep(1.8)
        desk.hang_up()
        await desk.wait("ended")
    finally:
        await linphone.close()
    await office.close()
    assert seconds_of(tmp_path / "desk.wav", DESK_HZ) > 0.9
    assert seconds_of(tmp_path / "heard.wav", CALLER_HZ) > 0.9


@needs_baresip
@pytest.mark.interop(program="baresip", feature="TLS: registration and call")
async def test_baresip_over_tls_takes_a_call_of_a_phone_over_udp(office: SecureOffice, tmp_path: Path) -> None:
    heard = str(tmp_path / "desk.wav")
    desk = await office.phone("101", command=BARESIP, answer=200, tone=DESK_HZ, record=heard, **office.secure)
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    caller.dial(f"sip:+31201234568@{office.server}")
    await caller.wait("answered")
    await asyncio.sleep(1.8)
    caller.hang_up()
    await desk.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.9


async def s_client(office: SecureOffice, *options: str, typed: str = "Q\n") -> str:
    """What ``openssl s_client`` says of a connection in which ``typed`` is written, of both streams."""
    process = await asyncio.create_subprocess_exec(
        *("openssl", "s_client", "-connect", f"127.0.0.1:{office.tls_port}", "-CAfile", str(office.authority.file)),
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(typed.encode()), 20)
    return said.decode(errors="replace")


@needs_openssl
@pytest.mark.interop(program="openssl", feature="TLS: certificates by name, renewal, and what is refused")
async def test_openssl_sees_the_right_certificates_and_nothing_old(office: SecureOffice) -> None:
    good = await s_client(office, "-verify_return_error", "-verify_ip", "127.0.0.1")
    assert "Verify return code: 0 (ok)" in good
    assert "subject=CN = 127.0.0.1" in good
    named = ("-servername", "phone.florist.test", "-verify_hostname", "phone.florist.test", "-verify_return_error")
    assert "subject=CN = phone.florist.test" in await s_client(office, *named)
    assert "TLSv1.2, Cipher is ECDHE" in await s_client(office, "-tls1_2")
    old = await s_client(office, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0")
    assert "Cipher is (NONE)" in old
    assert "Cipher is (NONE)" in await s_client(office, "-tls1_2", "-cipher", "NULL:aNULL:@SECLEVEL=0")
    renegotiated = await s_client(office, "-tls1_2", typed="R\nQ\n")
    assert "no renegotiation" in renegotiated

    office.authority.issue(["127.0.0.1", "renewed.test"], into=office.live / "bakery")
    office.reload()
    await office.logged("certificates renewed", where=lambda line: "renewed.test" in line["names"])
    named = ("-servername", "renewed.test", "-verify_hostname", "renewed.test", "-verify_return_error")
    assert "Verify return code: 0 (ok)" in await s_client(office, *named)
    (office.live / "bakery" / "privkey.pem").write_text("half a k")
    office.reload()
    broken = await office.logged("certificates not renewed")
    assert "privkey.pem: holds no private key" in broken["reason"]
    assert "Verify return code: 0 (ok)" in await s_client(office, *named)
