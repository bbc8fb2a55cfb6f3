"""Whatever bytes come: parser, core, digest and SDP raise ProtocolError alone, media nothing, and nothing is kept.

``python tools/fuzz.py --seconds 60`` with atheris (``pip install atheris``), which follows the code's branches. What it
finds is written to ``crash-...``; make a test of it.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["sip", "media"]):
    from media.rtp import HEADER
    from media.worker.rtcp import compose, parse
    from sip.core import CoreConfig, UserAgentCore
    from sip.digest import Authenticator, Verified
    from sip.errors import ProtocolError
    from sip.guard.guard import Guard
    from sip.message.envelope import Request
    from sip.message.values import Uri
    from sip.registrar import Registrar
    from sip.sdp.description import SessionDescription
    from sip.testing.parts import ANSWER, TO_ALICE, MemoryBindings, ScriptedGate

from tests.media.worker.test_receive import PHONE, STRANGER, Case  # noqa: E402
from tests.sip.torture.reading import names, torture  # noqa: E402

LONG = 3600.0
"""Seconds after which nothing may be left of a message."""
URI = Uri.parse("sip:bakery.example")


def one_input(data: bytes) -> None:
    """The first byte chooses who gets the rest."""
    target, rest = data[:1], data[1:]
    if target == b"d":
        line = "Digest " + rest.decode("latin-1").replace("\r", "").replace("\n", "")
        request = Request("REGISTER", URI, [("Authorization", line), ("CSeq", "1 REGISTER")], b"")
        verdict = Authenticator(b"0123456789abcdef").verify(request, "bakery.example", lambda *_: "s3cret", 1.0)
        assert not isinstance(verdict, Verified)
    elif target == b"s":
        with contextlib.suppress(ProtocolError):
            SessionDescription.parse(bytes(SessionDescription.parse(rest)))
    elif target == b"r":
        _hear(rest)
    elif target == b"c":
        parse(rest)
    else:
        _receive(rest)


def _hear(data: bytes) -> None:
    """Packets of RTP, each behind its length and its sender: a bridged leg takes them."""
    case, now = Case(), 1.0
    sent = case.bridge("PCMA")
    while len(data) > 2:
        size, sender, data = data[0], PHONE if data[1] % 4 else STRANGER, data[2:]
        case.arrive(data[:size], sender, now)
        now, data = now + 0.01, data[size:]
    heard = case.leg.statistics.received + (case.leg.event_source.received if case.leg.event_source else 0)
    assert len(sent) <= heard


def _receive(data: bytes) -> None:
    core = UserAgentCore(CoreConfig(), ScriptedGate(), Registrar(MemoryBindings()), Guard())
    core.receive(data, TO_ALICE, 0.0)
    for session in core.sessions:
        session.answer(ANSWER, 0.0)
        core.take_actions(0.0)
        session.bye(0.0)
    core.take_actions(0.0)
    while (at := core.next_deadline()) is not None and at < LONG:
        core.handle_timer(at)
        core.take_actions(at)
    assert core.calls.empty
    assert not len(core.table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".fuzz")
    options = parser.parse_args()
    options.corpus.mkdir(exist_ok=True)
    for name in names():
        (options.corpus / name).write_bytes(b"m" + torture(name))
    (options.corpus / "sdp").write_bytes(b"s" + ANSWER)
    packets = [HEADER.pack(0x80, payload, n, n * 160, 7) + bytes((5, 10, 0, 160)) for n, payload in enumerate((0, 101))]
    (options.corpus / "rtp").write_bytes(b"r" + b"".join(bytes((len(packet), 1)) + packet for packet in packets))
    (options.corpus / "rtcp").write_bytes(b"c" + compose(7, "phone", None))
    (options.corpus / "digest").write_bytes(
        b'dusername="101", realm="bakery.example", nonce="x", uri="sip:a", response="0"'
    )
    atheris.Setup([sys.argv[0], str(options.corpus), f"-max_total_time={options.seconds}", "-max_len=4096"], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
