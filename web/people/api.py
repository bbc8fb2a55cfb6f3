"""People for programs: who there is, adding many at once, changing, removing and inviting them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from engine.dialplan.values import MAX_NAME
from web.accounts.access import ThePost
from web.mistakes import Stale, refused
from web.people.changing import digest_of, shown_person
from web.people.desk import Desk, Standing
from web.people.handing import file_address
from web.people.pages import base_of
from web.people.reach import ReadDesk, WriteDesk
from web.people.rows import MAX_PEOPLE, TypedPerson
from web.people.states import State
from web.shell.reach import Now
from web.words import say

Key = Annotated[str, Path(max_length=MAX_NAME, description="their name in the dialplan")]
Typed = Annotated[str, Field(max_length=200)]
Instead = Annotated[str | None, Query(max_length=MAX_NAME, description="who takes their place where callers are led")]
IfMatch = Annotated[
    str, Header(max_length=200, description="the digest of the person whom you change; `*`: of whatever is there")
]

router = APIRouter(tags=["people"])


class PersonNow(BaseModel):
    """One of the people, and how far they are with their phone."""

    key: str = Field(description="their name in the dialplan")
    name: str
    email: str | None
    extension: str
    number: str | None = Field(description="E.164")
    coming: str | None = Field(description="the number that will be theirs once it is transferred")
    state: State
    phones: int = Field(description="how many are registered")
    digest: str = Field(description="tells these facts from any others; the ETag, and what If-Match wants")

    @classmethod
    def of(cls, person: Standing) -> PersonNow:
        return cls(
            key=person.key,
            name=person.name,
            email=person.email,
            extension=person.extension,
            number=person.number,
            coming=person.coming,
            state=person.state,
            phones=person.phones,
            digest=digest_of(person.facts),
        )


class PersonFacts(BaseModel):
    """What is said of a person."""

    email: Typed = Field("", description="where the invitation goes; without one there has to be a name")
    name: Typed = ""
    number: Typed = Field("", description="a number of the stock; any: the next free one; transfer: see coming")
    coming: Typed = Field("", description="with `transfer`: the number that is to come")
    temporary: Typed = Field("", description="the number until then: one of the stock, or any")
    extension: Typed = Field("", description="the next free one if empty; when changing: as it was")

    def typed(self, field: str) -> TypedPerson:
        return TypedPerson.of(field, self.model_dump())


class PeopleToAdd(BaseModel):
    """Many at once, all or none. Mistakes have fields such as `people.2.email`."""

    people: list[PersonFacts] = Field(min_length=1, max_length=MAX_PEOPLE)


class ToInvite(BaseModel):
    """Whom to send an invitation, by their names in the dialplan."""

    people: list[Typed] = Field(min_length=1, max_length=MAX_PEOPLE)


class Sent(BaseModel):
    """How many invitations are on their way."""

    sent: int


class PhoneSettings(BaseModel):
    """They can be had again; what was given before stays good."""

    settings: dict[str, str] = Field(description="field by field, in the words that most phones use")
    file: str = Field(description="the address that a phone sets itself up from, some times within a week")


class LicencesNow(BaseModel):
    """How many the account has (0: nobody counts), and how many people with a number use one."""

    owned: int
    used: int


class ExtensionsNow(BaseModel):
    """How many digits new extensions have, and the next free one."""

    length: int
    next: str | None


class ExtensionLength(BaseModel):
    """How many digits new extensions are to have."""

    length: int = Field(ge=2, le=6)


@router.get("/people")
def people(desk: ReadDesk, now: Now) -> list[PersonNow]:
    """Everybody, by extension."""
    return [PersonNow.of(person) for person in desk.people(desk.roster(), now)]


@router.post("/people", status_code=201)
def add(desk: WriteDesk, now: Now, wanted: PeopleToAdd) -> list[PersonNow]:
    """Add people; those who were added."""
    rows = [person.typed(f"people.{index}.") for index, person in enumerate(wanted.people)]
    added = {each.key for each in desk.add_people(rows, now)}
    return [PersonNow.of(person) for person in desk.people(desk.roster(), now) if person.key in added]


@router.get("/people/{key}")
def person(desk: ReadDesk, now: Now, key: Key, response: Response) -> PersonNow:
    """One of them; the digest is the ETag, too."""
    return _tagged(_one(desk, key, now), response)


@router.put("/people/{key}")
def change(
    desk: WriteDesk, now: Now, key: Key, wanted: PersonFacts, response: Response, if_match: IfMatch = ""
) -> PersonNow:
    """Give somebody other facts, all of them. 409 if they are no longer those of `If-Match`."""
    _exists(desk, key)
    digest = if_match.strip().removeprefix("W/").strip('"')
    if not digest:
        raise refused("if-match", say("Send If-Match with the digest of the person whom you change."))
    seen = shown_person(desk.roster(), key)
    if digest not in ("*", digest_of(seen)):
        raise Stale(say("Somebody else has changed this person meanwhile: fetch the facts again."))
    desk.change_person(key, wanted.typed(""), now, seen)
    return _tagged(_one(desk, key, now), response)


@router.delete("/people/{key}", status_code=204)
def remove(desk: WriteDesk, now: Now, key: Key, instead: Instead = None) -> None:
    """Remove somebody. Where the plan leads callers to them, it has to be said who takes their place."""
    _exists(desk, key)
    desk.remove_person(key, now, instead)


@router.post("/invitations")
def invite(request: Request, desk: WriteDesk, now: Now, post: ThePost, wanted: ToInvite) -> Sent:
    """Send each of them a personal link, in place of those they had."""
    return Sent(sent=desk.invite(wanted.people, base_of(request), post, now))


@router.delete("/people/{key}/invitation", status_code=204)
def revoke(desk: WriteDesk, now: Now, key: Key) -> None:
    """Withdraw somebody's invitation."""
    _exists(desk, key)
    desk.revoke(key, now)


@router.post("/people/{key}/password", status_code=204)
def password(desk: WriteDesk, now: Now, key: Key) -> None:
    """Shut out all phones of somebody, one of which is lost: they need another invitation."""
    _exists(desk, key)
    desk.replace_phone(key, now)


@router.post("/people/{key}/settings")
def settings(request: Request, desk: WriteDesk, now: Now, key: Key) -> PhoneSettings:
    """What to type into a phone of somebody without an e-mail address, or where it fetches that."""
    _exists(desk, key)
    shown = desk.hand_over(key, now)
    return PhoneSettings(settings=dict(shown.phone.lines()), file=file_address(shown, base_of(request)))


@router.get("/licences")
def licences(desk: ReadDesk) -> LicencesNow:
    """The account's licences."""
    now = desk.licences()
    return LicencesNow(owned=now.owned, used=now.used)


@router.get("/extensions")
def extensions(desk: ReadDesk) -> ExtensionsNow:
    """The next free extension."""
    free = desk.roster().extensions()
    return ExtensionsNow(length=free.length, next=free.next())


@router.put("/extensions", status_code=204)
def set_extensions(desk: WriteDesk, now: Now, wanted: ExtensionLength) -> None:
    """Choose how many digits new extensions have."""
    desk.set_extension_length(str(wanted.length), now)


def _one(desk: Desk, key: str, now: float) -> PersonNow:
    found = next((each for each in desk.people(desk.roster(), now) if each.key == key), None)
    if found is None:
        raise HTTPException(404)
    return PersonNow.of(found)


def _tagged(person: PersonNow, response: Response) -> PersonNow:
    response.headers["ETag"] = f'"{person.digest}"'
    return person


def _exists(desk: Desk, key: str) -> None:
    if key not in desk.roster().loaded.people:
        raise HTTPException(404)
