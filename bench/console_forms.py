"""What managers send to the console, for its bench: each request as a browser makes it, with other values each time."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

Send = Callable[[int], tuple[int, int]]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Manager:
    """One connection of somebody who has signed in. ``headers`` prove it; a program's are ``token``."""

    def __init__(self, connection: http.client.HTTPConnection, headers: Mapping[str, str], token: Mapping[str, str]):
        self._connection, self._headers, self._token = connection, dict(headers), dict(token)
        page = self.get("/main-number")
        found = re.search(r'X-Form-Token": "([0-9a-f]{64})"', page)
        assert found is not None
        self._form = found[1]

    def get(self, path: str) -> str:
        """A page; a cookie that comes with it is kept, as the token of forms is bound to it."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            self._headers["Cookie"] += f"; {cookie.partition(';')[0]}"
        return answer.read().decode()

    def shown(self, path: str) -> dict[str, str]:
        """The hidden fields of a page, among them the digest of the plan that it shows."""
        found = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', self.get(path))
        return {name: unescape(value) for name, value in found}

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, int]:
        body = urlencode({**fields, "form_token": self._form})
        self._connection.request("POST", path, body, self._headers | FORM)
        answer = self._connection.getresponse()
        return answer.status, len(answer.read())

    def ask(self, method: str, path: str, body: Any, **headers: str) -> tuple[int, int]:
        """The same of a program, to the API."""
        headers = self._token | {"Content-Type": "application/json"} | headers
        self._connection.request(method, f"/api/v1{path}", json.dumps(body), headers)
        answer = self._connection.getresponse()
        return answer.status, len(answer.read())


def sending(manager: Manager, plan: Path) -> dict[str, Send]:
    """Every request by its name. Those that change something leave it changed; ``plan`` is the dialplan's file."""
    text = plan.read_text()
    seen = manager.shown("/main-number")

    def leading_to(number: int) -> dict[str, str]:
        return {"digest": seen["digest"], "who": "person", "person": f"p{number}", "otherwise": "", "hours": ""}

    def saved(number: int) -> tuple[int, int]:
        newest = {"digest": manager.shown("/plan")["digest"], "text": f"{text}# {number}\n"}
        return manager.post("/plan/save", newest | {"what": "text", "back": "/plan"})

    def renamed(number: int) -> tuple[int, int]:
        seen = manager.shown("/people/person/p7")
        return manager.post("/people/person/p7", seen | {"name": f"P {number}", "extension": "2007"})

    def menu(number: int) -> dict[str, str]:
        return {"digest": seen["digest"], "greeting": "say", "greeting_text": f"Hello {number}.", "keys.0.key": "1",
                "keys.0.to": "ring:p1"}  # fmt: skip

    return {
        "preview of the main number": lambda n: manager.post("/main-number/preview", leading_to(n)),
        "look at a change of the main number": lambda n: manager.post("/main-number", leading_to(n)),
        "preview of a menu": lambda n: manager.post("/main-number/menus/welcome/preview", menu(n)),
        "look at a change of a menu": lambda n: manager.post("/main-number/menus/welcome", menu(n)),
        "check of the text as it is typed": lambda n: manager.post("/plan/check", {"text": f"{text}# {n}\n"}),
        "look at a change of the text": lambda n: manager.post("/plan", {"digest": "", "text": f"{text}# {n}\n"}),
        "save the text, with the page": saved,
        "change a person, with the page": renamed,
        "add a number": lambda n: manager.post("/numbers", {"numbers": f"020 123 {4600 + n}"}),
        "add a person": lambda n: manager.post("/people/add", {"people.0.email": f"x{n}@bench.example"}),
        "rehearsal": lambda n: manager.post("/rehearsal", {"keys": str(n % 9)}),
        "API: check": lambda n: manager.ask("POST", "/plan/check", {"text": f"{text}# {n}\n"}),
        "API: save": lambda n: manager.ask("PUT", "/plan", {"text": f"{text}# again {n}\n"}, **{"If-Match": "*"}),
    }
