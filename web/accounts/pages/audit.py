"""Who did what to the account, and when."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.accounts.access import Manager
from web.accounts.audit import PAGE, entries
from web.shell.reach import TheStore
from web.shell.rendering import render

MAX_ID = 2**62

router = APIRouter()


@router.get("/account/audit")
def show(request: Request, visitor: Manager, store: TheStore, before: str = "") -> Response:
    """The newest entries, or those ``before`` one."""
    number = int(before) if before.isascii() and before.isdigit() and len(before) < len(str(MAX_ID)) else None
    found = entries(store, visitor.account, number, PAGE + 1)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render(request, "accounts/audit.html", entries=found[:PAGE], older=older)
