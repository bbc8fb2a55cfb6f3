"""The dependencies by which routes ask who is there: ``Manager`` for pages, ``api_caller(scope)`` for the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import Request

from engine.store.console.accounts import OWNER
from web.accounts import managers, sessions, tokens
from web.accounts.about import UTC, about
from web.mail import Post
from web.shell.cookies import SESSION_COOKIE, read_cookie
from web.shell.reach import now_of, settings_of, store_of
from web.shell.visitor import SignInFirst, Visitor, visitor_of

BEARER: Final = HTTPBearer(auto_error=False, description="a token that a manager has made (docs/api.md)")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks the API: a program with a token, or a manager's page. ``who`` is what the audit log calls them.

    ``scopes`` are the token's; None for a manager, who may do all. ``behind`` is the manager's address, or that of who
    made the token, and ``owner`` whether an owner it is. ``until``: when the token expires.
    """

    account: str
    who: str
    owner: bool = False
    scopes: frozenset[str] | None = None
    behind: str = ""
    until: float | None = None


def recognise(request: Request) -> Visitor | None:
    """Who has signed in with this browser."""
    store, now = store_of(request), now_of(request)
    found = sessions.look_up(store, read_cookie(request, SESSION_COOKIE), now)
    if found is None:
        return None
    session, manager = found
    known = about(settings_of(request), store, manager.account)
    return Visitor(session.email, manager.name, manager.account, manager.role, known.timezone if known else UTC)


def manager(request: Request) -> Visitor:
    """The manager who looks at a page; whoever has not signed in is led to where they can. Raises SignInFirst."""
    visitor = visitor_of(request)
    if visitor is None:
        raise SignInFirst
    return visitor


Manager = Annotated[Visitor, Depends(manager)]
"""The type of a page's parameter that gets its manager."""


def api_caller(scope: str) -> Callable[..., Caller]:
    """The dependency of an API route that is for whoever has ``scope``: a token with it, or a manager's session.

    Raises 401 for nobody, 403 where the token is not good for this.
    """
    assert scope in tokens.SCOPES

    def caller(
        request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None
    ) -> Caller:
        if sent is None:
            visitor = visitor_of(request)
            if visitor is None:
                raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
            return Caller(visitor.account, visitor.email, visitor.role == OWNER, behind=visitor.email)
        token = tokens.recognise(store_of(request), sent.credentials, now_of(request))
        if token is None:
            raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if not tokens.allows(token, scope):
            raise HTTPException(
                403, headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
            )
        return Caller(
            token.account,
            f"{token.name} ({token.id})",
            managers.role_of(store_of(request), token.account, token.created_by) == OWNER,
            frozenset(token.scopes.split()),
            token.created_by,
            token.expires_at,
        )

    return caller


def post_of(request: Request) -> Post:
    """The post, by which letters are sent."""
    post: Post = request.app.state.post
    return post


ThePost = Annotated[Post, Depends(post_of)]
