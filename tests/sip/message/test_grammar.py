"""Tokens, lists and parameters: what separates, what does not, and that hostile text costs nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import MAX_HEADER_LINE, MAX_LIST, MAX_PARAMS
from sip.message.credentials import parse_schemes
from sip.message.grammar import format_params, get_param, parse_params, quote, set_params, split_list, unquote
from sip.message.values import CSeq, NameAddr, Uri, Via
from tests.sip.message.messages import attempt


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a, b ,c", ["a", "b", "c"]),
        ('"Smith, J" <sip:a@x>, "Doe, \\"J, R\\"" <sip:b@x>', ['"Smith, J" <sip:a@x>', '"Doe, \\"J, R\\"" <sip:b@x>']),
        ('<sip:a,b@x>;p="1,2", <sip:c@x>', ['<sip:a,b@x>;p="1,2"', "<sip:c@x>"]),
        ('"<" <sip:a@x>, <sip:b@x>', ['"<" <sip:a@x>', "<sip:b@x>"]),
        (" , a,, b, ", ["a", "b"]),
        ("", []),
    ],
)
def test_commas_separate_but_in_quotes_and_brackets(text: str, items: list[str]) -> None:
    assert split_list(text) == items


@pytest.mark.parametrize("text", ['"a, b', '"a\\", b', "<sip:a, b"])
def test_an_unended_quote_or_bracket_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        split_list(text)
    assert caught.value.reason is DropReason.BAD_HEADER


def test_a_list_is_bounded() -> None:
    assert len(split_list(",".join("a" * MAX_LIST))) == MAX_LIST
    with pytest.raises(ProtocolError):
        split_list(",".join("a" * (MAX_LIST + 2)))


def test_parameters_keep_their_quotes_and_lose_their_case() -> None:
    params = parse_params(' ; TAG = x1 ;flag; +Sip.Instance="<urn:uuid:1;2>" ;text="a\\"b"')
    assert params == (("tag", "x1"), ("flag", None), ("+sip.instance", '"<urn:uuid:1;2>"'), ("text", '"a\\"b"'))
    assert get_param(params, "Tag") == "x1"
    assert get_param(params, "flag") == ""
    assert get_param(params, "+sip.instance") == "<urn:uuid:1;2>"
    assert get_param(params, "text") == 'a"b'
    assert get_param(params, "none") is None
    assert parse_params(format_params(params)) == params


@pytest.mark.parametrize("text", ["tag=1", ";=x", ";a=", ';a="b', ';a="b"c', ";a b=c", ";a=b c", ";ä=1", ";a=ä"])
def test_malformed_parameters_are_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_params(text)
    assert caught.value.reason is DropReason.BAD_HEADER


@pytest.mark.parametrize("one", [";a", ';a="b"', ";self=1"])
def test_parameters_are_bounded(one: str) -> None:
    assert len(parse_params(one * MAX_PARAMS)) == MAX_PARAMS
    with pytest.raises(ProtocolError):
        parse_params(one * (MAX_PARAMS + 1))


def test_parameters_are_set_in_place_added_and_removed() -> None:
    params = parse_params(";rport;branch=z;ttl=1")
    changed = set_params(params, {"rport": "5060", "ttl": None, "received": "::1", "alias": ""})
    assert format_params(changed) == ";rport=5060;branch=z;received=::1;alias"


@given(st.text(max_size=40))
def test_quoting_round_trips_and_cannot_break_a_line(text: str) -> None:
    quoted = quote(text)
    assert "\r" not in quoted
    assert "\n" not in quoted
    if text.isprintable():
        assert unquote(quoted) == text


@given(st.lists(st.tuples(st.from_regex(r"[a-z][a-z0-9.\-]{0,8}", fullmatch=True), st.none() | st.text(max_size=12))))
def test_any_parameter_that_is_set_can_be_read_again(pairs: list[tuple[str, str | None]]) -> None:
    once = parse_params(format_params(tuple(pairs)))
    assert parse_params(format_params(once)) == once
    assert [name for name, _ in once] == [name for name, _ in pairs]


PARSERS = [split_list, parse_params, parse_schemes, NameAddr.parse, Via.parse, CSeq.parse, Uri.parse]
HOSTILE = [
    'Digest username="a", realm="b", nonce="c", ' + 'x="y", ' * 22 + '"',  # 2.2 s in sipmessage 0.7.1, doubling
    *(
        seed * (MAX_HEADER_LINE // len(seed))
        for seed in (" ", '"', '"\\', "<", ",", ";", ";a", ";a=", "\\", "a", "=", "[")
    ),
    *("SIP/2.0/UDP h" + seed * 4000 + "!" for seed in (" ", "\t", "a", ";a ", "; ", ":", '"')),
    *("Digest " + seed * 2000 + '"' for seed in ("a=b, ", 'a="b"', " ", "a ", 'a="', "a=\\")),
    *("sip:" + seed * 500 + "\x00" for seed in ("a", "a@", ";a", "?a=b", "%41", "[:", ":1")),
    *('"' + seed * 2000 for seed in ("\\", '\\"', "a\\", '" <')),
    "<sip:a@x>" + " ;" * 4000,
]


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: getattr(parse, "__qualname__", "?"))
def test_no_text_of_a_header_s_length_holds_a_parser(parse: object) -> None:
    """Each is a fraction of a millisecond; what is exponential or quadratic takes seconds."""
    assert callable(parse)
    for text in HOSTILE:
        began = time.process_time()
        outcome = attempt(parse, text)
        assert not isinstance(outcome, ProtocolError) or outcome.status_hint in (400, 414)
        assert time.process_time() - began < 0.1, text[:60]


@settings(max_examples=200)
@given(st.text(alphabet='abSIP/2.0:;=,<>"\\@?&%[] \t\x00\xe9d1', max_size=60))
def test_values_are_read_or_refused_and_the_same_after_a_round_trip(text: str) -> None:
    for parse in (NameAddr.parse, Via.parse, CSeq.parse, Uri.parse):
        value = attempt(parse, text)
        assert isinstance(value, ProtocolError) or parse(str(value)) == value
