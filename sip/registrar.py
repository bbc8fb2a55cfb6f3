"""The registrar (RFC 3261 section 10): which contacts an address-of-record has at the moment. Sans-IO.

Times are seconds since the epoch, as bindings outlive the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Protocol

from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request, Response, parse_delta_seconds
from sip.message.values import NameAddr, Params, Uri

MAX_CONTACTS = 10
"""Phones of one address-of-record; one more is refused with 403."""
MAX_USER_AGENT = 128
KNOWN_PARAMS = frozenset({"expires", "q"})


@dataclass(frozen=True, slots=True)
class Binding:
    """One phone of an address-of-record: where it wants to be called, and the flow its REGISTER came on.

    ``q`` is its preference, 0 to 1; ``params`` are the Contact's other parameters as they came; ``instance`` and
    ``reg_id`` name the device and its flow (RFC 5626); ``path`` are the proxies to it (RFC 3327).
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

    def is_same_phone(self, other: Binding) -> bool:
        """True if ``other`` takes this one's place: the same URI, or the same device and flow (RFC 5626 section 6)."""
        if self.instance is not None and self.instance == other.instance and self.reg_id == other.reg_id:
            return True
        return self.contact.equivalent(other.contact)


class BindingStore(Protocol):
    """Where bindings outlive the process."""

    def load(self) -> Iterable[Binding]: ...
    def save(self, aor: str, bindings: Sequence[Binding]) -> None: ...


@dataclass(frozen=True, slots=True)
class Expiry:
    """For how many seconds phones may register; one that asks for none gets ``usual``."""

    shortest: int = 60
    usual: int = 3600
    longest: int = 7200


class Registrar:
    """All bindings, in memory and in the store."""

    def __init__(self, store: BindingStore, expiry: Expiry = Expiry()) -> None:
        self._store = store
        self._expiry = expiry
        self._bindings: dict[str, list[Binding]] = {}
        for binding in store.load():
            self._bindings.setdefault(binding.aor, []).append(binding)

    def __len__(self) -> int:
        """How many addresses-of-record have a binding, expired ones not yet forgotten included."""
        return len(self._bindings)

    def lookup(self, aor: str, now: float) -> list[Binding]:
        """The phones of ``aor``, the preferred first."""
        alive = [binding for binding in self._bindings.get(aor, ()) if binding.expires_at > now]
        return sorted(alive, key=lambda binding: -binding.q)

    def forget_expired(self, now: float) -> list[str]:
        """Let go of what has expired; the addresses-of-record that lost a phone."""
        changed = [aor for aor, all_of in self._bindings.items() if any(b.expires_at <= now for b in all_of)]
        for aor in changed:
            self._keep(aor, [binding for binding in self._bindings[aor] if binding.expires_at > now])
        return changed

    def register(self, request: Request, flow: Flow, aor: str, now: float) -> Response:
        """Carry out one REGISTER for ``aor``, all of it or nothing, and answer it (section 10.3)."""
        present = self.lookup(aor, now)
        try:
            wanted = self._read(request, flow, aor, present, now)
        except IntervalTooBrief:
            return response(request, 423, headers=[("Min-Expires", self._expiry.shortest)])
        except ProtocolError as error:
            return response(request, error.status_hint, error.detail or None)
        if wanted is not None:
            if len(wanted) > MAX_CONTACTS:
                return response(request, 403, "Too Many Phones")
            self._keep(aor, wanted)
        headers: list[tuple[str, object]] = [("Contact", _written(binding, now)) for binding in self.lookup(aor, now)]
        headers.append(("Date", formatdate(now, usegmt=True)))
        if request.header("Path") is not None and "path" in request.supported:
            headers += [("Path", line) for line in request.header_all("Path")]
        return response(request, 200, headers=headers)

    def _read(self, request: Request, flow: Flow, aor: str, present: list[Binding], now: float) -> list[Binding] | None:
        """The bindings after the request; None if it only asks. Raises IntervalTooBrief, ProtocolError."""
        if request.contact_star:
            if request.expires != 0 or request.header("Expires") is None:
                raise ProtocolError(400, DropReason.BAD_HEADER, "Contact * Needs Expires 0")
            for binding in present:
                _check_order(binding, request)
            return []
        if not request.contacts:
            return None
        result = list(present)
        for contact in request.contacts:
            seconds = self._seconds(contact, request)
            new = _binding(contact, request, flow, aor, now + seconds)
            for old in [binding for binding in result if binding.is_same_phone(new)]:
                _check_order(old, request)
                result.remove(old)
            if seconds > 0:
                result.append(new)
        return result

    def _seconds(self, contact: NameAddr, request: Request) -> int:
        """How long a contact is to live: its own parameter, else the header, else the usual (section 10.2.1.1)."""
        asked = parse_delta_seconds(contact.param("expires"))
        if asked is None:
            asked = request.expires
        if asked is None:
            return self._expiry.usual
        if 0 < asked < self._expiry.shortest:
            raise IntervalTooBrief
        return min(asked, self._expiry.longest)

    def _keep(self, aor: str, bindings: list[Binding]) -> None:
        if bindings:
            self._bindings[aor] = bindings
        else:
            self._bindings.pop(aor, None)
        self._store.save(aor, bindings)


class IntervalTooBrief(Exception):
    """A contact asks for less than the shortest time (section 10.3 step 7)."""


def _check_order(old: Binding, request: Request) -> None:
    """A request older than the one that made the binding must not change it (section 10.3 step 7)."""
    if old.call_id == request.call_id and request.cseq.number < old.cseq:
        raise ProtocolError(500, DropReason.OUT_OF_ORDER, "Out of Order")


def _binding(contact: NameAddr, request: Request, flow: Flow, aor: str, expires_at: float) -> Binding:
    if contact.uri.scheme not in ("sip", "sips"):
        raise ProtocolError(400, DropReason.UNSUPPORTED_SCHEME, "Contact Is No SIP URI")
    return Binding(
        aor=aor,
        contact=contact.uri.without_headers(),
        flow=flow,
        expires_at=expires_at,
        call_id=request.call_id,
        cseq=request.cseq.number,
        q=_preference(contact.param("q")),
        params=tuple(param for param in contact.params if param[0].lower() not in KNOWN_PARAMS),
        instance=contact.param("+sip.instance"),
        reg_id=contact.param("reg-id"),
        path=tuple(NameAddr.parse(item) for item in request.items("Path")),
        user_agent=(request.header("User-Agent") or "")[:MAX_USER_AGENT],
    )


def _preference(text: str | None) -> float:
    """A q value, 1 where it is missing or none (section 20.10)."""
    try:
        value = float(text) if text else 1.0
    except ValueError:
        return 1.0
    return min(1.0, max(0.0, value)) if value == value else 1.0


def _written(binding: Binding, now: float) -> NameAddr:
    """A binding as the 200 lists it, with the time it has left."""
    left = (("expires", str(max(1, round(binding.expires_at - now)))),)
    preference = () if binding.q == 1.0 else (("q", f"{binding.q:.3g}"),)
    return NameAddr("", binding.contact, (*binding.params, *preference, *left))
