"""URIs as SIP uses them: sip, sips and tel taken apart, every other scheme kept whole (RFC 3261 section 19.1, 3966)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, NoReturn
from urllib.parse import quote as escape
from urllib.parse import unquote

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import MAX_PARAMS, MAX_PORT, MAX_URI
from sip.message.grammar import Params, get_param, set_params

HOST: Final = r"[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\]"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_HOST_PORT: Final = re.compile(rf"({HOST})(?::([0-9]{{1,5}}))?")
_VISIBLE: Final = re.compile(r"[^\x00-\x20<>\"\x7f]+")
_PHONE: Final = re.compile(r"[0-9A-Fa-f*#+\-.()]+")
_PARAM: Final = re.compile(r"([^=?\s]+)(?:=([^=?\s]+))?")
_SAFE_USER: Final = "!*'()&=+$,;?/~"
_SAFE_PASSWORD: Final = "!*'()&=+$,~"
_ENDS_PARAM: Final = re.compile(r"[\x00-\x20<>\"\x7f;?=]")
_ENDS_HEADER: Final = re.compile(r"[\x00-\x20<>\"\x7f&]")
_GROWTH: Final = 12
"""One character of a user part may become four escaped bytes."""
_COMPARED_WHEN_IN_ONE: Final = ("user", "ttl", "method", "maddr", "transport")


def _bad(text: str) -> NoReturn:
    raise ProtocolError(400, DropReason.BAD_URI, f"not a URI: {text[:80]!r}")


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI. ``str()`` writes it back; ``parse(str(uri)) == uri``.

    ``user`` and ``password`` are unescaped; ``host`` is in lower case and an IPv6 address has no brackets. Of a tel URI
    ``user`` is the number as written; of a scheme that is not ours it is all that follows the colon.
    ``params`` and ``headers`` keep values as written; ``param`` and ``header`` unescape them.
    """

    scheme: str
    user: str | None = None
    password: str | None = None
    host: str = ""
    port: int | None = None
    params: Params = ()
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Uri:
        """Read a URI without brackets around it.

        Raises ProtocolError(400, BAD_URI), and (414, URI_TOO_LONG) above MAX_URI characters, as read or as ``str``
        writes it: what was read here can always be read again.
        """
        if len(text) > MAX_URI:
            raise ProtocolError(414, DropReason.URI_TOO_LONG, text[:40])
        scheme, colon, rest = text.partition(":")
        scheme = scheme.lower()
        if not colon or not _VISIBLE.fullmatch(rest) or not _SCHEME.fullmatch(scheme):
            _bad(text)
        if scheme in ("sip", "sips"):
            uri = cls._parse_sip(scheme, rest, text)
            if len(text) * _GROWTH > MAX_URI and len(str(uri)) > MAX_URI:
                raise ProtocolError(414, DropReason.URI_TOO_LONG, text[:40])
            return uri
        if scheme == "tel":
            number, semicolon, params = rest.partition(";")
            if not _PHONE.fullmatch(number):
                _bad(text)
            return cls("tel", number, params=_parse_uri_params(params, text) if semicolon else ())
        return cls(scheme, rest)

    @classmethod
    def _parse_sip(cls, scheme: str, rest: str, text: str) -> Uri:
        user: str | None = None
        password: str | None = None
        userinfo, at, after = rest.partition("@")
        if at:
            rest = after
            user, colon, secret = userinfo.partition(":")
            if not user:
                _bad(text)
            if "%" in userinfo:
                user, secret = unescape(user), unescape(secret)
            if colon:
                password = secret
        match = _HOST_PORT.match(rest)
        if match is None:
            _bad(text)
        host, digits = match.groups()
        port = int(digits) if digits else None
        if port is not None and port > MAX_PORT:
            _bad(text)
        tail = rest[match.end() :]
        headers: tuple[tuple[str, str], ...] = ()
        params: Params = ()
        if tail:
            tail, question, query = tail.partition("?")
            if question:
                headers = _parse_uri_headers(query, text)
            if tail:
                if tail[0] != ";":
                    _bad(text)
                params = _parse_uri_params(tail[1:], text)
        return cls(scheme, user, password, host.strip("[]").lower(), port, params, headers)

    def __str__(self) -> str:
        if self.scheme not in ("sip", "sips"):
            return f"{self.scheme}:{self.user or ''}{_format_uri_params(self.params)}"
        text = f"{self.scheme}:"
        if self.user is not None:
            text += self.user if self.user.isalnum() and self.user.isascii() else _escape(self.user, _SAFE_USER)
            if self.password is not None:
                text += f":{_escape(self.password, _SAFE_PASSWORD)}"
            text += "@"
        text += f"[{self.host}]" if ":" in self.host else self.host
        if self.port is not None:
            text += f":{self.port}"
        if self.params:
            text += _format_uri_params(self.params)
        if self.headers:
            text += "?" + "&".join(f"{name}={_protect(value, _ENDS_HEADER)}" for name, value in self.headers)
        return text

    def param(self, name: str) -> str | None:
        """The unescaped value of a parameter (any case): ``""`` for a flag, None if it is not there."""
        value = get_param(self.params, name)
        return unescape(value) if value and "%" in value else value

    def header(self, name: str) -> str | None:
        """The unescaped value of a header in the URI, such as the Replaces of a Refer-To; None if it is not there."""
        name = name.lower()
        for key, value in self.headers:
            if key.lower() == name:
                return unescape(value)
        return None

    def with_params(self, **params: str | None) -> Uri:
        """A copy with parameters set (``""`` for a flag) or, for None, taken away."""
        return replace(self, params=set_params(self.params, params))

    def without_headers(self) -> Uri:
        """A copy that can stand as a Request-URI: headers may not (section 19.1.1)."""
        return replace(self, headers=()) if self.headers else self

    def equivalent(self, other: Uri) -> bool:
        """True if both name the same resource by the comparison of RFC 3261 section 19.1.4 (RFC 3966 section 4)."""
        if self.scheme != other.scheme or self.host.lower() != other.host.lower() or self.port != other.port:
            return False
        if self.scheme == "tel":
            if _bare_number(self) != _bare_number(other) or len(self.params) != len(other.params):
                return False
        elif self.user != other.user or self.password != other.password:
            return False
        for name in {*_COMPARED_WHEN_IN_ONE, *(key for key, _ in self.params)}:
            mine, theirs = self.param(name), other.param(name)
            if mine is None or theirs is None:
                if mine is not theirs and (name in _COMPARED_WHEN_IN_ONE or self.scheme == "tel"):
                    return False
            elif mine.lower() != theirs.lower():
                return False
        return _comparable_headers(self) == _comparable_headers(other)


def unescape(text: str) -> str:
    """``text`` without its percent escapes; bytes that are no UTF-8 come back as they were when it is written again."""
    return unquote(text, errors="surrogateescape") if "%" in text else text


def _escape(text: str, safe: str) -> str:
    return escape(text, safe, errors="surrogateescape")


def _protect(text: str, ends: re.Pattern[str]) -> str:
    """``text`` as written, but for what would end it early."""
    return ends.sub(lambda match: f"%{ord(match[0]):02X}", text)


def _parse_uri_params(text: str, uri: str) -> Params:
    items = text.split(";", MAX_PARAMS + 1)
    if len(items) > MAX_PARAMS:
        _bad(uri)
    params: list[tuple[str, str | None]] = []
    for item in items:
        match = _PARAM.fullmatch(item)
        if match is not None:
            params.append((match[1].lower(), match[2]))
        elif item:
            _bad(uri)
    return tuple(params)


def _parse_uri_headers(text: str, uri: str) -> tuple[tuple[str, str], ...]:
    items = text.split("&", MAX_PARAMS + 1)
    if len(items) > MAX_PARAMS:
        _bad(uri)
    headers: list[tuple[str, str]] = []
    for item in items:
        name, equals, value = item.partition("=")
        if not name or not equals:
            _bad(uri)
        headers.append((name, value))
    return tuple(headers)


def _format_uri_params(params: Params) -> str:
    return "".join(f";{name}" if value is None else f";{name}={_protect(value, _ENDS_PARAM)}" for name, value in params)


def _bare_number(uri: Uri) -> str:
    return re.sub(r"[\-.()]", "", uri.user or "").lower()


def _comparable_headers(uri: Uri) -> list[tuple[str, str]]:
    return sorted((name.lower(), unescape(value)) for name, value in uri.headers)
