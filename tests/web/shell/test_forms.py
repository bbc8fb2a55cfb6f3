"""Forms as they are shown: what was typed stays, what is wrong stands beside it, and all of it can be heard."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from jinja2 import ChoiceLoader, DictLoader
from starlette.requests import Request
from starlette.responses import Response

from tests.web.browsing import Browser
from web.mistakes import Mistakes, Stale, refused
from web.shell.rendering import environment, redirect, render, show_mistakes, show_stale
from web.shell.typed import MAX_ROWS, Typed, TypedForm
from web.words import say, say_n

PAGE = """{% extends "shell/base.html" %}
{% import "shell/forms.html" as forms with context %}
{% import "shell/parts.html" as parts with context %}
{% block main %}
{{ forms.stale_notice() }}
{{ forms.summary() }}
<form method="post" action="/try" novalidate>
{{ forms.token() }}
{{ forms.text("email", _("E-mail address"), hint=_("Where letters go"), type="email", autocomplete="email") }}
{{ forms.area("notes", "Notes", optional=true) }}
{{ forms.select("language", "Language", [("en", "English"), ("nl", "Dutch")], value="nl") }}
{{ forms.choice("answers", "Who answers", [("person", "A person"), ("menu", "A menu")], value="menu") }}
{{ forms.check("night", "At night", checked=true) }}
{{ forms.text("rows.2.name", "Name") }}
{{ forms.file("sound", "Recording", accept="audio/*") }}
{{ forms.submit("Save") }}
</form>
{% call parts.notice("careful", title="Mind") %}<p>{{ said }}</p>{% endcall %}
{% call parts.table("People", ["Name"]) %}<tr><td data-label="Name">{{ name }}</td></tr>{% endcall %}
{{ parts.steps("Progress", [("One", "/one", "done"), ("Two", "", "current")]) }}
{{ parts.empty("Nobody", "Add one") }}
{{ parts.action("Delete", "/delete", kind="danger") }}
{{ _("Hello {name}", name=name) }} {{ ngettext("{n} phone", "{n} phones", 2) }}
{{ 1700000000 | moment }} {{ 1234567 | number }}
{% endblock %}
"""
TOO_LONG = say("Too long")
VALUES: dict[str, object] = {
    "said": say_n("{n} thing of {what}", "{n} things of {what}", 3, what="<b>"),
    "name": "<i>An</i>",
}


@pytest.fixture
def app(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The console with a page of every part there is; its form is refused, or stale if that is typed."""
    templates = environment().loader
    assert templates is not None
    monkeypatch.setattr(environment(), "loader", ChoiceLoader([templates, DictLoader({"try.html": PAGE})]))

    @app.get("/try")
    def shown(request: Request) -> Response:
        return render(request, "try.html", **VALUES)

    @app.post("/try")
    def sent(request: Request, typed: TypedForm) -> Response:
        if typed.text("email") == "stale":
            return show_stale(request, "try.html", Stale(say("An was first")), typed, **VALUES)
        if typed.text("email") == "right":
            return redirect(request, "/try", say("{who} is here", who="An"))
        wrong = (*refused("email", say("No {what}", what="<at>")).mistakes, *refused("rows.2.name", TOO_LONG).mistakes)
        return show_mistakes(request, "try.html", Mistakes(wrong), typed, **VALUES)

    return app


async def test_what_was_typed_stays_and_what_is_wrong_stands_beside_it(browser: Browser) -> None:
    typed = {"email": 'a"<b', "notes": "\nx", "language": "en", "answers": "person", "rows.2.name": "Jo"}
    page = await browser.submit("/try", typed)
    assert page.status_code == 422
    text = page.text
    assert "2 things have to be put right" in text
    assert '<a href="#field-email">No &lt;at&gt;</a>' in text
    assert '<a href="#field-rows-2-name">Too long</a>' in text
    email = input_of(text, "email")
    assert 'value="a&#34;&lt;b"' in email
    assert 'aria-invalid="true"' in email
    assert 'aria-describedby="field-email-hint field-email-wrong"' in email
    assert 'autocomplete="email"' in email
    assert 'value="Jo"' in input_of(text, "rows.2.name")
    assert '<option value="en" selected>' in text
    assert 'value="person" id="field-answers" checked' in text
    assert "checked" not in input_of(text, "night")
    assert ">\n\nx</textarea>" in text


async def test_a_fresh_form_has_its_defaults(browser: Browser) -> None:
    text = (await browser.get("/try")).text
    assert "put right" not in text
    assert "aria-invalid" not in text
    assert '<option value="nl" selected>' in text
    assert 'value="menu" checked' in text
    assert "checked" in input_of(text, "night")


async def test_every_field_has_a_label_and_whatever_describes_it_is_there(browser: Browser) -> None:
    text = (await browser.submit("/try", {})).text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r' for="([^"]+)"', text)) <= set(ids)
    for described in re.findall(r'aria-describedby="([^"]+)"', text):
        assert set(described.split()) <= set(ids)


async def test_a_change_that_came_first_is_told_and_nothing_is_lost(browser: Browser) -> None:
    page = await browser.submit("/try", {"email": "stale", "notes": "mine"})
    assert page.status_code == 409
    assert "An was first" in page.text
    assert "mine</textarea>" in page.text


async def test_what_was_done_is_told_once_on_the_next_page(browser: Browser) -> None:
    led_on = await browser.submit("/try", {"email": "right"})
    assert (led_on.status_code, led_on.headers["Location"]) == (303, "/try")
    assert '<div class="notice good" role="status">An is here</div>' in (await browser.get("/try")).text
    assert "An is here" not in (await browser.get("/try")).text


async def test_htmx_is_led_on_as_a_whole_page(browser: Browser) -> None:
    led_on = await browser.submit("/try", {"email": "right"}, headers={"HX-Request": "true"})
    assert (led_on.status_code, led_on.headers["HX-Redirect"]) == (204, "/try")


async def test_what_goes_into_a_sentence_is_escaped_and_reads_as_people_write(browser: Browser) -> None:
    text = (await browser.get("/try")).text
    assert "Hello &lt;i&gt;An&lt;/i&gt; 2 phones\n14 Nov 2023, 22:13" in text
    assert "3 things of &lt;b&gt;" in text
    assert "1,234,567" in text
    dutch = (await browser.get("/try?lang=nl")).text
    assert "14 nov 2023, 22:13" in dutch
    assert "1.234.567" in dutch


def test_rows_are_read_by_their_numbers_without_the_empty_ones() -> None:
    typed = Typed(
        {
            "people.3.email": (" c@x ",),
            "people.1.email": ("a@x",),
            "people.1.number": ("",),
            "people.2.email": ("",),
            "other.1.email": ("no",),
            "people.x.email": ("no",),
        }
    )
    assert typed.rows("people") == {1: {"email": "a@x", "number": ""}, 3: {"email": "c@x"}}
    many = Typed({f"people.{number}.email": ("x",) for number in range(MAX_ROWS + 5)})
    assert len(many.rows("people")) == MAX_ROWS


def input_of(page: str, name: str) -> str:
    match = re.search(rf'<input[^>]* name="{re.escape(name)}"[^>]*>', page)
    assert match, name
    return match[0]
