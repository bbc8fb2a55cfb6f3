"""Numbers for programs: the stock, adding to it, and the main number."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path
from pydantic import BaseModel, Field

from engine.dialplan.values import MAX_NUMBER
from web.accounts.access import Caller, api_caller
from web.csv_files import MAX_ROWS
from web.numbers.stock import State, StockNumber, Use
from web.people.desk import Desk
from web.people.reach import ReadDesk, WriteDesk
from web.shell.reach import Now, TheSettings, TheStore

Planner = Annotated[Caller, Depends(api_caller("plan"))]
Number = Annotated[str, Field(max_length=2 * MAX_NUMBER, examples=["+31 20 123 4567"])]

router = APIRouter(tags=["numbers"])


class NumberNow(BaseModel):
    """A number of the account, and who has it."""

    number: str = Field(description="E.164")
    national: str
    international: str
    state: State
    use: Use = Field(description="what the dialplan does with it; other: it leads where the main number does")
    person: str | None = Field(description="who has it, or will have it once it is there, by their name in the plan")
    stands_in_for: str | None = Field(description="the coming number whose place it takes")

    @classmethod
    def of(cls, number: StockNumber) -> NumberNow:
        return cls(
            number=number.number,
            national=number.national,
            international=number.international,
            state=number.state,
            use=number.use,
            person=number.person,
            stands_in_for=number.stands_in_for,
        )


class NumbersToAdd(BaseModel):
    """Numbers for the stock, each as people write it."""

    numbers: list[Number] = Field(min_length=1, max_length=MAX_ROWS)


class Added(BaseModel):
    """How many were added."""

    added: int


@router.get("/numbers")
def numbers(desk: ReadDesk) -> list[NumberNow]:
    """All numbers of the account."""
    return [NumberNow.of(number) for number in desk.stock().numbers.values()]


@router.post("/numbers", status_code=201)
def add(desk: WriteDesk, now: Now, wanted: NumbersToAdd) -> Added:
    """Add numbers to the stock, all or none."""
    return Added(added=desk.add_each(wanted.numbers, now))


@router.delete("/numbers/{number}", status_code=204)
def remove(desk: WriteDesk, now: Now, number: Annotated[str, Path(max_length=MAX_NUMBER, description="E.164")]) -> None:
    """Take a number that nobody has out of the stock."""
    desk.remove_number(number, now)


@router.put("/main-number/number", status_code=204)
def choose_main(
    caller: Planner, settings: TheSettings, store: TheStore, now: Now, number: Annotated[Number, Body(embed=True)]
) -> None:
    """Let a number of the stock be the main number. The account's dialplan begins with it."""
    Desk(settings, store, caller.account, caller.who).choose_main(number, now)
