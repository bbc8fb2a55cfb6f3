"""How the phones that are rung are told to show a call: the name in From, the ring tone in Alert-Info.

Makers read Alert-Info (RFC 3261 section 20.4) in two ways: some look for a name they know, such as ``Bellcore-dr2``,
in the address, others compare the parameter ``info`` with texts set in the phone (Yealink does either). So a named tone
is sent as both, ``<http://127.0.0.1/Bellcore-dr2>;info=Bellcore-dr2``; a phone that compares the whole value (Polycom)
can be given that. The address is the phone's own, so that none fetches a melody from anywhere. A URI goes out as it
is, such as ``<urn:alert:source:external>`` (RFC 7462).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from engine.call.identity import ANONYMOUS, cause_of
from engine.call.protocol import Caller
from engine.call.ring_plan import Diversion, Presentation
from engine.call.surroundings import CallFacts
from sip.message.values import NameAddr, Uri, quote

_TOKEN = re.compile(r"[A-Za-z0-9-]+")

AUTO_ANSWER = (
    ("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer;delay=0"),
    ("Call-Info", "<http://127.0.0.1>;answer-after=0"),
    ("Answer-Mode", "Auto"),
)
"""What lets phones answer by themselves, aloud: each maker reads one of them, and passes over the others.

``info=alert-autoanswer`` in Alert-Info: Snom, Yealink, Grandstream, Mitel, Gigaset, Unify; Polycom can be given any
value of Alert-Info. ``answer-after`` in Call-Info: Grandstream, Cisco, Yealink, Gigaset, MicroSIP, SIP.js. Answer-Mode
is RFC 5373. baresip after 1.0 reads all three with ``sip_autoanswer=yes``: most phones have to be told once that they
may. Linphone reads none: there one can only let it answer every call.
"""


def caller_shown(caller: Caller, domain: str, shown: Presentation) -> NameAddr:
    """What the phones show: the caller's name and number, at the account's own domain; nobody who withholds them."""
    if caller.withheld:
        return replace(ANONYMOUS, display=shown.name_shown("", ANONYMOUS.display) or ANONYMOUS.display)
    uri = Uri("sip", caller.number, None, domain, None, (), ())
    return NameAddr(shown.name_shown(caller.name, caller.number) or caller.name, uri, ())


def asserted_headers(caller: Caller, shown: NameAddr) -> tuple[tuple[str, str], ...]:
    """What our people's phones are told of a caller who is known to be that one: what they show (RFC 3325 section 5).

    Many phones believe it rather than From; for others, and for who withholds their number, we vouch for nothing.
    """
    return (("P-Asserted-Identity", str(shown)),) if caller.vouched and not caller.withheld else ()


def number_shown(wanted: str, facts: CallFacts) -> str:
    """The caller's number that a telephone outside is shown (E.164): what the dialplan says, else the account's own."""
    return wanted or facts.number


def diversion_headers(
    diversions: Sequence[Diversion], domain: str, outside: str = "", *, rung: Uri | None = None
) -> tuple[tuple[str, str], ...]:
    """Whom the caller had called, so that the phone ``rung`` (or its voicemail) can tell.

    As Diversion (RFC 5806), the last one first, and as History-Info (RFC 7044), which has them in order and ends with
    who is rung: makers and providers read one of the two. ``outside``, where extensions mean nothing, is told that
    number in their place.
    """
    if not diversions:
        return ()
    named = [_named(each, domain, outside) for each in diversions]
    said = [
        ("Diversion", f"{name};reason={quoted(each.reason)};counter=1")
        for each, name in zip(diversions, named, strict=True)
    ]
    if rung is None:
        return tuple(said)
    causes = ["", *(cause_of(each.reason) for each in reversed(diversions))]
    index, history = "1", []
    for name, cause in zip((*reversed(named), NameAddr("", rung)), causes, strict=True):
        uri = name.uri.with_params(cause=cause) if cause else name.uri
        history.append(f"{replace(name, uri=uri)};index={index}")
        index += ".1"
    return (*said, ("History-Info", ", ".join(history)))


def _named(diversion: Diversion, domain: str, outside: str) -> NameAddr:
    number = outside if outside and not diversion.number.startswith("+") else diversion.number
    return NameAddr(diversion.name, Uri("sip", number, None, domain, None, (), ()), ())


def quoted(reason: str) -> str:
    """A reason as a parameter's value: what is no token comes from outside and is written as a string."""
    return reason if _TOKEN.fullmatch(reason) else quote(reason)


def withheld_headers(asserted: NameAddr) -> tuple[tuple[str, str], ...]:
    """What a provider, and nobody else, is told of a caller who withholds their number (RFC 3325 section 9.3)."""
    return (("P-Asserted-Identity", str(asserted)), ("Privacy", "id"))


def headers_of(shown: Presentation) -> tuple[tuple[str, str], ...]:
    """How the phones are told to ring."""
    return (("Alert-Info", alert_info(shown.ring_tone)),) if shown.ring_tone else ()


def alert_info(ring_tone: str) -> str:
    """The value of Alert-Info for a tone's name, or for a URI (which has a colon)."""
    if ":" in ring_tone:
        return f"<{ring_tone}>"
    return f"<http://127.0.0.1/{ring_tone}>;info={ring_tone}"
