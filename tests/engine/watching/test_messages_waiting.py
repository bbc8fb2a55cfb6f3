"""The lamp for voicemail: by subscription, and unasked."""

from __future__ import annotations

from engine.events import MailboxChanged
from engine.office.messages import Count, Message
from engine.watching.message_summary import MessageSummary, Summary
from tests.watched_house import House


def leave(house: House, mailbox: str, path: str, **more: object) -> Message:
    message = Message(path, "bakery", mailbox, "+31701112233", "call-1", 1.0, 5.0, **more)  # type: ignore[arg-type]
    house.engine.store.voicemail.put(message)
    changed(house, mailbox)
    return message


def changed(house: House, mailbox: str) -> None:
    count = house.engine.desk.waiting("bakery", mailbox)
    house.engine.bus.emit(MailboxChanged("", 1.0, "bakery", mailbox, count.new, count.saved))


def test_a_summary_is_written_as_rfc_3842_has_it() -> None:
    written = MessageSummary().write(Summary(Count(2, 1, 8), "*97"), "sip:101@bakery.test", 0)
    assert written == (b"Messages-Waiting: yes\r\nMessage-Account: sip:*97@bakery.test\r\nVoice-Message: 2/8 (1/0)\r\n")
    assert b"Account" not in MessageSummary().write(Summary(Count(), ""), "sip:101@bakery.test", 0)


async def test_who_subscribes_is_told(house: House) -> None:
    anna = await house.phone("101", registers=False)
    own = await anna.key("101", "message-summary")
    shared = await anna.key("800", "message-summary")
    by_code = await anna.key("*97", "message-summary")
    assert own.told[0][1].startswith("Messages-Waiting: no\r\nMessage-Account: sip:*97@")
    assert "sip:*98@" in shared.told[0][1], "that code asks for the mailbox"
    message = leave(house, "anna", "a.wav", urgent=True)
    await anna.until(lambda: len(own.told) == 2 and len(by_code.told) == 2)
    assert own.told[1][1].startswith("Messages-Waiting: yes")
    assert "Voice-Message: 1/0 (1/0)" in own.told[1][1]
    leave(house, "all", "b.wav")
    await anna.until(lambda: len(shared.told) == 2)
    house.engine.store.voicemail.delete(message, 2.0)
    changed(house, "anna")
    await anna.until(lambda: len(own.told) == 3)
    assert own.told[2][1].startswith("Messages-Waiting: no")
    bob = await house.phone("102", registers=False)
    for number in ("800", "101", "999"):
        assert (await bob.key(number, "message-summary")).status == 404, "it is not Bob's"


async def test_phones_are_told_unasked(house: House) -> None:
    bob = await house.phone("102")
    message = leave(house, "bob", "a.wav")
    await bob.until(lambda: len(bob.unasked) == 1)
    told = bob.unasked[0]
    assert (told.header("Event"), told.body.partition(b"\r\n")[0]) == ("message-summary", b"Messages-Waiting: yes")
    assert told.to_tag is None
    await bob.register()
    leave(house, "anna", "b.wav")
    again = await house.phone("102")
    await again.until(lambda: len(again.unasked) == 1)
    assert len(bob.unasked) == 1, "it has heard that already"
    house.engine.store.voicemail.delete(message, 2.0)
    changed(house, "bob")
    for phone in (bob, again):
        await phone.until(lambda phone=phone: len(phone.unasked) == 2)
    bob.answers = again.answers = 489
    leave(house, "bob", "c.wav")
    for phone in (bob, again):
        await phone.until(lambda phone=phone: len(phone.unasked) == 3)
    await bob.register()
    leave(house, "bob", "d.wav")
    assert (await bob.key("102", "message-summary")).status == 200
    assert len(bob.unasked) == 3, "who does not want it is left alone"
    bob.answers = 200
    leave(house, "bob", "e.wav")
    assert (await bob.key("102", "message-summary")).status == 200
    assert len(bob.unasked) == 3, "nor are phones of somebody who subscribes"
