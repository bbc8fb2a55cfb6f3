"""A form that cannot be taken just now, since its visitor has been signed out, or has signed in since it was shown.

What was typed is shown to them once more, hidden in a form that only they can send; files have to be chosen again.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from web.shell.forgery import FORMS, TOKEN_FIELD
from web.shell.rendering import render
from web.shell.typed import Typed, read_typed

TEMPLATE = "shell/again.html"


def is_form(request: Request) -> bool:
    """Whether somebody has sent a form, and no script has."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return request.method == "POST" and kind in FORMS and "hx-request" not in request.headers


async def sign_in_and_send(request: Request) -> Response:
    """The page (401) for whoever has been signed out: they sign in in another tab, and come back to this one."""
    return await run_in_threadpool(_shown, request, await read_typed(request), signed_out=True)


async def send_again(request: Request) -> Response:
    """The page (403) for whoever has signed in, or out, since the form was shown: its token is not theirs any more."""
    return await run_in_threadpool(_shown, request, await read_typed(request), signed_out=False)


def _shown(request: Request, typed: Typed, *, signed_out: bool) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return render(
        request,
        TEMPLATE,
        status=401 if signed_out else 403,
        signed_out=signed_out,
        to=request.url.path + query,
        fields=[(name, value) for name, all in typed.values.items() if name != TOKEN_FIELD for value in all],
        files=bool(typed.files),
    )
