"""Call queues: callers wait in line, hear music and how they get on, and agents are rung for the first of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from engine.call.protocol import Call, QueuePlan, RingTarget, Sound
from engine.call.queue_plan import ANSWERED, FULL, NOBODY, TOO_LONG
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.choices import Choices
from engine.dialplan.durations import AnnounceTime, RestTime, WaitTime, WrapUpTime
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Destination, Exit, Node, Section
from engine.dialplan.nodes.reaching import gone_on
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.reach import target_of
from engine.dialplan.reading import Reading, shown
from engine.dialplan.sound import Announcements
from engine.dialplan.source import block_of
from engine.dialplan.spoken import spoken_number
from engine.dialplan.team import Member, Team, members_schema, read_members
from engine.dialplan.values import AgentName, QueueName, Truth
from engine.office.agents import AgentState
from engine.office.office import Office
from engine.office.standing import Standing

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Dialplan

MOST_CALLERS = 200
DEFAULT_CALLERS = 20
MAX_PRIORITY = 100
LONG_WAIT_MINUTES = 30
"""Whoever must wait longer hears that, and no number of minutes."""
REASONS = {FULL: "queue full", TOO_LONG: "waited too long", NOBODY: "nobody available"}
"""The exits of who was not served, and what the call record says if the call ends there."""
HOME = {outcome: WayHome(reason=reason) for outcome, reason in REASONS.items()}


class Agent(Member):
    """Somebody who serves a queue, or a group whose members do.

    ```yaml
    {person: orders, weight: 2, for: 10s}
    ```
    """

    person: AgentName = Field(description="Their name among the people, or the name of a group")


def _read_agents(value: Any) -> Any:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return [block_of("person", value)]
    return read_members(value)


Agents = Annotated[
    tuple[Agent, ...],
    BeforeValidator(_read_agents),
    WithJsonSchema({"anyOf": [{"type": ["string", "integer"]}, members_schema("Agent")]}),
]


class Announcing(Section):
    """What callers who wait are told.

    ```yaml
    {position: yes, wait: yes, every: 45s}
    ```
    """

    position: Truth = Field(default=True, description="Whether callers hear their place in line")
    wait: Truth = Field(default=True, description="Whether callers hear how many minutes it may take")
    every: AnnounceTime = Field(default=45.0, description="How long the music plays between announcements and messages")


@dataclass(frozen=True, slots=True)
class Post:
    """An agent of a queue, in the team that they sign in to."""

    person: str
    weight: int
    seconds: float
    team_name: str
    team: Team

    def signed_in(self, standing: Standing) -> bool:
        return self.team.is_in(self.team_name, self.person, standing)


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as it is at the moment: how many wait, for how long the longest, and what each agent signed in does."""

    waiting: int
    longest_wait: float
    agents: dict[str, AgentState]


class CallQueue(Team):
    """One of the ``queues``: who serves its callers, and what these hear while they wait.

    ```yaml
    agents: [orders, {person: front-desk, for: 10s}]
    strategy: longest_idle
    wrap_up: 20s
    announce: {position: yes, wait: yes, every: 45s}
    messages: [{say: "Did you know that we are open on Saturdays?"}]
    keys: {1: {voicemail: orders}}
    ```
    """

    noun: ClassVar[str] = "queue"

    members: Agents = Field(
        alias="agents", description="The people, by name, or with {person: ..., weight: ..., for: ...}; or a group"
    )
    rest: RestTime = Field(default=30.0, description="How long somebody is left alone who did not take a call")
    wrap_up: WrapUpTime = Field(
        default=0.0, description="How long an agent gets no call after a conversation, to finish their work"
    )
    music: Announcements | None = Field(default=None, description="What callers hear; the hold music if left out")
    messages: Announcements = Field(default=(), description="What is said between the music, one after the other")
    announce: Announcing | None = Field(
        default=None, description="What callers are told of their position and wait, and how often"
    )
    most: int = Field(
        default=DEFAULT_CALLERS, ge=1, le=MOST_CALLERS, strict=True, description="How many callers may wait, 1 to 200"
    )
    patience: WaitTime = Field(default=600.0, description="How long a caller waits at most")
    nobody: Literal["leave", "wait"] = Field(
        default="leave",
        description="Whether callers leave or wait when nobody is signed in, or has a phone when they come",
    )
    priority: int = Field(
        default=0, ge=0, le=MAX_PRIORITY, strict=True,
        description="Whose callers an agent gets first who serves several queues: those of the highest",
    )  # fmt: skip
    choices: Choices = Field(default_factory=Choices, alias="keys", description="Where keys lead callers who wait")

    @field_validator("choices")
    @classmethod
    def _single_keys(cls, choices: Choices) -> Choices:
        for key in choices:
            if len(key) > 1:
                raise Wrong(f"{shown(key)} are several keys", "in a queue each key acts at once: one digit, * or #")
        return choices

    def posts(self, name: str, account: Account) -> Iterator[Post]:
        """All agents, each once, those of its groups included. ``name`` is the queue's."""
        seen: set[str] = set()
        for agent in self.members:
            group = account.groups.get(agent.person) if agent.person not in account.people else None
            if group is None:
                found = [Post(agent.person, agent.weight, agent.seconds or self.each, name, self)]
            else:
                found = [
                    Post(
                        member.person, member.weight, agent.seconds or member.seconds or self.each, agent.person, group
                    )
                    for member in group.members
                ]
            for post in found:
                if post.person not in seen:
                    seen.add(post.person)
                    yield post

    def state(self, name: str, account: Account, office: Office, now: float) -> QueueState:
        """The queue as it is at ``now`` (monotonic seconds of the engine's loop)."""
        there = [post.person for post in self.posts(name, account) if post.signed_in(office.standing)]
        queues = office.queues
        agents = {person: queues.agents.state(person, now) for person in there}
        return QueueState(queues.waiting(name), queues.longest_wait(name, now), agents)

    def saying(self, path: Path) -> Callable[[int, float | None], tuple[Sound, ...]] | None:
        """What a caller hears of their position and wait; None if the queue tells neither."""
        announce = self.announce
        if announce is None or not (announce.position or announce.wait):
            return None

        def say(position: int, wait: float | None) -> tuple[Sound, ...]:
            sounds: tuple[Sound, ...] = ()
            if announce.position and position == 1:
                sounds += path.prompt("queue-next")
            elif announce.position:
                sounds += (*path.prompt("queue-position"), *spoken_number(position, path.prompt))
            if announce.wait and wait is not None:
                minutes = math.ceil(wait / 60)
                if minutes <= 1:
                    sounds += path.prompt("queue-wait-minute")
                elif minutes > LONG_WAIT_MINUTES:
                    sounds += path.prompt("queue-wait-long")
                else:
                    sounds += (*path.prompt("queue-wait"), *spoken_number(minutes, path.prompt))
            return sounds

        return say

    def plan(self, name: str, call: Call, path: Path) -> QueuePlan:
        """A caller's wait in the queue."""
        account, office = path.account, call.office
        posts = [post for post in self.posts(name, account) if post.person != call.caller.person]
        weights = {post.person: post.weight for post in posts}

        def agents() -> Sequence[RingTarget]:
            return [
                target_of(account, post.person, office.standing, seconds=post.seconds)
                for post in posts
                if post.signed_in(office.standing)
            ]

        return QueuePlan(
            name=name,
            agents=agents,
            in_turn=lambda free: self.ordered(name, office, weights, free),
            together=self.strategy == "all",
            rest=self.rest,
            wrap_up=self.wrap_up,
            most=self.most,
            patience=self.patience,
            needs_agents=self.nobody == "leave",
            priority=path.priority,
            precedence=self.priority,
            keys=self.choices.open_to(call, path),
            music=path.sounds_of(self.music or ()) or account.hold_music,
            every=(self.announce or Announcing()).every,
            say=self.saying(path),
            messages=tuple(path.sounds_of((message,)) for message in self.messages),
            shown=path.shown,
            in_call=account.in_call,
        )


class ToQueue(Node):
    """Wait in one of the ``queues`` until an agent is free. When the agent hangs up, the call is over.

    ```yaml
    {queue: support, full: {voicemail: orders}, too_long: {play: welcome.wav, then: hang_up}, else: repeat}
    ```
    The bare name of the queue does the same. Callers are served strictly in the order in which they came, or by their
    ``priority`` (see ``set``). ``full`` (as many wait as may), ``too_long`` (they have waited as long as they may) and
    ``nobody`` (no agent is signed in, or none has a phone when they come) say how it goes on for who was not served,
    ``else`` for those not named. Without any, callers hear that nobody is available, and are back in the menu they
    chose from, or the call ends. The queue's ``keys`` lead out of it at any time.
    """

    kind = "queue"
    keys = ("queue",)
    shape = Shape.GROUP

    queue: QueueName = Field(description="One of the queues")
    full: Destination | None = Field(default=None, description="Where to go when as many wait as may")
    too_long: Destination | None = Field(default=None, description="Where to go after the longest wait")
    nobody: Destination | None = Field(default=None, description="Where to go when no agent is there")
    otherwise: Destination | None = Field(default=None, alias="else", description="Where to go in all cases not named")

    _linked: CallQueue | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _to_be_linked(self, info: ValidationInfo) -> ToQueue:
        if isinstance(info.context, Reading):
            info.context.to_link.append(self)
        return self

    def link(self, dialplan: Dialplan) -> None:
        self._linked = dialplan.queues[self.queue]

    @property
    def _queue(self) -> CallQueue:
        assert self._linked is not None, "only a node of a whole file has its queue"
        return self._linked

    @property
    def name(self) -> str:
        return self.queue

    def _way(self, outcome: str) -> Node | None:
        way: Node | None = getattr(self, outcome)
        return way or self.otherwise

    def exits(self) -> Iterable[Exit]:
        yield Exit(ANSWERED)
        yield Exit("parked", apart=True)
        yield Exit("transferred", apart=True)
        if self._linked is not None:
            yield from (Exit(key, to) for key, to in self._linked.choices.items())
        for outcome, home in HOME.items():
            yield Exit(outcome, self._way(outcome) or home)

    async def run(self, call: Call, path: Path) -> Exit:
        outcome = await call.queue(self._queue.plan(self.queue, call, path))
        if (gone := gone_on(path, outcome)) is not None:
            return gone
        assert isinstance(outcome, str)
        if outcome == ANSWERED:
            return Exit(ANSWERED)
        if outcome not in HOME:
            return Exit(outcome, self._queue.choices[outcome])
        way = self._way(outcome)
        if way is None and call.answered and path.way_back is None:
            await call.play(path.prompt("nobody-available"))
        return Exit(outcome, way or HOME[outcome])

    def caption(self, account: Account) -> Caption:
        queue = self._queue
        how = f"{queue.strategy.replace('_', ' ')}, {queue.most} callers, {queue.patience:g} s"
        return Caption(self.queue, notes=(*queue.drawn(account), how))
