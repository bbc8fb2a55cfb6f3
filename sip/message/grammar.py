"""The smallest pieces of SIP's grammar: tokens, quoted strings, lists and parameters (RFC 3261 section 25.1).

Every function is linear in its input: a character is looked at a bounded number of times. They are lenient where that
is harmless (white space, empty list items) and raise ProtocolError(400, BAD_HEADER) for everything else.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import MAX_LIST, MAX_PARAMS

Params = tuple[tuple[str, str | None], ...]
"""Names in lower case; values as they are written, quotes and escapes included; None for a flag."""

TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]++"
_TOKEN: Final = re.compile(TOKEN)
_QUOTED: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_PLAIN_VALUE: Final = re.compile(r"[!#-+\--:=?-~]+")
_LIST_MARK: Final = re.compile(r'[",<]')
_PARAM_MARK: Final = re.compile(r'[";]')
_ESCAPED_CHAR: Final = re.compile(r"\\(.)", re.DOTALL)
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")


def bad_header(detail: str) -> NoReturn:
    """Refuse a malformed value; raises ProtocolError(400, BAD_HEADER)."""
    raise ProtocolError(400, DropReason.BAD_HEADER, detail[:120])


def is_token(text: str) -> bool:
    """True for what may stand as a method, a tag or a parameter's name."""
    return _TOKEN.fullmatch(text) is not None


def quoted_end(text: str, start: int) -> int:
    """The index after the quoted string that begins at ``start``; raises ProtocolError if it does not end."""
    match = _QUOTED.match(text, start)
    if match is None:
        bad_header(f"a quoted string without an end: {text[start : start + 40]!r}")
    return match.end()


def writable(text: str) -> str:
    """``text`` with a space for each run of control characters, which could end a line or spoil a log."""
    return text if text.isprintable() else _UNWRITABLE.sub(" ", text)


def quote(text: str) -> str:
    """``text`` as a quoted-string; control characters become spaces."""
    text = writable(text)
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def unquote(text: str) -> str:
    """The content of a quoted-string, control characters as spaces; any other text unchanged."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    text = writable(text[1:-1])
    return _ESCAPED_CHAR.sub(r"\1", text) if "\\" in text else text


def split_list(text: str) -> list[str]:
    """The items of a comma-separated header value, trimmed; commas in quotes and in ``<>`` do not separate.

    Empty items are left out. Raises ProtocolError for an unended quote or bracket and for more than MAX_LIST items.
    """
    if "," not in text:
        item = text.strip(" \t")
        return [item] if item else []
    items = [item.strip(" \t") for item in _split(text, _LIST_MARK, MAX_LIST)]
    return [item for item in items if item]


def _split(text: str, marks: re.Pattern[str], limit: int) -> list[str]:
    items: list[str] = []
    begin = position = 0
    while (mark := marks.search(text, position)) is not None:
        position = mark.end()
        if mark[0] == '"':
            position = quoted_end(text, position - 1)
        elif mark[0] == "<":
            position = text.find(">", position) + 1
            if not position:
                bad_header("'<' without '>'")
        else:
            items.append(text[begin : position - 1])
            begin = position
            if len(items) > limit:
                bad_header(f"more than {limit} items")
    items.append(text[begin:])
    return items


def parse_params(text: str) -> Params:
    """Parameters as they follow a value: ``;name=value;flag``. White space around ``;`` and ``=`` is allowed.

    Values are kept as written (quotes included), so that they go out as they came in, but for control characters, which
    become spaces; `get_param` unquotes.
    Raises ProtocolError for anything else, and for more than MAX_PARAMS.
    """
    text = text.strip(" \t")
    if not text:
        return ()
    if text[0] != ";":
        bad_header(f"expected ';' before {text[:40]!r}")
    items = text.split(";", MAX_PARAMS + 2) if '"' not in text else _split(text, _PARAM_MARK, MAX_PARAMS)
    if len(items) > MAX_PARAMS + 1:
        bad_header(f"more than {MAX_PARAMS} parameters")
    params: list[tuple[str, str | None]] = []
    for item in items[1:]:
        name, equals, value = item.partition("=")
        name = name.strip(" \t")
        if not name and not equals:
            continue
        if not _TOKEN.fullmatch(name):
            bad_header(f"not a parameter's name: {name[:40]!r}")
        if not equals:
            params.append((name.lower(), None))
            continue
        value = value.strip(" \t")
        if not _PLAIN_VALUE.fullmatch(value):
            if not _QUOTED.fullmatch(value):
                bad_header(f"not a value of parameter {name}: {value[:40]!r}")
            value = writable(value)
        params.append((name.lower(), value))
    return tuple(params)


def get_param(params: Params, name: str) -> str | None:
    """The unquoted value of the first parameter ``name`` (any case): ``""`` for a flag, None if it is not there."""
    name = name.lower()
    for key, value in params:
        if key == name:
            if value is None:
                return ""
            return unquote(value)
    return None


def set_params(params: Params, changes: dict[str, str | None]) -> Params:
    """A copy in which each parameter of ``changes`` is set: ``""`` for a flag; None takes it away. Order is kept."""
    wanted = {name.lower(): value for name, value in changes.items()}
    kept = [(name, wanted.get(name, value or "")) for name, value in params]
    present = {name for name, _ in params}
    added = [(name, value) for name, value in wanted.items() if name not in present]
    return tuple((name, value or None) for name, value in (*kept, *added) if value is not None)


def format_params(params: Params) -> str:
    """``;name=value;flag``; a value that is neither a plain one nor a quoted string is quoted."""
    text = ""
    for name, value in params:
        if value is None:
            text += f";{name}"
        elif _PLAIN_VALUE.fullmatch(value):
            text += f";{name}={value}"
        elif _QUOTED.fullmatch(value):
            text += f";{name}={writable(value)}"
        else:
            text += f";{name}={quote(value)}"
    return text
