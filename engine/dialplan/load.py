"""Load dialplans: a file becomes an immutable ``Account``, or every error in it is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import engine.dialplan.nodes  # noqa: F401  (makes the kinds of node known)
from engine.dialplan.account import Account, Dialplan
from engine.dialplan.callers import KnownCallers
from engine.dialplan.collisions import accounts_collide, emergency_collides, numbers_of, people_collide, slots_collide
from engine.dialplan.findings import DialplanErrors, Finding, Severity
from engine.dialplan.model import KINDS
from engine.dialplan.reach import asks_by_name, spoken
from engine.dialplan.reading import Reading
from engine.dialplan.slots import slots_of
from engine.dialplan.sound_files import SoundFolders, make_sounds
from engine.dialplan.source import MAX_BYTES, START, Position, SourceMapping, Unreadable, read_source
from engine.dialplan.values import DOMAIN

SUFFIXES = (".yaml", ".yml")
TESTS = ".tests"
"""``bakery.tests.yaml`` beside ``bakery.yaml`` holds scenarios of it (engine.rehearsal) and is no dialplan."""
MAX_ACCOUNTS = 500


def load_account(path: Path, *, sounds_cache: Path, prompts_dir: Path, text: bytes | None = None) -> Account:
    """The account that the dialplan at ``path`` describes; its texts are spoken into ``sounds_cache``.

    ``prompts_dir`` holds the built-in prompts, a folder per language. With ``text`` it is the account that there
    would be if that were saved at ``path``. Raises DialplanErrors with all that is wrong, and nothing else, whatever
    the file holds.
    """
    reading = Reading(str(path))
    account = _load(path, reading, sounds_cache, prompts_dir, text)
    if account is None or reading.findings:
        raise DialplanErrors(reading.findings)
    return account


def load_accounts(
    where: Path | Iterable[Path], *, sounds_cache: Path, prompts_dir: Path, none_yet: bool = False
) -> list[Account]:
    """The accounts of a folder (its ``*.yaml`` and ``*.yml``) or of the files given, in the order of their keys.

    A number and a domain belong to one account only. Raises DialplanErrors with the findings of all files together;
    that there is no file is one of them, unless there may be ``none_yet``.
    """
    accounts: list[Account] = []
    findings: list[Finding] = []
    paths = _files_at(where, findings) if isinstance(where, Path) else list(where)
    for path in paths[:MAX_ACCOUNTS]:
        try:
            accounts.append(load_account(path, sounds_cache=sounds_cache, prompts_dir=prompts_dir))
        except DialplanErrors as errors:
            findings += errors.findings
    if not paths and not findings and not none_yet:
        findings.append(_finding(str(where), START, "there is no dialplan here", "put a file such as office.yaml here"))
    if len(paths) > MAX_ACCOUNTS:
        findings.append(_finding(str(where), START, f"there are more than {MAX_ACCOUNTS} dialplans"))
    findings += accounts_collide(accounts)
    if findings:
        raise DialplanErrors(findings)
    return sorted(accounts, key=lambda account: account.key)


def dialplan_files(where: Path) -> list[Path]:
    """The dialplans at ``where``: the file itself, or those in the folder, in order. Files of scenarios are none."""
    if not where.is_dir():
        return [] if holds_tests(where) else [where]
    dialplans = (path for path in where.iterdir() if path.suffix in SUFFIXES and not holds_tests(path))
    return sorted(path for path in dialplans if not path.name.startswith("."))


def holds_tests(path: Path) -> bool:
    """Whether the file's name says that it holds scenarios."""
    return path.suffix in SUFFIXES and path.stem.endswith(TESTS)


def _files_at(where: Path, findings: list[Finding]) -> list[Path]:
    try:
        return dialplan_files(where)
    except OSError as error:
        findings.append(_finding(str(where), START, "the folder cannot be read", error.strerror or str(error)))
        return []


def _finding(file: str, at: Position, what: str, suggestion: str = "") -> Finding:
    return Finding(file, at.line, at.column, Severity.ERROR, what, suggestion)


def _load(
    path: Path, reading: Reading, sounds_cache: Path, prompts_dir: Path, text: bytes | None = None
) -> Account | None:
    what, names = "dialplan", Dialplan.yaml_names()
    root = read_block(path, reading, what, names) if text is None else block_in(text, reading, what, names)
    if root is None:
        return None
    reading.know(root)
    reading.names["parking"] = slots_of(root)
    reading.sounds = folders = SoundFolders(path, prompts_dir, reading.languages)
    dialplan = reading.read(Dialplan, root, root.at)
    people_collide(root, reading)
    slots_collide(root, reading)
    emergency_collides(root, reading)
    if dialplan is None or reading.findings:
        return None
    for node in reading.to_link:
        node.link(dialplan)
    for kind in sorted(reading.kinds):
        KINDS[kind].prepare(dialplan, reading)
    for person in dialplan.people.values():
        if asks_by_name(person):
            source = spoken(person).source(reading.languages, reading.languages[0])
            if source not in reading.heard:
                reading.heard[source] = person.place("name")
                reading.dispensable.add(source)
    sounds = make_sounds(reading, sounds_cache)
    for name, menu in dialplan.menus.items():
        menu._name = name
    key = path.stem.lower()
    if dialplan.account.domain is None and not DOMAIN.fullmatch(key):
        at, advice = dialplan.account.place(), "add `domain:` to `account:`, or name the file like bakery.yaml"
        reading.error(at, f"phones cannot register to '{key}', which the file's name gives as the domain", advice)
    return Account(
        key=key,
        file=str(path),
        info=dialplan.account,
        domain=dialplan.account.domain or key,
        numbers=dialplan.numbers,
        people=dialplan.people,
        hours=dialplan.hours,
        switches=dialplan.switches,
        callers=KnownCallers(dialplan.account.country, dialplan.callers, dialplan.block),
        outside_rules=dialplan.outside,
        main=dialplan.main_number,
        menus=dialplan.menus,
        groups=dialplan.groups,
        conferences=dialplan.conferences,
        queues=dialplan.queues,
        shared_mailboxes=dialplan.mailboxes,
        parking=dialplan.parking,
        features=dialplan.features,
        sounds=sounds,
        prompts=folders.prompts(),
        numbers_at=numbers_of(root, reading),
        files_at={source: at for source, at in reading.heard.items() if source[0] == "play"},
        referred={section: frozenset(names) for section, names in reading.referred.items()},
        kinds=frozenset(reading.kinds),
    )


def read_block(path: Path, reading: Reading, what: str, names: Iterable[str]) -> SourceMapping | None:
    """The names and values that the file at ``path`` consists of; None if it is no such ``what``, and that is told."""
    try:
        if path.exists() and not path.is_file():
            reading.error(START, "this is no file", f"a {what} is a text file")
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reading.error(START, "the file cannot be read", getattr(error, "strerror", None) or str(error))
        return None
    return block_in(data, reading, what, names)


def block_in(data: bytes, reading: Reading, what: str, names: Iterable[str]) -> SourceMapping | None:
    """The same of a file's text."""
    try:
        root = read_source(data, reading.error)
    except Unreadable as error:
        reading.error(error.at, error.what, error.suggestion)
        return None
    if isinstance(root, SourceMapping):
        return root
    problem = "the file is empty" if root is None else f"this is no {what}"
    reading.error(START, problem, f"a {what} holds {', '.join(names)}")
    return None
