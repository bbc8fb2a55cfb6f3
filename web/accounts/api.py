"""The JSON API of accounts: what an account is, its tokens, and the audit log."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from engine.settings import Settings
from engine.store.console.tokens import StoredToken
from engine.store.store import Store
from web.accounts import changing, tokens
from web.accounts.about import About, about
from web.accounts.access import Caller, api_caller
from web.accounts.audit import entries
from web.accounts.drafts import read_facts, typed_facts
from web.shell.reach import Now, TheSettings, TheStore

MAX_TEXT: Final = 300
MAX_ENTRIES: Final = 200
MAX_ID: Final = 2**62

Reading = Annotated[Caller, Depends(api_caller("read"))]
Changing = Annotated[Caller, Depends(api_caller("account"))]
Naming = Annotated[Caller, Depends(api_caller("managers"))]
Text = Annotated[str, Field(max_length=MAX_TEXT)]

router = APIRouter(prefix="/account", tags=["account"])


class AccountOut(BaseModel):
    """What an account is."""

    key: str
    name: str
    country: str
    timezone: str
    language: str
    licences: int
    has_plan: bool = Field(description="whether its dialplan is there yet: it begins with the main number")


class AccountChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    country: Text | None = None
    timezone: Text | None = None
    language: Text | None = None
    licences: int | None = None


class TokenOut(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_by: str
    created_at: float
    used_at: float | None
    expires_at: float | None = Field(description="it opens nothing any more from then on; null: until it is revoked")


class NewToken(BaseModel):
    """A token that is to be."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    scopes: list[Text] = Field(max_length=20, description=f"some of {', '.join(tokens.SCOPES)}")
    days: int | None = Field(tokens.DAYS, description="for how many it is good; null: until it is revoked")


class MadeToken(BaseModel):
    """A new token; its secret is told this once."""

    id: str
    secret: str
    expires_at: float | None


class EntryOut(BaseModel):
    """An entry of the audit log."""

    id: int
    at: float
    who: str
    what: str = Field(description="a sentence, in English")
    detail: str


@router.get("")
def show(caller: Reading, settings: TheSettings, store: TheStore) -> AccountOut:
    """What the account is."""
    return _account(_known(settings, store, caller.account))


@router.patch("")
def change(change: AccountChange, caller: Changing, settings: TheSettings, store: TheStore, now: Now) -> AccountOut:
    """Change what the account is."""
    known = _known(settings, store, caller.account)
    wanted = {name: str(value) for name, value in change.model_dump().items() if value is not None}
    facts = read_facts(**typed_facts(known) | wanted)
    changing.change(settings, store, caller.account, caller.who, facts, changing.facts_of(known), now)
    return _account(_known(settings, store, caller.account))


@router.get("/tokens")
def list_tokens(caller: Reading, store: TheStore) -> list[TokenOut]:
    """The account's tokens that are not revoked, the oldest first; those that have expired are among them."""
    return [_token(each) for each in tokens.kept(store, caller.account)]


@router.post("/tokens", status_code=201)
def make_token(new: NewToken, caller: Naming, store: TheStore, now: Now) -> MadeToken:
    """Make a token that is good for no more, and no longer, than the one that asks."""
    if caller.scopes is not None and not set(new.scopes) <= caller.scopes:
        raise HTTPException(403, "A token makes others that are good for what it is good for itself, and no more.")
    days = "" if new.days is None else str(new.days)
    made = tokens.make(store, caller.account, caller.who, new.name, new.scopes, now, days=days, until=caller.until)
    return MadeToken(id=made.id, secret=made.secret, expires_at=made.expires_at)


@router.delete("/tokens/{id}", status_code=204)
def revoke_token(id: Text, caller: Naming, store: TheStore, now: Now) -> None:
    """Let a token open nothing any more."""
    if not tokens.revoke(store, caller.account, caller.who, id, now):
        raise HTTPException(404)


@router.get("/audit")
def list_entries(
    caller: Reading,
    store: TheStore,
    before: Annotated[int | None, Query(ge=0, le=MAX_ID, description="entries before the one with this id")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = 50,
) -> list[EntryOut]:
    """Who did what, the newest first."""
    return [
        EntryOut(id=each.id, at=each.at, who=each.who, what=str(each.what), detail=each.detail)
        for each in entries(store, caller.account, before, limit)
    ]


def _known(settings: Settings, store: Store, key: str) -> About:
    known = about(settings, store, key)
    if known is None:
        raise HTTPException(404)
    return known


def _account(known: About) -> AccountOut:
    return AccountOut(
        key=known.key,
        name=known.name,
        country=known.country,
        timezone=known.timezone,
        language=known.language,
        licences=known.licences,
        has_plan=not known.drafted,
    )


def _token(kept: StoredToken) -> TokenOut:
    return TokenOut(
        id=kept.id,
        name=kept.name,
        scopes=kept.scopes.split(),
        created_by=kept.created_by,
        created_at=kept.created_at,
        used_at=kept.used_at,
        expires_at=kept.expires_at,
    )
