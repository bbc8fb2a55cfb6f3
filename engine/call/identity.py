"""Who calls, and whom they had called first, as an INVITE from outside says it.

From can be anything. What counts is what a provider of ours asserts: P-Asserted-Identity (RFC 3325). Of anybody else it
means nothing, no more than whom the call is said to come from by diversion (RFC 5806) or History-Info (RFC 7044).
P-Preferred-Identity is a wish of a phone to its own provider: our people prove who they are, so nobody reads it.

A wish for privacy (RFC 3323) is honoured whoever has it: a caller from outside is anonymous, and their number is kept
nowhere; our own people's is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from engine.call.ring_plan import Diversion
from sip.errors import ProtocolError
from sip.message.envelope import Request
from sip.message.grammar import get_param, parse_params
from sip.message.values import NameAddr, Uri

MAX_DIVERSIONS = 5
"""Of a call from outside that are taken note of, the last one first."""
MAX_SHOWN = 64

ANONYMOUS = NameAddr("Anonymous", Uri("sip", "anonymous", None, "anonymous.invalid", None, (), ()), ())
"""Who withholds their number, as RFC 3323 section 4.1.1.3 writes them."""

_SCHEMES = frozenset({"sip", "sips", "tel"})
_WITHHOLDS = frozenset({"id", "user", "header"})
_REASONS = {"302": "unconditional", "404": "unknown", "408": "no-answer", "480": "unavailable", "486": "user-busy"}
"""What the ``cause`` of a History-Info entry (RFC 4458) is called in Diversion."""
_CAUSES = {"unconditional": "302", "no-answer": "408", "user-busy": "486", "unavailable": "480", "unknown": "404"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an INVITE shows. ``diversions`` are those who were called before us, the last one first."""

    shown: NameAddr
    withheld: bool = False
    diversions: tuple[Diversion, ...] = ()


def identity_of(request: Request, *, trusted: bool) -> Identity:
    """Who calls from outside; ``trusted`` if the INVITE came from a provider of ours. Never raises."""
    diversions = tuple(_diversions(request)) if trusted else ()
    if withholds(request):
        return Identity(ANONYMOUS, True, diversions)
    asserted = _asserted(request) if trusted else None
    return Identity(asserted or request.from_, False, diversions)


def withholds(request: Request) -> bool:
    """Whether Privacy asks that nobody be shown who calls (RFC 3323 section 4.2, RFC 3325 section 7)."""
    text = request.header("Privacy")
    wishes = {wish.strip().lower() for wish in text.split(";")} if text else set()
    return bool(wishes & _WITHHOLDS) and "none" not in wishes


def _asserted(request: Request) -> NameAddr | None:
    """The first P-Asserted-Identity that names a number or a user; a second one may be there as a tel URI."""
    for named in _named(request, "P-Asserted-Identity"):
        if named.uri.user and named.uri.scheme in _SCHEMES:
            return named
    return None


def _named(request: Request, header: str) -> Iterator[NameAddr]:
    try:
        for text in request.items(header)[:MAX_DIVERSIONS]:
            yield NameAddr.parse(text)
    except ProtocolError:
        return


def _diversions(request: Request) -> Iterator[Diversion]:
    found = False
    for named in _named(request, "Diversion"):
        found = True
        yield _diversion(named, named.param("reason") or "unknown")
    if found:
        return
    entries = list(_named(request, "History-Info"))
    for before, after in reversed(list(pairwise(entries))):
        cause = after.uri.param("cause") or _cause_in(before.uri)
        if cause in _REASONS:
            yield _diversion(before, _REASONS[cause])


def _cause_in(uri: Uri) -> str | None:
    """That of the Reason that RFC 4244 put into the URI of whoever was left: ``?Reason=SIP%3Bcause%3D302``."""
    try:
        _, semicolon, params = (uri.header("Reason") or "").partition(";")
        return get_param(parse_params(semicolon + params), "cause")
    except ProtocolError:
        return None


def _diversion(named: NameAddr, reason: str) -> Diversion:
    number = (named.uri.user or "").partition(";")[0]
    return Diversion(_printable(named.display), _printable(number), _printable(reason))


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:MAX_SHOWN]


def cause_of(reason: str) -> str:
    """The ``cause`` (RFC 4458) that stands for a reason of Diversion."""
    return _CAUSES.get(reason, "302")
