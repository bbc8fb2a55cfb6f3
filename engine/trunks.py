"""``config/trunks.yaml``: the providers through which telephones outside are called, in the order they are tried.

It is a file of its own, since it needs structure and holds passwords, which the settings and the dialplans do not.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from engine.call.trunk import DEFAULT_UNHEARD_SECONDS, Trunk, Writing
from engine.dialplan.codec_names import CodecNames
from engine.dialplan.durations import read_duration
from engine.dialplan.findings import DialplanErrors, Wrong
from engine.dialplan.load import read_block
from engine.dialplan.model import Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList, SourceMapping
from engine.dialplan.values import Name, read_number
from sip.credentials import Credentials
from sip.flow import DEFAULT_PORT

MAX_TRUNKS = 50
MAX_SECRET = 200

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Fa-f:.]{2,45}")
_USER = re.compile(r"[A-Za-z0-9._+@-]{1,100}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def _host(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not _HOST.fullmatch(text):
        raise Wrong(f"{shown(value)} is no name or address of a machine", "expected one such as sip.provider.example")
    return f"[{text}]" if ":" in text and not text.startswith("[") else text


def _user(value: Any) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _USER.fullmatch(text):
        raise Wrong(f"{shown(value)} is no user name", 'expected what the provider gave you, such as "31201234567"')
    return text


def _password(value: Any) -> str:
    """The password, or the environment variable that holds it. No message shows one."""
    if isinstance(value, SourceMapping) and set(value) == {"env"} and _VARIABLE.fullmatch(str(value["env"])):
        text = os.environ.get(str(value["env"]), "")
        if not text:
            raise Wrong(f"the environment variable {value['env']} is not set", "set it where Belplan is started")
    else:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > MAX_SECRET or not text.isprintable():
        raise Wrong("this is no password", "expected a text on one line, or {env: NAME_OF_A_VARIABLE}")
    return text


def _accounts(value: Any) -> Any:
    return value if isinstance(value, SourceList) else [value]


def _unheard(value: Any) -> float:
    seconds = read_duration(value)
    if not 1 <= seconds <= 30:
        raise Wrong(f"{shown(value)} is out of bounds", "expected between 1s and 30s")
    return seconds


def _shown_number(value: Any, info: ValidationInfo) -> str:  # noqa: ARG001
    return read_number(value, "")


class TrunkEntry(Section):
    """One provider.

    ```yaml
    trunks:
      provider: {host: sip.provider.example, user: "31201234567", password: {env: PROVIDER_PASSWORD}}
    ```
    """

    host: Annotated[str, BeforeValidator(_host)] = Field(description="The provider's machine, by name or address")
    port: int = Field(default=DEFAULT_PORT, ge=1, le=65535, strict=True, description="Its port")
    transport: Literal["udp", "tcp"] = Field(default="udp", description="udp or tcp")
    user: Annotated[str, BeforeValidator(_user)] | None = Field(default=None, description="Who we are there")
    password: Annotated[str, BeforeValidator(_password)] | None = Field(
        default=None, description="The password, or {env: NAME} for a variable that holds it", repr=False
    )
    shows: Annotated[str, BeforeValidator(_shown_number)] | None = Field(
        default=None, description="The only caller's number that the provider lets us show, if there is such a one"
    )
    writes: Writing = Field(
        default="e164", description="How it wants numbers: e164 (+31...), digits (31...), international, national"
    )
    accounts: Annotated[tuple[Name, ...], BeforeValidator(_accounts)] = Field(
        default=(), description="The accounts that may use it; all, if left out"
    )
    unheard: Annotated[float, BeforeValidator(_unheard)] = Field(
        default=DEFAULT_UNHEARD_SECONDS, description="How long it may say nothing before the next one is tried"
    )

    codecs: CodecNames = Field(default=(), description="Which codecs it is offered, the best first; all, if left out")

    @model_validator(mode="after")
    def _whole(self) -> TrunkEntry:
        if (self.user is None) != (self.password is None):
            raise Wrong("a user name and a password go together", "give both or neither")
        return self

    def trunk(self, name: str) -> Trunk:
        """The trunk as calls use it."""
        known = Credentials(self.user, self.password) if self.user is not None and self.password is not None else None
        return Trunk(
            name=name,
            host=self.host,
            port=self.port,
            transport=self.transport,
            credentials=known,
            shows=self.shows or "",
            writes=self.writes,
            accounts=frozenset(self.accounts),
            unheard=self.unheard,
            codecs=self.codecs,
        )


class TrunkFile(Section):
    """The whole file."""

    trunks: dict[Name, TrunkEntry] = Field(description="The providers by name, in the order in which they are tried")


def load_trunks(path: Path) -> tuple[Trunk, ...]:
    """The trunks at ``path``; none if there is no such file. Raises DialplanErrors with all that is wrong."""
    if not path.exists():
        return ()
    reading = Reading(str(path))
    root = read_block(path, reading, "file of trunks", TrunkFile.yaml_names())
    read = reading.read(TrunkFile, root, root.at) if root is not None else None
    if read is not None and len(read.trunks) > MAX_TRUNKS:
        reading.error(read.place("trunks"), f"there are more than {MAX_TRUNKS} trunks")
    if read is None or reading.findings:
        raise DialplanErrors(reading.findings)
    return tuple(entry.trunk(name) for name, entry in read.trunks.items())
