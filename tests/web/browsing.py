"""A visitor of the console in this process: an httpx client with a cookie jar that sends forms as browsers do."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
from fastapi import FastAPI

from web.app import guarded

BASE = "http://localhost:8080"


class Browser(httpx.AsyncClient):
    """Speaks to an app as the network would. ``submit`` sends a form as a browser does: with the page's token."""

    def __init__(self, app: FastAPI, **options: Any) -> None:
        headers = {"Accept-Language": "en", **options.pop("headers", {})}
        super().__init__(
            transport=httpx.ASGITransport(guarded(app), raise_app_exceptions=False),
            headers=headers,
            **{"base_url": BASE, **options},
        )

    async def token(self, page: str = "/") -> str:
        """The form token that a page carries."""
        return token_in((await self.get(page)).text)

    async def submit(
        self, to: str, fields: dict[str, Any] | None = None, *, page: str | None = None, **options: Any
    ) -> httpx.Response:
        """POST the fields with the token of ``page`` (that of the form's own address, unless given).

        What the page was seen to say goes along unless ``fields`` has it.
        """
        shown = (await self.get(to if page is None else page)).text
        return await self.post(to, data={**seen_in(shown), **(fields or {}), "form_token": token_in(shown)}, **options)


def seen_in(page: str) -> dict[str, str]:
    """What a page says that it showed, in hidden fields."""
    return {name: unescape(value) for name, value in re.findall(r'name="(seen\.\w+)" value="([^"]*)"', page)}


def token_in(page: str) -> str:
    """The form token of a page that was shown."""
    match = re.search(r'X-Form-Token": "([0-9a-f]{64})"', page)
    assert match, page
    return match[1]
