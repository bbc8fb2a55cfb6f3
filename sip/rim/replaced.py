"""The leg that a Replaces means (RFC 3891), as the layer above holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.message.replaces import Replaces
from sip.rim.calls import CallLeg

if TYPE_CHECKING:
    from sip.rim.user_agent import UserAgent


def leg_of(agent: UserAgent, replaces: Replaces) -> CallLeg | None:
    """The leg that talks in the dialog, however far that has come; None if there is none."""
    session = agent.core.calls.find_dialog(replaces.key)
    return None if session is None else agent.legs.get(session)
