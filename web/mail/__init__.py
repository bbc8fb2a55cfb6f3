"""Letters: composed from sentences in the reader's language, kept until a mail server has them.

``letter`` makes one, ``Post.send`` keeps it; the console's process delivers. Without a mail server they become files.
"""

from web.mail.letters import Code, Link, letter
from web.mail.post import NotKept, Post

__all__ = ["Code", "Link", "NotKept", "Post", "letter"]
