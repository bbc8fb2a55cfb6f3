"""Challenges and credentials as header values: WWW-Authenticate, Authorization and their kin (RFC 7235 section 2.1)."""

from __future__ import annotations

import re
from typing import Final

from sip.message.bounds import MAX_PARAMS
from sip.message.grammar import TOKEN, bad_header, unquote

_SCHEME: Final = re.compile(rf"[ \t,]*+({TOKEN})[ \t]++(?={TOKEN}[ \t]*+=)")
_PARAM: Final = re.compile(
    rf'[ \t,]*+({TOKEN})[ \t]*+=[ \t]*+("[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s",]++)[ \t]*+(?=,|$)', re.DOTALL
)


def parse_schemes(line: str) -> list[tuple[str, dict[str, str]]]:
    """Challenges or credentials of one header line, often just one: (scheme, parameters).

    Scheme and names are in lower case, values unquoted. Linear in the input. Raises ProtocolError(400, BAD_HEADER) for
    what is malformed, for a parameter that comes twice and for more than MAX_PARAMS of them.
    """
    found: list[tuple[str, dict[str, str]]] = []
    position = total = 0
    while line[position:].strip(" \t,"):
        scheme = _SCHEME.match(line, position)
        if scheme is not None:
            found.append((scheme[1].lower(), {}))
            position = scheme.end()
        param = _PARAM.match(line, position)
        if param is None or not found:
            bad_header("not credentials or challenges")
        params = found[-1][1]
        name = param[1].lower()
        total += 1
        if name in params or total > MAX_PARAMS:
            bad_header(f"parameter {name[:40]} twice, or too many")
        params[name] = unquote(param[2])
        position = param.end()
    return found
