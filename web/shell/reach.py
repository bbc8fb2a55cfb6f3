"""What routes stand on: the settings, the store and the clock, as dependencies."""

from __future__ import annotations

import time
from ipaddress import ip_network
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from engine.settings import Settings
from engine.store.store import Store


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def store_of(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def now_of(request: Request) -> float:
    """Seconds since 1970; tests put another clock into ``app.state.clock``."""
    now: float = request.app.state.clock()
    return now


TheSettings = Annotated[Settings, Depends(settings_of)]
TheStore = Annotated[Store, Depends(store_of)]
Now = Annotated[float, Depends(now_of)]


def wall_clock() -> float:
    """The clock of a running console."""
    return time.time()


def source_of(request: Request) -> str:
    """Where a request comes from, to count by: an IPv4 address, or the network of an IPv6 one (/64), as a string."""
    host = request.client.host if request.client else ""
    if ":" not in host:
        return host
    try:
        return str(ip_network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host
