"""The e-mail that brings a message: in the account's language, with the recording attached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from engine.dialplan.account import Account
from engine.dialplan.languages import standing_in
from engine.dialplan.mailboxes import Mailbox, title_of
from engine.office.messages import Message

MAX_ATTACHED_BYTES = 15 << 20
"""About a quarter of an hour. Mail servers refuse what is much larger; such a message is heard by phone."""
MAX_HEADER = 120
"""Characters of a name in a header; callers choose their own."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one language."""

    subject: str
    urgent: str
    unknown: str
    body: str
    attached: str
    too_large: str


WORDINGS = {
    "en": Wording(
        "Voicemail from {caller} ({length})",
        "Urgent: ",
        "an unknown number",
        "{caller} left a message of {length} for {mailbox} on {when}.",
        "It is attached as a recording.",
        "It is too long to be sent; listen to it by phone.",
    ),
    "nl": Wording(
        "Voicemail van {caller} ({length})",
        "Dringend: ",
        "een onbekend nummer",
        "{caller} heeft op {when} een bericht van {length} achtergelaten voor {mailbox}.",
        "De opname is bijgevoegd.",
        "Het is te lang om te versturen; u kunt het per telefoon beluisteren.",
    ),
    "de": Wording(
        "Sprachnachricht von {caller} ({length})",
        "Dringend: ",
        "einer unbekannten Nummer",
        "Am {when} ist für {mailbox} eine Nachricht eingegangen, Länge {length}, von {caller}.",
        "Die Aufnahme ist beigefügt.",
        "Sie ist zu lang für eine E-Mail; hören Sie sie am Telefon ab.",
    ),
    "fr": Wording(
        "Message vocal de {caller} ({length})",
        "Urgent : ",
        "un numéro inconnu",
        "{caller} a laissé un message de {length} pour {mailbox} le {when}.",
        "L'enregistrement est joint.",
        "Il est trop long pour être envoyé ; écoutez-le par téléphone.",
    ),
}


def wording_of(account: Account) -> Wording:
    """The texts for an account, in its language or the nearest there is."""
    return next(WORDINGS[one] for one in (*standing_in(account.language, account.language), "en") if one in WORDINGS)


def letter(message: Message, account: Account, mailbox: Mailbox, sender: str) -> EmailMessage:
    """The e-mail for a message; reads its recording. Raises OSError."""
    words = wording_of(account)
    shown = " ".join(message.caller.split())[:MAX_HEADER]
    caller = shown if any(character.isdigit() for character in shown) else words.unknown
    seconds = round(message.seconds)
    length = f"{seconds // 60}:{seconds % 60:02}"
    left = datetime.fromtimestamp(message.left_at, account.info.timezone)
    mail = EmailMessage()
    subject = words.subject.format(caller=caller, length=length)
    mail["Subject"] = f"{words.urgent if message.urgent else ''}{subject}"
    mail["From"] = Address(display_name=account.name, addr_spec=sender)
    mail["To"] = [Address(addr_spec=address) for address in mailbox.emails]
    mail["Date"] = format_datetime(left)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    mail["Auto-Submitted"] = "auto-generated"
    if message.urgent:
        mail["Importance"] = "high"
    path = Path(message.path)
    large = path.stat().st_size > MAX_ATTACHED_BYTES
    body = words.body.format(
        caller=caller, length=length, mailbox=title_of(account, mailbox.name), when=f"{left:%Y-%m-%d %H:%M}"
    )
    mail.set_content(f"{body}\n{words.too_large if large else words.attached}\n")
    if not large:
        mail.add_attachment(path.read_bytes(), maintype="audio", subtype="wav", filename=f"{left:%Y%m%d-%H%M}.wav")
    return mail
