"""The file for Linphone: what it says, whatever the person is called."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from engine.provisioning.linphone import NAMESPACE, linphone_xml
from engine.provisioning.phone import PhoneAccount

PHONE = PhoneAccount("Orders", "102", "bakery.test", "ck8t-52ub", "192.0.2.7", 5060, "tcp")


def entries(content: bytes) -> dict[tuple[str, str], str]:
    within = {"l": NAMESPACE}
    return {
        (section.get("name") or "", entry.get("name") or ""): entry.text or ""
        for section in fromstring(content).findall("l:section", within)
        for entry in section.findall("l:entry", within)
    }


def test_account_and_password_are_there() -> None:
    found = entries(linphone_xml(PHONE))
    assert found["proxy_0", "reg_proxy"] == "<sip:192.0.2.7;transport=tcp>"
    assert found["proxy_0", "reg_identity"] == '"Orders" <sip:102@bakery.test>'
    assert (found["auth_info_0", "username"], found["auth_info_0", "passwd"]) == ("102", "ck8t-52ub")
    assert found["auth_info_0", "realm"] == "bakery.test"


@pytest.mark.parametrize("name", ['Ann "Ant" & <Bob>', "Zoë \\ Ž", "]]>"])
def test_any_name_arrives_as_it_is(name: str) -> None:
    written = PhoneAccount(name, "102", "bakery.test", "a&b<c", "2001:db8::1", 5999, "udp")
    found = entries(linphone_xml(written))
    shown = found["proxy_0", "reg_identity"].rpartition(" <")[0]
    assert shown[1:-1].replace('\\"', '"').replace("\\\\", "\\") == name
    assert found["proxy_0", "reg_proxy"] == "<sip:[2001:db8::1]:5999;transport=udp>"
    assert found["auth_info_0", "passwd"] == "a&b<c"


@pytest.mark.parametrize(
    ("encryption", "written"), [("never", ("none", "0")), ("offered", ("srtp", "0")), ("required", ("srtp", "1"))]
)
def test_whether_sound_is_encrypted(encryption: str, written: tuple[str, str]) -> None:
    found = entries(linphone_xml(replace(PHONE, encryption=encryption)))
    assert (found["sip", "media_encryption"], found["sip", "media_encryption_mandatory"]) == written


def test_no_password_in_a_log_line() -> None:
    assert "ck8t" not in repr(PHONE)
