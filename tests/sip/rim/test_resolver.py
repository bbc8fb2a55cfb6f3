"""From a URI to a transport, an address and a port."""

from __future__ import annotations

import pytest

from sip.message.values import Uri
from sip.rim.resolver import Target, Unreachable, numeric_target, resolve


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:101@192.0.2.1", Target("udp", "192.0.2.1", 5060)),
        ("sip:101@192.0.2.1:5070;transport=TCP", Target("tcp", "192.0.2.1", 5070)),
        ("sip:[2001:db8::1]:5070", Target("udp", "2001:db8::1", 5070)),
        ("sip:101@phone.example", None),
    ],
)
def test_a_numeric_uri_says_it_all(uri: str, target: Target | None) -> None:
    assert numeric_target(Uri.parse(uri)) == target


@pytest.mark.parametrize("uri", ["tel:+31201234567", "sips:101@192.0.2.1", "urn:service:sos"])
def test_what_is_not_spoken_here_is_unreachable(uri: str) -> None:
    with pytest.raises(Unreachable, match="there is no way to a"):
        numeric_target(Uri.parse(uri))


async def test_a_name_is_looked_up() -> None:
    targets = await resolve(Uri.parse("sip:101@localhost:5070;transport=tcp"))
    assert Target("tcp", "127.0.0.1", 5070) in targets
    assert len(targets) == len(set(targets))


async def test_a_name_that_leads_nowhere_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="leads nowhere"):
        await resolve(Uri.parse("sip:101@nobody.invalid"))
