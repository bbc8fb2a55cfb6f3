"""The event package ``presence`` (RFC 3856, RFC 3863): whether somebody can be called, for lists of contacts."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from xml.sax.saxutils import quoteattr

from engine.dialplan.forwards import disturb_fact_of, undisturbed
from engine.watching.package import Place, Seen


class Availability(Enum):
    """How somebody can be reached: open or closed, a word that people read, and the activity of RFC 4480."""

    THERE = ("open", "", "")
    ON_THE_PHONE = ("open", "On the phone", "<r:on-the-phone/>")
    UNDISTURBED = ("closed", "Do not disturb", "<r:busy/>")
    AWAY = ("closed", "", "")


class PresenceInfo:
    """Of extensions only. Nothing but what the phone system knows is told: nobody's phone publishes anything here."""

    event = "presence"
    content_type = "application/pidf+xml"

    def find(self, place: Place, person: str, number: str) -> Seen | None:  # noqa: ARG002
        watched = place.account.person_by_extension.get(number)
        if watched is None:
            return None

        def look() -> Availability:
            if not place.is_registered(number):
                return Availability.AWAY
            if undisturbed(place.account, watched, place.office.standing):
                return Availability.UNDISTURBED
            return Availability.ON_THE_PHONE if place.office.extensions.parts(watched) else Availability.THERE

        return Seen((("person", watched), ("fact", disturb_fact_of(watched)), ("phones", number)), look)

    def write(self, stands: Hashable, entity: str, version: int) -> bytes:  # noqa: ARG002
        assert isinstance(stands, Availability)
        basic, note, activity = stands.value
        written = f"<note>{note}</note>" if note else ""
        doing = f"<r:activities>{activity}</r:activities>" if activity else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf"'
            ' xmlns:d="urn:ietf:params:xml:ns:pidf:data-model" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid"'
            f" entity={quoteattr(entity)}>\n"
            f'<tuple id="phone"><status><basic>{basic}</basic></status>{written}</tuple>\n'
            f'{written}<d:person id="person">{doing}{written.replace("note>", "d:note>")}</d:person>\n</presence>\n'
        ).encode()
