"""Where requests come from, and so where they are answered (RFC 3261 section 18.2, RFC 3581)."""

from __future__ import annotations

from dataclasses import replace

from sip.errors import ProtocolError
from sip.flow import DEFAULT_PORT, Flow
from sip.message.build import response, stateless_tag
from sip.message.envelope import Request
from sip.message.intake import parse
from sip.transaction.effects import Send

LATER = ("Retry-After", 5)
"""Seconds after which those may come again for whom there is no time now."""


def note_source(request: Request, flow: Flow) -> Request:
    """Write into the top Via where the request came from (RFC 3261 section 18.2.1, RFC 3581 section 4)."""
    via = request.via
    host, port = flow.remote
    if via.param("rport") is not None:
        return request.with_top_via(via.with_params(received=host, rport=str(port)))
    if via.host != host:
        return request.with_top_via(via.with_params(received=host))
    return request


def way_back(request: Request, flow: Flow) -> Flow:
    """Where a request is answered: where it came from, for rport or from behind a router, else where its Via says.

    Some phones listen on the port of their Via and send from another one, without rport (section 18.2.2). Their address
    is the packet's all the same: nobody makes us send to a third.
    """
    via = request.via
    host, port = flow.remote
    listens = via.port or DEFAULT_PORT
    if flow.reliable or listens == port or via.host != host or via.param("rport") is not None:
        return flow
    return replace(flow, remote=(host, listens))


def turned_away(data: bytes, flow: Flow) -> list[Send]:
    """503 to a request for which there is no time, without a transaction for it (section 21.5.4)."""
    try:
        request = parse(data)
    except ProtocolError:
        return []
    if not isinstance(request, Request) or request.method == "ACK":
        return []
    busy = response(note_source(request, flow), 503, to_tag=stateless_tag(request), headers=[LATER])
    return [Send(busy.encode(), way_back(request, flow))]
