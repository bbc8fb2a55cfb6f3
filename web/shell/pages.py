"""The pages that belong to no slice: the start, and whether the console is well."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.shell.reach import TheStore
from web.shell.rendering import redirect, render
from web.shell.visitor import visitor_of

DASHBOARD = "/dashboard"

router = APIRouter(include_in_schema=False)


@router.get("/")
def start(request: Request) -> Response:
    """The first page: what this is, and the way in. Who has signed in goes on to the dashboard."""
    if visitor_of(request) is not None:
        return redirect(request, DASHBOARD)
    return render(request, "shell/start.html")


@router.get("/health")
def health(store: TheStore) -> Response:
    """For whoever watches the machine: 200 while pages can be made, 503 otherwise."""
    try:
        with store.database.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "the store cannot be reached"}, 503)
    return JSONResponse({"status": "well"})
