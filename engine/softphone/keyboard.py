"""A softphone played from the keyboard: one line a command, what happens printed as it happens."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable

from engine.softphone.phone import Softphone
from engine.softphone.settings import PhoneEvent

HELP = """\
  call NUMBER     dial a number, an extension or a sip: address      c NUMBER
  answer          take the call that rings                           a
  0-9 * #         press these keys in the call                       12#
  hold / resume   put the other side on hold, take it back           h / r
  reject          refuse the call that rings                         x
  hang up         end the call                                       x
  quit            leave                                              q"""

WORDS = {
    "registered": "registered: calls to you ring here",
    "unregistered": "not registered: {status} {text}",
    "calling": "calling {text}",
    "incoming": "RINGING: {text} calls. 'a' answers, 'x' refuses",
    "ringing": "it rings at the other side",
    "answered": "connected to {text}",
    "held": "the other side put you on hold",
    "resumed": "the other side is back",
    "digit": "the other side pressed {text}",
    "ended": "call ended: {text}",
    "failed": "no call: {status} {text}",
}


def describe(event: PhoneEvent) -> str | None:
    """An event in words for a person, None for those that say nothing to one."""
    words = WORDS.get(event.kind)
    if words is None:
        return None
    text = " ".join(words.format(status=event.status or "", text=event.text).split())
    return f"[call {event.call}] {text}" if event.call > 1 else text


def obey(phone: Softphone, line: str, say: Callable[[str], None]) -> bool:
    """Carry out one typed line; False means the person wants to leave."""
    verb, _, rest = line.strip().partition(" ")
    verb = verb.lower()
    if not verb:
        return True
    if verb in ("q", "quit", "exit"):
        return False
    if verb in ("c", "call", "d", "dial") and rest.strip():
        phone.dial(rest.strip().replace(" ", ""))
    elif verb in ("a", "answer"):
        phone.answer()
    elif verb in ("h", "hold"):
        phone.hold()
    elif verb in ("r", "resume"):
        phone.resume()
    elif verb in ("x", "hang", "hangup", "reject"):
        phone.hang_up()
    elif all(key in "0123456789*#ABCD" for key in verb.upper()):
        phone.press(verb.upper())
    else:
        say(HELP)
    return True


async def typed_lines() -> AsyncIterator[str]:
    """The lines typed on standard input until its end, without blocking the loop."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        yield line


async def play_phone(phone: Softphone, lines: AsyncIterator[str], say: Callable[[str], None]) -> None:
    """Run a started phone from lines until they end or say quit."""
    say(HELP)
    async for line in lines:
        if not obey(phone, line, say):
            break
