"""The registrar: which contacts reach an address-of-record, and for how long (RFC 3261 section 10).

Sans-IO. Bindings outlive the process, so ``now`` is here, and only here, seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Final, Protocol

from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request, Response, parse_delta_seconds
from sip.message.values import NameAddr, Params, Uri

MAX_AORS: Final = 100_000
"""Addresses-of-record with bindings at one time; one more gets 503."""

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
    new one, as a phone that restarts at another port each time would lock itself out.
    """

    minimum: int = 60
    maximum: int = 7200
    default: int = 3600
    max_contacts: int = 10


@dataclass(frozen=True, slots=True)
class Binding:
    """One way to reach an address-of-record.

    ``contact`` is where the phone says it is, ``flow`` where its REGISTER came from; ``params`` are those of its
    Contact as written, without q and expires. ``expires_at`` and ``refreshed_at`` are seconds since 1970. ``instance``
    and ``reg_id`` name the device and its path (RFC 5626), ``path`` the proxies before it (RFC 3327).
    """

    aor: str
    contact: Uri
    flow: Flow
    expires_at: float
    call_id: str
    cseq: int
    q: float = 1.0
    params: Params = ()
    instance: str | None = None
    reg_id: str | None = None
    path: tuple[NameAddr, ...] = ()
    user_agent: str = ""
    refreshed_at: float = 0.0

    def is_replaced_by(self, other: Binding) -> bool:
        """True if both are the same device and path (RFC 5626 section 6), else if they have the same contact (10.2.4).

        Two devices may well have the same contact: a private address, each behind its own router.
        """
        if self.instance is not None and other.instance is not None:
            return self.instance == other.instance and self.reg_id == other.reg_id
        return self.contact == other.contact or self.contact.equivalent(other.contact)


class BindingStore(Protocol):
    """Keeps bindings over a restart. ``save`` replaces all bindings of one address-of-record; it must not block."""

    def load(self) -> Iterable[Binding]: ...

    def save(self, aor: str, bindings: Sequence[Binding]) -> None: ...


class _Refused(Exception):
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
class _Wish:
    """What one REGISTER asks for: contacts with the seconds they are to last; 0 takes one away."""

    contacts: list[tuple[NameAddr, int]] = field(default_factory=list)
    all_away: bool = False


class Registrar:
    """All bindings there are. ``on_refused`` hears of each REGISTER that changes nothing because it must not,
    ``on_reachable`` of each address-of-record that was registered, or registered anew, ``on_gone`` of each that is
    reached no longer.
    """

    def __init__(
        self,
        store: BindingStore,
        limits: Limits = Limits(),
        *,
        on_refused: Callable[[DropReason, Flow], None] | None = None,
    ) -> None:
        self.on_refused = on_refused
        self.on_reachable: Callable[[str], None] | None = None
        self.on_gone: Callable[[str], None] | None = None
        self._store = store
        self._limits = limits
        self._bindings: dict[str, list[Binding]] = {}
        self._reached_over: dict[Flow, set[str]] = {}
        self._date = (0, "")
        for binding in store.load():
            self._bindings.setdefault(binding.aor, []).append(binding)

    def __len__(self) -> int:
        """How many addresses-of-record have bindings, expired ones included until ``expire``."""
        return len(self._bindings)

    def register(self, request: Request, flow: Flow, aor: str, now: float) -> Response:
        """Answer a REGISTER that was let in for ``aor``; all its contacts take effect, or none (section 10.3)."""
        try:
            wish = self._read(request)
            bindings = self._live(aor, now)
            if wish.all_away:
                bindings = _without_all(bindings, request)
            elif wish.contacts:
                bindings = self._change(bindings, wish, request, flow, aor, now)
            self._keep(aor, bindings)
        except _Refused as refusal:
            return self._refuse(request, flow, refusal)
        except ProtocolError as error:
            return self._refuse(request, flow, _Refused(400, error.reason))
        headers: list[tuple[str, object]] = [("Contact", _written(binding, now)) for binding in bindings]
        headers += [("Path", line) for line in request.header_all("Path")]
        headers.append(("Date", self._date_at(now)))
        return response(request, 200, headers=headers)

    def lookup(self, aor: str, now: float) -> list[Binding]:
        """The ways to reach ``aor``: preferred ones (q) first, of equal ones the most recently refreshed."""
        return sorted(self._live(aor, now), key=lambda binding: (-binding.q, -binding.refreshed_at))

    def reaches_over(self, flow: Flow) -> bool:
        """True if somebody is registered over this connection, so that it must stay open."""
        return flow in self._reached_over

    def flow_closed(self, flow: Flow) -> None:
        """Forget the bindings that could be reached over this connection only (RFC 5626 section 5.3).

        Others stay: their contact can be connected to.
        """
        for aor in sorted(self._reached_over.get(flow, ())):
            kept = [each for each in self._bindings[aor] if each.flow != flow or each.reg_id is None]
            self._keep(aor, kept)

    def expire(self, now: float) -> None:
        """Give back the memory of bindings that are over. Nobody sees them anyway: about once a minute is enough."""
        over = [aor for aor, bindings in self._bindings.items() if any(each.expires_at <= now for each in bindings)]
        for aor in over:
            self._keep(aor, self._live(aor, now))

    # --- reading a REGISTER -----------------------------------------------------------------------------------------

    def _read(self, request: Request) -> _Wish:
        """Steps 6 and 7 of section 10.3, as far as they need no binding. Raises _Refused, ProtocolError."""
        if request.contact_star:
            if request.expires != 0:
                raise _Refused(400, DropReason.BAD_HEADER, "Contact * Needs Expires 0")
            return _Wish(all_away=True)
        if len(request.contacts) > self._limits.max_contacts:
            raise _Refused(403, DropReason.TOO_MANY_CONTACTS, "Too Many Contacts")
        wish = _Wish()
        for contact in request.contacts:
            if contact.uri.scheme not in ("sip", "sips"):
                raise _Refused(400, DropReason.UNSUPPORTED_SCHEME, "Contact Is No SIP URI")
            wish.contacts.append((contact, self._interval(contact, request)))
        return wish

    def _interval(self, contact: NameAddr, request: Request) -> int:
        """Seconds for one contact: its own parameter, else the header, else the default (section 10.2.1.1)."""
        asked = parse_delta_seconds(contact.param("expires"))
        if asked is None:
            asked = request.expires
        if asked is None:
            return self._limits.default
        if 0 < asked < min(self._limits.minimum, _HOUR):
            least = ("Min-Expires", self._limits.minimum)
            raise _Refused(423, DropReason.INTERVAL_TOO_BRIEF, headers=[least])
        return min(asked, self._limits.maximum)

    # --- changing bindings ------------------------------------------------------------------------------------------

    def _change(
        self, bindings: list[Binding], wish: _Wish, request: Request, flow: Flow, aor: str, now: float
    ) -> list[Binding]:
        """The bindings after this REGISTER. Raises _Refused, ProtocolError."""
        path = tuple(NameAddr.parse(item) for item in request.items("Path"))
        if len(path) > MAX_PATH:
            raise _Refused(400, DropReason.TOO_MANY_HEADERS, "Too Many Path Values")
        user_agent = (request.header("User-Agent") or "")[:MAX_USER_AGENT]
        changed = bindings
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
                reg_id=contact.param("reg-id") or None,
                path=path,
                user_agent=user_agent,
                refreshed_at=now,
            )
            known = [binding for binding in bindings if binding.is_replaced_by(made)]
            if any(_requests_since(binding, request) == 0 for binding in known):
                continue  # a repetition: the first answer was lost
            changed = [binding for binding in changed if not binding.is_replaced_by(made)]
            if seconds:
                changed.append(made)
        if len(changed) > self._limits.max_contacts:
            changed = sorted(changed, key=lambda binding: binding.refreshed_at)[-self._limits.max_contacts :]
        return changed

    def _live(self, aor: str, now: float) -> list[Binding]:
        return [binding for binding in self._bindings.get(aor, ()) if binding.expires_at > now]

    def _keep(self, aor: str, bindings: list[Binding]) -> None:
        before = self._bindings.get(aor, [])
        if bindings == before:
            return
        if not before and len(self._bindings) >= MAX_AORS:
            raise _Refused(503, DropReason.TOO_MANY_CONTACTS)
        for flow in {binding.flow for binding in before if binding.flow in self._reached_over}:
            self._reached_over[flow].discard(aor)
            if not self._reached_over[flow]:
                del self._reached_over[flow]
        for binding in bindings:
            if binding.flow.reliable:
                self._reached_over.setdefault(binding.flow, set()).add(aor)
        if bindings:
            self._bindings[aor] = bindings
        else:
            del self._bindings[aor]
        self._store.save(aor, bindings)
        if bindings and self.on_reachable is not None:
            self.on_reachable(aor)
        if not bindings and self.on_gone is not None:
            self.on_gone(aor)

    # --- answers ----------------------------------------------------------------------------------------------------

    def _refuse(self, request: Request, flow: Flow, refusal: _Refused) -> Response:
        if self.on_refused is not None:
            self.on_refused(refusal.reason, flow)
        return response(request, refusal.status, refusal.phrase, headers=refusal.headers)

    def _date_at(self, now: float) -> str:
        """The Date header (section 20.17), by which phones without a clock set theirs."""
        second = int(now)
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]


def _requests_since(binding: Binding, request: Request) -> int:
    """By how many the request comes after the one that made the binding; 1 for another Call-ID (section 10.3 step 7).

    Raises _Refused if it was overtaken.
    """
    if request.call_id != binding.call_id:
        return 1
    ahead = request.cseq.number - binding.cseq
    if ahead < 0:
        raise _Refused(500, DropReason.OUT_OF_ORDER, "Out of Order")
    return ahead


def _without_all(bindings: Sequence[Binding], request: Request) -> list[Binding]:
    """What ``Contact: *`` leaves: nothing. Raises _Refused if a binding is as new as the request."""
    if any(_requests_since(binding, request) == 0 for binding in bindings):
        raise _Refused(500, DropReason.OUT_OF_ORDER, "Out of Order")
    return []


def _preference(text: str | None) -> float:
    """A q value (section 20.10); what is missing or none counts as 1."""
    if not text or len(text) > 5 or not text.isascii() or not text.replace(".", "", 1).isdigit():
        return 1.0
    return min(float(text), 1.0)


def _written(binding: Binding, now: float) -> NameAddr:
    """A binding as the 200 lists it: what the phone wrote, and the seconds that are left."""
    params = list(binding.params)
    if binding.q != 1.0:
        params.append(("q", f"{binding.q:.3g}"))
    params.append(("expires", str(max(1, round(binding.expires_at - now)))))
    return NameAddr("", binding.contact, tuple(params))
