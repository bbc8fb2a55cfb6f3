"""The notifier: what can be watched, and by whom (RFC 6665). The engine gives one to the core, as it does the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sip.gate import Refuse
from sip.message.values import Uri

if TYPE_CHECKING:
    from sip.dialog.subscribed import Subscription


@dataclass(frozen=True, slots=True)
class Wish:
    """What a SUBSCRIBE asks for: ``identity`` (the AOR its sender proved to be) wants ``event`` of ``uri``.

    ``event_id`` tells several subscriptions of one dialog apart (RFC 6665 section 8.2.1).
    """

    identity: str
    event: str
    uri: Uri
    event_id: str | None = None


class Notifier(Protocol):
    """``packages`` has the content type of each event package's documents. Nothing here waits or raises."""

    packages: Mapping[str, str]

    def refusal(self, wish: Wish) -> Refuse | None:
        """Why this may not be watched; None if it may."""
        ...

    def began(self, subscription: Subscription) -> None:
        """From now on ``changed`` has to be said of it; also after a restart."""
        ...

    def ended(self, subscription: Subscription) -> None: ...

    def document(self, subscription: Subscription) -> bytes | None:
        """The whole state as it is now, written for this subscriber; None if there is nothing to be watched any more.

        Asked for when the NOTIFY is made, so that the newest state goes out, whatever else it has waited for.
        """
        ...


class NothingToWatch:
    """For a user agent that notifies nobody."""

    packages: Mapping[str, str] = {}

    def refusal(self, wish: Wish) -> Refuse | None:  # noqa: ARG002
        return Refuse(404)

    def began(self, subscription: Subscription) -> None: ...

    def ended(self, subscription: Subscription) -> None: ...

    def document(self, subscription: Subscription) -> bytes | None:  # noqa: ARG002
        return None
