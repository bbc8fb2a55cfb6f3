"""All that a manager does with an account's numbers and people, for pages, the API and commands alike.

Each change is in the audit log under whoever made it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from engine.control.client import Control, ControlRefused, NotRunning
from engine.settings import Settings
from engine.store.console.invitations import StoredInvitation
from engine.store.store import Store
from web.accounts.about import About, about
from web.accounts.audit import audit
from web.editing.accounts import AccountFacts
from web.editing.plans import Plans, Saved
from web.mail import NotKept, Post
from web.mistakes import Mistakes, refused
from web.numbers import listed, main
from web.numbers.stock import Stock, add, remove
from web.people import changing, invitations, states
from web.people.extensions import LENGTHS
from web.people.joining import Joining, add_people
from web.people.letter import invitation_letter
from web.people.licences import Licences, own_number
from web.people.roster import Roster, loaded_plan, read_roster
from web.people.rows import TypedPerson, csv_rows
from web.words import Sentence, say, say_n

PAGE = "/welcome/"
"""The path of invitations."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One of the people, and how far they are. ``own`` is their number, be it the main one."""

    key: str
    name: str
    email: str | None
    extension: str
    number: str | None
    own: str | None
    coming: str | None
    state: states.State
    phones: int
    invitation: StoredInvitation | None
    facts: TypedPerson


class Desk:
    """For one account, on behalf of ``who``. Raises Mistakes, and Stale where a change came too late."""

    def __init__(self, settings: Settings, store: Store, account: str, who: str) -> None:
        self.settings = settings
        self.store = store
        self.account = account
        self.who = who
        self.plans = Plans(settings, store)
        self.numbers = store.console.numbers

    @cached_property
    def about(self) -> About:
        """What the account is called and where it is."""
        found = about(self.settings, self.store, self.account)
        if found is None:
            raise refused("account", say("There is no such account."))
        return found

    @property
    def has_plan(self) -> bool:
        """Whether the main number has been chosen."""
        return self.account in self.plans.accounts()

    # --- numbers ------------------------------------------------------------------------------------------------------

    def stock(self) -> Stock:
        """All numbers of the account."""
        plan = loaded_plan(self.plans, self.account, self.plans.read(self.account)) if self.has_plan else None
        return Stock.of(self.account, self.numbers.of(self.account), plan)

    def add_numbers(self, typed: str, now: float) -> int:
        """Add numbers that were typed; how many."""
        return self._add(listed.read_typed(typed, self.about.country), now)

    def add_each(self, typed: Sequence[str], now: float) -> int:
        """Add these numbers, each typed by itself; how many."""
        return self._add(listed.read_each(typed, self.about.country), now)

    def import_numbers(self, data: bytes, now: float) -> int:
        """Add the numbers of a provider's file; how many."""
        return self._add(listed.read_csv(data, self.about.country), now, field="file", lines=True)

    def _add(self, numbers: Sequence[listed.Listed], now: float, field: str = "numbers", lines: bool = False) -> int:
        count = add(self.numbers, self.account, numbers, now, elsewhere=self._elsewhere(), field=field, lines=lines)
        self._note(say_n("{n} number added to the stock", "{n} numbers added to the stock", count), now)
        return count

    def _elsewhere(self) -> Iterable[str]:
        """The numbers in the dialplans of other accounts; one that can't be used holds none."""
        for key in self.plans.accounts():
            if key != self.account:
                try:
                    yield from loaded_plan(self.plans, key, self.plans.read(key)).numbers_at
                except Mistakes:
                    continue

    def remove_number(self, number: str, now: float) -> None:
        """Take a number out of the stock."""
        remove(self.numbers, self.stock(), number)
        self._note(say("{number} taken out of the stock", number=number), now)

    def choose_main(self, number: str, now: float) -> Saved:
        """Let this be the main number: the account's dialplan begins with it."""
        if self.has_plan:
            saved = main.move(
                self.plans, self.numbers, self.stock(), number, self.about.country, author=self.who, now=now
            )
        else:
            facts = AccountFacts(self.about.name, self.about.country, self.about.language, self.about.timezone)
            owner = (self.about.owner_name, self.about.owner_email)
            saved = main.begin(self.plans, self.numbers, self.account, number, facts, owner, author=self.who, now=now)
        self._note(say("{number} is the main number", number=number), now)
        return saved

    # --- people -------------------------------------------------------------------------------------------------------

    def roster(self) -> Roster:
        """The people as they are now."""
        return read_roster(self.plans, self.numbers, self.account, self.about.licences)

    def licences(self) -> Licences:
        """The account's licences; there are some before there are people."""
        return self.roster().licences if self.has_plan else Licences(self.about.licences, 0)

    def people(self, roster: Roster, now: float) -> list[Standing]:
        """Everybody, by extension."""
        kept = self.store.console.invitations.of(self.account)
        phones: Counter[str] = states.phones_of(self.settings, self.store, roster.loaded)
        coming = {each.person: each.number for each in roster.stock.coming if each.person}
        return [
            Standing(
                key,
                person.name or key,
                person.email,
                person.extension,
                person.number,
                own_number(roster.loaded, key, self.about),
                coming.get(key),
                states.state_of(kept.get(person.extension), person.email, phones[person.extension], now),
                phones[person.extension],
                kept.get(person.extension),
                changing.shown_person(roster, key),
            )
            for key, person in sorted(roster.loaded.people.items(), key=lambda item: item[1].extension)
        ]

    def add_people(self, rows: Sequence[TypedPerson], now: float) -> tuple[Joining, ...]:
        """Add them all, or none."""
        joining, _ = add_people(
            self.plans, self.numbers, self.account, rows, licences=self.about.licences, author=self.who, now=now
        )
        self._note(say_n("{n} person added", "{n} people added", len(joining)), now)
        return joining

    def import_people(self, data: bytes, now: float) -> tuple[Joining, ...]:
        """Add the people of a file, or none of them."""
        return self.add_people(csv_rows(data), now)

    def change_person(
        self, key: str, row: TypedPerson, now: float, seen: TypedPerson | None = None
    ) -> changing.Changed:
        """Give somebody other facts; ``seen`` are those that were looked at."""
        changed = changing.change_person(
            self.plans,
            self.store,
            self.account,
            key,
            row,
            licences=self.about.licences,
            author=self.who,
            now=now,
            seen=seen,
        )
        self._note(say("{person} changed", person=row.name or key), now)
        return changed

    def remove_person(self, key: str, now: float, instead: str | None = None) -> None:
        """Remove somebody; ``instead`` takes their place where callers are led to them."""
        changing.remove_person(
            self.plans,
            self.store,
            self.account,
            key,
            licences=self.about.licences,
            author=self.who,
            now=now,
            instead=instead,
        )
        self._note(say("{person} removed", person=key), now)

    def set_extension_length(self, typed: str, now: float) -> None:
        """How many digits new extensions have."""
        if not (typed.isascii() and typed.isdigit() and len(typed) == 1 and int(typed) in LENGTHS):
            least, most = LENGTHS[0], LENGTHS[-1]
            raise refused("length", say("An extension has {least} to {most} digits.", least=least, most=most))
        self.numbers.set_extension_length(self.account, int(typed))
        self._note(say("New extensions have {length} digits", length=typed), now)

    # --- invitations --------------------------------------------------------------------------------------------------

    def invite(self, keys: Iterable[str], base: str, post: Post, now: float) -> int:
        """Send each of them a new link to pages below ``base``; how many. Older links lead nowhere any more."""
        roster = self.roster()
        invited = invitations.invite(self.store, roster.loaded, keys, now)
        sent = 0
        try:
            for each in invited:
                link = f"{base.rstrip('/')}{PAGE}{quote(each.token)}"
                number = own_number(roster.loaded, each.key, self.about)
                letter = invitation_letter(roster.loaded, each, link, self.about.timezone, number)
                post.send(letter, until=each.expires_at)
                self.store.console.invitations.sent(invitations.hashed(each.token), now)
                sent += 1
        except (NotKept, OSError):
            what = say("The letters could not be kept: {sent} of {all} are on their way.", sent=sent, all=len(invited))
            raise refused("person", what) from None
        finally:
            if sent:
                self._note(say_n("{n} person invited", "{n} people invited", sent), now)
        return sent

    def hand_over(self, key: str, now: float) -> invitations.Shown:
        """The settings for a phone of somebody who has no address to invite them at."""
        shown = invitations.hand_over(self.settings, self.store, self.roster().loaded, key, now)
        self._note(say("Phone settings of {person} shown", person=key), now)
        return shown

    def revoke(self, key: str, now: float) -> None:
        """Withdraw somebody's invitation."""
        invitations.revoke(self.store, self.roster().loaded, key, now)
        self._note(say("Invitation of {person} withdrawn", person=key), now)

    def replace_phone(self, key: str, now: float) -> None:
        """A phone is lost: no phone of this person registers any more until it is set up anew."""
        invitations.replace_phone(self.store, self.roster().loaded, key, now)
        self._note(say("New phone password for {person}", person=key), now)

    def ring(self, key: str) -> int:
        """Have somebody's phones ring for a moment; how many."""
        return ring(self.settings, self.account, changing.person_of(self.roster(), key).extension)

    def _note(self, what: Sentence, now: float) -> None:
        audit(self.store, self.account, self.who, what, now)


def ring(settings: Settings, account: str, extension: str) -> int:
    """A test call to somebody's phones; how many ring. Raises Mistakes."""
    try:
        phones = Control(settings).ring(account, extension)
    except (NotRunning, ControlRefused) as problem:
        raise refused("phone", say("No phone rings: {reason}.", reason=str(problem).rstrip("."))) from None
    if not phones:
        raise refused("phone", say("No phone could be called just now. Try again in a moment."))
    return phones
