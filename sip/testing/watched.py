"""A notifier for tests: lets everybody watch everything, and tells one word."""

from __future__ import annotations

from collections.abc import Mapping

from sip.dialog.subscribed import Kept, Subscription
from sip.gate import Refuse
from sip.notifier import Wish


class OneWord:
    """``word`` is how everything stands; ``subscriptions`` are those that began and have not ended."""

    packages: Mapping[str, str] = {"dialog": "application/dialog-info+xml", "presence": "application/pidf+xml"}

    def __init__(self) -> None:
        self.word = "idle"
        self.refuses: Refuse | None = None
        self.subscriptions: list[Subscription] = []

    def refusal(self, wish: Wish) -> Refuse | None:  # noqa: ARG002
        return self.refuses

    def began(self, subscription: Subscription) -> None:
        self.subscriptions.append(subscription)

    def ended(self, subscription: Subscription) -> None:
        self.subscriptions.remove(subscription)

    def document(self, subscription: Subscription) -> bytes | None:  # noqa: ARG002
        return self.word.encode()


class KeptInMemory:
    """A SubscriptionStore that a second core can take up."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def load(self) -> list[Kept]:
        return list(self.kept.values())

    def save(self, key: str, kept: Kept | None) -> None:
        if kept is None:
            self.kept.pop(key, None)
        else:
            self.kept[key] = kept
