"""Whatever a page does, a program can do: each action of a page has the operation of the API that does the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from starlette.routing import BaseRoute

from web.app import API_BASE, PAGES

OPERATIONS = {
    "/account": "PATCH /account",
    "/account/managers": "POST /account/managers",
    "/account/managers/remove": "DELETE /account/managers/{email}",
    "/account/managers/role": "PATCH /account/managers/{email}",
    "/account/sessions/end": "DELETE /account/managers/{email}/sessions",
    "/account/tokens": "POST /account/tokens",
    "/account/tokens/revoke": "DELETE /account/tokens/{id}",
    "/dashboard/ring": "POST /test-calls",
    "/greetings/by-phone": "POST /greetings/by-phone",
    "/greetings/by-phone/forget": "DELETE /greetings/of/{menu}/by-phone",
    "/greetings/by-phone/off": "DELETE /greetings/by-phone/{code}",
    "/greetings/remove": "DELETE /greetings/{name}",
    "/greetings/text": "PUT /greetings/of/{menu}",
    "/greetings/upload": "POST /greetings",
    "/greetings/use": "PUT /greetings/of/{menu}",
    "/main-number": "PUT /main-number, POST /hours",
    "/main-number/menus/{name}": "PUT /menus/{name}",
    "/main-number/menus/{name}/preview": "POST /plan/check",
    "/main-number/menus/{name}/remove": "DELETE /menus/{name}",
    "/main-number/new-menu": "PUT /menus/{name}, PUT /main-number",
    "/main-number/new-menu/preview": "POST /plan/check",
    "/main-number/preview": "POST /plan/check",
    "/numbers": "POST /numbers",
    "/numbers/import": "POST /numbers",
    "/numbers/main": "PUT /main-number/number",
    "/numbers/remove": "DELETE /numbers/{number}",
    "/people/add": "POST /people",
    "/people/extensions": "PUT /extensions",
    "/people/import": "POST /people",
    "/people/invite": "POST /invitations",
    "/people/person/{key}": "PUT /people/{key}",
    "/people/person/{key}/invite": "POST /invitations",
    "/people/person/{key}/password": "POST /people/{key}/password",
    "/people/person/{key}/remove": "DELETE /people/{key}",
    "/people/person/{key}/revoke": "DELETE /people/{key}/invitation",
    "/people/person/{key}/ring": "POST /test-calls",
    "/people/person/{key}/settings": "POST /people/{key}/settings",
    "/plan": "POST /plan/check",
    "/plan/check": "POST /plan/check",
    "/plan/save": "PUT /plan",
    "/plan/versions/{number}/undo": "POST /plan/versions/{number}/undo",
    "/rehearsal": "POST /rehearsal",
    "/rehearsal/unsaved": "POST /rehearsal",
    "/transfers": "POST /transfers",
    "/transfers/{id}/accept": "POST /transfers/{id}/answer",
    "/transfers/{id}/cancel": "POST /transfers/{id}/cancel",
    "/transfers/{id}/complete": "POST /transfers/{id}/complete",
    "/transfers/{id}/invoice": "PUT /transfers/{id}/invoice",
    "/transfers/{id}/letter": "POST /transfers/{id}/signature",
    "/transfers/{id}/numbers": "PUT /transfers/{id}/numbers",
    "/transfers/{id}/places": "PUT /transfers/{id}/places",
    "/transfers/{id}/provider": "PUT /transfers/{id}/provider",
    "/transfers/{id}/reject": "POST /transfers/{id}/answer",
    "/transfers/{id}/submit": "POST /transfers/{id}/submit",
}
FOR_PEOPLE = {
    "/account/look-at": "a token belongs to one account",
    "/code": "a code is for the browser that asked for it; a program has its token",
    "/code/again": "the same",
    "/set-up": "there is no token before there is an account: belplan init",
    "/sign-in": "a program has its token",
    "/sign-out": "the same",
    "/welcome/{token}": "a personal link, which is its own key",
    "/welcome/{token}/ring": "the same",
    "/hooks/transfers": "a door for programs already: a carrier's, which proves itself by a signature",
}
"""Actions that no operation does, and why."""


def actions(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """The paths that pages send forms to."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from actions(included.routes)
        elif getattr(route, "methods", set()) - {"GET", "HEAD"}:
            yield route.path  # type: ignore[attr-defined]


def test_every_action_of_a_page_has_its_operation(app: FastAPI) -> None:
    there = {path for router in PAGES for path in actions(router.routes)}
    assert there == OPERATIONS.keys() | FOR_PEOPLE.keys()
    described = {
        f"{method.upper()} {path.removeprefix(API_BASE)}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    assert {each for named in OPERATIONS.values() for each in named.split(", ")} <= described
