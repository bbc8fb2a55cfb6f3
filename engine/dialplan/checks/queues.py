"""Queues: those nobody comes to, those nobody can stay in, silence in place of music, keys that lose one's place."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt
from engine.dialplan.graph import Graph
from engine.dialplan.nodes.queue import CallQueue, ToQueue


def check_queues(account: Account, graph: Graph) -> Iterator[Doubt]:
    led_to = {node.queue for node in graph.nodes if isinstance(node, ToQueue)}
    for name, queue in account.queues.items():
        if name not in led_to:
            yield Doubt(
                queue.place(),
                f"no caller ever comes to queue '{name}'",
                "its agents get no calls from it",
                f"lead there with {{queue: {name}}}, or remove it",
            )
        yield from _agents(name, queue, account)
        yield from _waiting(name, queue, account)
        yield from queue.idle_weights(name)


def _agents(name: str, queue: CallQueue, account: Account) -> Iterator[Doubt]:
    posts = list(queue.posts(name, account))
    if all(not post.team.signed_in for post in posts) and queue.nobody == "wait":
        yield Doubt(
            queue.place("nobody"),
            f"queue '{name}' has no agents until somebody signs in, and its callers wait for them",
            "callers may wait for nobody at all",
            "write 'nobody: leave', or 'signed_in: yes'",
        )
    shortest = min(post.seconds for post in posts)
    if queue.patience < shortest:
        yield Doubt(
            queue.place("patience"),
            f"callers of queue '{name}' wait {queue.patience:g} s at most, and each agent rings {shortest:g} s",
            "callers are let out before the first agent has been rung to the end",
            "let them wait for longer, or 'each' ring for less",
        )


def _waiting(name: str, queue: CallQueue, account: Account) -> Iterator[Doubt]:
    if not queue.music and not account.hold_music:
        yield Doubt(
            queue.place(),
            f"queue '{name}' has no music, and there is no hold music",
            "callers hear silence, think that they were cut off, and hang up",
            "add 'music' to the queue, or 'hold_music' to the account",
        )
    for key, way in queue.choices.items():
        if isinstance(way, ToQueue) and way.queue == name:
            yield Doubt(
                way.at,
                f"key {key} of queue '{name}' leads to the queue itself",
                "whoever presses it loses their place and is the last one again",
                "lead it to a voicemail or a person, or remove it",
            )
