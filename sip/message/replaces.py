"""Replaces (RFC 3891): which dialog an INVITE takes the place of, as its header or the one in a Refer-To says."""

from __future__ import annotations

from dataclasses import dataclass

from sip.errors import DropReason, ProtocolError
from sip.message.envelope import Request
from sip.message.grammar import get_param, parse_params

MAX_REPLACES = 1024
"""Characters of the whole value: a Call-ID and two tags are some hundred."""


@dataclass(frozen=True, slots=True)
class Replaces:
    """A dialog as whoever gets this knows it: ``to_tag`` is their own tag. ``early_only``: not once it is answered."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, text: str) -> Replaces:
        """Raises ProtocolError(400, BAD_HEADER) for what names no dialog."""
        call_id, semicolon, rest = text.partition(";")
        call_id = call_id.strip()
        params = parse_params(semicolon + rest) if len(text) <= MAX_REPLACES else ()
        to_tag, from_tag = get_param(params, "to-tag"), get_param(params, "from-tag")
        if not call_id or not to_tag or not from_tag or any(character.isspace() for character in call_id):
            raise ProtocolError(400, DropReason.BAD_HEADER, f"Replaces: {text[:80]!r}")
        return cls(call_id, to_tag, from_tag, get_param(params, "early-only") is not None)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"

    @property
    def key(self) -> tuple[str, str, str]:
        """The dialog as a DialogKey of whoever gets this."""
        return self.call_id, self.to_tag, self.from_tag


def replaces_of(invite: Request) -> Replaces | None:
    """The dialog an INVITE is to replace, if any. Raises ProtocolError(400): more than one is an error (section 3)."""
    lines = invite.header_all("Replaces")
    if not lines:
        return None
    if len(lines) > 1:
        raise ProtocolError(400, DropReason.BAD_HEADER, "more than one Replaces")
    return Replaces.parse(lines[0])
