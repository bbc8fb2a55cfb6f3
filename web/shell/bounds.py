"""What a visitor may send: so many bytes, in so much time. Routes for uploads are named with bounds of their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY: Final = 1_000_000
"""Bytes of a form or a JSON text."""
BODY_SECONDS: Final = 30.0
SLOWEST_UPLOAD: Final = 50_000.0
"""Bytes a second that an upload has to make."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Paths that take more: ``most`` bytes, in the time this takes at SLOWEST_UPLOAD."""

    path: re.Pattern[str]
    most: int

    @property
    def seconds(self) -> float:
        return BODY_SECONDS + self.most / SLOWEST_UPLOAD


FORM: Final = Upload(re.compile(".*"), MAX_BODY)


class Bounds:
    """Counts what comes in; what is too much (413) or too slow (408) is raised where it is read."""

    def __init__(self, app: ASGIApp, uploads: Sequence[Upload] = ()) -> None:
        self.app = app
        self._uploads = tuple(uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bound = next((each for each in self._uploads if each.path.fullmatch(scope["path"])), FORM)
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        too_large = len(announced) > 18 or not announced.isdigit() or int(announced) > bound.most
        came = 0
        whole = False
        until = asyncio.get_running_loop().time() + bound.seconds

        async def counted() -> Message:
            nonlocal came, whole
            if whole:
                return await receive()
            if too_large:
                raise HTTPException(413)
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            came += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if came > bound.most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
