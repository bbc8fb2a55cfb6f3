"""SUBSCRIBE: somebody wants to be told how something stands, for a while (RFC 6665 section 4.2.1)."""

from __future__ import annotations

from sip.dialog.subscribed import Subscription, instance_of
from sip.dialog.subscription import Input
from sip.dialog.subscriptions import GRACE
from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request
from sip.message.grammar import parse_params
from sip.notifier import Wish
from sip.outside.surroundings import Surroundings
from sip.screening import Refusal
from sip.transaction.transaction import ServerTransaction

RETRY_AFTER = 60
"""Seconds after which somebody may come again for whom there is no room."""
_HOUR = 3600
"""No duration of an hour or more may be refused as too brief (section 4.2.1.1)."""


def receive(
    around: Surroundings, request: Request, transaction: ServerTransaction, flow: Flow, now: float
) -> Refusal | None:
    """One that begins a subscription, or with Expires 0 asks once."""
    table = around.subscriptions
    event, event_id = event_of(request)
    refusal = _unknown(around, request, event) or _too_brief(around, request)
    if refusal is not None:
        return refusal
    if not request.contacts:
        raise ProtocolError(400, DropReason.MISSING_HEADER, "a SUBSCRIBE without a Contact")
    admitted = around.admitted(request, transaction, flow, now)
    if admitted is None:
        return None
    if admitted.identity is None:
        return Refusal(403, DropReason.NOT_ALLOWED)
    wish = Wish(admitted.identity, event, request.uri, event_id)
    refused = table.notifier.refusal(wish)
    if refused is not None:
        around.respond(request, transaction, refused.status, now, refused.reason)
        return None
    if table.full(flow.remote[0], wish.identity):
        return Refusal(503, DropReason.TOO_MANY_SUBSCRIPTIONS, (("Retry-After", RETRY_AFTER),))
    seconds = _seconds(around, request)
    subscription = Subscription.of_request(table, wish, request, flow, now + seconds + GRACE)
    table.add(subscription, now)
    _accept(around, subscription, request, transaction, seconds, now)
    return None


def refresh(
    around: Surroundings, request: Request, transaction: ServerTransaction, flow: Flow, now: float
) -> Refusal | None:
    """One within the dialog of a subscription: it goes on, or with Expires 0 ends.

    Whoever sends it from elsewhere than before proves once more who they are: NOTIFYs go there from now on.
    """
    table = around.subscriptions
    subscription = table.find(request)
    if subscription is None:
        return Refusal(481, DropReason.UNKNOWN_DIALOG)
    if not subscription.dialog.in_order(request):
        return Refusal(500, DropReason.OUT_OF_ORDER)
    event, event_id = event_of(request)
    if (event, event_id) != (subscription.wish.event, subscription.wish.event_id):
        return Refusal(489, DropReason.UNKNOWN_EVENT, (("Allow-Events", subscription.wish.event),))
    refusal = _too_brief(around, request)
    if refusal is not None:
        return refusal
    if flow != subscription.flow:
        admitted = around.admitted(request, transaction, flow, now)
        if admitted is None:
            return None
        if admitted.identity != subscription.wish.identity:
            return Refusal(403, DropReason.NOT_ALLOWED)
        table.move(subscription, flow)
    subscription.dialog.refresh_target(request)
    subscription.instance = instance_of(request) or subscription.instance
    seconds = _seconds(around, request)
    subscription.expires_at = now + seconds + GRACE
    _accept(around, subscription, request, transaction, seconds, now)
    return None


def event_of(request: Request) -> tuple[str, str | None]:
    """The event package and the id of an Event header (section 8.2.1). Raises ProtocolError."""
    package, _, rest = request.required("Event").partition(";")
    params = dict(parse_params(f";{rest}")) if rest else {}
    return package.strip().lower(), params.get("id")


def _unknown(around: Surroundings, request: Request, event: str) -> Refusal | None:
    packages = around.subscriptions.notifier.packages
    written = packages.get(event)
    if written is None:
        return Refusal(489, DropReason.UNKNOWN_EVENT, (("Allow-Events", ", ".join(packages)),))
    kinds = [item.partition(";")[0].strip().lower() for item in request.items("Accept")]
    if kinds and not {written, "application/*", "*/*"}.intersection(kinds):
        return Refusal(406, DropReason.UNSUPPORTED_BODY, (("Accept", written),))
    return None


def _too_brief(around: Surroundings, request: Request) -> Refusal | None:
    least = around.subscriptions.limits.minimum
    asked = request.expires
    if asked is not None and 0 < asked < min(least, _HOUR):
        return Refusal(423, DropReason.INTERVAL_TOO_BRIEF, (("Min-Expires", least),))
    return None


def _seconds(around: Surroundings, request: Request) -> int:
    limits = around.subscriptions.limits
    return limits.default if request.expires is None else min(request.expires, limits.maximum)


def _accept(
    around: Surroundings,
    subscription: Subscription,
    request: Request,
    transaction: ServerTransaction,
    seconds: int,
    now: float,
) -> None:
    """200, and then the NOTIFY that every SUBSCRIBE brings about (section 4.2.1.2)."""
    headers = (("Expires", seconds), ("Contact", around.calls.contact(subscription.flow)))
    answer = response(request, 200, to_tag=subscription.dialog.local.tag, headers=headers)
    around.table.respond(transaction, answer, now)
    subscription.feed(Input.SUBSCRIBED if seconds else Input.LEFT, now, "" if seconds else "timeout")
