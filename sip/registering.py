"""What a REGISTER asks for, and what comes of it for the bindings there are (RFC 3261 section 10.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sip.bindings import Binding, is_behind_router
from sip.errors import DropReason
from sip.flow import Flow
from sip.message.envelope import Request, parse_delta_seconds
from sip.message.values import NameAddr
from sip.outbound import LacksOutbound, TooManyWays, applies

MAX_PATH: Final = 16
"""Path values of one REGISTER (RFC 3327). More: 400."""

MAX_USER_AGENT: Final = 128
"""Characters of User-Agent that are kept."""

_HOUR: Final = 3600
"""No interval of an hour or more may be refused as too brief (section 10.3)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a registration may last, and how many contacts an address-of-record may have.

    Below ``minimum`` it is refused with 423, above ``maximum`` cut; ``default`` is for those that do not say. One
    REGISTER with more than ``max_contacts`` is refused; otherwise the contact refreshed longest ago makes room for a
    new one, as a phone that restarts at another port each time would lock itself out. ``keep_alive`` is how often a
    phone with RFC 5626 is to show over UDP that it is there (0: as it likes); see ON_CONNECTIONS.
    """

    minimum: int = 60
    maximum: int = 7200
    default: int = 3600
    max_contacts: int = 10
    keep_alive: int = 0


USUAL: Final = Limits()


class Refused(Exception):
    """A REGISTER that changes nothing, and what it is answered with."""

    def __init__(
        self, status: int, reason: DropReason, phrase: str | None = None, headers: Sequence[tuple[str, object]] = ()
    ) -> None:
        super().__init__(reason.value)
        self.status = status
        self.reason = reason
        self.phrase = phrase
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Wish:
    """What one REGISTER asks for: contacts with the seconds they are to last; 0 takes one away."""

    contacts: list[tuple[NameAddr, int]] = field(default_factory=list)
    all_away: bool = False


def read_wish(request: Request, limits: Limits) -> Wish:
    """Steps 6 and 7 of section 10.3, as far as they need no binding. Raises Refused, ProtocolError."""
    if request.contact_star:
        if request.expires != 0:
            raise Refused(400, DropReason.BAD_HEADER, "Contact * Needs Expires 0")
        return Wish(all_away=True)
    if len(request.contacts) > limits.max_contacts:
        raise Refused(403, DropReason.TOO_MANY_CONTACTS, "Too Many Contacts")
    wish = Wish()
    for contact in request.contacts:
        if contact.uri.scheme not in ("sip", "sips"):
            raise Refused(400, DropReason.UNSUPPORTED_SCHEME, "Contact Is No SIP URI")
        wish.contacts.append((contact, _interval(contact, request, limits)))
    return wish


def _interval(contact: NameAddr, request: Request, limits: Limits) -> int:
    """Seconds for one contact: its own parameter, else the header, else the default (section 10.2.1.1)."""
    asked = parse_delta_seconds(contact.param("expires"))
    if asked is None:
        asked = request.expires
    if asked is None:
        return limits.default
    if 0 < asked < min(limits.minimum, _HOUR):
        least = ("Min-Expires", limits.minimum)
        raise Refused(423, DropReason.INTERVAL_TOO_BRIEF, headers=[least])
    return min(asked, limits.maximum)


def changed_by(
    wish: Wish, bindings: list[Binding], request: Request, flow: Flow, aor: str, now: float, limits: Limits
) -> list[Binding]:
    """The bindings after this REGISTER. Raises Refused, ProtocolError."""
    if wish.all_away:
        return _without_all(bindings, request)
    path = tuple(NameAddr.parse(item) for item in request.items("Path"))
    if len(path) > MAX_PATH:
        raise Refused(400, DropReason.TOO_MANY_HEADERS, "Too Many Path Values")
    user_agent = (request.header("User-Agent") or "")[:MAX_USER_AGENT]
    changed = bindings
    try:
        outbound = applies(request, (contact for contact, seconds in wish.contacts if seconds))
    except LacksOutbound:
        raise Refused(439, DropReason.FIRST_HOP_LACKS_OUTBOUND) from None
    except TooManyWays:
        raise Refused(400, DropReason.TOO_MANY_CONTACTS, "One Way At A Time") from None
    for contact, seconds in wish.contacts:
        made = Binding(
            aor=aor,
            contact=contact.uri.without_headers(),
            flow=flow,
            expires_at=now + seconds,
            call_id=request.call_id,
            cseq=request.cseq.number,
            q=_preference(contact.param("q")),
            params=tuple(param for param in contact.params if param[0] not in ("q", "expires")),
            instance=contact.param("+sip.instance") or None,
            reg_id=(contact.param("reg-id") or None) if outbound else None,
            path=path,
            user_agent=user_agent,
            refreshed_at=now,
            behind_router=is_behind_router(request, contact.uri, flow),
        )
        if any(each.behind_router for each in earlier(bindings, made)):
            # it has learnt its outer address and says that now; the router is there all the same
            made = replace(made, behind_router=True)
        known = [binding for binding in bindings if binding.is_replaced_by(made)]
        if any(_requests_since(binding, request) == 0 for binding in known):
            continue  # a repetition: the first answer was lost
        changed = [binding for binding in changed if not binding.is_replaced_by(made)]
        if seconds:
            changed.append(made)
    if len(changed) > limits.max_contacts:
        changed = sorted(changed, key=lambda binding: binding.refreshed_at)[-limits.max_contacts :]
    return changed


def earlier(bindings: Iterable[Binding], made: Binding) -> list[Binding]:
    """What the same phone has registered before."""
    return [each for each in bindings if each.is_replaced_by(made) or each.call_id == made.call_id]


def _requests_since(binding: Binding, request: Request) -> int:
    """By how many the request comes after the one that made the binding; 1 for another Call-ID (section 10.3 step 7).

    Raises Refused if it was overtaken.
    """
    if request.call_id != binding.call_id:
        return 1
    ahead = request.cseq.number - binding.cseq
    if ahead < 0:
        raise Refused(500, DropReason.OUT_OF_ORDER, "Out of Order")
    return ahead


def _without_all(bindings: Sequence[Binding], request: Request) -> list[Binding]:
    """What ``Contact: *`` leaves: nothing. Raises Refused if a binding is as new as the request."""
    if any(_requests_since(binding, request) == 0 for binding in bindings):
        raise Refused(500, DropReason.OUT_OF_ORDER, "Out of Order")
    return []


def _preference(text: str | None) -> float:
    """A q value (section 20.10); what is missing or none counts as 1."""
    if not text or len(text) > 5 or not text.isascii() or not text.replace(".", "", 1).isdigit():
        return 1.0
    return min(float(text), 1.0)


def written(binding: Binding, now: float) -> NameAddr:
    """A binding as the 200 lists it: what the phone wrote, and the seconds that are left."""
    params = list(binding.params)
    if binding.q != 1.0:
        params.append(("q", f"{binding.q:.3g}"))
    params.append(("expires", str(max(1, round(binding.expires_at - now)))))
    return NameAddr("", binding.contact, tuple(params))
