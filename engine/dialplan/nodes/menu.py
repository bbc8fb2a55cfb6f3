"""A menu: a greeting, and keys and extensions that lead on while it plays and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from engine.call.protocol import Call, ExtensionDialled, Key, KeyPlan, NoInput, Sound, WrongInput
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.choices import Choices
from engine.dialplan.durations import BetweenDigitsTime, FirstDigitTime
from engine.dialplan.findings import Doubt
from engine.dialplan.greeting import Greeting, PerTry, variant_now
from engine.dialplan.greetings import greeting_heard
from engine.dialplan.model import Destination, Exit, Node, Section
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.path import Path
from engine.dialplan.sound import Announcements, shown_announcements
from engine.dialplan.values import MenuName, Truth

if TYPE_CHECKING:
    from engine.dialplan.account import Account

DEFAULT_TRIES = 3


class Patience(Section):
    """How often a caller may press nothing, or something wrong, what they hear then, and what happens at last."""

    tries: int = Field(default=DEFAULT_TRIES, ge=1, le=20, strict=True, description="How often the caller may try")
    announce: PerTry = Field(
        default=(),
        description="What the caller hears before they try again; a list holds one announcement for each try",
    )
    then: Destination | None = Field(
        default=None, description="Where the caller goes then; without it: goodbye, and the call ends"
    )

    def before_try(self, failed: int, path: Path) -> tuple[Sound, ...]:
        """What is announced after so many tries that failed."""
        return path.sounds_of(self.announce[min(failed, len(self.announce)) - 1]) if self.announce else ()


class Menu(Node):
    """One of the ``menus``: what callers hear there and where keys lead. A key pressed interrupts the greeting.

    ```yaml
    notice: {play: legal.wav}
    greeting: {play: welcome.wav}
    short_greeting: {play: choose.wav}
    dial_extensions: true
    keys:
      1: {ring: orders}
      2: {menu: more}
      12: {play: opening-hours.wav, then: repeat}
      9: {only_for: people, voicemail: orders}
      "*": repeat
    no_input: {tries: 2, announce: {say: "Please press a key."}, then: {ring: front-desk}}
    wrong_input: {tries: 3, then: hang_up}
    ```
    A key acts at once. Only a key that begins an extension that exists waits for the next digit: with
    ``dial_extensions`` and extensions 101 and 102, key 1 takes effect two seconds later, or with ``#``. Renumber the
    extensions (201, 202) or the keys, and nobody waits; ``belplan check`` proposes how. Digits dialled that are no
    extension are wrong together, not one by one. Keys pressed ahead of a greeting count, and then it is not played.

    A key may have several digits. Only where something longer begins with what was pressed (`1` here, because of `12`)
    the caller waits for `between_digits`, or presses `#`; every other key acts at once.

    A key with `only_for` is there for some callers only: `people` (all of the account, from their own phones), one of
    them, a list of the section `callers`, `anonymous`, a number, a beginning of numbers (`"+3120*"`) or several of
    these; with `during` it is there in some hours only. For everybody else it is a wrong key. Numbers of outside
    callers can be forged: protect nothing with them.

    A `notice` is heard in full, once in a call; keys pressed during it count when it is over. The `greeting` may depend
    on the hour: `[{during: open, play: a.wav}, {play: b.wav}]`.
    """

    kind = "menu"
    shape = Shape.MENU

    notice: Announcements | None = Field(
        default=None, description="What must be heard in full before the greeting, such as a legal notice"
    )
    repeat_notice: Truth = Field(default=False, description="Whether the notice is heard each time, not once in a call")
    greeting: Greeting = Field(
        description="What the caller hears: {play: file}, {say: text}, a list of them, or of lines with 'during'"
    )
    short_greeting: Greeting | None = Field(default=None, description="What the caller hears when they come here again")
    dial_extensions: Truth = Field(default=False, description="Whether a caller may dial an extension instead of a key")
    choices: Choices = Field(
        default_factory=Choices, alias="keys", description="Where each key, or sequence of keys, leads"
    )
    no_input: Patience = Field(
        default=Patience(),
        description="How often the greeting is played to a caller who presses nothing, and what then",
    )
    wrong_input: Patience = Field(default=Patience(), description="The same for keys that mean nothing here")
    first_digit: FirstDigitTime = Field(default=5.0, description="How long to wait for a key after the greeting")
    between_digits: BetweenDigitsTime = Field(
        default=2.0, description="How long to wait for the next digit of an extension or of a longer key"
    )

    _name: str = ""

    @property
    def name(self) -> str:
        return self._name

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        ways = {
            "extension": ("an extension",),
            "no_input": (f"no key {self.no_input.tries}×",),
            "wrong_input": (f"wrong key {self.wrong_input.tries}×",),
        }
        notice = (shown_announcements(self.notice),) if self.notice else ()
        greetings = (
            f"{one.during}: {shown_announcements(one.announcements)}"
            if one.during
            else shown_announcements(one.announcements)
            for one in self.greeting
        )
        return Caption(self.name, notes=(*notice, *greetings), ways=ways)

    def arrive(self, path: Path) -> Node:
        return path.enter(self)

    def exits(self) -> Iterable[Exit]:
        for key, to in self.choices.items():
            yield Exit(key, to)
        if self.dial_extensions:
            yield Exit("extension", open_ended=True)
        yield Exit("no_input", self.no_input.then or HangUp(hang_up="no input"))
        yield Exit("wrong_input", self.wrong_input.then or HangUp(hang_up="wrong input"))

    def key_plan(self, call: Call, path: Path) -> KeyPlan:
        """Which keys and extensions count here, for this caller and now."""
        return KeyPlan(
            keys=self.choices.open_to(call, path),
            extensions=path.account.dialled if self.dial_extensions else frozenset(),
            first_digit=self.first_digit,
            between_digits=self.between_digits,
        )

    def _greeting(self, call: Call, path: Path) -> tuple[Sound, ...]:
        short = self.short_greeting
        in_full = short is None or path.first_visit(self)
        variant = variant_now(self.greeting if in_full else short or (), call, path)
        if variant is None:
            return ()
        if not in_full:
            return path.sounds_of(variant.announcements)
        return greeting_heard(self.name, variant, call, path)

    async def run(self, call: Call, path: Path) -> Exit:
        if self.notice and (self.repeat_notice or path.first_notice(", ".join(one.name for one in self.notice))):
            await call.play(path.sounds_of(self.notice))
        plan = self.key_plan(call, path)
        nothing = wrong = 0
        before: tuple[Sound, ...] = ()
        path.chosen = True
        path.diverted.clear()
        while True:
            pressed = await call.collect((*before, *self._greeting(call, path)), plan)
            match pressed:
                case Key(key):
                    return Exit(key, self.choices[key])
                case ExtensionDialled(extension):
                    return Exit("extension", path.account.ring_extension(extension), open_ended=True)
                case NoInput():
                    nothing += 1
                    before = self.no_input.before_try(nothing, path)
                case WrongInput():
                    wrong += 1
                    before = self.wrong_input.before_try(wrong, path) or path.prompt("invalid-choice")
            if nothing >= self.no_input.tries:
                return await self._give_up("no_input", self.no_input, call, path)
            if wrong >= self.wrong_input.tries:
                return await self._give_up("wrong_input", self.wrong_input, call, path)

    async def _give_up(self, exit_name: str, patience: Patience, call: Call, path: Path) -> Exit:
        path.chosen = False
        if patience.then is None:
            await call.play(path.prompt("goodbye"))
        return next(way for way in self.exits() if way.name == exit_name)

    @property
    def hours(self) -> Iterator[str]:
        """The hours and switches that it goes by itself."""
        variants = (*self.greeting, *(self.short_greeting or ()))
        for hours in (*(one.during for one in variants), *(one.during for one in self.choices.conditions.values())):
            if hours is not None:
                yield hours

    def doubts(self, account: Account) -> Iterable[Doubt]:
        dialled = account.dialled if self.dial_extensions else frozenset()
        for key in self.choices:
            at = self.place("keys")
            longer = sorted(other for other in self.choices if other.startswith(key) and other != key)
            if longer:
                what = f"key {key} of menu '{self.name}' also begins key {longer[0]}"
                effect = f"who presses {key} waits {self.between_digits:g} s before anything happens, or presses #"
                yield Doubt(at, what, effect, f"give {longer[0]} another first digit")
            if key in dialled:
                person = account.person_by_extension[key]
                what = f"key {key} of menu '{self.name}' is also the extension of {person}"
                yield Doubt(at, what, f"nobody can dial {person} in this menu", "choose another key")
        for patience in (self.no_input, self.wrong_input):
            if len(patience.announce) >= max(2, patience.tries):
                yield Doubt(
                    patience.place("announce"),
                    f"there are {len(patience.announce)} announcements for {patience.tries} tries",
                    "the last one is never heard, as nobody tries again after the last try",
                    f"have {patience.tries - 1}, or more tries",
                )


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
