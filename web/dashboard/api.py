"""The dashboard for programs: what goes on now, the calls of the past, what is left to do, and test calls."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from engine.control.client import ControlRefused, NotRunning
from engine.control.messages import Call, CallState
from engine.store.records import CallRecord
from web.accounts.access import Caller, api_caller
from web.dashboard.paging import MAX_CURSOR, MAX_TEXT, MOST, PAGE, Search, cursor_of, found
from web.dashboard.people import PersonNow, PhoneState
from web.dashboard.reach import TheSight
from web.dashboard.ringing import MAX_EXTENSION, ring
from web.dashboard.setup import steps_of
from web.dashboard.todo import facts_of, transfers_under_way
from web.shell.languages import catalogue_of
from web.shell.reach import TheStore

Reader = Annotated[Caller, Depends(api_caller("read"))]
Ringer = Annotated[Caller, Depends(api_caller("calls"))]

router = APIRouter(tags=["calls"])


class PersonLive(BaseModel):
    """A person and what their phones do at the moment."""

    key: str = Field(description="their name in the dialplan")
    name: str
    extension: str
    number: str | None
    state: PhoneState
    phones: list[str] = Field(description="their registered phones, as these call themselves")

    @classmethod
    def of(cls, person: PersonNow) -> PersonLive:
        return cls(
            key=person.key,
            name=person.name,
            extension=person.extension,
            number=person.number or None,
            state=person.state,
            phones=list(person.phones),
        )


class CallLive(BaseModel):
    """A call in progress. Times are seconds since 1970."""

    id: str
    caller: str
    called: str
    person: str | None = Field(description="the person who calls, if it is one of the account")
    since: float
    state: CallState
    state_since: float
    with_whom: list[str] = Field(description="who rings or talks, or the queue, slot or conference")
    path: list[str] = Field(description="the way through the dialplan, as kind:name")

    @classmethod
    def of(cls, call: Call) -> CallLive:
        return cls(
            id=call.id,
            caller=call.caller,
            called=call.called,
            person=call.person,
            since=call.since,
            state=call.state,
            state_since=call.state_since,
            with_whom=list(call.with_whom),
            path=list(call.path),
        )


class LiveNow(BaseModel):
    """What goes on at the moment. While the telephone system does not run there are neither phones nor calls."""

    running: bool
    people: list[PersonLive]
    calls: list[CallLive]
    new_messages: int = Field(description="voicemail that nobody has heard yet")
    messages: int


class CallDone(BaseModel):
    """A call of the past, or one that goes on (`verdict` is null). Times are seconds since 1970."""

    id: str
    caller: str
    called: str
    person: str | None
    started_at: float
    answered_at: float | None
    answered_by: str | None
    path: list[str]
    keys: str
    seconds: float | None
    talked: float
    verdict: str | None
    reason: str | None

    @classmethod
    def of(cls, record: CallRecord) -> CallDone:
        return cls(
            id=record.id,
            caller=record.caller,
            called=record.called,
            person=record.person,
            started_at=record.started_at,
            answered_at=record.answered_at,
            answered_by=record.answered_by,
            path=list(record.path),
            keys="".join(key for _, key in record.keys),
            seconds=record.seconds,
            talked=record.talked,
            verdict=record.verdict,
            reason=record.reason,
        )


class CallsPage(BaseModel):
    """Calls, the newest first. `next` is `before` of the page of earlier ones, null on the last page."""

    calls: list[CallDone]
    next: str | None


class SetupStep(BaseModel):
    """A step of the set-up, and the console's page that it is done on."""

    title: str
    page: str
    done: bool


class TestCallAsked(BaseModel):
    """Whose phones are to ring."""

    __test__ = False

    extension: str = Field(max_length=MAX_EXTENSION)


class TestCallSaid(BaseModel):
    """What came of it, in a sentence."""

    __test__ = False

    said: str


@router.get("/live")
def live(caller: Reader, sight: TheSight) -> LiveNow:
    """People and their phones, and the calls in progress, as they are at this moment."""
    view, calls = sight.glance(caller.account)
    messages = sight.messages(caller.account)
    return LiveNow(
        running=view.running,
        people=[PersonLive.of(each) for each in view.people],
        calls=[CallLive.of(each) for each in calls],
        new_messages=messages.new,
        messages=messages.all,
    )


@router.get("/calls")
def calls(
    caller: Reader,
    sight: TheSight,
    store: TheStore,
    text: Annotated[str, Query(max_length=MAX_TEXT, description="in a number or name")] = "",
    outcome: Annotated[Literal["", "talked", "missed", "served", "failed"], Query()] = "",
    day: Annotated[str, Query(max_length=10, description="such as 2026-11-26, in the account's time zone")] = "",
    before: Annotated[str, Query(max_length=MAX_CURSOR, description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> CallsPage:
    """The calls of the past, a page at a time."""
    search = Search(text.strip(), outcome, day, before)
    records = found(store, caller.account, search, sight.plan(caller.account), limit + 1)
    more = cursor_of(records[limit - 1]) if len(records) > limit else None
    return CallsPage(calls=[CallDone.of(each) for each in records[:limit]], next=more)


@router.get("/setup")
def setup(request: Request, caller: Reader, sight: TheSight, store: TheStore) -> list[SetupStep]:
    """What is to be done until the account is set up."""
    catalogue = catalogue_of(request)
    view, _ = sight.glance(caller.account)
    under_way = transfers_under_way(store, caller.account)
    return [
        SetupStep(title=step.title.translated(catalogue), page=step.path, done=step.done)
        for step in steps_of(facts_of(store, view, under_way))
    ]


@router.post("/test-calls", status_code=202)
def test_call(request: Request, asked: TestCallAsked, caller: Ringer, sight: TheSight) -> TestCallSaid:
    """Ring all phones of an extension: whoever answers hears that it works."""
    try:
        said = ring(sight.control, caller.account, asked.extension)
    except (NotRunning, ControlRefused) as problem:
        raise HTTPException(503, str(problem)) from None
    return TestCallSaid(said=said.translated(catalogue_of(request)))
