"""A certificate with its key, as files: whom it names, until when it is good, and what is wrong with it, if so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

MAX_FILE: Final = 1024 * 1024
"""Bytes of a file with certificates or a key."""
EXPIRES_SOON: Final = 14 * 86400.0
"""Seconds before its end from which a certificate is complained about: what renews it should have done so."""

T = TypeVar("T")


class CertificateProblem(Exception):
    """A certificate or its key cannot be used; the text is a sentence that begins with the file's name."""

    def __init__(self, file: Path, what: str) -> None:
        super().__init__(f"{file}: {what}")
        self.file = file
        self.what = what


@dataclass(frozen=True, slots=True)
class Pair:
    """Where a certificate (with those of the authorities between, if any) and its key are; one file may hold both."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """One that can be used. ``names`` are hosts and IP addresses, the first one first; times are since 1970."""

    pair: Pair
    names: tuple[str, ...]
    begins_at: float
    ends_at: float

    def doubt(self, now: float) -> str | None:
        """What peers will hold against it, now or soon."""
        if now >= self.ends_at:
            return f"has expired on {_day(self.ends_at)}: phones refuse it until it is renewed"
        if now < self.begins_at:
            return f"is good from {_day(self.begins_at)} on: phones refuse it (is the machine's clock right?)"
        if self.ends_at - now < EXPIRES_SOON:
            return f"expires on {_day(self.ends_at)}: phones refuse it from then on unless it is renewed"
        if not self.names:
            return "names no host: phones cannot tell that it is this one's"
        return None


def read_certificate(pair: Pair) -> Certificate:
    """Look at both files. Raises CertificateProblem."""
    written = _read(pair.certificate)
    chain = _parsed(x509.load_pem_x509_certificates, written)
    if not chain:
        raise CertificateProblem(pair.certificate, "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
    key = _key_of(pair.key)
    ours = next((number for number, each in enumerate(chain) if _public(each) == key), None)
    if ours is None:
        raise CertificateProblem(pair.key, f"is the key of another certificate than that in {pair.certificate}")
    if ours > 0:
        raise CertificateProblem(pair.certificate, "this machine's own certificate has to stand first in it")
    own = chain[0]
    return Certificate(pair, _names(own), own.not_valid_before_utc.timestamp(), own.not_valid_after_utc.timestamp())


def check_authorities(path: Path) -> None:
    """Look at a file of authorities whose certificates are to be trusted. Raises CertificateProblem."""
    if not _parsed(x509.load_pem_x509_certificates, _read(path)):
        raise CertificateProblem(path, "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")


def _key_of(path: Path) -> bytes:
    """The public half of a private key."""
    written = _read(path)
    try:
        key = load_pem_private_key(written, None)
    except TypeError:
        raise CertificateProblem(
            path,
            "the key needs a passphrase, which nobody is there to type: keep it without one"
            " (openssl pkey -in KEY -out NEW), readable for Belplan's user alone",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateProblem(path, "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)") from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            written = file.read(MAX_FILE + 1)
    except OSError as problem:
        raise CertificateProblem(path, f"cannot be read: {problem.strerror or problem}") from None
    if len(written) > MAX_FILE:
        raise CertificateProblem(path, "is too large for a certificate or a key")
    return written


def _parsed(parse: Callable[[bytes], list[T]], written: bytes) -> list[T]:
    try:
        return parse(written)
    except (ValueError, UnsupportedAlgorithm):
        return []


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Hosts and addresses; a certificate without any (they are of another age) has the name of its subject."""
    try:
        other = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = [name.lower() for name in other.get_values_for_type(x509.DNSName)]
        addresses = [str(each) for each in other.get_values_for_type(x509.IPAddress)]
    except (x509.ExtensionNotFound, ValueError):
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return tuple(str(each.value).lower() for each in common)
    return (*hosts, *addresses)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
