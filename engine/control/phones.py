"""Who is registered, as the registrar knows it, told by account, extension and person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from engine.control.messages import Phone
from engine.numbering import Numbering
from sip.bindings import Binding, by_device


def shown(bindings: Iterable[Binding], numbering: Numbering, now: float) -> Iterator[Phone]:
    """The phones of people of these accounts, one a device; what has expired is left out.

    The bindings of an address-of-record follow one another, as the registrar gives them.
    """
    for aor, of_one in groupby((each for each in bindings if each.expires_at > now), key=lambda each: each.aor):
        extension, _, domain = aor.partition("@")
        account = numbering.by_domain(domain)
        if account is None or extension not in account.person_by_extension:
            continue
        for first, *_ in by_device(of_one):
            yield Phone(
                account=account.key,
                extension=extension,
                person=account.person_by_extension[extension],
                user_agent=first.user_agent,
                address=first.flow.remote[0],
                transport=first.flow.transport,
                registered_at=first.refreshed_at,
                expires_at=first.expires_at,
                silent_since=first.silent_since,
            )
