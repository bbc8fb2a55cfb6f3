"""Which dialog of ours an INVITE with Replaces means, and whether it may take its place (RFC 3891 section 3).

Who may ask for that is not known here: whoever may not is to get the 481 of a dialog that is not there.
"""

from __future__ import annotations

from sip.dialog.session import InviteSession
from sip.dialog.tables import State
from sip.message.replaces import Replaces

_EARLY = frozenset({State.INVITED, State.CALLING, State.CANCELLING})


def refusal(session: InviteSession, replaces: Replaces) -> int:
    """The status that refuses to replace this session; 0 where it can be."""
    if session.ended:
        return 603
    if session.state in _EARLY:
        # an early dialog can be replaced at the side that called alone: the other has nothing to give up
        return 0 if session.state is State.CALLING else 481
    return 486 if replaces.early_only else 0
