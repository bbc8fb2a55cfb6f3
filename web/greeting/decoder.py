"""A program of its own that decodes one file of sound, within bounds: libraries that read strangers' files may fail.

``python -m web.greeting.decoder KIND SOURCE TARGET`` writes TARGET, a WAV file as callers are to hear it: one channel,
16 kHz, trimmed, and as loud as other recordings. It prints a line of JSON: its ``seconds``, or why it was ``refused``.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

MEMORY = 2 << 30
CPU_SECONDS = 20
TARGET_BYTES = 16 << 20
OPEN_FILES = 64


def main() -> int:
    """Decode what the command line names."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, TARGET_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # numpy and FFmpeg are loaded only now that they are within bounds
    from web.greeting.reading import Refused, make

    kind, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    try:
        said: dict[str, object] = {"seconds": make(kind, source, target)}
    except Refused as refused:
        said = {"refused": refused.why}
    except MemoryError:
        said = {"refused": "unreadable"}
    print(json.dumps(said))  # noqa: T201 - this is what it is for
    return 0


if __name__ == "__main__":
    sys.exit(main())
