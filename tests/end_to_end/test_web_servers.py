"""Behind web servers that are set up as the documentation says: TLS, cookies, live views, and who a visitor is.

They are tried where they are installed (``apt install nginx-light caddy``); ``make test`` does not install them, as
each begins to serve the machine it comes to.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from office import DIALPLAN, GREETING_HZ, HOLD_MUSIC_HZ, HOURS_HZ, Office, free_port, write_tone
from websockets import Origin, Subprotocol
from websockets.asyncio.client import connect

from engine.settings import Settings
from engine.store.store import Store
from tests.certificates import Authority
from tests.end_to_end.console import OWNER, ConsoleAlone, owned
from tests.web.browsing import token_in
from tests.web.letters import another
from web.accounts.codes import ASKS_AT_ONCE
from web.shell.cookies import SESSION_COOKIE

pytestmark = pytest.mark.end_to_end

DOCS = Path(__file__).resolve().parents[2] / "docs"
OPTIONS = (
    "OPTIONS sip:bakery.test SIP/2.0\r\nVia: SIP/2.0/WSS page.invalid;branch=z9hG4bKpage;rport\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:page@bakery.test>;tag=1\r\nTo: <sip:bakery.test>\r\n"
    "Call-ID: page\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
NAME = "phone.bakery.example"
FRIEND, STRANGER = "127.0.0.2", "127.0.0.3"
AT_ONCE = 10.0
"""Seconds in which the first event of a stream is there; one that a web server kept back would come after minutes."""


def shown_for(program: str) -> str:
    """The example that the documentation has of a web server before the console."""
    page = (DOCS / "console.md").read_text()
    match = re.search(rf"^{program}\b.*?^```\w*\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert match
    return match[1]


def nginx(folder: Path, console: int, port: int, certificate: Path) -> list[str]:
    """nginx with the example as it is shown, on ports of the test's own."""
    server = shown_for("nginx")
    for shown, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        (f"/etc/letsencrypt/live/{NAME}", str(certificate)),
        ("127.0.0.1:8080", f"127.0.0.1:{console}"),
    ):
        assert shown in server
        server = server.replace(shown, here)
    return nginx_with(folder, server)


def nginx_with(folder: Path, server: str) -> list[str]:
    """nginx with this server and nothing of the machine's."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    homes = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{homes}{server}}}\n"
    )
    return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, console: int, port: int, certificate: Path) -> list[str]:
    """Caddy with the example as it is shown, on ports of the test's own, and a certificate that is there already."""
    site = shown_for("Caddy")
    own = f"bind 127.0.0.1\n    tls {certificate}/fullchain.pem {certificate}/privkey.pem"
    for shown, here in ((f"{NAME} {{", f"{NAME}:{port} {{\n    {own}"), ("127.0.0.1:8080", f"127.0.0.1:{console}")):
        assert shown in site
        site = site.replace(shown, here)
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https off\n}}\n{site}")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


PROGRAMS = {"nginx": nginx, "caddy": caddy}


@contextlib.asynccontextmanager
async def running(words: Sequence[str], folder: Path, port: int) -> AsyncIterator[None]:
    """A web server that answers on this port, until the end of the block."""
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *words, stdout=log, stderr=log, env=os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        )
        try:
            async with asyncio.timeout(30):
                while True:
                    assert process.returncode is None, (folder / "log").read_text()
                    with contextlib.suppress(OSError):
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                        writer.close()
                        break
                    await asyncio.sleep(0.05)
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(20):  # it has nothing left to wait for: no stream outlives its viewer
                await process.wait()


def visitor(source: str, port: int, trusting: ssl.SSLContext, **headers: str) -> httpx.AsyncClient:
    """A browser at the address ``source``, which goes to the web server by its name."""

    async def by_name(request: httpx.Request) -> None:
        request.extensions["sni_hostname"] = NAME

    return httpx.AsyncClient(
        base_url=f"https://127.0.0.1:{port}",
        headers={"Host": NAME, "Accept-Language": "en", **headers},
        transport=httpx.AsyncHTTPTransport(verify=trusting, local_address=source),
        event_hooks={"request": [by_name]},
        timeout=30,
    )


async def ask_for_a_code(browser: httpx.AsyncClient) -> httpx.Response:
    token = token_in((await browser.get("/sign-in")).text)
    return await browser.post("/sign-in", data={"email": OWNER, "form_token": token})


@pytest.mark.parametrize("program", PROGRAMS)
async def test_behind_a_web_server_it_is_as_before_one(program: str, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    port, authority = free_port(), Authority(tmp_path)
    trusting = ssl.create_default_context(cafile=str(authority.file))
    console = ConsoleAlone(
        tmp_path,
        DIALPLAN,
        settings={"BELPLAN_CONSOLE_URL": f"https://{NAME}", "BELPLAN_CONSOLE_PROXIES": "127.0.0.1"},
    )
    session = owned(tmp_path)
    await console.start()
    words = PROGRAMS[program](tmp_path, console.console_port, port, authority.issue([NAME]))
    try:
        async with (
            running(words, tmp_path, port),
            visitor(FRIEND, port, trusting) as friend,
            visitor(FRIEND, port, trusting) as friends_phone,
            visitor(STRANGER, port, trusting) as stranger,
            visitor(STRANGER, port, trusting, **{"X-Forwarded-For": FRIEND}) as pretender,
        ):
            await _signs_in(friend, tmp_path)
            await _sees_what_goes_on(friend, session)
            # who asks too often is known by the address that the web server tells, and by nothing they say themselves
            for _ in range(ASKS_AT_ONCE):
                assert (await ask_for_a_code(stranger)).status_code == 303
            assert (await ask_for_a_code(stranger)).status_code == 429
            assert (await ask_for_a_code(pretender)).status_code == 429
            assert (await ask_for_a_code(friends_phone)).status_code == 303
    finally:
        await console.close()


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
async def test_phones_in_pages_come_through_a_web_server_as_themselves(tmp_path: Path) -> None:
    port, sip, authority = free_port(), free_port(), Authority(tmp_path)
    trusting = ssl.create_default_context(cafile=str(authority.file))
    found = re.search(r"```nginx\n(.*?)```", (DOCS / "encryption.md").read_text(), re.DOTALL)
    assert found
    assert "127.0.0.1:8088" in found[1]
    location = found[1].replace("127.0.0.1:8088", f"127.0.0.1:{sip}")
    own = authority.issue([NAME])
    certificate = f"ssl_certificate {own}/fullchain.pem; ssl_certificate_key {own}/privkey.pem;"
    server = f"server {{ listen 127.0.0.1:{port} ssl; {certificate}\n{location}}}\n"
    office = Office(
        tmp_path,
        DIALPLAN,
        settings={"BELPLAN_WEBSOCKET_PROXIES": "127.0.0.1", "BELPLAN_WEBSOCKET_ORIGINS": f"https://{NAME}"},
    )
    for name, hertz in (("greeting.wav", GREETING_HZ), ("hours.wav", HOURS_HZ), ("hold.wav", HOLD_MUSIC_HZ)):
        write_tone(office.sound(name), hertz, 1.0)
    office.listen.append(f"ws:127.0.0.1:{sip}")
    await office.start()
    try:
        async with (
            running(nginx_with(tmp_path, server), tmp_path, port),
            connect(
                f"wss://{NAME}/sip",
                ssl=trusting,
                host="127.0.0.1",
                port=port,
                local_addr=(FRIEND, 0),
                subprotocols=[Subprotocol("sip")],
                origin=Origin(f"https://{NAME}"),
                proxy=None,
            ) as phone,
        ):
            assert phone.subprotocol == "sip"
            await phone.send(OPTIONS)
            async with asyncio.timeout(AT_ONCE):
                answer = str(await phone.recv())
        assert answer.startswith("SIP/2.0 200 ")
        assert f"received={FRIEND}" in answer
    finally:
        await office.close()


async def _signs_in(friend: httpx.AsyncClient, folder: Path) -> None:
    """By a code, over TLS: the cookie is for this host alone, and the session is of where the visitor is."""
    asked = await ask_for_a_code(friend)
    assert asked.status_code == 303, asked.text
    code = await asyncio.to_thread(_last_code, folder)
    wrong = {"code": another(code), "form_token": token_in((await friend.get("/code")).text)}
    assert (await friend.post("/code", data=wrong)).status_code == 422
    entered = await friend.post("/code", data={**wrong, "code": code})
    assert entered.status_code == 303
    cookie = next(each for each in entered.headers.get_list("Set-Cookie") if SESSION_COOKIE in each)
    assert cookie.startswith(f"__Host-{SESSION_COOKIE}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert entered.headers["Strict-Transport-Security"]
    with Store(Settings(state=folder / "state"), apart=True) as store:
        found = {each.source for each in store.console.sessions.of(OWNER)}
    assert found == {"", FRIEND}  # the first is one that the test has begun itself


async def _sees_what_goes_on(friend: httpx.AsyncClient, session: str) -> None:
    """The live view: its events come as they happen, and are not kept until there are enough of them."""
    headers = {"Cookie": f"__Host-{SESSION_COOKIE}={session}"}
    async with asyncio.timeout(AT_ONCE), friend.stream("GET", "/dashboard/live", headers=headers) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        first: Any = await anext(stream.aiter_lines())
        assert first.startswith("retry: ")


def _last_code(folder: Path) -> str:
    """The six digits in the last letter, once it lies in the outbox."""
    until = time.monotonic() + 20
    while not (letters := sorted(folder.glob("state/outbox/*.eml"))):
        assert time.monotonic() < until
        time.sleep(0.05)
    match = re.search(r"^ {4}(\d{6})\s*$", letters[-1].read_text(), re.MULTILINE)
    assert match
    return match[1]
