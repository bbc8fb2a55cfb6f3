"""A plan held against the engine's own loader and checks before it is in place, among the other accounts."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.collisions import accounts_collide
from engine.dialplan.findings import DialplanErrors, Finding, Severity
from engine.dialplan.load import dialplan_files, load_account
from engine.settings import Settings
from web.mistakes import Mistake, Mistakes
from web.shell.findings import ANOTHER_ACCOUNT, observed
from web.words import Sentence, say

PLANS_KEPT: Final = 32
"""Dialplans that are kept as the engine has read them, by their text."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the engine makes of a plan: the account, if it can be used, and all findings, by line."""

    account: Account | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)


class Unsound(Mistakes):
    """The engine would not take this plan; ``findings`` say why, with line and column."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(Mistake("text", sentence_of(finding)) for finding in findings)


def sentence_of(finding: Finding) -> Sentence:
    """A finding for people."""
    return say("Line {line}, column {column}: {what}", line=finding.line, column=finding.column, what=observed(finding))


def checked(settings: Settings, path: Path, text: str, *, others: bool = True, doubts: bool = True) -> Checked:
    """What would be found if ``text`` were saved at ``path``; with ``others`` also what belongs to another account.

    ``doubts`` asks for warnings, too. Texts to be spoken are spoken, which takes a while the first time.
    """
    try:
        account = _load(settings, path, text.encode())
    except DialplanErrors as errors:
        return Checked(None, errors.findings)
    _keep(path, text, account)
    collisions = _collisions(settings, account) if others else []
    if collisions:
        return Checked(None, tuple(collisions))
    return Checked(account, doubts_about(account) if doubts else ())


def doubts_about(account: Account) -> tuple[Finding, ...]:
    """What the engine finds doubtful about a plan that it would take."""
    return tuple(check(account, time.time()))


_kept: OrderedDict[tuple[Path, bytes], Account] = OrderedDict()
_guard = threading.Lock()


def known(settings: Settings, path: Path, text: str) -> Checked:
    """The same without others and doubts, for pages: what was made of this text lately, wherever it has its sounds."""
    key = _key(path, text)
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
            return Checked(_kept[key], ())
    return checked(settings, path, text, others=False, doubts=False)


def _keep(path: Path, text: str, account: Account) -> None:
    with _guard:
        _kept[_key(path, text)] = account
        while len(_kept) > PLANS_KEPT:
            _kept.popitem(last=False)


def _key(path: Path, text: str) -> tuple[Path, bytes]:
    return path, hashlib.sha256(text.encode()).digest()


def _load(settings: Settings, path: Path, text: bytes | None) -> Account:
    return load_account(path, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts, text=text)


def _collisions(settings: Settings, account: Account) -> list[Finding]:
    """What the account would take from others. Whose it is, is nothing that its managers must learn."""
    others: list[Account] = []
    for path in dialplan_files(settings.dialplans):
        if str(path) == account.file:
            continue
        try:
            others.append(_load(settings, path, None))
        except DialplanErrors:
            continue  # it is for those who wrote it to hear of that
    files = {other.file for other in others}
    found = [finding for finding in accounts_collide([*others, account]) if finding.file == account.file]
    return [dataclasses.replace(finding, what=_without_names(finding.what, files)) for finding in found]


def _without_names(what: str, files: set[str]) -> str:
    for file in files:
        what = what.replace(f"to {file} already", f"to {ANOTHER_ACCOUNT} already")
    return what
