"""What the pjsua2 softphone does without a call: watches others, sends and shows texts."""

from __future__ import annotations

from typing import Any

import pjsua2 as pj

from engine.softphone.reporting import report


class Contact(pj.Buddy):  # type: ignore[misc]
    """Somebody whom the phone watches: each change of how they can be reached is reported."""

    def __init__(self, account: Any, uri: str) -> None:
        super().__init__()
        self.uri = uri
        config = pj.BuddyConfig()
        config.uri = uri
        config.subscribe = True
        self.create(account, config)

    def onBuddyState(self) -> None:  # noqa: N802
        info = self.getInfo()
        status = info.presStatus
        there = {pj.PJSUA_BUDDY_STATUS_ONLINE: "open", pj.PJSUA_BUDDY_STATUS_OFFLINE: "closed"}.get(status.status, "")
        report(
            "contact", status=info.subTermCode, text=f"{self.uri} {there} {status.note or status.statusText}".strip()
        )

    def forget(self) -> None:
        self.subscribePresence(False)


def say_text(account: Any, uri: str, text: str) -> None:
    """Send a text outside any call."""
    prm = pj.SendInstantMessageParam()
    prm.contentType, prm.content = "text/plain", text
    contact = pj.Buddy()
    config = pj.BuddyConfig()
    config.uri, config.subscribe = uri, False
    contact.create(account, config)
    contact.sendInstantMessage(prm)


def take_text(prm: Any) -> None:
    report("text", text=f"{prm.fromUri} {prm.msgBody}")


def said(prm: Any) -> None:
    report("text sent", status=prm.code, text=prm.reason)
