"""How a companion of the engine begins: politely, bound to the engine's life, and then as the program it is to be.

Run as a file, ``companion_start.py ENGINE WORD...``, and in need of the standard library only: it has its process for a
hundredth of a second, then the program takes its place.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

POLITENESS = 10
"""What is added to the nice value: where there is not time enough for all, calls go first."""
PR_SET_PDEATHSIG = 1
"""prctl(2), Linux."""


def end_with(engine: int) -> None:
    """Let the kernel end this process when its parent dies, be it killed; at once if that is the ``engine`` no more.

    Where the kernel has no such thing the program goes on when the engine is killed, and meets the next one's.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != engine:
        sys.exit(0)


def main() -> None:
    """Does not return."""
    end_with(int(sys.argv[1]))
    with contextlib.suppress(OSError):
        os.nice(POLITENESS)
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as problem:
        sys.exit(f"belplan: {sys.argv[2]} cannot be started: {problem.strerror}")


if __name__ == "__main__":
    main()
