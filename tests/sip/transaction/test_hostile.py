"""Whatever can be read as a message finds or makes a transaction, or is dropped with a reason; nothing else happens."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import ProtocolError
from sip.message.build import response
from sip.message.intake import parse
from sip.transaction.effects import CancelReceived, Dropped, NewRequest, Send
from sip.transaction.matching import TransactionTable
from tests.sip.transaction.scene import UDP, answer, request

SEEDS = [
    request("INVITE").encode(),
    request("ACK", to_tag="desk").encode(),
    request("CANCEL").encode(),
    request("OPTIONS", None).encode(),
    answer(request("INVITE"), 180).encode(),
    answer(request("OPTIONS"), 200).encode(),
]
PIECES = st.sampled_from(
    [
        *(b"Via: SIP/2.0/UDP h;branch=z9hG4bKx,\r\n", b"Via: SIP/2.0/UDP [::1]\r\n", b"Via: ,\r\n", b"v: x"),
        *(
            b"To: <sip:a>;tag=;tag=b\r\n",
            b"To: a\r\n",
            b'From: "" <sip:b>;tag="x y"\r\n',
            b"CSeq: 1 CANCEL\r\n",
            b"i: \r\n",
        ),
        *(b";branch=", b";branch=z9hG4bK", b";tag=\x00", b";received=,", b";rport=x", b'"', b"<", b"\r\n ", b"\xff"),
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 30), PIECES | st.binary(max_size=6)), max_size=3)


@settings(max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(SEEDS), EDITS), min_size=1, max_size=4))
def test_no_exception_escapes(messages: list[tuple[bytes, list[tuple[int, int, bytes]]]]):
    table = TransactionTable()
    for data, edits in messages:
        for start, length, piece in edits:
            data = data[:start] + piece + data[start + length :]
        try:
            message = parse(data)
        except ProtocolError:
            continue
        for effect in table.receive(message, UDP, 0.0):
            if isinstance(effect, NewRequest):
                table.respond(effect.transaction, response(effect.request, 486, to_tag="desk"), 0.0)
            elif isinstance(effect, CancelReceived):
                assert not effect.invite_transaction.terminated
            else:
                assert not isinstance(effect, Send) or parse(effect.data)
                assert not isinstance(effect, Dropped) or effect.message is message
    table.handle_timer(1000.0)
    table.handle_timer(2000.0)
    assert len(table) == 0
