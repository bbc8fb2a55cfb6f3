"""What a file of sound is, told by its first bytes: neither its name nor what a browser says of it counts."""

from __future__ import annotations

from dataclasses import dataclass

from web.words import Sentence, say

NEEDED = 12
"""Bytes that tell."""
LIMIT_SECONDS = 180.0
"""As long as a greeting that is recorded by phone may be."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A format as people call it. ``demuxer`` is FFmpeg's name for it; libsndfile reads those that have none."""

    name: str
    demuxer: str = ""


WAV = Kind("WAV")
FLAC = Kind("FLAC")
OGG = Kind("Ogg")
MP3 = Kind("MP3")
AIFF = Kind("AIFF")
WEBM = Kind("WebM", "matroska")
MP4 = Kind("MP4", "mp4")
AAC = Kind("AAC", "aac")
KINDS = {kind.name: kind for kind in (WAV, FLAC, OGG, MP3, AIFF, WEBM, MP4, AAC)}
"""What can be decoded, by name."""

_OTHERS = {
    b"%PDF": say("a PDF document"),
    b"\x89PNG": say("a picture"),
    b"\xff\xd8\xff": say("a picture"),
    b"GIF8": say("a picture"),
    b"PK\x03\x04": say("a ZIP archive, or a document that is packed like one"),
    b"\x1f\x8b": say("a packed file"),
    b"MThd": say("MIDI: notes, and no sound"),
    b"#!AMR": say("AMR, as old mobile phones record"),
    b"0&\xb2u": say("Windows Media"),
    b"#EXTM3U": say("a list of files, and no sound"),
}


def kind_of(data: bytes) -> Kind | None:
    """The format of a file; None if it is none of ours."""
    if data[:4] in (b"RIFF", b"RIFX", b"RF64") and data[8:12] == b"WAVE":
        return WAV
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    if data[4:8] == b"ftyp":
        return MP4
    for begins, kind in ((b"fLaC", FLAC), (b"OggS", OGG), (b"\x1a\x45\xdf\xa3", WEBM), (b"ID3", MP3)):
        if data.startswith(begins):
            return kind
    return _framed(data)


def _framed(data: bytes) -> Kind | None:
    """MP3 or AAC, whose files begin with a frame: eleven or twelve bits that are set, then the layer (0 is AAC)."""
    if len(data) < NEEDED or data[0] != 0xFF or data[1] & 0xE0 != 0xE0 or data[:3] == b"\xff\xd8\xff":
        return None
    layer, version = data[1] >> 1 & 3, data[1] >> 3 & 3
    if layer == 0:
        return AAC if data[1] & 0xF0 == 0xF0 else None
    return MP3 if version != 1 and data[2] >> 4 != 0xF else None


def other_name(data: bytes) -> Sentence | None:
    """What a file is that is no sound, in words; None if nobody knows."""
    return next((name for begins, name in _OTHERS.items() if data.startswith(begins)), None)
