"""What a softphone needs to know: account, server, what it plays and how it answers."""

from __future__ import annotations

import msgspec


class PhoneSettings(msgspec.Struct, frozen=True):
    """One softphone, one SIP account; ``password`` None is a caller from outside, who does not register.

    ``tone`` (Hz) or ``play`` (WAV path, looped) is what it says in every call, ``record`` the WAV that keeps what it
    hears. ``answer`` is the status it gives an incoming call by itself (200, 486, 603) after ``answer_after`` seconds
    of ringing; 0 leaves that to a command. With ``auto_answer`` it answers at once what asks for it (Alert-Info
    ``info=alert-autoanswer``), as for paging; pjsua2 only. It rings by the status ``rings_with``, with media for 183;
    ``strict`` demands that provisional responses are acknowledged and sessions refreshed: pjsua2 only, too. ``codecs``
    are tried in order. ``transport`` is udp, tcp or tls, where the server's certificate must be one of ``authorities``
    (a PEM file). ``srtp`` is whether its sound is encrypted: never, offered, required; by ``suite`` alone, if given
    (pjsua2 only). With ``mwi`` it subscribes to messages waiting (pjsua2 only). With ``outbound`` it keeps its own way
    open (RFC 5626), which pjsua2 does anyway over connections.
    """

    user: str
    server: str  # host:port, IPv6 in brackets
    domain: str = ""  # of the account, if it differs from the server
    display: str = ""
    password: str | None = None
    transport: str = "udp"
    authorities: str = ""
    local_address: str = ""
    local_port: int = 0
    tone: float | None = None
    play: str | None = None
    record: str | None = None
    answer: int = 0
    answer_after: float = 0.0
    auto_answer: bool = False
    mwi: bool = False
    rings_with: int = 180
    strict: bool = False
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    srtp: str = "never"
    suite: str = ""
    outbound: bool = False
    expires: int = 300
    log: str | None = None

    @property
    def host(self) -> str:
        """The domain in this phone's own address."""
        return self.domain or self.server.rsplit(":", 1)[0]

    def uri_of(self, target: str) -> str:
        """The SIP URI for what a person types: a whole URI, or a number or extension at this phone's domain."""
        if target.startswith(("sip:", "sips:")):
            return target
        return f"sip:{target}@{self.domain or self.server}"


class PhoneEvent(msgspec.Struct, frozen=True):
    """What a softphone reports. ``kind``: ready, registered, unregistered, calling, incoming, ringing, answered, media,
    held, resumed, digit, transfer, ended, failed, closed; waiting (voicemail), contact (how somebody watched can be
    reached), text, text sent. ``at`` is monotonic seconds of this machine; ``call`` counts from 1.
    """

    kind: str
    at: float
    call: int = 0
    status: int = 0
    text: str = ""
