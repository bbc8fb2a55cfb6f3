"""Messages by e-mail: handed to a real SMTP server on loopback, which is there, comes later, or refuses."""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import soundfile
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from engine import mail_server as delivering
from engine.dialplan.account import Account
from engine.mail_server import Smtp
from engine.office.messages import Message
from engine.settings import Settings
from engine.store.store import Store
from engine.store.voicemail import remove_file
from engine.voicemail import outbox as room
from engine.voicemail.letter import MAX_ATTACHED_BYTES, letter
from engine.voicemail.outbox import GIVE_UP_SECONDS, Outbox
from tests.engine.voicemail.conftest import TONE_HZ, Leave
from tests.mail_server import Postbox, serving_mail
from tests.office import free_port, seconds_of

SENDER = "phone@bakery.test"
PATIENCE = 15.0
NOW = 1795424400.0


def settings(port: int, **more: object) -> Settings:
    facts = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_from": SENDER, **more}
    return Settings.model_validate(facts)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "FIRST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(room.time, "time", lambda: NOW + 60)


@asynccontextmanager
async def running(store: Store, account: Account, configured: Settings) -> AsyncIterator[tuple[Outbox, list[str]]]:
    changed: list[str] = []
    outbox = Outbox(
        store.voicemail, Smtp(configured), SENDER, lambda: [account], lambda _, mailbox: changed.append(mailbox)
    )
    task = asyncio.create_task(outbox.run())
    try:
        yield outbox, changed
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)


def waiting(store: Store) -> int:
    return sum(message.to_mail for message in store.voicemail.all())


async def test_a_message_is_sent_with_its_recording(store: Store, account: Account, leave: Leave, quick: None) -> None:
    port, postbox = free_port(), Postbox()
    leave(seconds=2.0, urgent=True, to_mail=True)
    leave("draft", to_mail=True, taking=True)
    leave("none", mailbox="silent", to_mail=True)
    async with serving_mail(port, postbox), running(store, account, settings(port)):
        await until(lambda: waiting(store) == 1)
    (mail,) = postbox.mails
    assert postbox.recipients == [["orders@bakery.test"]]
    assert mail["Subject"] == "Dringend: Voicemail van +31701112233 (0:02)"
    assert mail["From"] == f"De Bakkerij <{SENDER}>"
    assert mail["To"] == "orders@bakery.test"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "bericht van 0:02 achtergelaten voor Bestellingen" in text.get_content()
    assert "2026-11-23 10:00" in text.get_content()
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "20261123-1000.wav")
    sound = io.BytesIO(attached.get_content())
    assert soundfile.info(sound).duration == 2.0
    sound.seek(0)
    assert seconds_of(sound, TONE_HZ) > 1.8  # type: ignore[arg-type]
    assert [message.taking for message in store.voicemail.all() if message.to_mail] == [True]


async def test_an_address_that_the_server_cannot_write_holds_up_nobody_elses_messages(
    store: Store, account: Account, leave: Leave, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    port, postbox = free_port(), Postbox()
    abroad = replace(account.mailboxes["silent"], emails=("desk@b\u00e4ckerei.test",))
    account = replace(account)
    object.__setattr__(account, "mailboxes", {**account.mailboxes, "silent": abroad})
    leave("abroad", mailbox="silent", to_mail=True)
    leave("here", to_mail=True)
    async with serving_mail(port, postbox), running(store, account, settings(port)):
        await until(lambda: waiting(store) == 0)
    assert postbox.recipients == [["orders@bakery.test"]]
    assert "SMTPUTF8 is not supported" in caplog.text


async def test_a_server_that_comes_later_gets_everything_then(
    store: Store, account: Account, leave: Leave, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    port, postbox = free_port(), Postbox()
    leave("1", to_mail=True)
    async with running(store, account, settings(port)) as (outbox, _):
        await until(lambda: "cannot be reached" in caplog.text)
        leave("2", to_mail=True)
        outbox.wake()
        await asyncio.sleep(0)
        async with serving_mail(port, postbox):
            await until(lambda: waiting(store) == 0)
    assert len(postbox.mails) == 2


async def test_what_waited_when_the_engine_stopped_is_sent_by_the_next_one(
    tmp_path: Path, store: Store, account: Account, leave: Leave, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    port, postbox = free_port(), Postbox()
    leave(to_mail=True)
    async with running(store, account, settings(port)):
        await until(lambda: "cannot be reached" in caplog.text)
    store.close()
    again = Store(Settings(state=tmp_path / "state"), serving=True)
    async with serving_mail(port, postbox), running(again, account, settings(port)):
        await until(lambda: waiting(again) == 0)
    again.close()
    assert len(postbox.mails) == 1


async def test_a_message_refused_for_now_is_tried_again_and_holds_up_no_other(
    store: Store, account: Account, leave: Leave, quick: None
) -> None:
    port, postbox = free_port(), Postbox()
    postbox.replies = ["451 greylisted", "451 greylisted"]
    leave("1", to_mail=True)
    async with serving_mail(port, postbox), running(store, account, settings(port)):
        await until(lambda: waiting(store) == 0)
    assert (postbox.tries, len(postbox.mails)) == (3, 1)


async def test_a_message_refused_for_good_is_given_up_and_kept(
    store: Store, account: Account, leave: Leave, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    port, postbox = free_port(), Postbox()
    postbox.replies = ["552 too large"]
    postbox.refused = ["a@bakery.test", "b@bakery.test"]
    leave("1", to_mail=True)
    leave("2", mailbox="sales", to_mail=True)
    async with serving_mail(port, postbox), running(store, account, settings(port)):
        await until(lambda: waiting(store) == 0)
    assert postbox.mails == []
    assert caplog.text.count("a message is not sent by e-mail") == 2
    assert len(store.voicemail.all()) == 2


async def test_one_address_of_several_that_is_refused(
    store: Store, account: Account, leave: Leave, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    port, postbox = free_port(), Postbox()
    postbox.refused = ["b@bakery.test"]
    message = leave(mailbox="sales", to_mail=True)
    async with serving_mail(port, postbox), running(store, account, settings(port)) as (_, changed):
        await until(lambda: waiting(store) == 0)
        assert changed == ["sales"]
    assert postbox.recipients == [["a@bakery.test"]]
    assert "b@bakery.test: 550" in caplog.text
    assert message not in store.voicemail.all(), "this mailbox deletes what was sent"


async def test_what_was_heard_while_it_waited_stays_heard(
    store: Store, account: Account, leave: Leave, quick: None
) -> None:
    message = leave(to_mail=True)

    class Slow(Smtp):
        async def send(self, mail: EmailMessage) -> None:
            heard = Message(**{name: getattr(message, name) for name in message.__struct_fields__} | {"heard_at": 5.0})
            store.voicemail.change(heard)

    outbox = Outbox(store.voicemail, Slow(settings(1)), SENDER, lambda: [account], lambda *_: None)
    await outbox._try(message)
    assert [(one.heard_at, one.to_mail) for one in store.voicemail.all()] == [(5.0, False)]


async def test_old_messages_and_those_without_a_file_are_given_up(
    store: Store, account: Account, leave: Leave, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    leave("old", to_mail=True, left_at=NOW - GIVE_UP_SECONDS)
    remove_file(leave("gone", to_mail=True).path)
    async with running(store, account, settings(free_port())):
        await until(lambda: waiting(store) == 0)
    assert "it is too old" in caplog.text
    assert "no e-mail can be made of it" in caplog.text


async def test_user_and_password_go_over_an_encrypted_connection(
    store: Store, account: Account, leave: Leave, quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certified = tmp_path / "certified.pem"
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {certified} -out {certified}.crt"
    process = await asyncio.create_subprocess_exec(*make.split(), "-addext", "subjectAltName=DNS:localhost", stderr=-3)
    assert await process.wait() == 0
    monkeypatch.setenv("SSL_CERT_FILE", f"{certified}.crt")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certified}.crt", certified)
    asked: list[tuple[bytes, bytes]] = []

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        asked.append((data.login, data.password))
        return AuthResult(success=data.password == b"correct-horse")

    port, postbox = free_port(), Postbox()
    (tmp_path / "smtp.password").write_text("correct-horse\n")
    secure = {"smtp_host": "localhost", "smtp_security": "starttls", "smtp_user": "phone"}
    configured = settings(port, **secure, smtp_password_file=tmp_path / "smtp.password")
    leave("1", to_mail=True)
    options = {"tls_context": context, "require_starttls": True, "authenticator": authenticate, "auth_required": True}
    async with serving_mail(port, postbox, **options), running(store, account, configured):
        await until(lambda: waiting(store) == 0)
    assert len(postbox.mails) == 1
    assert asked == [(b"phone", b"correct-horse")]


def test_a_message_that_is_too_long_is_told_of_without_its_recording(account: Account, leave: Leave) -> None:
    message = leave(caller="anonymous")
    with Path(message.path).open("ab") as file:
        file.truncate(MAX_ATTACHED_BYTES + 1)
    mail = letter(message, account, account.mailboxes["orders"], SENDER)
    assert list(mail.iter_attachments()) == []
    assert mail["Subject"] == "Voicemail van een onbekend nummer (0:02)"
    assert "te lang" in mail.get_content()


def test_what_a_caller_calls_themselves_makes_no_header(account: Account, leave: Leave) -> None:
    message = leave(caller="+31 1\r\nBcc: everybody@example\r\n\r\nx" + "y" * 500)
    mail = letter(message, account, account.mailboxes["orders"], SENDER)
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) < 200
    assert b"\nBcc:" not in mail.as_bytes()
