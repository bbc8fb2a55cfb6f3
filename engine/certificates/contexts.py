"""What TLS connections are made with: our certificates, chosen by the name a peer asks for, and whom we trust."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.certificates.certificate import Certificate, CertificateProblem, check_authorities
from sip.rim.tls import client_context, modern

VERIFY: Final = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
"""How the setting ``client_certificates`` says whether peers that connect show a certificate."""


def server_context(
    certificates: Sequence[Certificate], peers: str = "none", authorities: Path | None = None
) -> ssl.SSLContext:
    """Shows the certificate that serves the name the peer asks for (SNI), else the first. Raises CertificateProblem."""
    contexts = [(each, _context_of(each, peers, authorities)) for each in certificates]
    chosen: dict[str, ssl.SSLContext] = {
        name: context for each, context in reversed(contexts) for name in each.names if not name.startswith("*.")
    }
    wild = {name[1:]: context for each, context in reversed(contexts) for name in each.names if name.startswith("*.")}

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, asked: str | None, _: object) -> None:
        name = (asked or "").lower().rstrip(".")
        host, dot, domain = name.partition(".")
        context = chosen.get(name) or (wild.get(dot + domain) if host else None)
        if context is not None:
            connection.context = context

    first = contexts[0][1]
    if len(contexts) > 1:
        first.set_servername_callback(choose)
    return first


def trusting(authorities: Path | None) -> ssl.SSLContext:
    """For our own connections. Raises CertificateProblem."""
    if authorities is None:
        return client_context()
    check_authorities(authorities)
    try:
        return client_context(str(authorities))
    except OSError as problem:
        raise CertificateProblem(authorities, _why(problem)) from None


def _context_of(certificate: Certificate, peers: str, authorities: Path | None) -> ssl.SSLContext:
    pair = certificate.pair
    context = modern(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))
    try:
        context.load_cert_chain(pair.certificate, pair.key, password=lambda: "")
    except OSError as problem:
        raise CertificateProblem(pair.certificate, _why(problem)) from None
    context.verify_mode = VERIFY[peers]
    if peers != "none" and authorities is not None:
        check_authorities(authorities)
        try:
            context.load_verify_locations(authorities)
        except OSError as problem:
            raise CertificateProblem(authorities, _why(problem)) from None
    return context


def _why(problem: OSError) -> str:
    reason = getattr(problem, "reason", None) or problem.strerror or str(problem)
    return f"cannot be used: {reason.lower().replace('_', ' ')}"
