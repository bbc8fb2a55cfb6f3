"""Whatever bytes come: parser, core, digest and SDP raise ProtocolError alone, media nothing, and nothing is kept.

``python tools/fuzz.py --seconds 60 sdp`` with atheris (``pip install atheris``), which follows the code's branches.
Without a name everything is tried, by turns. What it finds is written to ``crash-...``; make a test of it.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

with contextlib.nullcontext() if atheris is None else atheris.instrument_imports(include=["sip", "media"]):
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


def digest(data: bytes) -> None:
    line = "Digest " + data.decode("latin-1").replace("\r", "").replace("\n", "")
    request = Request("REGISTER", URI, [("Authorization", line), ("CSeq", "1 REGISTER")], b"")
    verdict = Authenticator(b"0123456789abcdef").verify(request, "bakery.example", lambda *_: "s3cret", 1.0)
    assert not isinstance(verdict, Verified)


def sdp(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        SessionDescription.parse(bytes(SessionDescription.parse(data)))


def rtcp(data: bytes) -> None:
    parse(data)


def rtp(data: bytes) -> None:
    """Packets of RTP, each behind its length and its sender: a bridged leg takes them."""
    case, now = Case(), 1.0
    sent = case.bridge("PCMA")
    while len(data) > 2:
        size, sender, data = data[0], PHONE if data[1] % 4 else STRANGER, data[2:]
        case.arrive(data[:size], sender, now)
        now, data = now + 0.01, data[size:]
    heard = case.leg.statistics.received + (case.leg.event_source.received if case.leg.event_source else 0)
    assert len(sent) <= heard


def message(data: bytes) -> None:
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


TARGETS = {target.__name__: target for target in (message, sdp, rtp, rtcp, digest)}


def one_input(data: bytes) -> None:
    """The first byte chooses who gets the rest."""
    targets = tuple(TARGETS.values())
    targets[data[0] % len(targets) if data else 0](data[1:])


def seeds(target: str) -> dict[str, bytes]:
    """What a target begins with, by name."""
    match target:
        case "message":
            return {name: torture(name) for name in names()}
        case "sdp":
            return {"sdp": ANSWER}
        case "rtp":
            keys = bytes((5, 10, 0, 160))
            packets = [HEADER.pack(0x80, payload, n, n * 160, 7) + keys for n, payload in enumerate((0, 101))]
            return {"rtp": b"".join(bytes((len(packet), 1)) + packet for packet in packets)}
        case "rtcp":
            return {"rtcp": compose(7, "phone", None)}
        case _:
            return {"digest": b'username="101", realm="bakery.example", nonce="x", uri="sip:a", response="0"'}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", choices=tuple(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".fuzz")
    options = parser.parse_args()
    if atheris is None:
        sys.exit("atheris is not installed: .venv/bin/pip install atheris")
    corpus: Path = options.corpus / (options.target or "all")
    corpus.mkdir(parents=True, exist_ok=True)
    for number, target in enumerate(TARGETS):
        if options.target in (None, target):
            for name, data in seeds(target).items():
                (corpus / name).write_bytes(data if options.target else bytes((number,)) + data)
    words = [sys.argv[0], str(corpus), f"-max_total_time={options.seconds}", "-max_len=4096"]
    atheris.Setup(words, TARGETS[options.target] if options.target else one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
