"""Addresses of web services and the tokens they want, as the file writes them. No message ever shows a token."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, WithJsonSchema, model_validator

from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.model import Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceMapping

MAX_URL = 500
MAX_TOKEN = 4096

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=:-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def _url(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    example = "expected one such as https://crm.example/route"
    try:
        parts = urlsplit(text)
        host, port, secret = parts.hostname, parts.port, parts.username is not None or parts.password is not None
    except ValueError:
        raise Wrong(f"{shown(value)} is no web address", example) from None
    if secret:
        raise Wrong("a web address holds no name and password", "give it a 'token' from a file or the environment")
    if parts.scheme not in ("http", "https") or not host or port == 0 or not text.isascii() or not text.isprintable():
        raise Wrong(f"{shown(value)} is no web address", example)
    if len(text) > MAX_URL or " " in text or parts.fragment:
        raise Wrong(f"{shown(value)} is no web address", f"expected at most {MAX_URL} characters, without spaces or #")
    return text


Url = Annotated[str, BeforeValidator(_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})]


def address_shown(url: str) -> str:
    """A web address without its query, which may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")


def is_open_to_others(url: str) -> bool:
    """Whether what is sent there travels unencrypted, and farther than this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return False
    try:
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return True


class Token(Section):
    """Where a secret is kept: in a file beside the dialplan, or in an environment variable of the engine."""

    file: str | None = Field(
        default=None, description="A file beside the dialplan that holds the token and nothing else"
    )
    env: str | None = Field(default=None, description="An environment variable, such as CRM_TOKEN")

    _secret: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _take(self, info: ValidationInfo) -> Token:
        if (self.file is None) == (self.env is None):
            raise Wrong("a token is kept in either a file or the environment", "write {file: crm.token}")
        if self.env is not None and not _VARIABLE.fullmatch(self.env):
            raise Wrong("this is no name of an environment variable", "expected one such as CRM_TOKEN")
        if not isinstance(info.context, Reading):
            return self
        beside = Path(info.context.file).parent
        secret = os.environ.get(self.env, "") if self.env is not None else _read(beside / (self.file or ""))
        if secret and (len(secret) > MAX_TOKEN or not _TOKEN.fullmatch(secret)):
            raise Wrong(
                "what is kept there is no token", f"expected one line of at most {MAX_TOKEN:,} letters and digits"
            )
        self._secret = secret
        return self

    @property
    def secret(self) -> str:
        """The token itself, as it was when the dialplan was loaded; empty if the variable was not set."""
        return self._secret

    def doubts(self) -> Iterable[Doubt]:
        if not self._secret:
            effect = "the service is asked without it and will hardly answer"
            yield Doubt(self.place(), f"the environment has no {self.env}", effect, f"set {self.env} for the engine")


def _read(path: Path) -> str:
    """The secret in a file. Raises Wrong."""
    try:
        if not path.is_file():
            raise FileNotFoundError(0, "there is none")
        with path.open("rb") as file:
            secret = file.read(MAX_TOKEN + 2).decode("ascii").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it holds no token"
        raise Wrong(f"the token's file cannot be used: {why}", "put it beside the dialplan") from None
    if not secret:
        raise Wrong("the token's file is empty", "put the token into it")
    return secret


def _kept_elsewhere(value: Any) -> Any:
    """Whoever writes the token itself is told so without it being repeated."""
    if isinstance(value, SourceMapping | Token):
        return value
    raise Wrong("a token does not stand in the dialplan", "write {file: crm.token} or {env: CRM_TOKEN}")


TokenField = Annotated[Token, BeforeValidator(_kept_elsewhere)]
