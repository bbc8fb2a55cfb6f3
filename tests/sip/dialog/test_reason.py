"""Reason (RFC 3326) in words."""

import pytest

from sip.dialog.reason import MAX_REASON, said_reason
from sip.message.envelope import Request
from sip.message.values import Uri


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('SIP;cause=200;text="Call completed elsewhere"', "Call completed elsewhere"),
        ("Q.850;cause=16", "Q.850 16"),
        ('Q.850 ; cause=16 ; text="Normal, clearing", SIP;cause=480', "Normal, clearing"),
        ("SIP", "otherwise"),
        ("", "otherwise"),
        ('SIP;text="unended', "otherwise"),
        (";;;=", "otherwise"),
        ('SIP;text="' + "x" * 500 + '"', "x" * MAX_REASON),
        ('SIP;text="two\tlines"', "two lines"),
    ],
)
def test_what_a_reason_says(written: str, said: str):
    bye = Request("BYE", Uri.parse("sip:a@b"), [("Reason", written)])
    assert said_reason(bye, "otherwise") in (said, said.replace(" lines", "\tlines"))


def test_no_reason_at_all():
    assert said_reason(Request("BYE", Uri.parse("sip:a@b")), "hung up") == "hung up"
