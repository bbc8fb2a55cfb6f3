"""Who brings the numbers over: what an order is handed to. The built-in one is written to by e-mail, or by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Protocol

from web.transfers.numbers import shown
from web.transfers.office import Office
from web.transfers.order import Order

KEEP_SECONDS: Final = 30 * 86400.0
"""For how long a letter to the carrier is tried."""


class Send(Protocol):
    """Keeps a letter until a mail server has taken it, or until then (``web.mail.Post.send``). Raises OSError."""

    def __call__(self, mail: EmailMessage, *, until: float | None = None) -> None: ...


class CarrierFailed(Exception):
    """The carrier could not be told; it is tried again. The text is a sentence."""


class Carrier(Protocol):
    """A company that numbers are transferred to. What it answers is told to the desk, by whatever way."""

    def submit(self, order: Order, office: Office, bundle: bytes) -> None:
        """Hand in an order; the same one may come twice, after a crash. Raises CarrierFailed."""
        ...

    def cancel(self, order: Order, office: Office) -> None:
        """The order is not to be carried out. Raises CarrierFailed."""
        ...


@dataclass(frozen=True, slots=True)
class ByHand:
    """No way to the carrier is set: a manager downloads the bundle and hands it in, say on the carrier's website."""

    def submit(self, order: Order, office: Office, bundle: bytes) -> None:
        """Nothing: the bundle lies ready."""

    def cancel(self, order: Order, office: Office) -> None:
        """Nothing: the manager tells the carrier."""


@dataclass(frozen=True, slots=True)
class ByMail:
    """A carrier that takes orders by e-mail. It is written to in English."""

    address: str
    send: Send

    def submit(self, order: Order, office: Office, bundle: bytes) -> None:
        letter = self._letter(f"Transfer order {order.id}: {len(order.numbers)} numbers for {_line(office.name)}")
        letter.set_content(
            f"Please transfer these numbers to {office.name}:\n\n"
            + "".join(f"  {shown(number)}\n" for number in order.numbers)
            + "\nThe bundle attached has the signed letter of agency, the newest invoice of the current provider,"
            f"\nand the order as JSON. Name the order, {order.id}, in your answer: the agreed day, or what is to be"
            " corrected.\n"
        )
        letter.add_attachment(bundle, maintype="application", subtype="zip", filename=f"transfer-{order.id}.zip")
        self._hand_over(letter)

    def cancel(self, order: Order, office: Office) -> None:
        letter = self._letter(f"Transfer order {order.id} is cancelled")
        letter.set_content(
            f"{office.name} cancels transfer order {order.id}. Please do not transfer:\n\n"
            + "".join(f"  {shown(number)}\n" for number in order.numbers)
        )
        self._hand_over(letter)

    def _letter(self, subject: str) -> EmailMessage:
        letter = EmailMessage()
        letter["To"] = self.address
        letter["Subject"] = subject
        return letter

    def _hand_over(self, letter: EmailMessage) -> None:
        try:
            self.send(letter, until=time.time() + KEEP_SECONDS)
        except OSError as problem:
            raise CarrierFailed(str(problem)) from None


def _line(text: str) -> str:
    return " ".join(text.split())
