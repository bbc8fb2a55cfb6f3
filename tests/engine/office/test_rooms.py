"""The rooms of an account: who may come in, who is told what, and that nothing is left of a room when all have gone."""

from __future__ import annotations

import random

from engine.office.rooms import Notice, Rooms


class People:
    """Members who write down what they are told."""

    def __init__(self) -> None:
        self.rooms = Rooms()
        self.told: dict[str, list[Notice]] = {}

    def enter(self, who: str, name: str = "board"):  # type: ignore[no-untyped-def]
        self.told[who] = []
        return self.rooms.enter(name, who, self.told[who].append)


def test_all_others_are_told_who_comes_and_goes() -> None:
    people = People()
    for who in "abc":
        room = people.enter(who)
    assert people.rooms.count("board") == 3
    people.rooms.leave(room, "b")
    people.rooms.leave(room, "b")
    assert people.told == {
        "a": [Notice.JOINED, Notice.JOINED, Notice.LEFT],
        "b": [Notice.JOINED],
        "c": [Notice.LEFT],
    }
    assert people.rooms.count("board") == 2
    assert people.rooms.count("elsewhere") == 0


def test_a_full_room_takes_nobody_and_a_locked_one_moderators_only() -> None:
    people = People()
    assert people.rooms.refusal("board", 2, moderator=False) == ""
    room = people.enter("a")
    room.locked = True
    assert people.rooms.refusal("board", 2, moderator=False) == "locked"
    assert people.rooms.refusal("board", 2, moderator=True) == ""
    people.enter("b")
    assert people.rooms.refusal("board", 2, moderator=True) == "full"
    assert people.rooms.refusal("sales", 2, moderator=False) == ""


def test_a_lock_does_not_outlive_the_conference() -> None:
    people = People()
    room = people.enter("a")
    room.locked = room.quiet = True
    people.rooms.leave(room, "a")
    assert people.rooms.refusal("board", 5, moderator=False) == ""
    assert not people.enter("b").quiet


def test_the_moderators_coming_is_told_once() -> None:
    people = People()
    room = people.enter("a")
    room.begin()
    room.begin()
    assert people.told["a"] == [Notice.BEGUN]


def test_the_end_sends_everybody_out_and_who_comes_then_begins_anew() -> None:
    people = People()
    for who in "abc":
        room = people.enter(who)
    people.rooms.end(room, by="b")
    assert people.told["a"][-1] is people.told["c"][-1] is Notice.ENDED
    assert Notice.ENDED not in people.told["b"]
    fresh = people.enter("d")
    assert fresh is not room
    for who in "abc":
        people.rooms.leave(room, who)
    assert people.rooms.count("board") == 1
    assert people.told["d"] == [], "the others' leaving is of another conference"


def test_nothing_is_left_whatever_happens() -> None:
    """Invariant: the count is that of those who came and did not go; with the last one the room is forgotten."""
    chance = random.Random(7)
    people, inside = People(), {}
    for step in range(3000):
        if inside and chance.random() < 0.5:
            who = chance.choice(sorted(inside))
            people.rooms.leave(inside.pop(who), who)
        elif len(inside) < 20:
            who = f"m{step}"
            inside[who] = people.enter(who, chance.choice(["board", "sales"]))
        names = [room.name for room in inside.values()]
        assert all(people.rooms.count(name) == names.count(name) for name in ("board", "sales"))
    for who, room in inside.items():
        people.rooms.leave(room, who)
    assert people.rooms._rooms == {}
