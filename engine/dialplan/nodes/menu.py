"""A menu: a greeting, and keys and extensions that lead on while it plays and after."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from engine.call.protocol import Call, ExtensionDialled, Key, KeyPlan, NoInput, Sound, WrongInput
from engine.dialplan.model import Destination, Exit, Node, Section
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.path import Path
from engine.dialplan.sound import Announcements
from engine.dialplan.values import MENU_KEYS_SCHEMA, BetweenDigitsTime, FirstDigitTime, MenuKey, MenuName, Truth

DEFAULT_TRIES = 3


class Patience(Section):
    """How often a caller may press nothing, or something wrong, and what happens then."""

    tries: int = Field(default=DEFAULT_TRIES, ge=1, le=20, strict=True, description="How often the caller may try")
    then: Destination | None = Field(
        default=None, description="Where the caller goes then; without it: goodbye, and the call ends"
    )


class Menu(Node):
    """One of the ``menus``: what callers hear there and where keys lead. A key pressed interrupts the greeting.

    ```yaml
    greeting: {play: welcome.wav}
    short_greeting: {play: choose.wav}
    dial_extensions: true
    keys:
      1: {ring: orders}
      2: {menu: more}
      "*": repeat
    no_input: {tries: 2, then: {ring: front-desk}}
    wrong_input: {tries: 3, then: hang_up}
    ```
    A key acts at once. Only a key that begins an extension that exists waits for the next digit: with
    ``dial_extensions`` and extensions 101 and 102, key 1 takes effect two seconds later, or with ``#``. Renumber the
    extensions (201, 202) or the keys, and nobody waits; ``belplan check`` proposes how. Digits dialled that are no
    extension are wrong together, not one by one. Keys pressed ahead of a greeting count, and then it is not played.
    """

    kind = "menu"

    greeting: Announcements = Field(description="What the caller hears: {play: file}, {say: text} or a list of them")
    short_greeting: Announcements | None = Field(
        default=None, description="What the caller hears when they come here again; without it: the greeting"
    )
    dial_extensions: Truth = Field(default=False, description="Whether a caller may dial an extension instead of a key")
    choices: dict[MenuKey, Destination] = Field(
        default_factory=dict,
        alias="keys",
        description='Where each key leads: 0 to 9, "*" and "#"',
        json_schema_extra=MENU_KEYS_SCHEMA,
    )
    no_input: Patience = Field(
        default=Patience(),
        description="How often the greeting is played to a caller who presses nothing, and what then",
    )
    wrong_input: Patience = Field(default=Patience(), description="The same for keys that mean nothing here")
    first_digit: FirstDigitTime = Field(default=5.0, description="How long to wait for a key after the greeting")
    between_digits: BetweenDigitsTime = Field(
        default=2.0, description="How long to wait for the next digit of an extension"
    )

    _name: str = ""

    @property
    def name(self) -> str:
        return self._name

    def arrive(self, path: Path) -> Node:
        return path.enter(self)

    def exits(self) -> Iterable[Exit]:
        for key, to in self.choices.items():
            yield Exit(key, to)
        if self.dial_extensions:
            yield Exit("extension", open_ended=True)
        yield Exit("no_input", self.no_input.then or HangUp(hang_up="no input"))
        yield Exit("wrong_input", self.wrong_input.then or HangUp(hang_up="wrong input"))

    def key_plan(self, path: Path) -> KeyPlan:
        """Which keys and extensions count here."""
        return KeyPlan(
            keys=frozenset(self.choices),
            extensions=path.account.dialled if self.dial_extensions else frozenset(),
            first_digit=self.first_digit,
            between_digits=self.between_digits,
        )

    def _greeting(self, path: Path) -> tuple[Sound, ...]:
        short = self.short_greeting
        announcements = self.greeting if short is None or path.first_visit(self) else short
        return path.sounds_of(announcements)

    async def run(self, call: Call, path: Path) -> Exit:
        plan = self.key_plan(path)
        nothing = wrong = 0
        before: tuple[Sound, ...] = ()
        path.chosen = True
        while True:
            pressed = await call.collect((*before, *self._greeting(path)), plan)
            match pressed:
                case Key(key):
                    return Exit(key, self.choices[key])
                case ExtensionDialled(extension):
                    return Exit("extension", path.account.ring_extension(extension), open_ended=True)
                case NoInput():
                    nothing += 1
                    before = ()
                case WrongInput():
                    wrong += 1
                    before = path.prompt("invalid-choice")
            if nothing >= self.no_input.tries:
                return await self._give_up("no_input", self.no_input, call, path)
            if wrong >= self.wrong_input.tries:
                return await self._give_up("wrong_input", self.wrong_input, call, path)

    async def _give_up(self, exit_name: str, patience: Patience, call: Call, path: Path) -> Exit:
        path.chosen = False
        if patience.then is None:
            await call.play(path.prompt("goodbye"))
        return next(way for way in self.exits() if way.name == exit_name)


class ToMenu(Node):
    """Go to one of the ``menus``. From there ``back`` leads here again.

    ```yaml
    {menu: welcome}
    ```
    """

    kind = "to_menu"
    keys = ("menu",)

    menu: MenuName = Field(description="The menu to go to")

    @property
    def name(self) -> str:
        return self.menu

    def exits(self) -> Iterable[Exit]:
        return ()

    def arrive(self, path: Path) -> Node:
        return path.enter(path.account.menus[self.menu])
