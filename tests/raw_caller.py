"""A caller of hand-written SIP and RTP over UDP: for what well-behaved phones never send."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from types import TracebackType
from typing import Self

import numpy as np

from media.codecs.registry import codec_named

WAIT_SECONDS = 5.0
FRAME = 160


class RawCaller:
    """One call to ``target`` (a SIP URI) at ``server`` (host, port). ``responses`` keeps every message that came."""

    def __init__(self, server: tuple[str, int], target: str) -> None:
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.sip, self.rtp = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self.sip, self.rtp):
            sock.bind((host, 0))
            sock.setblocking(False)
        self.server, self.target = server, target
        self.host, self.port = host, self.sip.getsockname()[1]
        self.call_id = f"raw-{self.port}-{self.rtp.getsockname()[1]}"
        self.cseq = 0
        self.to_tag = ""
        self.contact = target
        self.media: tuple[str, int] | None = None
        self.messages: list[str] = []
        self.sequence, self.timestamp, self.ssrc = 1000, 16000, 0x1234

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sip.close()
        self.rtp.close()

    # --- SIP --------------------------------------------------------------------------------------------------------

    def sdp(self, formats: str = "0 101", *lines: str, direction: str = "sendrecv", address: str = "") -> str:
        """An audio offer on our RTP port; ``lines`` are further attributes."""
        family = "IP6" if ":" in self.host else "IP4"
        rows = ["v=0", f"o=raw 1 {self.cseq + 1} IN {family} {self.host}", "s=-"]
        rows += [f"c=IN {family} {address or self.host}", "t=0 0"]
        rows += [f"m=audio {self.rtp.getsockname()[1]} RTP/AVP {formats}", *lines, f"a={direction}"]
        return "\r\n".join(rows) + "\r\n"

    def send(
        self,
        method: str,
        body: str = "",
        *headers: str,
        cseq: int | None = None,
        branch: str = "",
        kind: str = "application/sdp",
    ) -> str:
        """Send one request of this call and give its text, to be sent again with ``repeat``."""
        if cseq is None and method != "ACK":
            self.cseq += 1
        number = self.cseq if cseq is None else cseq
        uri = self.contact if self.to_tag else self.target
        to = f"<{self.target}>" + (f";tag={self.to_tag}" if self.to_tag else "")
        host = f"[{self.host}]" if ":" in self.host else self.host
        rows = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{self.port};branch={branch or f'z9hG4bK{self.call_id}{number}{method}'};rport",
            f"From: <sip:+31701119999@raw.test>;tag=raw{self.port}",
            f"To: {to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:raw@{host}:{self.port}>",
            "Max-Forwards: 70",
            *headers,
            *([f"Content-Type: {kind}"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        text = "\r\n".join(rows) + "\r\n\r\n" + body
        self.repeat(text)
        return text

    def repeat(self, text: str) -> None:
        self.sip.sendto(text.encode(), self.server)

    async def receive(self, seconds: float = WAIT_SECONDS) -> str:
        """The next message; fails if none comes."""
        async with asyncio.timeout(seconds):
            data = await asyncio.get_running_loop().sock_recv(self.sip, 65536)
        self.messages.append(data.decode())
        return self.messages[-1]

    async def final(self, method: str, seconds: float = WAIT_SECONDS) -> int:
        """The status of the final response to our last request; takes note of tag, Contact and SDP."""
        while True:
            text = await self.receive(seconds)
            match = re.match(r"SIP/2\.0 (\d+)", text)
            if match is None or f"CSeq: {self.cseq} {method}" not in text or int(match[1]) < 200:
                continue
            self._note(text, int(match[1]))
            return int(match[1])

    async def request(self, method: str, seconds: float = WAIT_SECONDS) -> str:
        """The next request of the peer, answered with 200."""
        while True:
            text = await self.receive(seconds)
            if text.startswith(f"{method} "):
                copied = re.findall(r"^(?:Via|From|To|Call-ID|CSeq): .*$", text, re.MULTILINE)
                rows = ["SIP/2.0 200 OK", *(line.strip() for line in copied), "Content-Length: 0"]
                self.repeat("\r\n".join(rows) + "\r\n\r\n")
                return text

    def _note(self, text: str, status: int) -> None:
        if status >= 300:
            return
        self.to_tag = re.search(r"^To: .*;tag=(\S+)", text, re.MULTILINE)[1]  # type: ignore[index]
        contact = re.search(r"^Contact: <([^>]+)>", text, re.MULTILINE)
        self.contact = contact[1] if contact else self.contact
        media = re.search(r"^m=audio (\d+) ", text, re.MULTILINE)
        if media:
            self.media = (self.server[0], int(media[1]))

    async def call(self, sdp: str | None = None) -> None:
        """INVITE, 200, ACK."""
        self.send("INVITE", self.sdp() if sdp is None else sdp)
        status = await self.final("INVITE")
        assert status == 200, self.messages[-1]
        self.send("ACK")

    def hang_up(self) -> None:
        self.send("BYE")

    # --- RTP --------------------------------------------------------------------------------------------------------

    def packet(self, payload: bytes, payload_type: int, *, timestamp: int, marker: bool = False) -> bytes:
        self.sequence += 1
        return struct.pack("!BBHII", 0x80, payload_type | 0x80 * marker, self.sequence, timestamp, self.ssrc) + payload

    def send_rtp(self, packet: bytes) -> None:
        assert self.media is not None
        self.rtp.sendto(packet, self.media)

    async def speak(self, samples: np.ndarray, codec: str = "PCMU") -> None:
        """Send 16-bit samples in real time, a packet each 20 ms."""
        encoded = codec_named(codec).encode(samples)
        payload_type = codec_named(codec).payload_type
        loop = asyncio.get_running_loop()
        at = loop.time()
        for start in range(0, len(encoded) - FRAME + 1, FRAME):
            self.timestamp += FRAME
            self.send_rtp(self.packet(encoded[start : start + FRAME], payload_type, timestamp=self.timestamp))
            at += 0.02
            await asyncio.sleep(max(0.0, at - loop.time()))

    async def quiet(self, seconds: float) -> None:
        await self.speak(np.zeros(int(seconds * 8000), np.int16))

    async def event(
        self,
        digit: int,
        *,
        payload_type: int = 101,
        updates: int = 3,
        ends: int = 3,
        marker: bool = True,
        twice: bool = False,
    ) -> None:
        """One press as RFC 4733 packets, 20 ms apart; what is left out is what the network lost."""
        self.timestamp += FRAME
        began = self.timestamp
        for number in range(updates + ends):
            end = number >= updates
            duration = min(number + 1, updates) * FRAME
            payload = struct.pack("!BBH", digit, (0x80 if end else 0) | 10, duration)
            packet = self.packet(payload, payload_type, timestamp=began, marker=marker and number == 0)
            for _ in range(2 if twice else 1):
                self.send_rtp(packet)
            await asyncio.sleep(0.02)
        self.timestamp += updates * FRAME

    def heard(self) -> np.ndarray:
        """All audio that has arrived so far, as 16-bit samples (PCMU), in the order of arrival."""
        parts = []
        while True:
            try:
                data = self.rtp.recv(2048)
            except BlockingIOError:
                break
            if data[1] & 0x7F == 0:
                parts.append(codec_named("PCMU").decode(data[12:]))
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)
