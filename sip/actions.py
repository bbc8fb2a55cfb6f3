"""What the core wants done: bytes to be sent over a flow. The rim needs to know no more than this room and events."""

from __future__ import annotations

from sip.transaction.effects import Send

__all__ = ["Action", "Send"]

Action = Send
"""All there is so far; whoever carries actions out may come to close a flow, too."""
