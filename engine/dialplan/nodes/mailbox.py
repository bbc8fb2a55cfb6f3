"""Open a mailbox by phone: whose it is, whether the caller may, and then its messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator

from engine.call.protocol import Call, DigitPlan, Digits
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Doubt
from engine.dialplan.mailbox_pins import has_pin, is_closed, is_right
from engine.dialplan.mailbox_visit import Visit
from engine.dialplan.mailboxes import Mailbox, title_of
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.pin_entry import PIN_TRIES, enter_pin
from engine.dialplan.reading import Reading
from engine.dialplan.values import MAX_EXTENSION_LENGTH, refer_mailbox
from engine.events import MailboxOpened, MailboxRefused

if TYPE_CHECKING:
    from engine.dialplan.account import Account

OWN, ANY = "own", "any"
"""Instead of a name: the mailbox of who calls, and whichever the caller asks for."""
NUMBER = DigitPlan(MAX_EXTENSION_LENGTH, first_digit=8.0, secret=True)
WRONG, CLOSED = "wrong PIN", "too many wrong PINs"


class OpenMailbox(Node):
    """Open a mailbox and hear its messages, or change its greeting and its PIN.

    ```yaml
    {mailbox: orders, then: hang_up, refused: repeat}
    ```
    Instead of a name, `own` means the mailbox of the person who calls, and `any` asks for the mailbox's number: a
    person's extension, or that of one of the `mailboxes`. Callers from outside are asked for it also with `own`. From
    their own phones people open their own mailbox, and those of the `mailboxes` whose `people` they are among, without
    a PIN, unless the account says `ask_mailbox_pin: yes`. All others have to type it, three times at most. Wrong PINs
    are counted over all calls: after five in a row each further one closes the mailbox to PINs for a time that doubles,
    beginning with a minute. Those from the phones of whose mailbox it is are counted apart, so that nobody else can
    keep them out.

    | keys | what they do |
    |---|---|
    | `1` | hear the message again |
    | `2` | save it |
    | `3` | delete it |
    | `4` | go to the one before |
    | `5`, `#` | go to the next one |
    | `6` | call back whoever left it |
    | `7` | hear when it was left, and by whom |
    | `0` | record a greeting or change the PIN |
    | `*` | leave the mailbox, or go back |

    New messages come before saved ones, urgent ones before others. A message is no longer new when it was heard to its
    end or saved.
    """

    kind = "mailbox"
    keys = ("mailbox",)
    shape = Shape.VOICEMAIL

    mailbox: str = Field(
        description="The person's name, one of the `mailboxes`, own, or any",
        json_schema_extra={"type": ["string", "integer"]},
    )
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")
    refused: Destination | None = Field(
        default=None, description="Where a caller goes who does not get in; else where `then` says"
    )

    @field_validator("mailbox", mode="before")
    @classmethod
    def _named(cls, value: Any, info: ValidationInfo) -> str:
        if value in (OWN, ANY) or not isinstance(info.context, Reading):
            return str(value)
        return refer_mailbox(value, info.context)

    @property
    def name(self) -> str:
        return self.mailbox

    @property
    def takes_digits(self) -> bool:
        return self.mailbox == ANY

    def caption(self, account: Account) -> Caption:
        whose = {OWN: "the caller's", ANY: "asks which"}.get(self.mailbox) or title_of(account, self.mailbox)
        return Caption(f"Mailbox: {whose}", ways={"left": ("then",), "refused": ("wrong PIN",)})

    def exits(self) -> Iterable[Exit]:
        return (Exit("left", self.then), Exit("refused", self.refused or self.then))

    def doubts(self, account: Account) -> Iterable[Doubt]:
        mailbox = account.mailboxes.get(self.mailbox)
        if mailbox is not None and mailbox.settings.pin is None and not mailbox.people:
            yield Doubt(
                self.place("mailbox"),
                f"nobody can open mailbox '{self.mailbox}'",
                "whoever comes here is sent away",
                "give it a 'pin', or say whose it is with 'people'",
            )

    async def run(self, call: Call, path: Path) -> Exit:
        left, refused = self.exits()
        mailbox = await self._admitted(call, path)
        if mailbox is None:
            await call.play(path.prompt("mailbox-refused"))
            return refused
        await Visit(call, path, mailbox).run()
        return left

    async def _admitted(self, call: Call, path: Path) -> Mailbox | None:
        """The mailbox that the caller gets into. Nobody learns whether there is one that they do not get into."""
        account, person = path.account, call.caller.person
        name: str | None = person if self.mailbox == OWN else self.mailbox
        if self.mailbox == ANY or name is None:
            number = path.dialled_rest or await _number(call, path)
            name = account.mailbox_by_number.get(number)
        mailbox = account.mailboxes[name] if name is not None else None
        own = mailbox is not None and person in mailbox.people
        trusted = own
        if own and account.info.ask_mailbox_pin:
            trusted = mailbox is not None and not has_pin(mailbox, call.office.standing)
        if mailbox is None or not (trusted or has_pin(mailbox, call.office.standing)):
            await self._knows_the_pin(call, path, None)
            return None
        if not trusted and not await self._knows_the_pin(call, path, mailbox, own=own):
            return None
        call.emit(lambda c, t: MailboxOpened(c, t, mailbox.name, not trusted))
        return mailbox

    async def _knows_the_pin(self, call: Call, path: Path, mailbox: Mailbox | None, *, own: bool = False) -> bool:
        question, standing = path.prompt("mailbox-pin"), call.office.standing
        shown = mailbox.name if mailbox is not None else ""
        for _ in range(PIN_TRIES):
            typed = await enter_pin(call, question)
            if not typed:
                return False
            if mailbox is not None and is_right(mailbox, typed, standing, call.now(), own=own):
                return True
            why = CLOSED if is_closed(shown, standing, call.now(), own=own) else WRONG
            call.emit(lambda c, t, why=why: MailboxRefused(c, t, shown, why))  # type: ignore[misc]
            question = (*path.prompt("mailbox-pin-again"), *path.prompt("mailbox-pin"))
        return False


async def _number(call: Call, path: Path) -> str:
    """The mailbox's number. It is told to nobody, as who types it and the PIN in one go may type amiss."""
    entered = await call.collect_digits(path.prompt("mailbox-number"), NUMBER)
    return entered.digits if isinstance(entered, Digits) else ""
