"""How the phones that are rung are told to show a call: the name in From, the ring tone in Alert-Info.

No two makers read Alert-Info (RFC 3261 section 20.4) alike. A named tone is sent as
``<http://127.0.0.1/Bellcore-dr2>;info=Bellcore-dr2``: phones that look for a Bellcore name in the URI (Cisco, Linksys,
Snom, Mitel) find it there, those that compare the parameter ``info`` with a text set in the phone (Yealink, Grandstream,
Snom, Fanvil) find that; Polycom's compare the whole. Nobody fetches the address: it is the phone itself. A URI goes out as
it is, such as ``<urn:alert:source:external>`` (RFC 7462).
"""

from __future__ import annotations

from engine.call.protocol import Caller
from engine.call.ring_plan import Presentation
from sip.message.values import NameAddr, Uri


def caller_shown(caller: Caller, domain: str, shown: Presentation) -> NameAddr:
    """What the phones show: the caller's name and number, at the account's own domain."""
    uri = Uri("sip", caller.number, None, domain, None, (), ())
    return NameAddr(shown.name_shown(caller.name, caller.number) or caller.name, uri, ())


def headers_of(shown: Presentation) -> tuple[tuple[str, str], ...]:
    """The headers of the INVITEs to the phones."""
    return (("Alert-Info", alert_info(shown.ring_tone)),) if shown.ring_tone else ()


def alert_info(ring_tone: str) -> str:
    """The value of Alert-Info for a tone's name, or for a URI (which has a colon)."""
    if ":" in ring_tone:
        return f"<{ring_tone}>"
    return f"<http://127.0.0.1/{ring_tone}>;info={ring_tone}"
