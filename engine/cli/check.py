"""``belplan check``: are the dialplans right? Every finding with its place; the exit status tells a script."""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from engine.certificates.certificate import CertificateProblem
from engine.certificates.findings import certificate_findings
from engine.cli.common import EXIT_FAILED, Failed, config_option, configured
from engine.cli.findings import as_json, print_findings
from engine.dialplan.account import Account
from engine.dialplan.check import check_files
from engine.dialplan.checks.encryption import check_encryption
from engine.dialplan.findings import DialplanErrors, Finding, Severity
from engine.dialplan.load import dialplan_files, holds_tests
from engine.exposed import exposed_secrets
from engine.trunks.check import check_trunks
from engine.trunks.file import load_trunks


@click.command
@click.argument("dialplans", nargs=-1, type=click.Path(path_type=Path), metavar="[DIALPLAN]...")
@click.option("--strict", is_flag=True, help="Exit with status 1 for warnings, too")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text: one line a finding in a pipe, with the lines of the file on a terminal; json: see docs/checking.md",
)
@config_option
def check(dialplans: tuple[Path, ...], strict: bool, shape: str, config: Path | None) -> int:
    """Check dialplans, files or folders (without any: the settings' folder); exit status 1 if one has an error.

    Each finding is a line: file:line:column: what is wrong, what it means for callers, and what to do.
    """
    settings = configured(config)
    try:
        files = [file for where in dialplans or (settings.dialplans,) for file in dialplan_files(where)]
    except OSError as problem:
        raise Failed(f"{problem.filename}: cannot be read: {problem.strerror}") from None
    files = list({file.resolve(): file for file in files}.values())
    if dialplans and not files and all(map(holds_tests, dialplans)):
        raise Failed(f"{dialplans[0]}: holds scenarios and no dialplan (belplan test runs them)")
    try:
        trunks = load_trunks(settings.trunks)
        of_certificates = certificate_findings(settings, time.time())
    except (DialplanErrors, CertificateProblem) as problem:
        raise Failed(str(problem)) from None

    def trunks_of(account: str) -> list[str]:
        return [trunk.name for trunk in trunks if trunk.serves(account)]

    def helps_of(account: str) -> list[str]:
        return [trunk.name for trunk in trunks if trunk.serves(account) and trunk.emergency]

    def machine_checked(accounts: Sequence[Account]) -> list[Finding]:
        private = any(address.transport in ("tls", "wss") for address in settings.listen)
        readable = [] if private else check_encryption(accounts)
        # of some files only it is not known which accounts there are besides
        return readable if dialplans else readable + check_trunks(settings.trunks, accounts)

    with _no_search_for_garbage():
        findings = check_files(
            files or settings.dialplans,
            sounds_cache=settings.sounds_cache,
            prompts_dir=settings.prompts,
            now=time.time(),
            trunks_of=trunks_of,
            helps_of=helps_of,
            also=machine_checked,
        )
    findings += of_certificates + exposed_secrets(settings, config)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if shape == "json":
        click.echo(json.dumps(as_json(findings, len(files)), indent=2, ensure_ascii=False))
    else:
        print_findings(findings, pretty=sys.stdout.isatty())
        click.echo(_summary(findings, errors, len(files)), err=True)
    return EXIT_FAILED if errors or (strict and findings) else 0


@contextlib.contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """All that is made is kept to the end of the command; looking through it again and again is a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _summary(findings: list[Finding], errors: int, files: int) -> str:
    warnings = len(findings) - errors
    if errors:
        return _count(errors, "error")
    usable = f"{_count(files, 'dialplan')} can be used"
    return f"{usable}, with {_count(warnings, 'warning')}" if warnings else usable


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
