"""Who may do what, and where a call leads: the Gate that sip.core asks, and the way from a number to a node."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.authentication import Authentication, aor_of, dialled
from engine.call.identity import identity_of, withholds
from engine.call.protocol import Caller
from engine.call.ring_plan import Diversion
from engine.call.transfer import Lead
from engine.calls_for_help import leads_to_help
from engine.dialplan.account import Account
from engine.dialplan.model import Node
from engine.dialplan.nodes.call_outside import CallOutside
from engine.dialplan.nodes.park import Park
from engine.dialplan.transferable import can_be_led_to
from engine.numbering import Numbering, Reached, e164, without_prefix
from engine.store.passwords import Passwords
from engine.trunks.incoming import FromTrunk, Incoming, caller_of
from sip.core import Admit, Decision, Refuse
from sip.digest import Authenticator
from sip.flow import Flow
from sip.guard.guard import Guard
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri
from sip.rim.flows import is_address

MAX_SHOWN = 64
ANONYMOUS_CALLER = Caller("anonymous", withheld=True)

PROVE_WHO_THEY_ARE = frozenset({"SUBSCRIBE", "MESSAGE"})
"""What only the accounts' own people may send: whoever cannot prove to be one gets no further than the challenge."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call leads: the account, the node it begins at, who is calling, and whom they had called before us.

    ``emergency``: for help.
    """

    account: Account
    entry: Node
    caller: Caller
    called: str
    diversions: tuple[Diversion, ...] = ()
    emergency: bool = False


class Router:
    """Decides on every request outside a dialog. ``numbering`` is replaced as a whole at a reload.

    A person's phone proves who it is by digest, for REGISTER and for every call. Without that a caller is an outside
    caller, who reaches the accounts' numbers and nothing else: there is no way through to an outside line.

    Which account is meant is told by a domain. An engine with one account is that account under any name it is called
    by: whatever stands in a Request-URI that reached us, and any address.
    """

    def __init__(
        self, numbering: Numbering, passwords: Passwords, authenticator: Authenticator, guard: Guard | None = None
    ) -> None:
        self.numbering = numbering
        self._guard = Guard() if guard is None else guard
        self.authentication = Authentication(passwords, authenticator, self._guard)
        self.incoming = Incoming()

    # --- the gate ---------------------------------------------------------------------------------------------------

    def admit(self, request: Request, flow: Flow, now: float) -> Decision:
        """Admit, Challenge or Refuse a request (RFC 3261 section 22). ``now`` is monotonic seconds."""
        if request.method == "REGISTER":
            return self._admit_registration(request, flow, now)
        if request.method in PROVE_WHO_THEY_ARE:
            account = self._account_of(request.from_.uri) or self._account_here(request.uri)
            return self.authentication.prove(request, flow, account, now, proxy=False)
        if request.method != "INVITE":
            return Admit(None, None)
        account = self._claimed_account(request)
        if (provider := self._admit_from_trunk(request, flow, claims=account is not None)) is not None:
            return provider
        if account is None and self._leads_somewhere(request):
            return Admit(None, None)
        if account is None and not (request.header("Authorization") or request.header("Proxy-Authorization")):
            self._guard.scanned(flow, now)
        return self.authentication.prove(request, flow, account or self._account_here(request.uri), now, proxy=True)

    def _admit_from_trunk(self, request: Request, flow: Flow, *, claims: bool) -> Decision | None:
        """A provider is not asked who it is: it would not know. Its calls lead to our numbers, and nowhere else.

        None for anybody else, as for a phone at the provider's address which ``claims`` to be one of ours.
        """
        by_contact = self.incoming.is_contact(request.uri)
        if claims and not by_contact:
            return None
        if self.incoming.find(request, flow, self.numbering) is not None:
            return Admit(None, None)
        return Refuse(404) if by_contact else None

    def _admit_registration(self, request: Request, flow: Flow, now: float) -> Decision:
        account = self._account_of(request.to.uri) or self._account_here(request.uri)
        decision = self.authentication.prove(request, flow, account, now, proxy=False)
        if isinstance(decision, Admit) and decision.identity != aor_of(account, request.to.uri.user or ""):
            return Refuse(403, "Register As Yourself")
        return decision

    def _claimed_account(self, request: Request) -> Account | None:
        """The account of which the caller says to be a person, by From; None for a caller from outside.

        Whatever looks like one of its extensions counts, so that nobody learns in this way which there are.
        """
        claimed = request.from_.uri
        account = self._account_of(claimed)
        if account is None and claimed.host == request.uri.host:
            account = self._account_here(request.uri)
        if account is None or not _might_be_of(account, dialled(claimed).strip()):
            return None
        return account

    def _leads_somewhere(self, request: Request) -> bool:
        return self.numbering.find_number(dialled(request.uri)) is not None

    def _account_here(self, uri: Uri) -> Account | None:
        """The account meant by the Request-URI of a request that reached us."""
        accounts = self.numbering.accounts
        return accounts[0] if len(accounts) == 1 else self._account_of(uri)

    def _account_of(self, uri: Uri) -> Account | None:
        """The account a URI's host names."""
        account = self.numbering.by_domain(uri.host)
        if account is None and len(self.numbering.accounts) == 1 and is_address(uri.host):
            return self.numbering.accounts[0]
        return account

    # --- where a call leads -----------------------------------------------------------------------------------------

    def route(
        self, request: Request, identity: str | None, flow: Flow | None = None, *, trusted: bool = False
    ) -> Route | None:
        """Where an admitted INVITE leads; None if there is no such number.

        A person reaches their own account, and the numbers of others as a caller from outside does. What it says of its
        caller besides From counts if it is ``trusted``: sent by a provider of ours.
        """
        if identity is None and flow is not None:
            found = self.incoming.find(request, flow, self.numbering)
            if found is not None:
                return route_from_trunk(found, request)
        return route_admitted(self.numbering, request, identity, trusted=trusted)


def route_admitted(
    numbering: Numbering, request: Request, identity: str | None, *, trusted: bool = False
) -> Route | None:
    """Where an INVITE leads whose caller has proved to be ``identity``, or nobody of ours."""
    called = dialled(request.uri)
    if identity is None:
        said = identity_of(request, trusted=trusted)
        found = route_outsider(numbering, called, said.shown, withheld=said.withheld)
        if found is None:
            return None
        vouched = trusted and not said.withheld
        return replace(found, caller=replace(found.caller, vouched=vouched), diversions=said.diversions)
    extension, _, domain = identity.partition("@")
    if _is_elsewhere(request.uri, domain, numbering):
        return None
    route, account = route_person(numbering, domain, extension, called), numbering.by_domain(domain)
    return _withheld(route, account) if account is not None and withholds(request) else route


def route_from_trunk(found: FromTrunk, request: Request) -> Route:
    """Where a provider's call leads; what it asserts of its caller is shown."""
    said, account = identity_of(request, trusted=True), found.reached.account
    caller = ANONYMOUS_CALLER if said.withheld else caller_of(said.shown, request.from_, found.trunk, account)
    return replace(route_from_outside(found.reached, caller, found.called), diversions=said.diversions)


def route_outsider(numbering: Numbering, called: str, shown: NameAddr, *, withheld: bool = False) -> Route | None:
    """Where a call from outside leads; ``shown`` is who the caller says to be."""
    found = numbering.find_number(called)
    if found is None:
        return None
    caller = ANONYMOUS_CALLER if withheld else outside_caller(shown, found.account)
    return route_from_outside(found, caller, called)


def route_person(numbering: Numbering, domain: str, extension: str, called: str) -> Route | None:
    """Where a call from a person's phone leads; ``domain`` is that of their account."""
    account = numbering.by_domain(domain)
    if account is None or extension not in account.person_by_extension:
        return None
    name = account.person_by_extension[extension]
    person = account.people[name]
    caller = Caller(extension, person.name or name, name, vouched=True)
    if help_ := account.emergency_way(called):
        return Route(account, help_, caller, called, emergency=True)
    if called in account.person_by_extension:
        return Route(account, account.ring_extension(called), caller, called)
    if called in account.slots:
        return Route(account, account.slots[called], caller, called)
    if node := account.features.find(called) or account.mailbox_node(called):
        return Route(account, node, caller, called, emergency=leads_to_help(account, node))
    if hidden := without_prefix(called):
        return _withheld(route_person(numbering, domain, extension, hidden), account)
    found = numbering.find_number(called, within=account)
    if found is not None:
        return Route(found.account, found.entry, caller, called)
    found = numbering.find_number(e164(called, account.country) or "")
    if found is not None:
        number = person.number or account.numbers.main
        return route_from_outside(found, Caller(number, account.name, vouched=True), called)
    outside = account.way_outside(called)
    return None if outside is None else Route(account, outside, caller, called)


def _withheld(route: Route | None, account: Account) -> Route | None:
    """The same way, by a caller who is not shown; to another account they are just anonymous.

    Who calls for help is always shown.
    """
    if route is None or route.emergency:
        return route
    caller = replace(route.caller, withheld=True) if route.account is account else ANONYMOUS_CALLER
    return replace(route, caller=caller)


def lead_of(numbering: Numbering, account: str, person: str, called: str) -> Lead | None:
    """Where somebody is led whom a person of an account transfers to what they would dial themselves.

    None where that is nothing, or in another account, or for one's own phone only. A parking slot parks them.
    """
    here = next((one for one in numbering.accounts if one.key == account), None)
    if here is None or person not in here.people:
        return None
    if called in here.slots:
        return Lead(here, Park.in_slot(called))
    route = route_person(numbering, here.domain, here.people[person].extension, called)
    if route is None or route.account is not here or not can_be_led_to(route.entry):
        return None
    if isinstance(route.entry, CallOutside) and not route.entry.may(here, person):
        return None
    return Lead(here, route.entry)


def route_from_outside(found: Reached, caller: Caller, called: str) -> Route:
    """Where a caller from outside is led: by the name the account knows them by, or elsewhere if it blocks them."""
    known = found.account.callers
    return Route(found.account, known.entry(caller, found.entry), known.introduce(caller), called)


def _is_elsewhere(uri: Uri, domain: str, numbering: Numbering) -> bool:
    """Whether a URI's host is a name that is not the account's of ``domain``: its extensions are somebody else's."""
    named = numbering.by_domain(uri.host)
    if named is not None:
        return named is not numbering.by_domain(domain)
    return bool(uri.host) and len(numbering.accounts) > 1 and not is_address(uri.host)


def _might_be_of(account: Account, user: str) -> bool:
    """Whether a user name is an extension of the account, or has the form of one."""
    extensions = account.person_by_extension
    return (user.isdigit() and any(len(each) == len(user) for each in extensions)) or user in extensions


def outside_caller(shown: NameAddr, account: Account) -> Caller:
    """Who an outside caller says to be: shown, never trusted. One who is no person here is not shown as one."""
    number = _printable(dialled(shown.uri)).replace("@", " ").strip() or "anonymous"
    if number.partition(" ")[0] in account.person_by_extension:
        number = f"{number}@{shown.uri.host or 'invalid'}"
    return Caller(number[:MAX_SHOWN], _printable(shown.display)[:MAX_SHOWN])


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
