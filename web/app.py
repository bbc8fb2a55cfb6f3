"""The console put together: every slice's pages and API, behind one front door."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from engine.cli.main import belplan_version
from engine.settings import Settings
from engine.store.store import Store
from web.accounts import api as accounts_api
from web.accounts import managers_api
from web.accounts import pages as accounts
from web.accounts.access import recognise
from web.dashboard import api as dashboard_api
from web.dashboard import pages as dashboard
from web.greeting import api as greeting_api
from web.greeting import pages as greeting
from web.mail import Post
from web.main_number import api as plan_api
from web.main_number import menu_api, menu_pages, plan_pages
from web.main_number import pages as main_number_pages
from web.numbers import api as numbers_api
from web.numbers import pages as number_pages
from web.people import api as people_api
from web.people import pages as people_pages
from web.people import person_pages, welcome
from web.rehearsal import api as rehearsal_api
from web.rehearsal import pages as rehearsal
from web.shell import pages, static
from web.shell.bounds import Bounds, Upload
from web.shell.failures import Problem, answer_failures
from web.shell.forgery import WithoutCookies, no_forgery
from web.shell.front import Front
from web.shell.hosts import Hosts, known_names
from web.shell.languages import catalogues
from web.shell.reach import wall_clock
from web.transfers import api as transfers_api
from web.transfers import hooks as transfer_hooks
from web.transfers import pages as transfer_pages
from web.transfers import wizard as transfer_wizard

PAGES: Final[tuple[APIRouter, ...]] = (
    pages.router,
    static.router,
    main_number_pages.router,
    menu_pages.router,
    plan_pages.router,
    number_pages.router,
    people_pages.router,
    person_pages.router,
    welcome.router,
    accounts.router,
    dashboard.router,
    greeting.router,
    rehearsal.router,
    transfer_pages.router,
    transfer_wizard.router,
    transfer_hooks.router,
)
"""Routers of pages, a line each."""
API: Final[tuple[APIRouter, ...]] = (
    numbers_api.router,
    people_api.router,
    accounts_api.router,
    managers_api.router,
    dashboard_api.router,
    plan_api.router,
    menu_api.router,
    greeting_api.router,
    rehearsal_api.router,
    transfers_api.router,
)
"""Routers of the API, a line each; their paths are below ``/api/v1``."""
UPLOADS: Final[tuple[Upload, ...]] = (
    number_pages.UPLOAD,
    plan_pages.UPLOAD,
    greeting.UPLOAD,
    rehearsal_api.UPLOAD,
    transfer_wizard.UPLOAD,
)
"""Paths that take more than a form."""

API_BASE: Final = "/api/v1"
API_DESCRIPTION: Final = (
    "All that the console's pages do, for programs. Send a token as `Authorization: Bearer TOKEN`."
    " What is refused is told as `error`, with each mistake by its field."
)
REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    status: {"model": Problem} for status in (400, 401, 403, 404, 409, 413, 422, 429)
}


def make_app(settings: Settings, store: Store) -> FastAPI:
    """The console's application, without its front door: what tests may look into."""
    app = FastAPI(
        title="Belplan",
        version=belplan_version(),
        description=API_DESCRIPTION,
        openapi_url=f"{API_BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(no_forgery)],
    )
    app.state.settings = settings
    app.state.store = store
    app.state.clock = wall_clock
    app.state.recognise = recognise
    app.state.post = Post(settings)
    for router in PAGES:
        app.include_router(router)
    for router in API:
        app.include_router(router, prefix=API_BASE, responses=REFUSALS)
    answer_failures(app)
    catalogues()
    static.files()
    return app


def guarded(app: FastAPI) -> ASGIApp:
    """The application as the network sees it."""
    inner: ASGIApp = Bounds(app, UPLOADS)
    inner = WithoutCookies(inner)
    inner = Front(inner)
    return Hosts(inner, known_names(app.state.settings))
