"""The main number and menus for programs: the same destinations as in the pages' forms."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from web.editing import menus as edits
from web.editing.destinations import Destination, Leads, tidy
from web.editing.hours import made, with_hours
from web.editing.main_number import CHANGED, Line, lines_of, with_lines
from web.editing.menus import Greeting, Menu, Patience, menu_of, menus_of, with_menu
from web.editing.wording import Step, outline
from web.main_number.api import IfMatch, ReadDesk, SavedPlan, Writer, matching, save
from web.main_number.desk import Desk
from web.main_number.reviewing import about
from web.shell.languages import Catalogue, catalogue_of
from web.shell.reach import Now

router = APIRouter(tags=["main number"])

MAX_TEXT = 4000
MAX_NAME = 200
Name = Annotated[str, InPath(max_length=60)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]
Short = Annotated[str, Field(max_length=MAX_NAME)]
Kind = Literal[
    "ring",
    "group",
    "queue",
    "menu",
    "voicemail",
    "say",
    "play",
    "directory",
    "repeat",
    "back",
    "top",
    "hang_up",
    "other",
]


class To(BaseModel):
    """Where a caller goes."""

    leads: Kind = Field(description="`other` is what somebody has written by hand: it can only be sent back as it is")
    to: Text = Field("", description="a name of the plan, a recording's file, or the text to be spoken")
    seconds: Short = Field("", description="how long it rings, such as `20`")
    otherwise: Short = Field("", description="whose voicemail takes a message if nobody answers")
    then: Literal["", "repeat", "back", "top", "hang_up"] = Field("", description="what follows something played")
    written: Text = Field("", description="what stands in the plan, for `other`")

    @classmethod
    def of(cls, to: Destination) -> To:
        return cls(
            leads=to.leads.value,
            to=to.to,
            seconds=to.seconds.removesuffix("s"),
            otherwise=to.otherwise,
            then=to.then,  # type: ignore[arg-type]
            written=to.written,
        )

    def destination(self) -> Destination:
        """The same as the domain has it."""
        return tidy(Destination(Leads(self.leads), self.to, self.seconds, self.otherwise, self.then, self.written))


class MainLine(To):
    """Where callers of the main number go, under a line's conditions."""

    during: Short = Field("", description="the name of hours or of a switch; empty for always")
    callers: Short = Field("", description="the callers it is for; empty for all. It can only be sent back as it is")


class Way(BaseModel):
    """A way down the tree, in words."""

    way: str
    to: str
    after: list[Way] = Field(default_factory=list)

    @classmethod
    def of(cls, step: Step, catalogue: Catalogue) -> Way:
        return cls(
            way=step.way.translated(catalogue),
            to=step.to.translated(catalogue),
            after=[cls.of(each, catalogue) for each in step.after],
        )


class MainNumber(BaseModel):
    """The lines of the main number, the first of which counts whose conditions hold."""

    lines: list[MainLine] = Field(max_length=50)


class MainNumberTree(MainNumber):
    """The same with the tree that callers go down."""

    tree: list[Way]
    digest: str


class NewHours(BaseModel):
    """Hours that are the same on some days of the week. Others are written into the plan's text."""

    days: Literal["mon-fri", "mon-sat", "mon-sun"]
    begins: Short = Field(description="such as `08:30`")
    ends: Short = Field(description="such as `17:00`")
    except_holidays: bool = Field(False, description="closed on the holidays of the account's country")


class SavedHours(SavedPlan):
    """A plan with new hours that is in place."""

    name: str = Field(description="what they are called, as `during` of a line wants it")


class MenuGreeting(BaseModel):
    """What callers of a menu hear first: one of these."""

    say: Text = ""
    play: Short = ""
    written: Text = ""


class MenuPatience(BaseModel):
    """How often callers may try, and where they go then; null: goodbye, and the call ends."""

    tries: int = 3
    then: To | None = None

    @classmethod
    def of(cls, patience: Patience) -> MenuPatience:
        return cls(tries=patience.tries, then=None if patience.then is None else To.of(patience.then))

    def patience(self) -> Patience:
        """The same as the domain has it."""
        return Patience(self.tries, None if self.then is None else self.then.destination())


class MenuModel(BaseModel):
    """A menu. Whatever else the plan says of it stays."""

    greeting: MenuGreeting
    dial_extensions: bool = False
    keys: dict[Short, To] = Field(default_factory=dict, max_length=100)
    no_input: MenuPatience = Field(default_factory=MenuPatience)
    wrong_input: MenuPatience = Field(default_factory=MenuPatience)


@router.get("/main-number", summary="Where callers of the main number go")
def main_number(desk: ReadDesk, request: Request) -> MainNumberTree:
    """The lines, and the whole tree in words."""
    lines = [
        MainLine(during=line.during, callers=line.callers, **To.of(line.to).model_dump())
        for line in lines_of(desk.plan)
    ]
    tree = [Way.of(step, catalogue_of(request)) for step in outline(desk.plan)]
    return MainNumberTree(lines=lines, tree=tree, digest=desk.plan.digest)


@router.put("/main-number", summary="Lead callers of the main number elsewhere")
def change_main_number(
    new: MainNumber, caller: Writer, desk: ReadDesk, now: Now, request: Request, if_match: IfMatch = ""
) -> SavedPlan:
    """Put these lines in place of those there are; a line that says what it says already stays as it is written."""
    lines = [Line(each.destination(), each.during, each.callers) for each in new.lines]
    return save(desk, with_lines(matching(desk, if_match), lines), caller, CHANGED, now, request)


@router.post("/hours", status_code=201, summary="Make hours")
def make_hours(
    new: NewHours, caller: Writer, desk: ReadDesk, now: Now, request: Request, if_match: IfMatch = ""
) -> SavedHours:
    """Put new hours into the plan, under a name of their own: a line of the main number may name them then."""
    plan, name = with_hours(
        matching(desk, if_match), new.days, new.begins, new.ends, except_holidays=new.except_holidays
    )
    saved = save(desk, plan, caller, made(name), now, request)
    return SavedHours(name=name, **saved.model_dump())


@router.get("/menus", summary="All menus")
def menus(desk: ReadDesk) -> dict[str, MenuModel]:
    """Every menu of the plan, by name."""
    return {name: _model(menu_of(desk.plan, name)) for name in menus_of(desk.plan)}


@router.get("/menus/{name}", summary="A menu")
def menu(desk: ReadDesk, name: Name) -> MenuModel:
    """A menu of the plan."""
    _exists(desk, name)
    return _model(menu_of(desk.plan, name))


@router.put("/menus/{name}", summary="Make or change a menu")
def change_menu(
    name: Name, new: MenuModel, caller: Writer, desk: ReadDesk, now: Now, request: Request, if_match: IfMatch = ""
) -> SavedPlan:
    """Put this menu in place of the one of that name, or beside the others."""
    wanted = Menu(
        greeting=Greeting(new.greeting.say, new.greeting.play, new.greeting.written),
        dial_extensions=new.dial_extensions,
        keys={key: to.destination() for key, to in new.keys.items()},
        no_input=new.no_input.patience(),
        wrong_input=new.wrong_input.patience(),
    )
    plan = with_menu(matching(desk, if_match), name, wanted)
    return save(desk, plan, caller, about(f"menu:{name}"), now, request)


@router.delete("/menus/{name}", summary="Remove a menu")
def remove_menu(
    name: Name, caller: Writer, desk: ReadDesk, now: Now, request: Request, if_match: IfMatch = ""
) -> SavedPlan:
    """Remove a menu that nothing leads to; otherwise 422 with all places that do."""
    _exists(desk, name)
    plan = desk.plans.without_menu(desk.account, matching(desk, if_match), name)
    return save(desk, plan, caller, about(f"menu-removed:{name}"), now, request)


def _exists(desk: Desk, name: str) -> None:
    if name not in menus_of(desk.plan):
        raise HTTPException(404)


def _model(found: edits.Menu) -> MenuModel:
    return MenuModel(
        greeting=MenuGreeting(say=found.greeting.say, play=found.greeting.play, written=found.greeting.written),
        dial_extensions=found.dial_extensions,
        keys={key: To.of(to) for key, to in found.keys.items()},
        no_input=MenuPatience.of(found.no_input),
        wrong_input=MenuPatience.of(found.wrong_input),
    )
