"""The registrar: which contacts reach an address-of-record, and for how long (RFC 3261 section 10).

Sans-IO. Bindings outlive the process, so ``now`` is here, and only here, seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import formatdate
from typing import Final

from sip.bindings import Binding, BindingStore, by_device
from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request, Response
from sip.message.values import Uri
from sip.outbound import answered
from sip.registering import USUAL, Limits, Refused, changed_by, earlier, read_wish, written

__all__ = ["Binding", "BindingStore", "Limits", "Registrar"]

MAX_AORS: Final = 100_000
"""Addresses-of-record with bindings at one time; one more gets 503."""

MAX_LOST: Final = 10_000
"""Connections that are gone, whose phones may come back and go on with their calls."""


class Registrar:
    """All bindings there are. ``on_refused`` hears of each REGISTER that changes nothing because it must not,
    ``on_reachable`` of each address-of-record that was registered, or registered anew, ``on_gone`` of each that is
    reached no longer, ``on_flow`` of each binding at a flow that is new to it, ``on_moved`` of a phone of an
    address-of-record that came over another flow than before.
    """

    def __init__(
        self,
        store: BindingStore,
        limits: Limits = USUAL,
        *,
        on_refused: Callable[[DropReason, Flow], None] | None = None,
    ) -> None:
        self.on_refused = on_refused
        self.on_reachable: Callable[[str], None] | None = None
        self.on_gone: Callable[[str], None] | None = None
        self.on_flow: Callable[[Binding], None] | None = None
        self.on_moved: Callable[[str, Flow, Flow], None] | None = None
        self._store = store
        self._limits = limits
        self._bindings: dict[str, list[Binding]] = {}
        self._reached_over: dict[Flow, set[str]] = {}
        self._silent: set[Flow] = set()
        self._lost: dict[tuple[str, str], Flow] = {}
        self._date = (0, "")
        for binding in store.load():
            self._bindings.setdefault(binding.aor, []).append(binding)
            self._note_flow(binding)

    def __len__(self) -> int:
        """How many addresses-of-record have bindings, expired ones included until ``expire``."""
        return len(self._bindings)

    def register(self, request: Request, flow: Flow, aor: str, now: float) -> Response:
        """Answer a REGISTER that was let in for ``aor``; all its contacts take effect, or none (section 10.3)."""
        try:
            wish = read_wish(request, self._limits)
            before = bindings = self._live(aor, now)
            if wish.contacts or wish.all_away:
                bindings = changed_by(wish, before, request, flow, aor, now, self._limits)
            self._keep(aor, bindings)
            self._tell_moves(before, bindings)
        except Refused as refusal:
            return self._refuse(request, flow, refusal)
        except ProtocolError as error:
            return self._refuse(request, flow, Refused(400, error.reason))
        headers: list[tuple[str, object]] = [("Contact", written(binding, now)) for binding in bindings]
        headers += [("Path", line) for line in request.header_all("Path")]
        headers += answered(request, flow, bindings, self._limits.keep_alive)
        headers.append(("Date", self._date_at(now)))
        return response(request, 200, headers=headers)

    def lookup(self, aor: str, now: float) -> list[Binding]:
        """The ways to reach ``aor``, without phones that are silent: preferred ones (q) first, of equal ones the most
        recently refreshed.
        """
        found = [binding for binding in self._live(aor, now) if binding.silent_since is None]
        return sorted(found, key=lambda binding: (-binding.q, -binding.refreshed_at))

    def of(self, aor: str) -> tuple[Binding, ...]:
        """All of an address-of-record, silent ones too, and expired ones until ``expire``."""
        return tuple(self._bindings.get(aor, ()))

    def devices(self, aor: str, now: float) -> list[tuple[Binding, ...]]:
        """The same, as devices with their ways, which are to be tried one after another."""
        return by_device(self.lookup(aor, now))

    # --- flows ------------------------------------------------------------------------------------------------------

    @property
    def bindings(self) -> Iterable[Binding]:
        """All there are, expired ones included until ``expire``."""
        return [binding for bindings in self._bindings.values() for binding in bindings]

    def reaches_over(self, flow: Flow) -> bool:
        """True if somebody is registered over this flow, so that it must stay open."""
        return flow in self._reached_over

    def over(self, flow: Flow) -> Binding | None:
        """A binding at this flow, if there is one."""
        for aor in self._reached_over.get(flow, ()):
            for binding in self._bindings[aor]:
                if binding.flow == flow:
                    return binding
        return None

    def flow_closed(self, flow: Flow) -> None:
        """Forget the bindings that could be reached over this connection only (RFC 5626 section 5.3).

        Others stay: their contact can be connected to.
        """
        for aor in sorted(self._reached_over.get(flow, ())):
            kept = [each for each in self._bindings[aor] if each.flow != flow or each.reg_id is None]
            for gone in self._bindings[aor]:
                if gone.flow == flow and gone.reg_id is not None:
                    self._lose(gone)
            self._keep(aor, kept)

    def flow_failed(self, contact: Uri, flow: Flow) -> None:
        """The edge at this flow says that it cannot reach the phone any more (430): forget that way to it."""
        for aor in sorted(self._reached_over.get(flow, ())):
            self._keep(aor, [each for each in self._bindings[aor] if each.flow != flow or each.contact != contact])

    def flow_silent(self, flow: Flow, now: float) -> None:
        """Whoever is at this flow does not answer: calls do not wait for them until they are heard again."""
        self._silent.add(flow)
        self._say_silent(flow, now)

    def flow_heard(self, flow: Flow) -> bool:
        """Something came over this flow. True if nothing was expected to come any more."""
        if not self._silent or flow not in self._silent:
            return False
        self._silent.discard(flow)
        self._say_silent(flow, None)
        return True

    def _say_silent(self, flow: Flow, since: float | None) -> None:
        for aor in sorted(self._reached_over.get(flow, ())):
            changed = [
                replace(each, silent_since=since) if each.flow == flow and not each.path else each
                for each in self._bindings[aor]
            ]
            self._keep(aor, changed, reachable=since is None)

    def _note_flow(self, binding: Binding) -> None:
        self._reached_over.setdefault(binding.flow, set()).add(binding.aor)
        if binding.silent_since is not None:
            self._silent.add(binding.flow)

    def _lose(self, binding: Binding) -> None:
        if len(self._lost) >= MAX_LOST:
            del self._lost[next(iter(self._lost))]
        self._lost[binding.aor, binding.instance or str(binding.contact)] = binding.flow

    def forget(self, aor: str, before: float) -> int:
        """Forget the bindings of an address-of-record that were last refreshed ``before`` then; how many."""
        bindings = self._bindings.get(aor, [])
        kept = [binding for binding in bindings if binding.refreshed_at >= before]
        self._keep(aor, kept)
        return len(bindings) - len(kept)

    def expire(self, now: float) -> None:
        """Give back the memory of bindings that are over. Nobody sees them anyway: about once a minute is enough."""
        over = [aor for aor, bindings in self._bindings.items() if any(each.expires_at <= now for each in bindings)]
        for aor in over:
            self._keep(aor, self._live(aor, now))

    # --- changing bindings ------------------------------------------------------------------------------------------

    def _tell_moves(self, before: list[Binding], after: list[Binding]) -> None:
        """Phones that came over another flow than before have their calls there, too."""
        if self.on_moved is None:
            return
        for made in after:
            if made in before or made.path:
                continue
            old = {each.flow for each in earlier(before, made) if not each.path}
            lost = self._lost.pop((made.aor, made.instance or str(made.contact)), None) if self._lost else None
            for flow in (old | {lost}) - {made.flow, None}:
                assert flow is not None
                self.on_moved(made.aor, flow, made.flow)

    def _live(self, aor: str, now: float) -> list[Binding]:
        return [binding for binding in self._bindings.get(aor, ()) if binding.expires_at > now]

    def _keep(self, aor: str, bindings: list[Binding], *, reachable: bool = True) -> None:
        before = self._bindings.get(aor, [])
        if bindings == before:
            return
        if not before and len(self._bindings) >= MAX_AORS:
            raise Refused(503, DropReason.TOO_MANY_CONTACTS)
        for flow in {binding.flow for binding in before}:
            self._reached_over[flow].discard(aor)
            if not self._reached_over[flow]:
                del self._reached_over[flow]
                self._silent.discard(flow)
        if bindings:
            self._bindings[aor] = bindings
        else:
            del self._bindings[aor]
        for binding in bindings:
            self._note_flow(binding)
        self._store.save(aor, bindings)
        old = {binding.flow for binding in before}
        for binding in bindings:
            if self.on_flow is not None and binding.flow not in old:
                self.on_flow(binding)
        if bindings and reachable and self.on_reachable is not None:
            self.on_reachable(aor)
        if not bindings and self.on_gone is not None:
            self.on_gone(aor)

    # --- answers ----------------------------------------------------------------------------------------------------

    def _refuse(self, request: Request, flow: Flow, refusal: Refused) -> Response:
        if self.on_refused is not None:
            self.on_refused(refusal.reason, flow)
        return response(request, refusal.status, refusal.phrase, headers=refusal.headers)

    def _date_at(self, now: float) -> str:
        """The Date header (section 20.17), by which phones without a clock set theirs."""
        second = int(now)
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]
