"""Pages out of templates: ``render`` gives every one its language, its visitor, its form token and its notices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from engine.dialplan.findings import Finding
from web.mistakes import Mistake, Mistakes, Stale, TooOften
from web.shell.cookies import set_cookie
from web.shell.findings import observed
from web.shell.forgery import form_token, keep_form_secret
from web.shell.languages import ENGLISH, LANGUAGE_COOKIE, LANGUAGE_QUERY, NAMES, Catalogue, catalogues, language_of
from web.shell.navigation import entries
from web.shell.notices import keep_notice, take_notice
from web.shell.static import static_url
from web.shell.typed import Form, Typed
from web.shell.visitor import UTC, visitor_of
from web.words import Sentence

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
YEAR: Final = 365 * 86400


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """The page that ``template`` (``slice/page.html``) makes of ``values``; they may not have the names below."""
    language = language_of(request)
    catalogue = catalogues()[language]
    visitor = visitor_of(request)
    notice = take_notice(request)
    frame: dict[str, object] = {
        "request": request,
        "catalogue": catalogue,
        "language": language,
        "languages": [
            (code, name, f"?{request.url.include_query_params(**{LANGUAGE_QUERY: code}).query}")
            for code, name in NAMES.items()
        ],
        "visitor": visitor,
        "zone": visitor.zone if visitor else UTC,
        "navigation": entries(request) if visitor else (),
        "form_token": form_token(request),
        "notice": notice,
    }
    page = environment().get_template(template).render({"form": Form(), **values, **frame})
    response = HTMLResponse(page, status)
    keep_form_secret(request, response)
    if notice is not None:
        keep_notice(request, response, None)
    if request.query_params.get(LANGUAGE_QUERY) in NAMES:
        set_cookie(request, response, LANGUAGE_COOKIE, language, seconds=YEAR)
    return response


def redirect(request: Request, to: str, notice: Sentence | None = None) -> Response:
    """Lead the visitor on after something was done; ``notice`` stands on the page that comes next.

    ``to`` is a path of ours. A request of htmx is answered so that the whole page changes.
    """
    response: Response
    if "hx-request" in request.headers:
        response = Response(status_code=204, headers={"HX-Redirect": to})
    else:
        response = RedirectResponse(to, 303)
    if notice is not None:
        keep_notice(request, response, notice.translated(catalogues()[language_of(request)]))
    return response


def show_mistakes(request: Request, template: str, problem: Mistakes, typed: Typed, **values: object) -> HTMLResponse:
    """The form once more (422), with what was typed and what is wrong with it."""
    return render(request, template, status=422, **values, form=Form(typed, problem.mistakes))


def show_too_often(request: Request, template: str, problem: TooOften, typed: Typed, **values: object) -> HTMLResponse:
    """The form once more (429), to be sent again in a while."""
    response = render(request, template, status=429, **values, form=Form(typed, (Mistake("", problem.what),)))
    response.headers["Retry-After"] = problem.wait
    return response


def show_stale(request: Request, template: str, problem: Stale, typed: Typed, **values: object) -> HTMLResponse:
    """The form once more (409), as somebody else's change came first; ``problem`` is in the template's ``stale``."""
    return render(request, template, status=409, **values, form=Form(typed), stale=problem.what)


@cache
def environment() -> Environment:
    """Jinja as the console uses it: everything is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"_": _translated, "ngettext": _translated_n, "static": static_url}
    made.filters |= {"day": _day, "time": _time, "moment": _moment, "number": _number, "ago": _ago, "seconds": _seconds}
    made.filters["observed"] = _observed
    return made


@pass_context
def _translated(context: Context, text: str | Sentence, /, **values: object) -> Markup:
    """``_("{count} of {total}", count=1, total=2)``."""
    return _shown_in(context, text if isinstance(text, Sentence) else Sentence(text, values))


@pass_context
def _translated_n(context: Context, one: str, several: str, n: int, /, **values: object) -> Markup:
    """``ngettext("{n} phone", "{n} phones", n)``."""
    return _shown_in(context, Sentence(one, {"n": n, **values}, several))


@pass_context
def _shown(context: Context, value: Any) -> Any:
    return _shown_in(context, value) if isinstance(value, Sentence) else value


def _shown_in(context: Context, sentence: Sentence) -> Markup:
    """The sentence in the page's language; what goes into its gaps is escaped unless it is markup already."""
    catalogue: Catalogue = context["catalogue"]
    return Markup(escape(sentence.chosen(catalogue))).format(**sentence.filling(catalogue))


@pass_context
def _observed(context: Context, finding: Finding) -> Markup:
    """A finding of the engine in the page's language; what is not known in it is marked as English."""
    catalogue: Catalogue = context["catalogue"]
    sentence = observed(finding)
    parts = sentence.filling(catalogue)
    if catalogue.language != ENGLISH:
        marked = Markup('<span lang="en">{}</span>')
        parts |= {name: marked.format(parts[name]) for name in sentence.unknown(catalogue)}
    return Markup(escape(sentence.chosen(catalogue))).format(**parts)


def _moment_of(context: Context, value: float | datetime) -> datetime:
    zone = ZoneInfo(context["zone"])
    return value.astimezone(zone) if isinstance(value, datetime) else datetime.fromtimestamp(value, zone)


@pass_context
def _day(context: Context, value: float | date, style: str = "long") -> str:
    """A day: of seconds since 1970 in the account's time zone, or a date."""
    if not isinstance(value, date) or isinstance(value, datetime):
        value = _moment_of(context, value).date()
    return format_date(value, style, locale=context["catalogue"].locale)


@pass_context
def _time(context: Context, value: float | datetime) -> str:
    """A time of day in the account's time zone."""
    return format_time(_moment_of(context, value), "short", locale=context["catalogue"].locale)


@pass_context
def _moment(context: Context, value: float | datetime, style: str = "medium") -> str:
    """Day and time in the account's time zone."""
    moment = _moment_of(context, value)
    return f"{_day(context, moment, style)}, {_time(context, moment)}"


@pass_context
def _ago(context: Context, value: float | datetime, now: float) -> str:
    """How long before ``now``: "3 minutes ago"."""
    then = value.timestamp() if isinstance(value, datetime) else value
    return format_timedelta(timedelta(seconds=then - now), add_direction=True, locale=context["catalogue"].locale)


@pass_context
def _number(context: Context, value: float) -> str:
    return format_decimal(value, locale=context["catalogue"].locale)


def _seconds(value: float) -> str:
    """How long a call lasted: 1:05."""
    minutes, seconds = divmod(int(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
