"""The desk of whoever asks, as a dependency: a manager's for pages, and that of a program with a scope for the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from web.accounts.access import Caller, Manager, api_caller
from web.people.desk import Desk
from web.shell.reach import TheSettings, TheStore


def desk_of(visitor: Manager, settings: TheSettings, store: TheStore) -> Desk:
    """The desk of a page's manager."""
    return Desk(settings, store, visitor.account, visitor.email)


def desk_to_read(
    caller: Annotated[Caller, Depends(api_caller("read"))], settings: TheSettings, store: TheStore
) -> Desk:
    """The desk of a program that may look."""
    return Desk(settings, store, caller.account, caller.who)


def desk_to_write(
    caller: Annotated[Caller, Depends(api_caller("people"))], settings: TheSettings, store: TheStore
) -> Desk:
    """The desk of a program that may change numbers and people."""
    return Desk(settings, store, caller.account, caller.who)


TheDesk = Annotated[Desk, Depends(desk_of)]
ReadDesk = Annotated[Desk, Depends(desk_to_read)]
WriteDesk = Annotated[Desk, Depends(desk_to_write)]
