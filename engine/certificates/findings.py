"""What ``belplan check`` says about certificates: what phones hold against them, now or soon."""

from __future__ import annotations

from engine.certificates.keeping import load_into
from engine.dialplan.findings import Finding, Severity
from engine.settings import Settings
from sip.rim.tls import Tls


def certificate_findings(settings: Settings, now: float) -> list[Finding]:
    """Warnings; nothing where the settings name no certificate. Raises CertificateProblem, as the start would."""
    return [
        Finding(str(each.pair.certificate), 1, 1, Severity.WARNING, doubt)
        for each in load_into(Tls(), settings)
        if (doubt := each.doubt(now)) is not None
    ]
