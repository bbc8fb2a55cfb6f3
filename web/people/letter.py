"""The letter of an invitation: who invites, which numbers are theirs, and the link."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from babel.dates import format_date

from engine.dialplan.account import Account
from web.mail import Link, letter
from web.mail.letters import catalogue_for
from web.numbers.reading import ReadNumber
from web.people.invitations import Invited
from web.words import say


def invitation_letter(account: Account, invited: Invited, link: str, timezone: str, number: str | None) -> EmailMessage:
    """In the account's language. ``timezone`` is that in which the day of expiry is told, ``number`` is their own."""
    person = account.people[invited.key]
    main = ReadNumber(account.numbers.main).international
    own = ReadNumber(number).international if number else ""
    until = datetime.fromtimestamp(invited.expires_at, ZoneInfo(timezone)).date()
    day = format_date(until, "long", locale=catalogue_for(account.language).locale)
    numbers = (
        say("Your own number is {own}, which is the main number, too; your extension is {extension}.",
            own=own, extension=person.extension)
        if own == main
        else say("Your own number is {own}. Callers of {main} reach you by extension {extension}.",
            own=own, main=main, extension=person.extension)
        if own
        else say("Callers of {main} reach you by extension {extension}.", main=main, extension=person.extension)
    )  # fmt: skip
    return letter(
        invited.email,
        say("Your telephone at {account}", account=account.name),
        [
            say("Hello {name},", name=invited.name),
            say("{account} has a telephone for you, on your computer or mobile phone.", account=account.name),
            numbers,
            Link(say("Set up your telephone:"), link),
            say("The link is for you only and works until {day}. It shows your password once.", day=day),
        ],
        language=account.language,
        name=invited.name,
    )
