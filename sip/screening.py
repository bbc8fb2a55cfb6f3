"""What a request must pass before anyone looks at what it wants (RFC 3261 sections 8.2.1 to 8.2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from sip.dialog.capabilities import ALLOW, SDP, SUPPORTED
from sip.dialog.features import FEATURES
from sip.dialog.session_timer import LEAST_SECONDS, too_brief
from sip.errors import DropReason
from sip.message.envelope import Request

ALLOW_OUTSIDE = f"{ALLOW}, MESSAGE, REGISTER, SUBSCRIBE"
INSIDE_ONLY = ("BYE", "INFO", "PRACK", "UPDATE")
"""Methods that make no sense but within a dialog; a test holds both lists to what ``sip.outside`` registers."""
_OUTSIDE = frozenset(ALLOW_OUTSIDE.split(", ")) - {"ACK", "CANCEL"}
OWN_DIALOGS = frozenset({"SUBSCRIBE"})
"""Methods that make dialogs which are no calls."""
SCHEMES = frozenset({"sip", "sips", "tel"})
_CARRIES_SDP = frozenset({"INVITE", "PRACK", "UPDATE"})
_IS_TIMED = frozenset({"INVITE", "UPDATE"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """The final status, why (for the count of what was dropped), and what else the response says."""

    status: int
    reason: DropReason
    headers: tuple[tuple[str, object], ...] = ()


def screen_outside(request: Request, least: int = LEAST_SECONDS) -> Refusal | None:
    """A request that belongs to no dialog. Raises ProtocolError if a header it needs is malformed.

    ``least`` is the shortest session interval that may be asked for (RFC 4028).
    """
    method = request.method
    if method not in _OUTSIDE:
        return Refusal(405, DropReason.UNSUPPORTED_METHOD, (("Allow", ALLOW_OUTSIDE),))
    if request.uri.scheme not in SCHEMES:
        return Refusal(416, DropReason.UNSUPPORTED_SCHEME)
    if method == "INVITE" and request.max_forwards == 0:
        # it would go on as a call of ours: a loop through other systems has to end here (RFC 7332)
        return Refusal(483, DropReason.TOO_MANY_HOPS)
    if method == "INVITE":
        _ = request.vias, request.contacts  # what a dialog is made of must be readable before anybody is rung
        if not _takes_sdp(request):
            return Refusal(406, DropReason.UNSUPPORTED_BODY)
    return _screen_rest(request, least)


def screen_inside(request: Request, least: int = LEAST_SECONDS) -> Refusal | None:
    """A request within a dialog. Raises ProtocolError if a header it needs is malformed."""
    if request.method not in FEATURES and request.method not in OWN_DIALOGS:
        return Refusal(405, DropReason.UNSUPPORTED_METHOD, (("Allow", ALLOW),))
    return _screen_rest(request, least)


def _screen_rest(request: Request, least: int) -> Refusal | None:
    unknown = request.require - SUPPORTED
    if unknown:
        return Refusal(420, DropReason.UNSUPPORTED_EXTENSION, (("Unsupported", ", ".join(sorted(unknown))),))
    if request.body and request.method in _CARRIES_SDP and not _readable(request):
        headers = (("Accept", SDP), ("Accept-Encoding", "identity"))
        return Refusal(415, DropReason.UNSUPPORTED_BODY, headers)
    if request.method in _IS_TIMED and too_brief(request, least):
        return Refusal(422, DropReason.INTERVAL_TOO_BRIEF, (("Min-SE", least),))
    return None


def _takes_sdp(request: Request) -> bool:
    """Whether the caller could read an answer (section 20.1); who does not say what they take, takes SDP."""
    types = request.items("Accept")
    named = {each.partition(";")[0].strip().lower() for each in types}
    return not named or bool(named & {SDP, "application/*", "*/*"})


def _readable(request: Request) -> bool:
    encoding = request.header("Content-Encoding")
    return request.content_type == SDP and (encoding is None or encoding.lower() == "identity")


def without_optional_body(request: Request) -> Request:
    """The request without a body that we cannot read and need not (Content-Disposition, section 20.11)."""
    disposition = request.header("Content-Disposition") if request.body else None
    if disposition is None or _readable(request) or "handling=optional" not in disposition.lower().replace(" ", ""):
        return request
    return request.with_body(None, b"")
