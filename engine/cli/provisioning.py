"""``belplan people --provision EXTENSION``: a phone is set up by scanning a QR code, by a file, or by typing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import segno

from engine.cli.common import Failed, configured
from engine.cli.stored import having, opened, shown_password
from engine.provisioning.handing_over import HandOver
from engine.provisioning.linphone import linphone_xml
from engine.provisioning.phone import NoWayIn, PhoneAccount, phone_account

WAIT_SECONDS = 600.0
_OWNER_ONLY = 0o600


def provision(extension: str, folder: Path | None, url: str | None, account: str | None, config: Path | None) -> None:
    """Print what to type, then hand the file to a phone that scans the code, or write all of it into ``folder``."""
    if url is not None and folder is None:
        raise click.UsageError("--url goes with --folder")
    phone = _phone(extension, account, config)
    if folder is not None:
        _write(phone, folder, url)
        return
    for title, value in phone.lines():
        click.echo(f"{title:16} {value}")
    _hand_over(phone)


def _phone(extension: str, key: str | None, config: Path | None) -> PhoneAccount:
    settings = configured(config)
    account = having(settings, extension, key)
    name = account.person_by_extension[extension]
    with opened(settings) as store:
        store.passwords.ensure(account.key, [extension])
        password = shown_password(store.passwords, account.key, extension)
    try:
        return phone_account(settings, account, name, account.people[name], password)
    except NoWayIn as problem:
        raise Failed(str(problem)) from None


def _hand_over(phone: PhoneAccount) -> None:
    try:
        waiting = HandOver(linphone_xml(phone), phone.host)
    except OSError as problem:
        raise Failed(f"the file cannot be served at {phone.host}: {problem.strerror or problem}") from None
    with waiting:
        click.echo(
            "\nOr, in Linphone: Assistant > Fetch remote configuration, and scan this or type the address below it.\n"
        )
        segno.make(waiting.url, micro=False).terminal(out=sys.stdout, compact=True)
        click.echo(f"{waiting.url}\n\nWaiting for the phone, ten minutes at most; Ctrl-C ends it.")
        by = waiting.wait(WAIT_SECONDS)
    if by is None:
        raise Failed("no phone came for it; begin again when you have it at hand")
    click.echo(f"A phone at {by} has fetched it.")


def _write(phone: PhoneAccount, folder: Path, url: str | None) -> None:
    """The files, readable by their owner only, as they hold the password."""
    stem = folder / phone.user
    leaflet = "".join(f"{title}: {value}\n" for title, value in phone.lines())
    written = {stem.with_suffix(".xml"): linphone_xml(phone), stem.with_suffix(".txt"): leaflet.encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in written.items():
            _write_private(path, content)
        if url is not None:
            code = segno.make(f"{url.rstrip('/')}/{phone.user}.xml", micro=False)
            code.save(str(stem.with_suffix(".svg")), scale=6, border=4)
            written[stem.with_suffix(".svg")] = b""
    except OSError as problem:
        raise Failed(f"{problem.filename or folder} cannot be written: {problem.strerror or problem}") from None
    for path in written:
        click.echo(str(path))


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, _OWNER_ONLY)
        file.write(content)
