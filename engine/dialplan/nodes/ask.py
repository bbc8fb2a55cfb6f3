"""Ask a web service where the call goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from engine.call.protocol import Call
from engine.call.question import MAX_ANSWER, Question, Said
from engine.dialplan.caption import Caption
from engine.dialplan.durations import AskTime
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.path import Path
from engine.dialplan.reading import shown
from engine.dialplan.sound import Announcements
from engine.dialplan.values import read_name
from engine.dialplan.web import TokenField, Url, address_shown, is_open_to_others

if TYPE_CHECKING:
    from engine.dialplan.account import Account

ELSE = "else"


def _answer(value: Any) -> str:
    name = read_name(value)
    if name == ELSE or len(name) > MAX_ANSWER or not any(character.isalpha() for character in name):
        raise Wrong(f"{shown(name)} is no answer", "expected a word that the service says, such as vip")
    return name


AnswerName = Annotated[str, BeforeValidator(_answer), WithJsonSchema({"type": "string"})]


class Ask(Node):
    """Ask a web service of yours where the caller goes: it answers with one of the words you allow.

    ```yaml
    ask: https://crm.example/route
    within: 2s
    answers:
      vip: {ring: orders}
      normal: {menu: more}
    else: {voicemail: front-desk}
    ```
    The call is posted as JSON: `call`, `account`, `caller` (`number`, `name`, `person`), `called`, `answered`, `keys`
    (those pressed so far), `path` (the menus the caller is in) and `time`. The service replies `{"answer": "vip"}`, or
    the bare word. `else` is taken when it does not reply in time, cannot be reached, fails, or says anything that is
    not among the `answers`. Its reply may have 16 kB; redirects are not followed.

    A caller who was not answered yet just waits a little longer for the ringing; one who was hears silence, or what
    `hears` says. A `token` is sent along as `Authorization: Bearer`. It never stands in the dialplan but in a file
    beside it, `{file: crm.token}`, or in the engine's environment, `{env: CRM_TOKEN}`; both are read when the dialplan
    is loaded.
    """

    kind = "ask"
    keys = ("ask",)

    ask: Url = Field(description="The service's address, http or https")
    within: AskTime = Field(default=2.0, description="How long its whole reply may take")
    answers: dict[AnswerName, Destination] = Field(min_length=1, description="Where each answer leads")
    otherwise: Destination = Field(alias="else", description="Where the caller goes without any of these answers")
    token: TokenField | None = Field(default=None, description="A secret sent along: {file: ...} or {env: ...}")
    hears: Announcements | None = Field(default=None, description="What a caller hears meanwhile, if answered already")

    @property
    def name(self) -> str:
        return address_shown(self.ask)

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption(f"Ask {self.name}", ways={ELSE: (f"else ({self.within:g} s)",)})

    def exits(self) -> Iterable[Exit]:
        for answer, to in self.answers.items():
            yield Exit(answer, to)
        yield Exit(ELSE, self.otherwise)

    def doubts(self, account: Account) -> Iterable[Doubt]:  # noqa: ARG002
        if self.token is not None:
            yield from self.token.doubts()
            if is_open_to_others(self.ask):
                what = "the token is sent unencrypted"
                yield Doubt(self.place("ask"), what, "whoever is on the way can read it", "ask by https://")

    async def run(self, call: Call, path: Path) -> Exit:
        answer = await call.ask(
            Question(
                url=self.ask,
                facts=facts_of(call, path),
                within=self.within,
                service=self.name,
                token=self.token.secret if self.token else "",
                hears=path.sounds_of(self.hears or ()),
            )
        )
        if isinstance(answer, Said) and answer.answer in self.answers:
            return Exit(answer.answer, self.answers[answer.answer])
        return Exit(ELSE, self.otherwise)


def facts_of(call: Call, path: Path) -> dict[str, Any]:
    """What the service is told of a call."""
    caller, account = call.caller, path.account
    return {
        "call": call.id,
        "account": account.key,
        "caller": {"number": caller.number, "name": caller.name, "person": caller.person},
        "called": call.called,
        "answered": call.answered,
        "keys": call.pressed,
        "path": [menu.name for menu in path.menus],
        "time": datetime.fromtimestamp(call.now(), account.info.timezone).isoformat(timespec="seconds"),
    }
