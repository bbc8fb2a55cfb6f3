"""Greetings for programs: send one, list, listen, choose, remove."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from web.accounts.access import Caller, api_caller
from web.editing.changes import said_of
from web.greeting.by_phone import ByPhone, Code
from web.greeting.desk import Chosen, GreetingDesk
from web.greeting.kept import Kept
from web.greeting.kinds import KINDS
from web.greeting.spoken import speak
from web.mistakes import Mistakes, refused
from web.shell.languages import catalogue_of
from web.shell.reach import Now, TheSettings, TheStore
from web.words import say

WAV = "audio/wav"
SOUND = {WAV: {"schema": {"type": "string", "format": "binary"}}}
SENT = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}, "required": True}

router = APIRouter(prefix="/greetings", tags=["greetings"])

Reader = Annotated[Caller, Depends(api_caller("read"))]
Writer = Annotated[Caller, Depends(api_caller("plan"))]


class Greeting(BaseModel):
    """A recording that is kept as a greeting."""

    name: str = Field(description="what it is called here")
    play: str = Field(description="what a dialplan calls it, in `{play: ...}`")
    made_for: str = Field(description="the menu it was made for")
    made_at: float = Field(description="seconds since 1970")
    seconds: float
    used: bool = Field(description="whether a dialplan names it; then it cannot be removed")

    @classmethod
    def of(cls, kept: Kept) -> Greeting:
        return cls(
            name=kept.name,
            play=kept.play,
            made_for=kept.label,
            made_at=kept.made_at,
            seconds=kept.seconds,
            used=kept.used,
        )


class RecordedByPhone(BaseModel):
    """A greeting that was recorded by phone, and is heard in place of what the plan says."""

    menu: str
    language: str
    during: str = Field(description="the hours during which it is heard; empty for all others")
    name: str
    seconds: float = Field(description="0 if its file is gone")

    @classmethod
    def of(cls, one: ByPhone) -> RecordedByPhone:
        return cls(menu=one.menu, language=one.language, during=one.during, name=one.file, seconds=one.seconds)


class OfMenu(BaseModel):
    """What callers of a menu hear first."""

    menu: str
    play: str = Field("", description="a recording, as the dialplan calls it")
    say: str = Field("", description="a text that is spoken")
    by_hand: bool = Field(False, description="whether it is more than that, written into the dialplan by hand")


class CodeToDial(BaseModel):
    """A star code of the plan, under which people record greetings from their own phones."""

    code: str
    menus: list[str] = Field(description="whose greeting it is; empty for all")
    asks_pin: bool

    @classmethod
    def of(cls, code: Code) -> CodeToDial:
        return cls(code=code.dial, menus=list(code.menus), asks_pin=code.asks_pin)


class Allowing(BaseModel):
    """Who may record greetings by phone, and which."""

    pin: str = Field(description="4 to 12 digits that are asked for", max_length=40)
    menu: str = Field("", description="the menu whose greeting it is; empty for all", max_length=200)


class Greetings(BaseModel):
    """All that callers may hear first."""

    menus: list[OfMenu]
    kept: list[Greeting]
    by_phone: list[RecordedByPhone]
    codes: list[CodeToDial]


class Choice(BaseModel):
    """A greeting for a menu: a recording that is kept, or a text; exactly one of the two."""

    use: str | None = Field(None, description="the `name` of a recording that is kept", max_length=200)
    say: str | None = Field(None, description="a text that will be spoken", max_length=4000)


class Changed(BaseModel):
    """What came of it."""

    version: int = Field(description="the plan's version; 0 if nothing had changed")
    changes: list[str]
    warnings: list[str] = Field(description="what is doubtful about the plan now, with line and column")
    by_phone_gave_way: int = Field(description="how many recordings by phone are heard no more")

    @classmethod
    def of(cls, chosen: Chosen, request: Request) -> Changed:
        return cls(
            version=chosen.saved.version,
            changes=[said_of(each).translated(catalogue_of(request)) for each in chosen.saved.changes],
            warnings=[str(finding) for finding in chosen.saved.warnings],
            by_phone_gave_way=chosen.gave_way,
        )


class Text(BaseModel):
    """A text to be heard as callers would hear it."""

    text: str = Field(max_length=4000)
    language: str | None = Field(None, description="such as `nl`; the account's own if there is none", max_length=20)


@router.get("")
def list_greetings(caller: Reader, settings: TheSettings, store: TheStore) -> Greetings:
    """What callers of each menu hear first, and all recordings that are there."""
    desk = GreetingDesk(settings, store, caller.account)
    return Greetings(
        menus=[OfMenu(menu=one.menu, play=one.play, say=one.say, by_hand=one.by_hand) for one in desk.menus()],
        kept=[Greeting.of(one) for one in desk.kept()],
        by_phone=[RecordedByPhone.of(one) for one in desk.by_phone()],
        codes=[CodeToDial.of(code) for code in desk.codes()],
    )


@router.post(
    "",
    status_code=201,
    openapi_extra={"requestBody": SENT},
    description=f"Keep a recording ({', '.join(KINDS)}) as a greeting. It is trimmed and made as loud as others.",
)
async def keep_greeting(
    request: Request,
    caller: Writer,
    settings: TheSettings,
    store: TheStore,
    now: Now,
    made_for: Annotated[str, Query(description="the menu it is for", max_length=200)] = "",
) -> Greeting:
    data = await request.body()

    def keep() -> Kept:
        return GreetingDesk(settings, store, caller.account).keep(data, made_for, author=caller.who, now=now)

    return Greeting.of(await run_in_threadpool(keep))


@router.get("/{name}/sound", response_class=Response, responses={200: {"content": SOUND}})
def hear_greeting(caller: Reader, settings: TheSettings, store: TheStore, name: str) -> Response:
    """The recording, kept or made by phone, as a WAV file."""
    return FileResponse(_found(GreetingDesk(settings, store, caller.account), name), media_type=WAV)


@router.delete("/{name}", status_code=204)
def remove_greeting(caller: Writer, settings: TheSettings, store: TheStore, now: Now, name: str) -> None:
    """Remove a recording that no dialplan names."""
    desk = GreetingDesk(settings, store, caller.account)
    _found(desk, name)
    desk.remove(name, author=caller.who, now=now)


@router.put("/of/{menu}")
def choose_greeting(
    request: Request, caller: Writer, settings: TheSettings, store: TheStore, now: Now, menu: str, choice: Choice
) -> Changed:
    """Have callers of a menu hear a recording, or a text, first. The dialplan is checked and kept as a version."""
    desk = GreetingDesk(settings, store, caller.account)
    if (choice.use is None) == (choice.say is None):
        raise refused("", say("Send either 'use' or 'say'."))
    if choice.use is not None:
        chosen = desk.use(menu, choice.use, author=caller.who, now=now)
    else:
        chosen = desk.use_text(menu, choice.say or "", author=caller.who, now=now)
    return Changed.of(chosen, request)


@router.delete("/of/{menu}/by-phone", status_code=204)
def forget_by_phone(caller: Writer, settings: TheSettings, store: TheStore, now: Now, menu: str) -> None:
    """Have callers of a menu hear again what the plan says, and not what was recorded by phone."""
    GreetingDesk(settings, store, caller.account).forget_by_phone(menu, author=caller.who, now=now)


@router.post("/by-phone", status_code=201)
def allow_by_phone(caller: Writer, settings: TheSettings, store: TheStore, now: Now, wish: Allowing) -> CodeToDial:
    """Let people record greetings by phone, with a star code that the plan gets, and a PIN."""
    desk = GreetingDesk(settings, store, caller.account)
    _, dial = desk.allow_by_phone(wish.pin, wish.menu, author=caller.who, now=now)
    return next(CodeToDial.of(code) for code in desk.codes() if code.dial == dial)


@router.delete("/by-phone/{code}", status_code=204)
def forbid_by_phone(caller: Writer, settings: TheSettings, store: TheStore, now: Now, code: str) -> None:
    """Take such a star code out of the plan; what was recorded stays."""
    desk = GreetingDesk(settings, store, caller.account)
    if code not in (each.dial for each in desk.codes()):
        raise HTTPException(404)
    desk.forbid_by_phone(code, author=caller.who, now=now)


@router.post("/spoken", response_class=Response, responses={200: {"content": SOUND}})
def speak_text(caller: Writer, settings: TheSettings, store: TheStore, text: Text) -> Response:
    """A text as callers would hear it, as a WAV file; nothing is kept."""
    language = text.language or GreetingDesk(settings, store, caller.account).language()
    return Response(speak(text.text, language).data, media_type=WAV)


def _found(desk: GreetingDesk, name: str) -> str:
    """The path of a recording. Raises 404."""
    try:
        return str(desk.sound(name))
    except Mistakes:
        raise HTTPException(404) from None
