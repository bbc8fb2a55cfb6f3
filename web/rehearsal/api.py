"""Rehearsals for programs, and for the panel: each step sends all that was done so far, and gets the whole call."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.dialplan.source import MAX_BYTES
from engine.rehearsal.keys import MAX_KEYS
from media.sound.prompts import UnreadableSound
from web.accounts.access import Caller, api_caller
from web.rehearsal.moves import EARLIEST, LATEST, LONGEST, MAX_REACTIONS, Does, Reaction, Typed
from web.rehearsal.reach import Stepped, TheLoadedPlans, TheReferences, step
from web.rehearsal.references import References, wav_of
from web.shell.bounds import Upload
from web.shell.findings import observed
from web.shell.languages import catalogue_of
from web.shell.reach import Now, TheSettings, TheStore
from web.words import Catalogue

SOUNDS: Final = "/api/v1/rehearsal/sounds/"
UPLOAD: Final = Upload(re.compile(r"/rehearsal(/unsaved)?|/api/v1/rehearsal"), 3 * MAX_BYTES + 100_000)
"""A plan that is not saved may be as large as one that is; a form sends signs and line breaks in three bytes each."""
KEEP: Final = "private, max-age=3600"

router = APIRouter(prefix="/rehearsal", tags=["rehearsal"])

Reader = Annotated[Caller, Depends(api_caller("read"))]
Seconds = Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]
Word = Annotated[str, Field(max_length=100)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Press(_Sent):
    """A key that the caller presses, so many seconds after the call began."""

    at: Seconds
    key: str = Field(pattern=r"^[0-9*#]$")


class PhoneDoes(_Sent):
    """What the phone of an extension does that began to ring at ``rang_at``, as a timeline told."""

    extension: Word
    rang_at: Seconds
    does: Does
    after: Seconds = Field(0.0, description="seconds after it began to ring")
    talks: Seconds = Field(60.0, description="how long whoever answers talks")


class Call(_Sent):
    """A call to be rehearsed, and all that was done in it so far."""

    plan: str | None = Field(
        None, description="a dialplan that is not saved; the account's own without it", max_length=MAX_BYTES
    )
    at: str = Field(
        "", description="when, by the account's clock, such as `2026-12-24 16:30`; now without it", max_length=40
    )
    begins_at: float | None = Field(
        None, description="the same in seconds since 1970", ge=EARLIEST, le=LATEST, allow_inf_nan=False
    )
    caller: Word = Field("", description="a number, or a person's name or extension; somebody outside without it")
    called: Word = Field("", description="the number that is called; the main number without it")
    keys: list[Press] = Field(default_factory=list, max_length=MAX_KEYS)
    phones: dict[Word, Word] = Field(
        default_factory=dict,
        max_length=1000,
        description="what phones do by themselves, by extension: `answers after 5s`, `busy`, `not registered` ...",
    )
    reactions: list[PhoneDoes] = Field(default_factory=list, max_length=MAX_REACTIONS)
    hangs_up_at: Seconds | None = None
    switches: dict[Word, Word] = Field(
        default_factory=dict, max_length=100, description="how switches stand, `on` or `off`; else as they do now"
    )

    def typed(self) -> Typed:
        return Typed(
            at=self.at,
            begins_at=self.begins_at,
            caller=self.caller,
            called=self.called,
            keys=tuple((press.at, press.key) for press in self.keys),
            reactions=tuple(
                Reaction(one.extension, one.rang_at, one.does, one.after, one.talks) for one in self.reactions
            ),
            hangs_up_at=self.hangs_up_at,
            phones=self.phones,
            switches=self.switches,
        )


class Moment(BaseModel):
    """A line of the timeline."""

    at: float = Field(description="seconds since the call began")
    what: str = Field(description="`hears`, `presses`, `rings`, or empty")
    text: str
    event: str
    seconds: float = Field(description="how long it is heard")
    whole: float = Field(description="how long it would be heard if nothing cut it short; 86400 for what has no end")
    sound: str | None = Field(description="where the sound can be fetched, as a WAV file")


class Ring(BaseModel):
    """A phone that rings; what it does can be told in `reactions`."""

    at: float
    until: float
    person: str
    name: str = Field(description="what the person is called")
    extension: str
    outcome: str


class Step(BaseModel):
    """Where the call has come."""

    at: float
    kind: str
    name: str


class Warned(BaseModel):
    """What is doubtful about the plan."""

    line: int
    column: int
    what: str


class Timeline(BaseModel):
    """The call from its beginning, and how it goes on if nothing more is done."""

    begins_at: float
    caller: str
    called: str
    timeline: list[Moment]
    rings: list[Ring]
    path: list[Step]
    ends_at: float
    ending: str
    verdict: str
    whole: bool = Field(description="false if only the beginning is told")
    warnings: list[Warned]


@router.post("")
def rehearse_call(
    request: Request,
    caller: Reader,
    settings: TheSettings,
    store: TheStore,
    loaded: TheLoadedPlans,
    references: TheReferences,
    now: Now,
    call: Call,
) -> Timeline:
    """Take a call through the plan, without telephones, and tell what the caller hears and what rings.

    A plan that is not saved is checked first; what is wrong with it is told with line and column.
    """
    stepped = step(settings, store, loaded, caller.account, call.plan, call.typed(), now)
    return timeline_of(stepped, references, catalogue_of(request))


@router.get("/sounds/{reference}", response_class=Response, responses={200: {"content": {"audio/wav": {}}}})
def hear_sound(caller: Reader, references: TheReferences, reference: str) -> Response:
    """A sound of a timeline, as a wideband caller hears it."""
    sound = references.find(caller.account, reference)
    if sound is None:
        raise HTTPException(404)
    try:
        return Response(wav_of(sound), media_type="audio/wav", headers={"Cache-Control": KEEP})
    except (UnreadableSound, OSError):
        raise HTTPException(404) from None


def timeline_of(stepped: Stepped, references: References, catalogue: Catalogue) -> Timeline:
    """A step as it is told to programs and to the panel."""
    went, key = stepped.went, stepped.account.key
    given = {moment.sound: references.give(key, moment.sound) for moment in went.moments if moment.sound is not None}
    return Timeline(
        begins_at=went.moves.begins_at,
        caller=went.moves.caller,
        called=went.moves.called,
        timeline=[
            Moment(
                at=moment.at,
                what=moment.what,
                text=moment.text.translated(catalogue),
                event=moment.event,
                seconds=moment.seconds,
                whole=moment.whole,
                sound=SOUNDS + reference if moment.sound and (reference := given[moment.sound]) else None,
            )
            for moment in went.moments
        ],
        rings=[
            Ring(
                at=ring.at,
                until=ring.until,
                person=ring.person,
                name=ring.name,
                extension=ring.extension,
                outcome=ring.outcome,
            )
            for ring in went.rings
        ],
        path=[Step(at=one.at, kind=one.kind, name=one.name) for one in went.path],
        ends_at=went.ends_at,
        ending=went.ending.translated(catalogue),
        verdict=went.verdict,
        whole=went.whole,
        warnings=[
            Warned(line=one.line, column=one.column, what=observed(one).translated(catalogue))
            for one in stepped.warnings
        ],
    )
