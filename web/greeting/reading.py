"""A file of sound made into a greeting: decoded by libsndfile or FFmpeg, trimmed, levelled. Run by ``decoder.py``."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from media.sound.prompts import UnreadableSound, probe, read_samples
from media.sound.tidy import tidy
from web.greeting.kinds import KINDS, LIMIT_SECONDS

RATE = 16_000
"""Hz: the most that any codec of the engine carries."""
CUT_OFF = 0.95
"""A file of which less can be read than this share of the length that it gives is not whole."""
CODECS = "opus,libopus,vorbis,aac,mp3,mp3float,flac,alac,pcm_s16le,pcm_s16be,pcm_s24le,pcm_f32le"
"""FFmpeg knows some five hundred decoders. These are the ones that sound arrives in."""
UNKNOWN_SIZE = 0x7FFFFFFF
"""What writes to a pipe puts this, or more, into a WAV file's header, as it does not know the size yet."""

Samples = NDArray[np.int16]


class Refused(Exception):
    """There is no greeting in it. ``why`` is ``unreadable``, ``no audio``, ``long``, ``cut off`` or ``silent``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def make(kind: str, source: Path, target: Path) -> float:
    """Write the greeting that is in a file of a kind; how many seconds it is long. Raises Refused."""
    try:
        samples = _by_ffmpeg(source, KINDS[kind].demuxer) if KINDS[kind].demuxer else _by_libsndfile(source)
        soundfile.write(str(target), samples, RATE, subtype="PCM_16", format="WAV")
        if not tidy(target, RATE):
            raise Refused("silent")
        return probe(target)
    except (UnreadableSound, soundfile.SoundFileError, OSError):
        raise Refused("unreadable") from None


def _by_libsndfile(source: Path) -> Samples:
    seconds = probe(source)
    if seconds > LIMIT_SECONDS:
        raise Refused("long")
    if _ends_early(source):
        raise Refused("cut off")
    return _whole(read_samples(source, RATE), seconds)


def _ends_early(source: Path) -> bool:
    """Whether a WAV or AIFF file ends before its header says so: libsndfile takes what is there."""
    with source.open("rb") as file:
        head = file.read(8)
    order = {b"RIFF": "<I", b"FORM": ">I"}.get(head[:4])
    if order is None or len(head) < 8:
        return False
    return source.stat().st_size < int(struct.unpack(order, head[4:])[0]) < UNKNOWN_SIZE


def _by_ffmpeg(source: Path, demuxer: str) -> Samples:
    parts: list[Samples] = []
    options = {"codec_whitelist": CODECS, "enable_drefs": "0"}
    try:
        # FFmpeg is given the open file, so that nothing in it can lead to another file, or to the network
        with source.open("rb") as file, av.open(file, "r", format=demuxer, options=options) as container:
            if not container.streams.audio:
                raise Refused("no audio")
            stream = container.streams.audio[0]
            stream.codec_context.thread_count = 1
            seconds = container.duration / av.time_base if container.duration else 0.0
            if seconds > LIMIT_SECONDS:
                raise Refused("long")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            most = LIMIT_SECONDS * RATE
            for frame in container.decode(stream):
                for part in resampler.resample(frame):
                    parts.append(part.to_ndarray()[0])
                    most -= part.samples
                if most < 0:
                    raise Refused("long")
            parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    except (av.FFmpegError, ValueError, LookupError, OverflowError):
        raise Refused("unreadable") from None
    return _whole(np.concatenate(parts) if parts else np.zeros(0, np.int16), seconds)


def _whole(samples: Samples, seconds: float) -> Samples:
    """Samples that last as long as their file says, and no longer than a greeting may. Raises Refused."""
    if not len(samples):
        raise Refused("unreadable")
    if len(samples) > LIMIT_SECONDS * RATE:
        raise Refused("long")
    if len(samples) < CUT_OFF * seconds * RATE:
        raise Refused("cut off")
    return samples
