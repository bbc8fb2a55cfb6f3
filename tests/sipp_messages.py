"""The messages of SIPp's scenarios, written by tests that have many which differ little."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

SDP = """
v=0
o=sipp 1 {version} IN IP4 [local_ip]
s=-
c=IN IP4 {address}
t=0 0
m=audio {port} RTP/AVP 0
a={direction}
"""


def sdp(version: int = 1, *, port: str = "40000", address: str = "[local_ip]", direction: str = "sendrecv") -> str:
    """An offer or answer of mu-law."""
    return SDP.format(version=version, port=port, address=address, direction=direction)


def request(
    method: str, cseq: int, *headers: str, body: str = "", to: str = "[peer_tag_param]", called: str = "desk"
) -> str:
    """Of a caller; ``to`` is empty for the first one."""
    lines = [
        f"{method} [next_url] SIP/2.0" if to else f"{method} sip:{called}@[remote_ip]:[remote_port] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]sipp[call_number]",
        f"To: desk <sip:{called}@[remote_ip]:[remote_port]>{to}",
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        "Contact: sip:sipp@[local_ip]:[local_port]",
        "Max-Forwards: 70",
        *headers,
        *(["Content-Type: application/sdp"] if body else []),
        "Content-Length: [len]",
    ]
    return '<send retrans="500"><![CDATA[\n' + "\n".join(lines) + "\n" + body + "\n]]></send>\n"


def acknowledged(cseq: int) -> str:
    """The ACK to a 2xx, which is not repeated by itself."""
    return request("ACK", cseq).replace(' retrans="500"', "")


def response(status: str, *headers: str, tag: str = "", body: str = "") -> str:
    """To the last request; ``tag`` for the first one."""
    lines = [
        f"SIP/2.0 {status}",
        "[last_Via:]",
        "[last_From:]",
        f"[last_To:]{f';tag={tag}' if tag else ''}",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:[local_ip]:[local_port];transport=[transport]>",
        *headers,
        *(["Content-Type: application/sdp"] if body else []),
        "Content-Length: [len]",
    ]
    return "<send><![CDATA[\n" + "\n".join(lines) + "\n" + body + "\n]]></send>\n"


def scenario(*steps: str) -> str:
    """All of it; SIPp takes a variable that is never read for a mistake, unless it is told of it."""
    whole = "".join(steps)
    assigned = sorted(set(re.findall('assign_to="([0-9]+)"', whole)))
    mentioned = f'<Reference variables="{",".join(assigned)}"/>\n' if assigned else ""
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="x">\n{whole}{mentioned}</scenario>\n'


def answers(status: int, **more: str) -> str:
    """Wait for a response."""
    said = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<recv response="{status}"{said}/>\n'


def says(what: str, *patterns: str, **more: str) -> str:
    """Wait for a message (such as ``request="INVITE"``) in which each pattern is found; else the call has failed."""
    said = "".join(f' {name}="{value}"' for name, value in more.items())
    actions = "".join(
        f'<ereg regexp="{escape(pattern)}" search_in="msg" check_it="true" assign_to="{number}"/>'
        for number, pattern in enumerate(patterns, 1)
    )
    return f"<recv {what}{said}><action>{actions}</action></recv>\n"


def pause(seconds: float) -> str:
    return f'<pause milliseconds="{round(seconds * 1000)}"/>\n'
