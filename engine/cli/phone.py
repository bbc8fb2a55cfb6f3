"""``belplan phone EXTENSION``: a command-line softphone that registers to the running system."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured
from engine.cli.stored import loaded, opened, shown_password
from engine.settings import Settings
from engine.softphone.keyboard import describe, play_phone, typed_lines
from engine.softphone.phone import PhoneFailed, PhoneUnavailable, Softphone, program
from engine.softphone.settings import PhoneEvent, PhoneSettings

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@click.command
@click.argument("extension")
@click.option("--account", help="The account, where several have this extension")
@click.option("--server", help="host:port of the system [default: the one of these settings, on this machine]")
@click.option("--play", type=click.Path(exists=True, dir_okay=False), help="A WAV file to speak with, in a loop")
@click.option("--tone", type=float, help="A tone in Hz to speak with")
@click.option("--record", type=click.Path(dir_okay=False), help="A WAV file for what is heard")
@click.option("--tcp", is_flag=True, help="Speak SIP over TCP")
@config_option
def phone(
    extension: str,
    account: str | None,
    server: str | None,
    play: str | None,
    tone: float | None,
    record: str | None,
    tcp: bool,
    config: Path | None,
) -> int:
    """A softphone at the keyboard: registers as EXTENSION, calls, answers, presses keys, holds, hangs up.

    It needs no sound card: it speaks with a WAV file or a tone, and records what it hears.
    """
    settings = configured(config)
    password, domain = _account_of(settings, extension, account)
    wanted = PhoneSettings(
        user=extension,
        password=password,
        server=server or _own_server(settings, "tcp" if tcp else "udp"),
        domain=domain,
        transport="tcp" if tcp else "udp",
        play=play,
        tone=tone,
        record=record,
    )
    try:
        asyncio.run(_run(wanted))
    except (PhoneUnavailable, PhoneFailed) as problem:
        raise Failed(str(problem)) from None
    return 0


async def _run(settings: PhoneSettings) -> None:
    def tell(event: PhoneEvent) -> None:
        words = describe(event)
        if words is not None:
            click.echo(words)

    click.echo(f"{settings.user} at {settings.server}, by {program(settings.server)[-1].rpartition('.')[2]}")
    async with Softphone(settings, on_event=tell) as softphone:
        await play_phone(softphone, typed_lines(), click.echo)


def _account_of(settings: Settings, extension: str, account: str | None) -> tuple[str, str]:
    """The password of an extension and the domain it registers to. Raises Failed."""
    owners = [one for one in loaded(settings, account) if extension in one.person_by_extension]
    if not owners:
        raise Failed(f"nobody has extension {extension}; 'belplan people' lists them")
    if len(owners) > 1:
        raise Failed(f"several accounts have {extension}: add --account {' or '.join(one.key for one in owners)}")
    (owner,) = owners
    with opened(settings) as store:
        return shown_password(store.passwords, owner.key, extension), owner.domain


def _own_server(settings: Settings, transport: str) -> str:
    """Where the system of these settings is to be reached from this machine. Raises Failed."""
    for address in settings.listen:
        if address.transport == transport:
            host = WILDCARDS.get(address.host, address.host)
            return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"
    raise Failed(f"the settings listen on no {transport.upper()} address; say --server host:port")
