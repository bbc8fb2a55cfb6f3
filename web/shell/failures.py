"""What goes wrong, told in a sentence: as a page to people, as JSON to programs; a fault of ours with its number."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.mistakes import WAIT, Mistake, Mistakes, Stale, TooOften
from web.shell import again
from web.shell.forgery import API, HOOKS, ShownBefore
from web.shell.languages import catalogue_of
from web.shell.rendering import redirect, render
from web.shell.visitor import SignInFirst
from web.words import Sentence, say

SIGN_IN: Final = "/sign-in"
REFERENCE: Final = "belplan.reference"
"""Where a request's scope has the number of the fault it met."""
REFERENCE_BYTES: Final = 4
SENTENCES: Final[Mapping[int, Sentence]] = {
    400: say("This request cannot be understood. Go back and try once more."),
    401: say("Sign in first, or send a token that is good for this."),
    403: say("This is not for you to do, or the page was open for too long. Load it again and try once more."),
    404: say("There is no such page. Perhaps it has moved, or the address was mistyped."),
    405: say("This page cannot be asked for in this way. Go to the start and find it from there."),
    408: say("What you sent took too long to arrive. Try again over a better connection."),
    409: say("Somebody else has changed this meanwhile. Load the page again to see how it is now."),
    413: say("What you sent is too large. Choose a smaller file or type less."),
    415: say("This kind of file or text cannot be used here."),
    422: say("Something in what you sent cannot be used."),
    429: WAIT,
    500: say("Something went wrong here, and it is no fault of yours. Try again in a moment."),
    503: say("The console is busy or cannot reach its store. Try again in a moment."),
}
TITLES: Final[Mapping[int, Sentence]] = {
    404: say("Not found"),
    403: say("Not allowed"),
    409: say("Changed meanwhile"),
    413: say("Too large"),
    422: say("This cannot be used"),
    429: say("Too often"),
    500: say("Something went wrong"),
    503: say("Not now"),
}
IN_THE_WAY: Final = say("This can be shown once the following is put right.")
"""For mistakes that were made elsewhere, as in a dialplan that was edited by hand."""
SIGNED_OUT: Final = say("You have been signed out. Sign in in a new tab; what you have typed stays here.")
OTHER_TITLE: Final = say("This did not work")


class ProblemMistake(BaseModel):
    """One thing that is wrong with what was sent."""

    field: str = Field(description="the field, as in `people.2.email`; empty for the whole")
    what: str = Field(description="a sentence: what is wrong with it, and what to do")


class Problem(BaseModel):
    """What the API answers when it does not do what it was asked."""

    error: str = Field(description="a sentence for people, in the language of Accept-Language")
    mistakes: list[ProblemMistake] = Field(default_factory=list)
    reference: str | None = Field(None, description="the number under which a fault stands in the server's log")


def for_programs(request: Request) -> bool:
    """Whether a program has asked, so that the answer is JSON."""
    return request.url.path.startswith((API, HOOKS))


def failure(
    request: Request,
    status: int,
    what: Sentence | None = None,
    *,
    mistakes: tuple[Mistake, ...] = (),
    reference: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer with this status, as a page or as JSON."""
    sentence = what or SENTENCES.get(status) or SENTENCES[400 if status < 500 else 500]
    response: Response
    if for_programs(request):
        catalogue = catalogue_of(request)
        problem = Problem(
            error=sentence.translated(catalogue),
            mistakes=[ProblemMistake(field=each.field, what=each.what.translated(catalogue)) for each in mistakes],
            reference=reference,
        )
        response = JSONResponse(problem.model_dump(), status)
    else:
        response = render(
            request,
            "shell/failure.html",
            status=status,
            title=TITLES.get(status, OTHER_TITLE),
            what=sentence,
            mistakes=mistakes,
            reference=reference,
            code=status,
        )
    response.headers.update(headers or {})
    return response


def answer_failures(app: FastAPI) -> None:
    """Have the app answer what its routes raise."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(Mistakes, _mistakes)
    app.add_exception_handler(Stale, _stale)
    app.add_exception_handler(SignInFirst, _sign_in)
    app.add_exception_handler(ShownBefore, _shown_before)
    app.add_exception_handler(TooOften, _too_often)
    app.add_exception_handler(Exception, _fault)


def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    told = problem.detail if problem.detail != HTTPStatus(problem.status_code).phrase else None
    return failure(request, problem.status_code, say("{what}", what=told) if told else None, headers=problem.headers)


def _not_valid(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    mistakes = tuple(
        Mistake(".".join(str(part) for part in error["loc"][1:]), say("{what}", what=error["msg"]))
        for error in problem.errors()
    )
    return failure(request, 422, mistakes=mistakes)


def _mistakes(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Mistakes)
    what = IN_THE_WAY if request.method == "GET" else None
    return failure(request, 422, what, mistakes=problem.mistakes)


def _stale(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Stale)
    return failure(request, 409, problem.what)


async def _sign_in(request: Request, _: Exception) -> Response:
    if for_programs(request):
        return failure(request, 401, headers={"WWW-Authenticate": "Bearer"})
    if again.is_form(request):
        return await again.sign_in_and_send(request)
    if request.method != "GET":
        return failure(request, 401, SIGNED_OUT)
    if "hx-request" in request.headers:
        return redirect(request, SIGN_IN)
    query = f"?{request.url.query}" if request.url.query else ""
    return redirect(request, f"{SIGN_IN}?next={quote(request.url.path + query, safe='')}")


async def _shown_before(request: Request, _: Exception) -> Response:
    return await again.send_again(request) if again.is_form(request) else failure(request, 403)


def _too_often(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, TooOften)
    return failure(request, 429, problem.what, headers={"Retry-After": problem.wait})


def _fault(request: Request, problem: Exception) -> Response:
    """The front door logs the exception itself, under this number."""
    reference = request.scope[REFERENCE] = secrets.token_hex(REFERENCE_BYTES)
    request.state.visitor = None  # who it is may be the very thing that cannot be found out
    return failure(request, 503 if isinstance(problem, OperationalError) else 500, reference=reference)
