"""Which files of certificates and keys belong together, found where an administrator says that they are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engine.certificates.certificate import CertificateProblem, Pair

MAX_PAIRS: Final = 1_000
PAIRS: Final = (("fullchain.pem", "privkey.pem"), ("fullchain.cer", "privkey.key"), ("tls.crt", "tls.key"))
"""As certbot, acme.sh and Kubernetes call them."""

_CERTIFICATES: Final = (".pem", ".crt", ".cer")


def find_pairs(places: Iterable[Path]) -> list[Pair]:
    """The pairs at each place, in this order: a file, a folder, or a folder of folders. Raises CertificateProblem."""
    found = list(dict.fromkeys(pair for place in places for pair in _at(place)))
    if len(found) > MAX_PAIRS:
        raise CertificateProblem(
            found[-1].certificate, f"is one of {len(found)} certificates, and {MAX_PAIRS} at most can be used"
        )
    return found


def _at(place: Path) -> list[Pair]:
    try:
        if not place.is_dir():
            if not place.exists():
                raise CertificateProblem(place, "there is no such file or folder")
            return [Pair(place, _key_beside(place))]
        pairs = _in_folder(place) or [
            pair for folder in sorted(place.iterdir()) if folder.is_dir() for pair in _in_folder(folder)
        ]
    except OSError as problem:
        raise CertificateProblem(Path(problem.filename or place), f"cannot be read: {problem.strerror}") from None
    if not pairs:
        raise CertificateProblem(
            place,
            "holds no certificate with its key: expected fullchain.pem and privkey.pem,"
            " or NAME.crt (or .pem) and NAME.key",
        )
    return pairs


def _in_folder(folder: Path) -> list[Pair]:
    for certificate, key in PAIRS:
        if (folder / certificate).exists() and (folder / key).exists():
            return [Pair(folder / certificate, folder / key)]
    return [
        Pair(path, path.with_suffix(".key"))
        for path in sorted(folder.iterdir())
        if path.suffix in _CERTIFICATES and path.with_suffix(".key").exists()
    ]


def _key_beside(certificate: Path) -> Path:
    """The key of a certificate that was named by itself: in a file beside it, or in the same one."""
    for first, second in PAIRS:
        if certificate.name == first and (certificate.parent / second).exists():
            return certificate.parent / second
    key = certificate.with_suffix(".key")
    return key if key.exists() else certificate
