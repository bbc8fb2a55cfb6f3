"""The file that Linphone configures itself from (its "remote provisioning"): a list of settings as XML.

Sections and entries are those of Linphone's own configuration file. Entries marked ``overwrite`` take the place of what
the phone had; so a second file, with a new password, mends the account in place of adding one.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from engine.provisioning.phone import PhoneAccount

NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"
REGISTER_SECONDS = 3600


def linphone_xml(phone: PhoneAccount) -> bytes:
    """The whole file, UTF-8."""
    root = Element("config", {"xmlns": NAMESPACE})
    for name, entries in _sections(phone).items():
        section = SubElement(root, "section", name=name)
        for key, value in entries.items():
            SubElement(section, "entry", name=key, overwrite="true").text = value
    indent(root)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _sections(phone: PhoneAccount) -> Mapping[str, Mapping[str, str]]:
    server = f"<sip:{phone.server};transport={phone.transport}>"
    return {
        "misc": {"transient_provisioning": "1"},
        "sip": {
            "default_proxy": "0",
            "guess_hostname": "1",
            "media_encryption": "none" if phone.encryption == "never" else "srtp",
            "media_encryption_mandatory": "1" if phone.encryption == "required" else "0",
        },
        "proxy_0": {
            "reg_proxy": server,
            "reg_route": server,
            "reg_identity": f"{_quoted(phone.name)} <sip:{phone.user}@{phone.domain}>",
            "reg_expires": str(REGISTER_SECONDS),
            "reg_sendregister": "1",
            "publish": "0",
        },
        "auth_info_0": {
            "username": phone.user,
            "passwd": phone.password,
            "realm": phone.domain,
            "domain": phone.domain,
        },
    }


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
