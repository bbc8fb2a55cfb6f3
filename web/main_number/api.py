"""The plan for programs: its text with ETag and If-Match, and its versions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi import Path as InPath
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.dialplan.findings import Finding
from engine.dialplan.source import MAX_BYTES
from engine.store.console.versions import Version
from web.accounts.access import Caller, api_caller
from web.editing.changes import said_of
from web.editing.plan import Plan
from web.editing.plans import Saved
from web.editing.said import back_to, said
from web.main_number.desk import Desk
from web.main_number.reviewing import about
from web.mistakes import Mistakes, refused
from web.shell.languages import catalogue_of
from web.shell.reach import Now, TheSettings, TheStore
from web.words import Sentence, say

router = APIRouter(prefix="/plan", tags=["plan"])

Reader = Annotated[Caller, Depends(api_caller("read"))]
Writer = Annotated[Caller, Depends(api_caller("plan"))]
IfMatch = Annotated[
    str, Header(max_length=100, description='the `digest` of the plan that this is a change of, or "*"')
]
Number = Annotated[int, InPath(ge=1, le=10**9)]


def desk_to_read(caller: Reader, settings: TheSettings, store: TheStore) -> Desk:
    """The plan of whoever may look at it. Raises 404 while there is none."""
    try:
        return Desk(settings, store, caller.account)
    except Mistakes as problem:
        raise HTTPException(404, str(problem)) from None


ReadDesk = Annotated[Desk, Depends(desk_to_read)]


class PlanText(BaseModel):
    """A dialplan, as it is written."""

    text: str
    digest: str = Field(description="tells this text from any other; the ETag, and what If-Match wants")


class NewText(BaseModel):
    """A dialplan, as it is to be."""

    text: str = Field(max_length=MAX_BYTES)


class Found(BaseModel):
    """One thing that the engine finds wrong or doubtful."""

    line: int
    column: int
    severity: str = Field(description="`error` keeps the plan from being used, `warning` does not")
    what: str
    effect: str
    suggestion: str

    @classmethod
    def of(cls, finding: Finding) -> Found:
        return cls(
            line=finding.line,
            column=finding.column,
            severity=finding.severity.value,
            what=finding.what,
            effect=finding.effect,
            suggestion=finding.suggestion,
        )


class CheckedPlan(BaseModel):
    """What the engine makes of a plan."""

    usable: bool
    findings: list[Found]
    changes: list[str] = Field(description="what is different from the plan that is in place")


class SavedPlan(BaseModel):
    """A plan that is in place."""

    digest: str
    version: int = Field(description="0 if nothing has changed")
    changes: list[str]
    warnings: list[Found]
    engine: str | None = Field(description="whether the engine goes by it: `taken`, `refused`, or `not running`")
    said: str | None = Field(description="the same as a sentence")

    @classmethod
    def of(cls, saved: Saved, request: Request) -> SavedPlan:
        return cls(
            digest=saved.plan.digest,
            version=saved.version,
            changes=[said_of(each).translated(catalogue_of(request)) for each in saved.changes],
            warnings=[Found.of(each) for each in saved.warnings],
            engine=saved.told.taken.value if saved.told else None,
            said=saved.told.what.translated(catalogue_of(request)) if saved.told else None,
        )


class PlanVersion(BaseModel):
    """A version of the plan."""

    number: int
    author: str
    what: str
    at: float = Field(description="seconds since 1970")
    digest: str

    @classmethod
    def of(cls, version: Version, request: Request) -> PlanVersion:
        what = said(version.what).translated(catalogue_of(request))
        return cls(number=version.number, author=version.author, what=what, at=version.at, digest=version.digest)


class PlanVersionText(PlanVersion):
    """A version of the plan with its text."""

    text: str


def save(desk: Desk, plan: Plan, caller: Caller, what: Sentence, now: float, request: Request) -> SavedPlan:
    """Put a plan in place for a program. Raises Mistakes and Stale."""
    return SavedPlan.of(desk.save(plan, author=caller.who, what=what, now=now), request)


def matching(desk: Desk, if_match: str) -> Plan:
    """The plan that a change is made of. Raises Mistakes if nobody says which, and Stale if it is not known."""
    digest = if_match.strip().removeprefix("W/").strip('"')
    if not digest:
        raise refused("if-match", say("Send If-Match with the digest of the plan that you have changed."))
    return desk.plan if digest == "*" else Plan(desk.based_on(digest).text, digest)


@router.get("", summary="The plan as text")
def read(desk: ReadDesk, response: Response) -> PlanText:
    """The account's whole dialplan, as it is written; its digest is the ETag, too."""
    response.headers["ETag"] = f'"{desk.plan.digest}"'
    return PlanText(text=desk.plan.text, digest=desk.plan.digest)


@router.put("", summary="Change the plan as text")
def write(
    new: NewText, caller: Writer, desk: ReadDesk, now: Now, request: Request, if_match: IfMatch = ""
) -> SavedPlan:
    """Put another text in place. 409 if the plan is no longer the one of `If-Match`; 422 with each error's line and
    column if the engine would not take it."""
    plan = matching(desk, if_match).with_text(new.text)
    return save(desk, plan, caller, about("text"), now, request)


@router.post("/check", summary="Check a plan without saving it")
def check(new: NewText, desk: ReadDesk, request: Request) -> CheckedPlan:
    """What the engine would find in this text, and what it would change."""
    plan = desk.plan.with_text(new.text)
    found = desk.check(plan)
    changes = [said_of(each).translated(catalogue_of(request)) for each in desk.plans.changes(desk.plan, found)]
    return CheckedPlan(
        usable=found.account is not None, findings=[Found.of(each) for each in found.findings], changes=changes
    )


@router.get("/versions", summary="All versions of the plan")
def versions(desk: ReadDesk, request: Request) -> list[PlanVersion]:
    """The newest first; changes made in the file itself are among them."""
    return [PlanVersion.of(each, request) for each in desk.plans.versions(desk.account)]


@router.get("/versions/{number}", summary="A version of the plan")
def version(desk: ReadDesk, number: Number, request: Request) -> PlanVersionText:
    """A version with its text."""
    text = desk.plans.version(desk.account, number).text
    found = next(each for each in desk.plans.versions(desk.account) if each.number == number)
    return PlanVersionText(text=text, **PlanVersion.of(found, request).model_dump())


@router.post("/versions/{number}/undo", summary="Bring a version back")
def undo(caller: Writer, desk: ReadDesk, number: Number, now: Now, request: Request) -> SavedPlan:
    """The version's text becomes the newest version."""
    return save(desk, desk.plans.version(desk.account, number), caller, back_to(number), now, request)
