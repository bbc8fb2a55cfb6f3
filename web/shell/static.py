"""Style sheets, scripts and pictures, at addresses that change with what is in them, so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

STATIC: Final = Path(__file__).resolve().parent.parent / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"
DIGEST_LENGTH: Final = 12
PACKED: Final = frozenset({".css", ".js", ".svg"})
SERVED: Final = frozenset({".css", ".js", ".svg", ".png", ".wav", ".webp", ".woff2"})
ICON: Final = "favicon.svg"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class File:
    """One of them in memory; ``packed`` is its gzip where that is shorter."""

    content: bytes
    packed: bytes | None
    media_type: str
    digest: str


@cache
def files() -> dict[str, File]:
    """Everything in the folder, by its path below it."""
    return {
        path.relative_to(STATIC).as_posix(): _read(path)
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in SERVED and path.is_file()
    }


def static_url(name: str) -> str:
    """The address of a file, such as ``app.css``. Raises KeyError if there is none."""
    return f"/static/{files()[name].digest}/{name}"


@router.get("/static/{digest}/{name:path}")
async def static_file(request: Request, digest: str, name: str) -> Response:
    """A file under its digest; browsers never ask again."""
    file = files().get(name)
    if file is None or file.digest != digest:
        raise HTTPException(404)
    return _answer(request, file, FOR_EVER)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """What browsers ask for by themselves."""
    return _answer(request, files()[ICON], "public, max-age=86400")


def _answer(request: Request, file: File, keep: str) -> Response:
    headers = {"Cache-Control": keep, "Vary": "Accept-Encoding"}
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)


def _read(path: Path) -> File:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0) if path.suffix in PACKED else content
    return File(
        content,
        packed if len(packed) < len(content) else None,
        "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH],
    )
