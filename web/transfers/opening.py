"""The desk as pages, commands and the API open it: on the dialplans, the post, the managers and the audit log."""

from __future__ import annotations

from engine.settings import Settings
from engine.store.store import Store
from web.accounts.audit import audit
from web.accounts.managers import managers
from web.editing.plans import Plans
from web.mail import Post
from web.transfers.desk import Desk
from web.words import Sentence


def open_desk(settings: Settings, store: Store, post: Post) -> Desk:
    """The desk of all accounts."""

    def log(account: str, who: str, what: Sentence, now: float) -> None:
        audit(store, account, who, what, now)

    def addresses(account: str) -> list[str]:
        return [manager.email for manager in managers(store, account)]

    return Desk(settings, store, Plans(settings, store), post.send, addresses, audit=log)
