from __future__ import annotations

import pytest

from engine.events import Bridged, CallOffered, Ringing, RingingEnded, Side, Unbridged
from engine.office.extensions import Extensions


@pytest.mark.parametrize("number", ["+31612345678", "tel:112"])
def test_numbers_outside_are_nobodys_extension(number: str) -> None:
    extensions, changed = Extensions(), []
    extensions.on_change = changed.append
    extensions.note(CallOffered("c1", 1.0, "bakery", "101", number, "orders"))
    for event in (
        Ringing("c1", 2.0, number, number, 1),
        RingingEnded("c1", 3.0, number, number, "answered", 1.0),
        Bridged("c1", 3.0, number, number),
    ):
        extensions.note(event)
        assert not extensions.parts(number)
    (mine,) = extensions.parts("orders")
    assert (mine.calling, mine.other) == (True, number)
    extensions.note(Unbridged("c1", 8.0, number, 5.0, Side.CALLEE))
    assert set(changed) == {"orders"}
