"""Hold in all its forms, by SIPp: without sound either way, by an address of zeros, by UPDATE; and each one's end."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import HOLD_MUSIC_HZ, Office, seconds_dominated, seconds_of
from raw_caller import RawCaller
from sipp import needs_sipp, sipp

from tests.sipp_messages import acknowledged, answers, pause, request, says, scenario, sdp

pytestmark = pytest.mark.end_to_end

DESK = "+31201234568"
DESK_HZ = 850.0
HELD, TALKED = 0.7, 0.5
FORMS = (
    ("INVITE", {"direction": "inactive"}, "a=inactive"),
    ("INVITE", {"address": "0.0.0.0"}, "a=(recvonly|inactive)"),
    ("UPDATE", {"direction": "sendonly"}, "a=recvonly"),
)


def holds() -> str:
    """A caller that talks, holds and goes on in each form, and hangs up."""
    steps = [
        request("INVITE", 1, "Allow: INVITE, UPDATE", body=sdp(1, port="[media]"), to="", called=DESK),
        answers(100, optional="true"),
        answers(180, optional="true"),
        says('response="200"', "Allow: [^\\r]*UPDATE", rrs="true"),
        acknowledged(1),
        pause(TALKED),
    ]
    cseq = 1
    for method, form, answered in FORMS:
        for how, wanted, seconds in ((form, answered, HELD), ({}, "m=audio [1-9]", TALKED)):
            cseq += 1
            steps.append(request(method, cseq, body=sdp(cseq, port="[media]", **how), called=DESK))
            steps.append(answers(100, optional="true"))
            steps.append(says('response="200"', wanted))
            steps += [acknowledged(cseq)] if method == "INVITE" else []
            steps.append(pause(seconds))
    return scenario(*steps, request("BYE", cseq + 1, called=DESK), answers(200))


@needs_sipp
@pytest.mark.interop(program="SIPp", feature="Hold by inactive, by an address of zeros and by UPDATE, and resume")
async def test_each_form_of_hold_is_heard_as_music_and_ends(office: Office, tmp_path: Path) -> None:
    (tmp_path / "holds.xml").write_text(holds())
    desk = await office.phone("101", answer=200, tone=DESK_HZ, record=str(tmp_path / "desk.wav"))
    with RawCaller(("127.0.0.1", office.port), "") as listener:
        media = str(listener.rtp.getsockname()[1])
        assert await sipp(office, tmp_path / "holds.xml", "-key", "media", media) == 0
        heard = seconds_dominated(listener.heard() / 32768, 8000, DESK_HZ)
    await desk.wait("ended")
    await office.close()
    assert [(line["side"], line["on"]) for line in office.log if line.get("event") == "held"] == [
        ("caller", True),
        ("caller", False),
    ] * len(FORMS)
    assert seconds_of(tmp_path / "desk.wav", HOLD_MUSIC_HZ) > 0.7 * len(FORMS) * HELD
    whole = TALKED + len(FORMS) * (HELD + TALKED)
    assert len(FORMS) * TALKED < heard < whole - 0.7 * len(FORMS) * HELD, "the desk, but not while it was held"
