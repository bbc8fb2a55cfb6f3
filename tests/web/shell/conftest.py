"""A few routes of the tests' own on the real console, as its slices will have them."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Body, FastAPI
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.accounts.access import Manager
from web.mistakes import Mistakes, Stale, refused
from web.shell.cookies import SESSION_COOKIE, read_cookie
from web.shell.failures import TooOften
from web.shell.rendering import redirect
from web.shell.typed import TypedForm
from web.shell.visitor import SignInFirst
from web.words import say


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.post("/letters")
    @app.post("/hooks/letters")
    @app.post("/api/v1/letters")
    async def letters(request: Request) -> Response:
        return JSONResponse({"size": len(await request.body()), "session": read_cookie(request, SESSION_COOKIE)})

    @app.post("/forms")
    def forms(request: Request, typed: TypedForm) -> Response:
        return redirect(request, "/", say("Kept"))

    @app.post("/managers")
    def managers(visitor: Manager, typed: TypedForm) -> Response:
        return JSONResponse({"who": visitor.name, "name": typed.text("name"), "file": "sound" in typed.files})

    @app.post("/api/v1/personal/people")
    def people(name: Annotated[str, Body(embed=True, max_length=5)]) -> dict[str, str]:
        return {"name": name}

    @app.get("/personal/{secret}")
    @app.get("/api/v1/personal/{secret}")
    def personal(secret: str) -> Response:
        match secret:
            case "mistakes":
                raise Mistakes([*refused("name", say("No {what}", what="<name>")).mistakes])
            case "stale":
                raise Stale(say("An was first"))
            case "often":
                raise TooOften(12.2)
            case "sign-in":
                raise SignInFirst
            case "gone":
                raise HTTPException(410, "This invitation has expired.")
            case "locked":
                raise OperationalError("UPDATE secrets", {}, Exception("database is locked"))
            case _:
                raise RuntimeError(f"a fault with {secret}")

    return app
