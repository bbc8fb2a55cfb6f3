"""Messages that were being taken when the engine died: what was said is in their files, and is a message."""

from __future__ import annotations

import logging
import time

import msgspec

from engine.dialplan.nodes.voicemail import SHORTEST_MESSAGE
from engine.store.voicemail import StoredVoicemail
from media.record import read_back

log = logging.getLogger(__name__)


def recover(voicemail: StoredVoicemail) -> int:
    """Make messages of those that were being taken, or nothing if nothing was said. How many became messages.

    Call it before the first call. It costs a tenth of a millisecond for each, as of a file no more is read than until a
    second of speech is found.
    """
    found = 0
    for message in voicemail.all():
        if not message.taking:
            continue
        seconds, spoken = read_back(message.path, enough=SHORTEST_MESSAGE)
        if spoken < SHORTEST_MESSAGE:
            voicemail.delete(message, time.time())
            continue
        voicemail.change(msgspec.structs.replace(message, seconds=seconds, taking=False))
        found += 1
    if found:
        log.info("%d messages were kept that were being left when the engine stopped", found)
    return found
