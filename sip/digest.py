"""Digest authentication, both sides (RFC 7616 as RFC 8760 adapts it to SIP; the form of RFC 2069 for old phones).

*Unknown users* take the same path as known ones: a password is hashed and compared, then refused. Neither the outcome
nor its time tells them from a wrong password. *Nonces* have a room of their own (`sip.nonces`).

*Nobody learns anything by an answer that nobody counts.* RFC 7616 section 3.3 would have ``stale`` say that a password
is right though its nonce is over; whoever guesses could ask that of made-up nonces for ever. So an answer to a nonce
that is over, or was made for somebody elsewhere, is not looked at: it is stale whatever the password.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sip.errors import DropReason, ProtocolError
from sip.message.credentials import parse_schemes
from sip.message.envelope import Request
from sip.message.grammar import quote
from sip.message.uri import Uri
from sip.nonces import MAX_NONCES, NONCE_LIFETIME, Nonces

MAX_CREDENTIALS: Final = 8
"""Lines of Authorization, and as many of Proxy-Authorization, of one request that are looked at."""

_COUNT: Final = re.compile(r"[0-9A-Fa-f]{8}")


class Algorithm(StrEnum):
    """Hash algorithms, the strongest first. The "-sess" forms are not spoken."""

    SHA_512_256 = "SHA-512-256"
    SHA_256 = "SHA-256"
    MD5 = "MD5"


_STRENGTH: Final = {algorithm.value.upper(): algorithm for algorithm in Algorithm}


def _hash(algorithm: Algorithm, content: str | bytes) -> str:
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if algorithm is Algorithm.MD5:
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    if algorithm is Algorithm.SHA_256:
        return hashlib.sha256(data).hexdigest()
    return hashlib.new("sha512_256", data).hexdigest()


@dataclass(frozen=True, slots=True)
class Secret:
    """What stands for a password in one realm: H(username:realm:password) by algorithm, in hex (RFC 7616 3.4.2)."""

    hashes: Mapping[Algorithm, str]

    @classmethod
    def of(cls, username: str, realm: str, password: str) -> Secret:
        return cls({algorithm: _hash(algorithm, f"{username}:{realm}:{password}") for algorithm in Algorithm})

    def __repr__(self) -> str:
        return "Secret(...)"


Lookup = Callable[[str, str], "str | Secret | None"]
"""(username, realm) -> the password or what stands for it; None for an unknown user."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The request is from this user."""

    username: str


@dataclass(frozen=True, slots=True)
class Missing:
    """No credentials for this realm: challenge."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The nonce is over (STALE_NONCE), whatever the password, or used (REPLAYED_CREDENTIALS) and the password right:
    challenge with ``stale=True``.
    """

    username: str
    reason: DropReason


@dataclass(frozen=True, slots=True)
class Wrong:
    """Refuse, by a challenge or otherwise. WRONG_CREDENTIALS (user or password), BAD_CREDENTIALS (not well-formed).

    The former answer a nonce that was made for where they come from, so that nobody has made that up.
    """

    username: str
    reason: DropReason


Verdict = Verified | Missing | Stale | Wrong


class Authenticator:
    """The server's side: makes challenges and checks what answers them.

    ``key`` signs nonces (16 bytes or more, secret). ``algorithms`` are offered in that order; where MD5 is, its form
    without qop is taken too. ``now`` is in monotonic seconds (`Nonces`).
    """

    def __init__(
        self,
        key: bytes,
        *,
        algorithms: Sequence[Algorithm] = (Algorithm.SHA_256, Algorithm.MD5),
        nonce_lifetime: float = NONCE_LIFETIME,
        max_nonces: int = MAX_NONCES,
    ) -> None:
        self._algorithms = tuple(algorithms)
        self._nonces = Nonces(key, lifetime=nonce_lifetime, limit=max_nonces)
        self._stranger = base64.b64encode(os.urandom(12)).decode()

    def challenge(
        self, realm: str, now: float, stale: bool = False, *, only: Algorithm | None = None, source: str = ""
    ) -> tuple[str, ...]:
        """The values of WWW-Authenticate or Proxy-Authenticate, one header each, in the order of preference.

        ``only`` offers one algorithm, to a peer known to give up when it meets one that it does not know. ``source``
        is where the challenge goes.
        """
        nonce = self._nonces.make(realm, now, source)
        tail = ", stale=true" if stale else ""
        return tuple(
            f'Digest realm={quote(realm)}, nonce="{nonce}", algorithm={algorithm.value}, qop="auth"{tail}'
            for algorithm in self._algorithms
            if only in (None, algorithm)
        )

    def verify(self, request: Request, realm: str, lookup: Lookup, now: float, *, source: str | None = "") -> Verdict:
        """Check the request's credentials for ``realm``, in Authorization or Proxy-Authorization. Raises nothing.

        ``source`` is where the request says to come from; None if there is no doubt about that.
        """
        for name in ("Authorization", "Proxy-Authorization"):
            for line in request.header_all(name)[:MAX_CREDENTIALS]:
                if line[:6].lower() != "digest":
                    continue
                try:
                    schemes = parse_schemes(line)
                except ProtocolError:
                    return Wrong("", DropReason.BAD_CREDENTIALS)
                for scheme, given in schemes:
                    if scheme == "digest" and given.get("realm") == realm:
                        return self._verify(request, given, realm, lookup, now, source)
        return Missing()

    def _verify(
        self, request: Request, given: dict[str, str], realm: str, lookup: Lookup, now: float, source: str | None
    ) -> Verdict:
        username = given.get("username", "")
        algorithm = _STRENGTH.get(given.get("algorithm", "MD5").upper())
        count = _nonce_count(given)
        nonce = given.get("nonce", "")
        uri = given.get("uri", "")
        if algorithm not in self._algorithms or count is None or not username or not nonce:
            return Wrong(username, DropReason.BAD_CREDENTIALS)
        if count == 0 and algorithm is not Algorithm.MD5:
            return Wrong(username, DropReason.BAD_CREDENTIALS)
        if not _same_resource(uri, request.uri):
            return Wrong(username, DropReason.BAD_CREDENTIALS)
        if not self._nonces.counts(nonce, realm, source, now):
            return Stale(username, DropReason.STALE_NONCE)

        found = lookup(username, realm)
        password = found if isinstance(found, str) else self._stranger
        ha1 = _hash(algorithm, f"{username}:{realm}:{password}")
        if isinstance(found, Secret):
            ha1 = found.hashes.get(algorithm, ha1)
        expected = _answer(algorithm, ha1, given, request.method)
        same = hmac.compare_digest(expected.encode(), given.get("response", "").lower().encode("utf-8", "replace"))
        if not same or found is None:
            return Wrong(username, DropReason.WRONG_CREDENTIALS)

        refusal = self._nonces.use(nonce, realm, count, now)
        return Verified(username) if refusal is None else Stale(username, refusal)


def authorize(
    challenges: str | Iterable[str],
    method: str,
    uri: Uri | str,
    username: str,
    password: str,
    *,
    cnonce: str | None = None,
    nc: int = 1,
    body: bytes = b"",
) -> str | None:
    """The client's side: the value of Authorization or Proxy-Authorization that answers a 401 or 407.

    ``challenges`` are the lines of WWW-Authenticate or Proxy-Authenticate; the strongest algorithm among them that we
    know is taken, qop auth before auth-int. ``uri`` is the Request-URI, ``nc`` how often this nonce is now used.
    None if no challenge can be answered; malformed ones are passed over.
    """
    offers = _read_offers([challenges] if isinstance(challenges, str) else challenges)
    if not offers:
        return None
    algorithm, offered = min(offers, key=lambda offer: list(Algorithm).index(offer[0]))
    given = {"nonce": offered["nonce"], "uri": str(uri)}
    qops = _words(offered.get("qop", ""))
    if qops:
        given["qop"] = "auth" if "auth" in qops else "auth-int"
        given["nc"] = f"{nc:08x}"
        given["cnonce"] = cnonce or os.urandom(8).hex()
    realm = offered.get("realm", "")
    answer = _answer(algorithm, _hash(algorithm, f"{username}:{realm}:{password}"), given, method, body)
    parts = [f"username={quote(username)}", f"realm={quote(realm)}", f"nonce={quote(given['nonce'])}"]
    parts += [f"uri={quote(given['uri'])}", f'response="{answer}"']
    if "algorithm" in offered:
        parts.append(f"algorithm={algorithm.value}")
    if "opaque" in offered:
        parts.append(f"opaque={quote(offered['opaque'])}")
    if qops:
        parts.append(f"qop={given['qop']}, nc={given['nc']}, cnonce={quote(given['cnonce'])}")
    return "Digest " + ", ".join(parts)


def _read_offers(lines: Iterable[str]) -> list[tuple[Algorithm, dict[str, str]]]:
    offers: list[tuple[Algorithm, dict[str, str]]] = []
    for line in lines:
        try:
            schemes = parse_schemes(line)
        except ProtocolError:
            continue
        for scheme, params in schemes:
            algorithm = _STRENGTH.get(params.get("algorithm", "MD5").upper())
            speakable = "qop" not in params or _words(params["qop"]) & {"auth", "auth-int"}
            if scheme == "digest" and algorithm is not None and "nonce" in params and speakable:
                offers.append((algorithm, params))
    return offers


def _nonce_count(given: Mapping[str, str]) -> int | None:
    """The count of an answer with qop, 0 of one without, None if they do not fit together."""
    qop = given.get("qop")
    if qop is None:
        return 0
    count = given.get("nc", "")
    if qop.lower() != "auth" or not given.get("cnonce") or not _COUNT.fullmatch(count):
        return None
    return int(count, 16) or None


def _answer(algorithm: Algorithm, ha1: str, given: Mapping[str, str], method: str, body: bytes = b"") -> str:
    """The response of RFC 7616 section 3.4.1; without qop that of RFC 2069 section 2.1.2."""
    a2 = f"{method}:{given['uri']}"
    qop = given.get("qop")
    if qop is not None and qop.lower() == "auth-int":
        a2 += f":{_hash(algorithm, body)}"
    ha2 = _hash(algorithm, a2)
    if qop is None:
        return _hash(algorithm, f"{ha1}:{given['nonce']}:{ha2}")
    return _hash(algorithm, f"{ha1}:{given['nonce']}:{given['nc']}:{given['cnonce']}:{qop}:{ha2}")


def _same_resource(written: str, uri: Uri) -> bool:
    """True if the credentials are for this Request-URI; phones differ in whether they repeat its parameters there."""
    try:
        named = Uri.parse(written)
    except ProtocolError:
        return False
    if named == uri:
        return True
    bare, asked = (Uri(u.scheme, u.user, u.password, u.host, u.port) for u in (named, uri))
    return bare.equivalent(asked)


def _words(text: str) -> set[str]:
    return {word.strip().lower() for word in text.split(",")} - {""}
