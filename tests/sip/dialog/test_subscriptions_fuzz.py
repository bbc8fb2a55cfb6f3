"""Whatever phones and people do: one NOTIFY at a time, numbers that rise, the newest state in the end, nothing left."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.message.envelope import Request
from tests.sip.watched_office import Office

ACTS = st.sampled_from(["change", "subscribe", "refresh", "leave", "take", "refuse", "later", "wait", "close", "reach"])
STEPS = st.lists(st.tuples(ACTS, st.integers(0, 3), st.sampled_from([0.1, 0.5, 5.0, 40.0, 700.0])), max_size=40)


class Phones:
    """Several dialogs of one phone: their tags, the NOTIFY that each has not answered, what each was told."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.tags: dict[str, str] = {}
        self.open: dict[str, Request] = {}
        self.numbers: dict[str, int] = {}
        self.heard: dict[str, bytes] = {}

    def look(self) -> None:
        """Take what was sent; a NOTIFY sent again is the one that is open."""
        for message in self.office.phone.sent():
            call_id = message.call_id
            if not isinstance(message, Request):
                if message.status == 200 and message.cseq.method == "SUBSCRIBE":
                    self.tags[call_id] = message.to_tag or ""
                continue
            number = message.cseq.number
            if number != self.numbers.get(call_id):
                assert number > self.numbers.get(call_id, 0), "numbers rise"
                assert call_id not in self.open or self.gave_up(call_id), "one at a time"
                self.open[call_id] = message
            self.numbers[call_id] = number

    def gave_up(self, call_id: str) -> bool:
        """Whether nobody waits for an answer any more: a request has timed out."""
        return all(one.dialog.call_id != call_id for one in self.office.watched.subscriptions)

    def answer(self, call_id: str, status: int, **more: object) -> None:
        notify = self.open.pop(call_id, None)
        if notify is not None:
            if status == 200:
                self.heard[call_id] = notify.body
            self.office.phone.respond(notify, status, **more)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_every_course_of_things(steps: list[tuple[str, int, float]]):
    office = Office()
    phones = Phones(office)
    words = 0
    for act, which, seconds in steps:
        call_id = f"key-{which}"
        office.phone.call_id = call_id
        known = [one for one in office.watched.subscriptions if one.dialog.call_id == call_id]
        match act:
            case "change":
                words += 1
                office.change(f"word {words}")
            case "subscribe" if not known:
                phones.open.pop(call_id, None)
                phones.numbers.pop(call_id, None)
                office.ask()
            case "refresh" if call_id in phones.tags:
                office.ask(to_tag=phones.tags[call_id])
            case "leave" if call_id in phones.tags:
                office.ask(0, to_tag=phones.tags[call_id])
            case "take":
                phones.answer(call_id, 200)
            case "refuse":
                phones.answer(call_id, 481)
            case "later":
                phones.answer(call_id, 503, headers=[("Retry-After", 2)])
            case "wait":
                office.phone.wait(seconds)
            case "close" if known:
                office.table.close(known[0], "noresource", office.phone.now)
            case "reach":
                office.table.reachable("101@bakery.example", office.phone.now)
        phones.look()
    alive = {one.dialog.call_id for one in office.watched.subscriptions if not one.over}
    for _ in range(3):
        for call_id in list(phones.open):
            phones.answer(call_id, 200)
        phones.look()
        office.phone.wait(2.5)
        phones.look()
    still = {one.dialog.call_id for one in office.watched.subscriptions if not one.over}
    for call_id in alive & still:
        assert phones.heard[call_id] == office.watched.word.encode(), "the newest state in the end"
    office.phone.wait(800)
    phones.look()
    office.phone.wait(50)
    assert office.empty
    assert not len(office.core.table)
    assert office.core.next_deadline() is None
