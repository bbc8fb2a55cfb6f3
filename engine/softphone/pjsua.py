"""The pjsua2 softphone as a process of its own: JSON commands on standard input, JSON events on standard output.

pjsua2 is one library per process, takes four calls at most and may abort on an assertion; hence the process. It runs
without a sound card and without threads: this loop polls it.
"""

from __future__ import annotations

import os
import select
import sys
import time
from typing import Any

import msgspec
import pjsua2 as pj

from engine.softphone.pjsua_contacts import Contact, said, say_text, take_text
from engine.softphone.pjsua_sound import recorder, voice
from engine.softphone.reporting import report
from engine.softphone.settings import PhoneSettings

POLL_MS = 5
UNREGISTER_SECONDS = 1.0
MAX_CALLS = 4
AUTO_ANSWER = "info=alert-autoanswer"


RTP_PORTS, RTP_PAIRS = 30000, 1300
"""Each phone begins elsewhere: one that takes the port of another that was killed would answer in its place."""


class PhoneCall(pj.Call):  # type: ignore[misc]
    """One call: connects what the phone plays and records as soon as there is audio, and reports each step."""

    def __init__(self, phone: Phone, number: int, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self.phone = phone
        self.number = number
        self.incoming = call_id != pj.PJSUA_INVALID_ID
        self.answered = False
        self.held = False
        self.answer_at: float | None = None

    def onCallState(self, _prm: Any) -> None:  # noqa: N802
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming:
            report("ringing", call=self.number, status=info.lastStatusCode, text=info.lastReason)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.answered = True
            report("answered", call=self.number, status=200, text=info.remoteUri)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            kind = "ended" if self.answered else "failed"
            report(kind, call=self.number, status=info.lastStatusCode, text=info.lastReason)
            self.phone.forget(self)

    def onCallMediaState(self, _prm: Any) -> None:  # noqa: N802
        info = self.getInfo()  # the name keeps alive what the loop below reads
        for index, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
            if held != self.held:
                self.held = held
                report("held" if held else "resumed", call=self.number)
            if media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                self.phone.connect(self.getAudioMedia(index), send=not held)
                report("media", call=self.number)

    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        prm.cont = not prm.finalNotify
        report("transfer", call=self.number, status=prm.statusCode, text=prm.reason)

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        report("digit", call=self.number, text=prm.digit)


SRTP = {"never": pj.PJMEDIA_SRTP_DISABLED, "offered": pj.PJMEDIA_SRTP_OPTIONAL, "required": pj.PJMEDIA_SRTP_MANDATORY}


class PhoneAccount(pj.Account):  # type: ignore[misc]
    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self.phone = phone
        self.registered = False

    def onRegState(self, prm: Any) -> None:  # noqa: N802
        self.registered = prm.code == 200 and prm.expiration > 0
        report("registered" if self.registered else "unregistered", status=prm.code, text=prm.reason)

    def onMwiInfo(self, prm: Any) -> None:  # noqa: N802
        report("waiting", text=prm.rdata.wholeMsg.partition("\r\n\r\n")[2])

    def onInstantMessage(self, prm: Any) -> None:  # noqa: N802
        take_text(prm)

    def onInstantMessageStatus(self, prm: Any) -> None:  # noqa: N802
        said(prm)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        self.phone.take(prm.callId, prm.rdata.wholeMsg)


TRANSPORTS = {
    "udp": pj.PJSIP_TRANSPORT_UDP,
    "tcp": pj.PJSIP_TRANSPORT_TCP,
    "tls": pj.PJSIP_TRANSPORT_TLS,
}


class Phone:
    """A pjsua2 endpoint with one account and its calls."""

    def __init__(self, settings: PhoneSettings) -> None:
        self.settings = settings
        self.calls: dict[int, PhoneCall] = {}
        self.finished: list[PhoneCall] = []
        self.contacts: list[Contact] = []
        self.counted = 0
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(self._endpoint_config())
        self._start_transport()
        self.endpoint.audDevManager().setNullDev()
        self._choose_codecs()
        self.account = PhoneAccount(self)
        self.account.create(self._account_config())
        self.voice = voice(settings)
        self.recorder = recorder(settings)

    def _endpoint_config(self) -> Any:
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = MAX_CALLS
        config.uaConfig.userAgent = "belplan-phone pjsua2"
        config.logConfig.level = 5 if self.settings.log else 0
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = self.settings.log or ""
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        config.medConfig.clockRate = 8000
        config.medConfig.sndClockRate = 8000
        return config

    def _start_transport(self) -> None:
        config = pj.TransportConfig()
        config.port = self.settings.local_port
        config.boundAddress = self.settings.local_address
        if self.settings.transport == "tls":
            config.tlsConfig.CaListFile = self.settings.authorities
            config.tlsConfig.verifyServer = True
        self.transport = self.endpoint.transportCreate(TRANSPORTS[self.settings.transport], config)
        self.endpoint.libStart()

    def _choose_codecs(self) -> None:
        for codec in self.endpoint.codecEnum2():
            name = codec.codecId.split("/")[0]
            wanted = name in self.settings.codecs
            self.endpoint.codecSetPriority(codec.codecId, 200 - self.settings.codecs.index(name) if wanted else 0)

    def _account_config(self) -> Any:
        settings = self.settings
        config = pj.AccountConfig()
        suffix = "" if settings.transport == "udp" else f";transport={settings.transport}"
        name = f'"{settings.display}" ' if settings.display else ""
        config.idUri = f"{name}<sip:{settings.user}@{settings.host}>"
        if settings.password is not None:
            config.regConfig.registrarUri = f"sip:{settings.domain or settings.server}{suffix}"
            config.regConfig.timeoutSec = settings.expires
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", settings.user, 0, settings.password))
        config.sipConfig.transportId = self.transport
        if settings.domain or suffix:
            config.sipConfig.proxies.append(f"sip:{settings.server}{suffix};lr")
        config.mediaConfig.transportConfig.boundAddress = settings.local_address
        config.mediaConfig.transportConfig.port = RTP_PORTS + 2 * (os.getpid() % RTP_PAIRS)
        config.mediaConfig.srtpUse = SRTP[settings.srtp]
        config.mediaConfig.srtpSecureSignaling = 0
        if settings.suite:
            crypto = pj.SrtpCrypto()
            crypto.name = settings.suite
            config.mediaConfig.srtpOpt.cryptos.append(crypto)
        config.natConfig.contactRewriteUse = 0
        config.mwiConfig.enabled = settings.mwi
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS if settings.strict else pj.PJSUA_SIP_TIMER_INACTIVE
        config.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY if settings.strict else pj.PJSUA_100REL_NOT_USED
        return config

    def connect(self, audio: Any, *, send: bool) -> None:
        if self.recorder is not None:
            audio.startTransmit(self.recorder)
        if self.voice is not None and send:
            self.voice.startTransmit(audio)

    def take(self, call_id: int, invite: str) -> None:
        self.counted += 1
        call = PhoneCall(self, self.counted, call_id)
        self.calls[call.number] = call
        report("incoming", call=call.number, text=call.getInfo().remoteUri)
        at_once = self.settings.answer == 200 and not self.settings.answer_after
        if at_once or (self.settings.auto_answer and AUTO_ANSWER in invite):
            self._respond(call, 180)
            self._respond(call, 200)
        else:
            self._respond(call, self.settings.rings_with)
            if self.settings.answer:
                call.answer_at = time.monotonic() + self.settings.answer_after

    def forget(self, call: PhoneCall) -> None:
        self.calls.pop(call.number, None)
        self.finished.append(call)

    @staticmethod
    def _respond(call: PhoneCall, status: int) -> None:
        prm = pj.CallOpParam(True)
        prm.statusCode = status
        call.answer(prm)

    def poll(self) -> None:
        self.endpoint.libHandleEvents(POLL_MS)
        self.finished.clear()
        now = time.monotonic()
        for call in list(self.calls.values()):
            if call.answer_at is not None and now >= call.answer_at:
                call.answer_at = None
                self._respond(call, self.settings.answer)

    def obey(self, words: dict[str, Any]) -> bool:
        """Carry out one command; False is the end of the program."""
        verb = words["do"]
        if verb == "quit":
            return False
        if verb == "dial":
            self.counted += 1
            call = PhoneCall(self, self.counted)
            self.calls[call.number] = call
            report("calling", call=call.number, text=words["uri"])
            call.makeCall(words["uri"], pj.CallOpParam(True))
            return True
        if verb == "watch":
            self.contacts.append(Contact(self.account, words["uri"]))
            return True
        if verb == "say":
            say_text(self.account, words["uri"], words["text"])
            return True
        if verb == "register":
            self.account.setRegistration(bool(words.get("on", True)))
            return True
        call_now = self.calls.get(words.get("call") or max(self.calls, default=0))
        if call_now is None:
            report("failed", text=f"there is no call to {verb}")
            return True
        prm = pj.CallOpParam(True)
        if verb == "answer":
            prm.statusCode = int(words.get("status", 200))
            call_now.answer(prm)
        elif verb == "hangup":
            prm = pj.CallOpParam()
            prm.statusCode = int(words.get("status", 0))
            call_now.hangup(prm)
        elif verb == "hold":
            call_now.setHold(pj.CallOpParam())
        elif verb == "resume":
            prm.opt.flag = pj.PJSUA_CALL_UNHOLD
            call_now.reinvite(prm)
        elif verb == "transfer":
            other = self.calls.get(words.get("replaces", 0))
            if other is None:
                call_now.xfer(words["uri"], prm)
            else:
                call_now.xferReplaces(other, prm)
        elif verb == "press":
            self._press(call_now, words["digits"], words.get("method", "rfc4733"), int(words.get("ms", 100)))
        return True

    @staticmethod
    def _press(call: PhoneCall, digits: str, method: str, duration_ms: int) -> None:
        prm = pj.CallSendDtmfParam()
        prm.digits = digits
        prm.duration = duration_ms
        prm.method = pj.PJSUA_DTMF_METHOD_SIP_INFO if method == "info" else pj.PJSUA_DTMF_METHOD_RFC2833
        call.sendDtmf(prm)

    def close(self) -> None:
        self.endpoint.hangupAllCalls()
        for _ in range(40):
            self.poll()
            if not self.calls:
                break
        for contact in self.contacts:
            contact.forget()
        self.voice = self.recorder = None
        self._unregister()
        self.account.shutdown()
        self.endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)  # which would wait a second for answers that are in

    def _unregister(self) -> None:
        if not self.account.registered:
            return
        self.account.setRegistration(False)
        give_up_at = time.monotonic() + UNREGISTER_SECONDS
        while self.account.registered and time.monotonic() < give_up_at:
            self.endpoint.libHandleEvents(POLL_MS)


def main() -> int:
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=PhoneSettings)
    try:
        phone = Phone(settings)
    except pj.Error as error:
        report("failed", text=error.reason)
        report("closed")
        return 1
    report("ready", text=phone.endpoint.transportGetInfo(phone.transport).localName)
    stdin = sys.stdin.fileno()
    os.set_blocking(stdin, False)
    pending = b""
    going = True
    while going:
        phone.poll()
        if not select.select([stdin], [], [], 0)[0]:
            continue
        data = os.read(stdin, 65536)
        if not data:
            break
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            try:
                going = going and phone.obey(msgspec.json.decode(line))
            except pj.Error as error:
                report("failed", text=error.reason)
    phone.close()
    report("closed")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    status = main()
    # pjsua2's destructors run after its library is gone and crash there: nothing is left for Python to clean up
    os._exit(status)
