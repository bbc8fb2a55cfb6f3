"""Taking part in a conference: several members at once, their keys, and what each of them is told and heard of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from engine.call.conferring import MAX_NEWS, STAR_SECONDS, _Membership, confer
from engine.call.keypad import KeyPresses
from engine.call.protocol import Conference, File, Sound
from engine.call.words import name_of
from engine.events import CallEvent, ConferenceChanged, ConferenceJoined, ConferenceLeft
from engine.office.office import Office
from engine.office.rooms import Notice
from media.commands import Played

MUSIC = File("music.wav")


class Member:
    """A call in a conference: what it is told there, whether the others hear it, and what plays instead."""

    def __init__(self, name: str, office: Office, *, moderator: bool = False, waits: bool = False, limit: int = 5):
        self.id = name
        self.office = office
        self.keys = KeyPresses()
        self.media = self
        self.events: list[CallEvent] = []
        self.told: list[str] = []
        self.muted: bool | None = None
        self.seated = False
        self.playing: tuple[str, ...] = ()
        self.clock = 100.0
        self.conference = Conference(
            "board", limit, moderator, waits, (MUSIC,), lambda name: (File(name),), lambda n: (File(f"count-{n}"),)
        )
        self.task = asyncio.create_task(confer(self, self, self.conference, self.seat_in))

    def emit(self, event: Callable[[str, float], CallEvent]) -> None:
        self.events.append(event(self.id, self.clock))

    @asynccontextmanager
    async def seat_in(self, _name: str) -> AsyncIterator[Member]:
        self.seated = True
        try:
            yield self
        finally:
            self.seated = False

    def begin(self, sounds: Sequence[Sound], *, loop: bool = False) -> asyncio.Future[Played]:
        assert loop
        self.playing = tuple(map(name_of, sounds))
        return asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        self.playing = ()

    def mute(self, on: bool) -> None:
        self.muted = on

    def say(self, sounds: Sequence[Sound]) -> None:
        self.told += map(name_of, sounds)

    def press(self, keys: str, gap: float = 0.3) -> None:
        for key in keys:
            self.clock += gap
            self.keys.press(key, "rfc4733", self.clock)

    @property
    def changes(self) -> list[str]:
        return [event.what for event in self.events if isinstance(event, ConferenceChanged)]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_others_hear_a_tone_when_somebody_comes_and_goes() -> None:
    office = Office()
    first = Member("a", office)
    await settle()
    second = Member("b", office)
    await settle()
    assert (first.told, second.told) == (["joined"], [])
    assert first.muted is False
    second.press("#")
    assert await second.task == "left"
    await settle()
    assert first.told == ["joined", "left"]
    assert [type(event) for event in second.events] == [ConferenceJoined, ConferenceLeft]
    assert second.events[0] == ConferenceJoined("b", 100.0, "board", 2, False)
    assert not second.seated
    first.task.cancel()
    await settle()
    assert office.rooms.count("board") == 0
    assert isinstance(first.events[-1], ConferenceLeft)
    assert first.events[-1].why == "gone"


async def test_who_finds_the_room_full_or_locked_was_never_in_it() -> None:
    office = Office()
    first = Member("a", office, limit=2, moderator=True)
    await settle()
    first.press("*3")
    await settle()
    late = Member("b", office, limit=2)
    assert await late.task == "locked"
    first.press("*3")
    await settle()
    Member("c", office, limit=2)
    await settle()
    late = Member("d", office, limit=2)
    assert await late.task == "full"
    assert late.events == []
    assert first.changes == ["locked", "unlocked"]
    assert first.told == ["conference-locked", "conference-unlocked", "joined"]


async def test_members_wait_with_music_until_the_moderator_is_there() -> None:
    office = Office()
    waiting = Member("a", office, waits=True)
    await settle()
    assert waiting.playing == ("conference-waiting", "music.wav")
    assert not waiting.seated
    impatient = Member("b", office, waits=True)
    await settle()
    impatient.press("*6#")
    assert await impatient.task == "left"
    moderator = Member("m", office, waits=True, moderator=True)
    await settle()
    assert waiting.seated
    assert moderator.seated
    assert waiting.playing == ()
    assert waiting.told == [], "nobody is told of what was before they were in"
    moderator.press("#")
    await settle()
    late = Member("c", office, waits=True)
    await settle()
    assert late.seated, "the conference has begun, and goes on without its moderator"


async def test_everybody_can_mute_themselves() -> None:
    member = Member("a", Office())
    await settle()
    for expected in (True, False):
        member.press("*6")
        await settle()
        assert member.muted is expected
    assert member.told == ["conference-muted", "conference-unmuted"]
    assert member.changes == ["muted", "unmuted"]


async def test_what_moderators_may_others_may_not() -> None:
    office = Office()
    member, moderator = Member("a", office), Member("m", office, moderator=True)
    await settle()
    member.press("*2*3*5*8*0")
    await settle()
    assert member.changes == []
    assert not member.task.done()
    moderator.press("*2")
    await settle()
    assert moderator.told == ["count-2"]


async def test_a_moderator_mutes_all_who_are_none_also_those_who_come_later() -> None:
    office = Office()
    member, chair = Member("a", office), Member("m", office, moderator=True)
    await settle()
    second = Member("n", office, moderator=True)
    await settle()
    chair.press("*5")
    await settle()
    late = Member("b", office)
    await settle()
    assert [each.muted for each in (member, chair, second, late)] == [True, False, False, True]
    assert late.told == ["conference-muted"]
    member.press("*6")
    await settle()
    member.press("*6")
    await settle()
    assert member.muted is True, "nobody undoes it alone"
    chair.press("*5")
    await settle()
    assert (member.muted, late.muted) == (False, False)
    assert chair.changes == ["all-muted", "all-unmuted"]
    assert member.told[-1] == "conference-unmuted"


async def test_the_moderator_ends_the_conference_for_all_also_for_those_who_wait() -> None:
    office = Office()
    members = [Member(name, office) for name in "ab"]
    await settle()
    chair = Member("m", office, moderator=True)
    await settle()
    chair.press("*8")
    assert await asyncio.gather(*(each.task for each in (chair, *members))) == ["ended"] * 3
    assert office.rooms.count("board") == 0
    assert "left" not in members[0].told
    assert chair.changes == ["ended"]
    waiting = Member("w", office, waits=True)
    await settle()
    office.rooms.end(office.rooms._rooms["board"], by="")
    assert await waiting.task == "ended"
    assert waiting.playing == ()


async def test_a_star_waits_for_its_digit_and_not_for_ever() -> None:
    member = Member("a", Office())
    await settle()
    member.press("*")
    member.press("6", gap=STAR_SECONDS + 0.1)
    member.press("**6")
    await settle()
    assert member.changes == ["muted"]
    member.press("*#")
    await settle()
    assert not member.task.done(), "* and # is no way out by mistake"
    member.press("*")
    member.press("#", gap=STAR_SECONDS + 0.1)
    assert await member.task == "left"


async def test_keys_typed_before_do_not_count() -> None:
    office = Office()
    member = Member("a", office)
    member.press("#")
    await settle()
    assert not member.task.done()


async def test_news_are_bounded_and_the_end_is_never_lost() -> None:
    member = Member("a", Office())
    waiting = _Membership(member, member, member.conference, member.seat_in)
    for notice in (*[Notice.JOINED] * 1000, Notice.ENDED):
        waiting._take_notice(notice)
    assert len(waiting._news) == MAX_NEWS
    assert await waiting._next() is Notice.JOINED
    waiting._forget_old_news()
    assert await waiting._next() is Notice.ENDED
    member.task.cancel()
