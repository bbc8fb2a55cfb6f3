"""What the console has sent, read as its readers would."""

from __future__ import annotations

import re
from email.message import EmailMessage

from web.mail import Post


def text_of(mail: EmailMessage) -> str:
    """The text part."""
    body = mail.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def code_in(mail: EmailMessage) -> str:
    """The six digits in a letter."""
    match = re.search(r"^ {4}(\d{6})$", text_of(mail), re.MULTILINE)
    assert match, text_of(mail)
    return match[1]


def last_code(post: Post, to: str) -> str:
    """The six digits in the last letter that is on its way to somebody."""
    return code_in([mail for mail in post.waiting() if to in mail["To"]][-1])


def another(code: str) -> str:
    """A code that it is not."""
    return f"{(int(code) + 1) % 10**6:06}"
