"""An invoice looked at in a process of its own, with little time and memory: no file stops or fills the console.

The process gets the file on its standard input, and writes its verdict: a line of JSON, then the bytes to keep.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Final

from web.transfers.verdicts import MAX_BYTES, Inspected, Kind, NotTaken, Refusal

SECONDS: Final = 20
"""Of the processor; on the clock it may take three times as long."""
MEMORY: Final = 1_500_000_000
"""Bytes of address space."""


def looked_through(data: bytes) -> Inspected:
    """What ``inspection.inspect`` says. Raises NotTaken; that it takes too much is a reason, too."""
    if len(data) > MAX_BYTES:
        raise NotTaken(Refusal.TOO_LARGE)
    program = [sys.executable, "-I", "-c", _BEGIN, *filter(None, sys.path)]
    try:
        done = subprocess.run(program, input=data, capture_output=True, timeout=3 * SECONDS, check=False, env={})
    except subprocess.TimeoutExpired:
        raise NotTaken(Refusal.BOMB) from None
    head, _, rest = done.stdout.partition(b"\n")
    try:
        said = json.loads(head)
        if "refusal" in said:
            raise NotTaken(Refusal(said["refusal"]))
        return Inspected(Kind(said["kind"]), rest, said["pages"])
    except (ValueError, KeyError):
        raise NotTaken(Refusal.BOMB) from None


_BEGIN: Final = "import sys; sys.path[:] = sys.argv[1:]; from web.transfers.inspecting import main; main()"


def main() -> None:
    """The process: reads a file, writes the verdict."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    from web.transfers.inspection import inspect

    out = sys.stdout.buffer
    try:
        found = inspect(sys.stdin.buffer.read(MAX_BYTES + 1))
    except NotTaken as problem:
        out.write(json.dumps({"refusal": problem.refusal.value}).encode() + b"\n")
    else:
        out.write(json.dumps({"kind": found.kind.value, "pages": found.pages}).encode() + b"\n")
        out.write(found.data)
    out.flush()
