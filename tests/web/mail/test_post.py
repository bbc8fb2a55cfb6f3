"""Letters: nobody's name becomes a header or markup, nothing sent is lost, and a server that is away is waited for."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from engine import mail_server
from engine.settings import Settings
from tests.mail_server import Postbox, serving_mail
from tests.office import free_port
from tests.web.letters import text_of
from web.mail import Code, Link, NotKept, Post, letter
from web.mail import post as room
from web.words import say

SENDER = "phone@bakery.example"
READER = "an@bakery.example"


def settings(state: Path, port: int | None = None) -> Settings:
    state.mkdir(exist_ok=True)
    mail: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_from": SENDER}
    return Settings.model_validate({"state": state, **(mail if port else {})})


def hello(to: str = READER, name: str = "An") -> EmailMessage:
    return letter(to, say("Hello {name}", name=name), [say("Good day, {name}.", name=name)], language="en", name=name)


def test_a_letter_speaks_the_readers_language_in_text_and_html() -> None:
    body = [
        say("Type this code into the page that asked for it:"),
        Code("012345"),
        Link(say("Sign in"), "https://x.example/?a=1&b=2"),
    ]
    mail = letter(READER, say("{code} is your code for Belplan", code="012345"), body, language="nl-BE")
    assert mail["Subject"] == "012345 is uw code voor Belplan"
    assert mail["Content-Language"] == "nl"
    assert text_of(mail) == (
        "Typ deze code op de pagina die erom vroeg:\n\n    012345\n\nInloggen\nhttps://x.example/?a=1&b=2\n"
    )
    html = mail.get_body(("html",))
    assert html is not None
    assert '<html lang="nl">' in html.get_content()
    assert 'href="https://x.example/?a=1&amp;b=2"' in html.get_content()
    assert letter(READER, say("Sign in"), [], language="xx")["Subject"] == "Sign in"


def test_a_long_link_can_be_copied_from_the_file(tmp_path: Path) -> None:
    url = "https://phone.bakery.example/welcome/" + "x" * 200
    for language in ("en", "nl"):
        post = Post(settings(tmp_path / language))
        post.send(letter(READER, say("Hello"), [Link(say("Zoë's page"), url)], language=language))
        asyncio.run(post.deliver())
        assert post.outbox is not None
        (file,) = post.outbox.iterdir()
        assert f"\nZoë's page\n{url}\n" in file.read_text().replace("\r\n", "\n")
    folded = letter(READER, say("Hello"), [say("{typed}", typed="long " * 1000)], language="en")
    assert max(map(len, folded.as_bytes().splitlines())) < 1000


@pytest.mark.parametrize(
    "name", ["An\r\nBcc: all@evil.example", "An\nX: y", "An\x00\x0b\u2028Bcc: x", '"><script>x</script>']
)
def test_nobodys_name_becomes_more_than_a_name(name: str) -> None:
    mail = hello(name=name)
    mail["From"] = SENDER
    raw = mail.as_bytes()
    head = raw.partition(b"\n\n")[0].lower()
    assert b"\nbcc:" not in head
    assert b"\nx:" not in head
    assert mail.get_all("Bcc") is None
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


def test_an_address_that_is_none_is_refused() -> None:
    for odd in ("an@bakery.example\r\nBcc: x@y.example", "a b@c.example", "x"):
        with pytest.raises((ValueError, IndexError)):
            hello(to=odd)


async def test_without_a_mail_server_letters_lie_in_the_outbox(tmp_path: Path) -> None:
    post = Post(settings(tmp_path / "state"))
    post.send(hello())
    post.send(hello(name="Bo"))
    assert await post.deliver() == 2
    assert post.outbox == tmp_path / "state" / "outbox"
    files = sorted(post.outbox.iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 2
    assert stat.S_IMODE(post.outbox.stat().st_mode) == 0o700
    assert b"Subject: Hello An\r\n" in files[0].read_bytes()
    assert post.waiting() == []


async def test_a_mail_server_gets_each_letter_once(tmp_path: Path) -> None:
    postbox, port = Postbox(), free_port()
    post = Post(settings(tmp_path / "state", port))
    assert post.outbox is None
    post.send(hello(name="Zoë"))
    async with serving_mail(port, postbox, enable_SMTPUTF8=True):
        assert await post.deliver() == 1
        assert await post.deliver() == 0
    (taken,) = postbox.raw
    for line in (b"From: phone@bakery.example", b"Date: ", b"Message-ID: ", b"Auto-Submitted: auto-generated"):
        assert line in taken


async def test_a_server_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_server, "FIRST_RETRY_SECONDS", 0.05)
    postbox, port = Postbox(), free_port()
    post = Post(settings(tmp_path / "state", port))
    for name in ("An", "Bo"):
        post.send(hello(name=name))
    assert await post.deliver() == 0
    assert len(post.waiting()) == 2
    postbox.replies = ["451 not now"]
    async with serving_mail(port, postbox, enable_SMTPUTF8=True):
        until = time.monotonic() + 20
        while post.waiting() and time.monotonic() < until:
            await post.deliver()
            await asyncio.sleep(0.01)
    assert len(postbox.raw) == 2
    assert b"Subject: Hello Bo" in postbox.raw[0], "one that is refused for now holds up no other"


async def test_what_is_refused_for_good_is_left_to_be_passed_on(tmp_path: Path) -> None:
    postbox, port = Postbox(), free_port()
    postbox.replies = ["550 never"]
    post = Post(settings(tmp_path / "state", port))
    post.send(hello())
    async with serving_mail(port, postbox, enable_SMTPUTF8=True):
        assert await post.deliver() == 0
    assert post.waiting() == []
    assert len(list((tmp_path / "state" / "outbox").iterdir())) == 1


async def test_what_is_out_of_date_goes_to_nobody(tmp_path: Path) -> None:
    post = Post(settings(tmp_path / "state"))
    post.send(hello(), until=time.time() - 1)
    assert post.waiting() == []
    assert await post.deliver() == 0
    assert not (tmp_path / "state" / "outbox").exists()


async def test_the_post_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_WAITING", 3)
    monkeypatch.setattr(room, "MAX_OUTBOX", 2)
    monkeypatch.setattr(room, "MAX_LETTER", 10_000)
    post = Post(settings(tmp_path / "state"))
    large = hello()
    large.add_attachment(b"x" * 10_000, maintype="application", subtype="pdf")
    with pytest.raises(NotKept, match="too large"):
        post.send(large)
    for number in range(3):
        post.send(hello(name=f"reader {number}"))
    with pytest.raises(NotKept, match="3 letters are waiting"):
        post.send(hello())
    assert await post.deliver() == 3
    kept = sorted((tmp_path / "state" / "outbox").iterdir())
    assert len(kept) == 2
    assert b"reader 1" in kept[0].read_bytes()


async def test_one_process_delivers_at_a_time(tmp_path: Path) -> None:
    first, second = Post(settings(tmp_path / "state")), Post(settings(tmp_path / "state"))
    first.send(hello())
    with first._alone() as alone:
        assert alone
        assert await second.deliver() == 0
    assert await second.deliver() == 1


def test_a_thread_delivers_what_others_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK_SECONDS", 0.02)
    sender, deliverer = Post(settings(tmp_path / "state")), Post(settings(tmp_path / "state"))
    with deliverer.delivering():
        sender.send(hello())
        until = time.monotonic() + 20
        while sender.waiting() and time.monotonic() < until:
            time.sleep(0.01)
    assert len(list((tmp_path / "state" / "outbox").iterdir())) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.settings import Settings
from web.mail import Post, letter
from web.words import say
post = Post(Settings(state=Path(sys.argv[1])))
mail = lambda name: letter("an@bakery.example", say("Hello {name}", name=name), [], language="en")
post.send(mail("first"))
real = os.fsync
def killed(file):
    real(file)
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = killed
post.send(mail("second"))
"""


def test_a_kill_loses_no_letter_that_was_sent_and_leaves_no_half_one(tmp_path: Path) -> None:
    configured = settings(tmp_path / "state")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(configured.state)], check=False, cwd=Path(__file__).parents[3]
    )
    assert done.returncode == -signal.SIGKILL
    post = Post(configured)
    assert [mail["Subject"] for mail in post.waiting()] == ["Hello first"]
    (draft,) = (configured.state / "post").glob(".*.eml")
    old = time.time() - 2 * room.DRAFT_SECONDS
    os.utime(draft, (old, old))
    assert asyncio.run(post.deliver()) == 1
    assert not draft.exists()
