"""What was done, told on the next page: a short text in a cookie that is shown once."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from web.shell.cookies import drop_cookie, read_cookie, set_cookie

NOTICE_COOKIE: Final = "belplan_notice"
NOTICE_SECONDS: Final = 60
MAX_NOTICE: Final = 600
"""Characters: one sentence or two."""


def keep_notice(request: Request, response: Response, text: str | None) -> None:
    """Have it shown on the next page; None forgets it."""
    if text is None:
        drop_cookie(request, response, NOTICE_COOKIE)
        return
    kept = base64.urlsafe_b64encode(text[:MAX_NOTICE].encode()).decode()
    set_cookie(request, response, NOTICE_COOKIE, kept, seconds=NOTICE_SECONDS)


def take_notice(request: Request) -> str | None:
    """The text that this page is to show."""
    kept = read_cookie(request, NOTICE_COOKIE)
    if not kept:
        return None
    try:
        return base64.urlsafe_b64decode(kept).decode()[:MAX_NOTICE]
    except (binascii.Error, ValueError):
        return None
