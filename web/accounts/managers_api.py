"""The JSON API of managers: who they are, what they may do, and the browsers that they are signed in with."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from engine.store.console.accounts import StoredManager
from engine.store.console.sessions import StoredSession
from engine.store.store import Store
from web.accounts import managers, sessions
from web.accounts.access import Caller, ThePost, api_caller
from web.accounts.audit import audit
from web.accounts.browsers import browser_of
from web.shell.reach import Now, TheSettings, TheStore
from web.words import say

MAX_TEXT: Final = 300

Reading = Annotated[Caller, Depends(api_caller("read"))]
Naming = Annotated[Caller, Depends(api_caller("managers"))]
Text = Annotated[str, Field(max_length=MAX_TEXT)]

router = APIRouter(prefix="/account/managers", tags=["account"])


class ManagerOut(BaseModel):
    """Somebody who manages the account."""

    email: str
    name: str
    role: str = Field(description="`owner` or `manager`")
    since: float = Field(description="seconds since 1970")

    @classmethod
    def of(cls, kept: StoredManager) -> ManagerOut:
        return cls(email=kept.email, name=kept.name, role=kept.role, since=kept.since)


class NewManager(BaseModel):
    """Somebody who is to manage the account."""

    model_config = ConfigDict(extra="forbid")

    email: Text
    name: Text = ""


class NewRole(BaseModel):
    """What somebody is to be."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["owner", "manager"]


class SessionOut(BaseModel):
    """A browser that somebody is signed in with."""

    browser: str = Field(description="what it calls itself, in short")
    source: str = Field(description="the address that it signed in from")
    since: float
    seen_at: float
    expires_at: float

    @classmethod
    def of(cls, kept: StoredSession) -> SessionOut:
        return cls(
            browser=str(browser_of(kept.agent)),
            source=kept.source,
            since=kept.created_at,
            seen_at=kept.seen_at,
            expires_at=kept.expires_at,
        )


class SignedOut(BaseModel):
    """How many browsers were signed in until now."""

    signed_out: int


@router.get("")
def list_managers(caller: Reading, store: TheStore) -> list[ManagerOut]:
    """Who manages the account, the longest-serving first."""
    return [ManagerOut.of(each) for each in managers.managers(store, caller.account)]


@router.post("", status_code=201)
def add_manager(
    new: NewManager, caller: Naming, settings: TheSettings, store: TheStore, post: ThePost, now: Now
) -> ManagerOut:
    """Name one more manager, who is told by a letter."""
    return ManagerOut.of(managers.add(settings, store, post, caller.account, caller.who, new.email, new.name, now))


@router.patch("/{email}")
def change_role(email: Text, new: NewRole, caller: Naming, store: TheStore, now: Now) -> ManagerOut:
    """Make somebody an owner, or a manager only. That is for owners, and for tokens that an owner has made."""
    email = email.lower()
    if not managers.change_role(store, caller.account, caller.who, email, new.role, now, by_owner=caller.owner):
        raise HTTPException(404)
    return next(ManagerOut.of(each) for each in managers.managers(store, caller.account) if each.email == email)


@router.delete("/{email}", status_code=204)
def remove_manager(email: Text, caller: Naming, store: TheStore, now: Now) -> None:
    """Let somebody manage the account no more."""
    if not managers.remove(store, caller.account, caller.who, email.lower(), now, by_owner=caller.owner):
        raise HTTPException(404)


@router.get("/{email}/sessions")
def list_sessions(email: Text, caller: Naming, store: TheStore, now: Now) -> list[SessionOut]:
    """The browsers that somebody is signed in with, the one last used first. One's own, and for owners all."""
    return [SessionOut.of(each) for each in sessions.live(store, _theirs(caller, store, email), now)]


@router.delete("/{email}/sessions")
def end_sessions(email: Text, caller: Naming, store: TheStore, now: Now) -> SignedOut:
    """Sign somebody out of every browser. One's own, and for owners all."""
    whose = _theirs(caller, store, email)
    count = sessions.end_everywhere(store, whose)
    audit(store, caller.account, caller.who, say("signed {email} out everywhere", email=whose), now)
    return SignedOut(signed_out=count)


def _theirs(caller: Caller, store: Store, email: str) -> str:
    """The manager whose browsers are meant. Raises 404, and Mistakes where it is not for the caller to ask."""
    email = email.lower()
    if email != caller.behind and not caller.owner:
        raise managers.only_owners()
    if managers.role_of(store, caller.account, email) is None:
        raise HTTPException(404)
    return email
