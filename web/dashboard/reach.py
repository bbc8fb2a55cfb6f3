"""What the dashboard's routes stand on: one sight, one connection to the engine, and one feed an account."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request

from web.dashboard.feed import AccountFeed
from web.dashboard.live import Live
from web.dashboard.stream import Stream
from web.dashboard.view import Sight
from web.shell.reach import settings_of, store_of

MAX_VIEWERS: Final = 200
"""Streams at a time, all accounts together."""
MAX_OF_ONE: Final = 10
"""Streams of one person."""


class Viewers:
    """All who look at what goes on. Feeds are there as long as somebody looks at their account."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.live = Live(sight.control)
        self._feeds: dict[str, AccountFeed] = {}
        self._of: dict[str, int] = {}
        sight.checks.on_found = self._checked

    def __len__(self) -> int:
        return sum(self._of.values())

    def stream(self, account: str, person: str, language: str) -> Stream:
        """A stream for somebody; must be called in the event loop. Raises HTTPException (429, 503)."""
        if self._of.get(person, 0) >= MAX_OF_ONE:
            raise HTTPException(429)
        if len(self) >= MAX_VIEWERS:
            raise HTTPException(503)
        feed = self._feeds.get(account)
        if feed is None:
            feed = self._feeds[account] = AccountFeed(account, self.sight, self.live)
        feed.viewers += 1
        self._of[person] = self._of.get(person, 0) + 1
        return Stream(feed, language, lambda: self._left(feed, person))

    def _left(self, feed: AccountFeed, person: str) -> None:
        feed.viewers -= 1
        if not feed.viewers and self._feeds.get(feed.account) is feed:
            del self._feeds[feed.account]
            feed.close()
        self._of[person] -= 1
        if not self._of[person]:
            del self._of[person]

    def _checked(self, account: str) -> None:
        feed = self._feeds.get(account)
        if feed is not None:
            feed.checked()


async def viewers_of(request: Request) -> Viewers:
    state = request.app.state
    if not hasattr(state, "viewers"):
        state.viewers = Viewers(Sight(settings_of(request), store_of(request)))
    viewers: Viewers = state.viewers
    return viewers


TheViewers = Annotated[Viewers, Depends(viewers_of)]


async def sight_of(viewers: TheViewers) -> Sight:
    return viewers.sight


TheSight = Annotated[Sight, Depends(sight_of)]
