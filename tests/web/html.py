"""What must hold of every page, looked at in milliseconds; tests with axe-core look closer at fewer of them."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
FIELDS = frozenset({"input", "select", "textarea"})
SILENT = frozenset({"hidden", "submit", "button", "image"})
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "form")


class Page(HTMLParser):
    """The elements of a page, each with its attributes and those around it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self._referred: list[tuple[str, str]] = []
        self._labelled: set[str] = set()
        self._unlabelled: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._forms: list[tuple[str, bool]] = []
        self.feed(text)
        self.close()
        self._finish()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look(tag, given)
        if tag == "form":
            self._forms.append((given.get("action", ""), given.get("method", "").lower() != "post"))
        if tag == "input" and given.get("name") == "form_token" and self._forms:
            self._forms[-1] = (self._forms[-1][0], True)
        if tag not in VOID:
            self._open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, _ = self._open.pop()
            if opened == tag:
                return
            if opened not in ("li", "p", "option", "dt", "dd", "tr", "td", "th", "tbody", "thead"):
                self.wrong.append(f"<{opened}> is not closed before </{tag}>")
        self.wrong.append(f"</{tag}> closes nothing")

    def _look(self, tag: str, given: dict[str, str]) -> None:
        if "id" in given:
            self.ids.append(given["id"])
        for name in REFERENCES:
            self._referred += [(name, each) for each in given.get(name, "").split()]
        for name in given:
            if name == "style" or (name.startswith("on") and name != "on"):
                self.wrong.append(f"<{tag}> has {name}, which the policy forbids")
        if (tag == "script" and "src" not in given) or tag == "style":
            self.wrong.append(f"<{tag}> stands in the page, which the policy forbids")
        if tag == "img" and "alt" not in given:
            self.wrong.append(f"<img {given.get('src')}> has no alt")
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"])
        if tag == "label":
            self._labelled.add(given.get("for", ""))
        inside = any(opened == "label" for opened, _ in self._open)
        named = inside or given.get("aria-label") or given.get("aria-labelledby")
        if tag in FIELDS and given.get("type") not in SILENT and not named and "hidden" not in given:
            self._unlabelled.append((tag, given))

    def _finish(self) -> None:
        self.wrong += [f"<{tag}> is never closed" for tag, _ in self._open]
        self.wrong += [f"id {each!r} stands twice" for each in set(self.ids) if self.ids.count(each) > 1]
        self.wrong += [f"{name}={each!r} leads nowhere" for name, each in self._referred if each not in self.ids]
        self.wrong += [
            f"<{tag} name={given.get('name')!r}> has no label"
            for tag, given in self._unlabelled
            if given.get("id") not in self._labelled
        ]
        self.wrong += [f"the form to {action!r} has no token" for action, carries in self._forms if not carries]


def assert_sound(address: str, text: str) -> Page:
    """A page that browsers and screen readers make sense of, and that the Content-Security-Policy allows."""
    assert text.startswith("<!doctype html>")
    page = Page(text)
    assert not page.wrong, f"{address}: {page.wrong}"
    return page
