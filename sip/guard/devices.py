"""Which device sent a request, as far as wrong passwords go: many may come over one path, as through a proxy."""

from __future__ import annotations

from sip.errors import ProtocolError
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.values import Uri

Device = tuple[int, ...]
"""What a device is known by, the best of its names first; never empty. Hashes, which are short, and ours alone."""


def device_of(request: Request, flow: Flow) -> Device:
    """By the instance its Contact names (RFC 5626), by the address in there, else by the path it comes over."""
    try:
        contact = next(iter(request.contacts), None)
    except ProtocolError:
        contact = None
    return device(flow) if contact is None else device(flow, contact.uri, contact.param("+sip.instance"))


def device(flow: Flow, contact: Uri | None = None, instance: str | None = None) -> Device:
    """The same, of what a phone has registered."""
    if contact is None:
        return (hash(flow.remote),)
    address = hash((contact.user, contact.host, contact.port))
    return (hash(instance), address) if instance else (address,)
