"""What is doubtful in a dialplan that loads: found before a caller finds it.

Findings here are warnings; errors are told by loading (load.py). ``check_files`` does both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import phonenumbers

from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors, Doubt, Finding, Severity
from engine.dialplan.load import load_accounts
from engine.dialplan.model import Node
from engine.dialplan.nodes.hours import Hours
from engine.dialplan.nodes.menu import Menu, ToMenu
from engine.dialplan.source import Position
from engine.dialplan.translations import missing_in, missing_prompts


def check_files(where: Path | Iterable[Path], *, sounds_cache: Path, prompts_dir: Path) -> list[Finding]:
    """All findings of a folder's dialplans or of the files given, in order; none means all is well. Never raises."""
    try:
        accounts = load_accounts(where, sounds_cache=sounds_cache, prompts_dir=prompts_dir)
    except DialplanErrors as errors:
        return list(errors.findings)
    return [finding for account in accounts for finding in check(account)]


def check(account: Account) -> list[Finding]:
    """The warnings about a loaded account, in the order of its file."""
    findings = [
        *_unreachable_menus(account),
        *_dead_menus(account),
        *_unused_hours(account),
        *_unused_callers(account),
        *_silent_language(account),
        *_languages_of_no_number(account),
        *_odd_numbers(account),
        *_doubts_of_nodes(account),
    ]
    return sorted(findings, key=lambda finding: (finding.line, finding.column))


def every_node(account: Account) -> Iterator[Node]:
    """Every node of the file, each once: also those of menus to which nobody comes."""
    blocked = [account.callers.block.to] if account.callers.block else []
    return _reachable([account.main, *account.menus.values(), *blocked], account)


def reachable(entry: Node, account: Account) -> Iterator[Node]:
    """Every node a call that begins at ``entry`` may come to, each once."""
    return _reachable([entry], account)


def _reachable(waiting: list[Node], account: Account) -> Iterator[Node]:
    seen: dict[int, Node] = {}
    while waiting:
        node = waiting.pop()
        if isinstance(node, ToMenu):
            node = account.menus[node.menu]
        if id(node) in seen:
            continue
        seen[id(node)] = node
        yield node
        waiting += [way.to for way in node.exits() if way.to is not None]


def _doubts_of_nodes(account: Account) -> Iterator[Finding]:
    for node in every_node(account):
        for doubt in (*node.doubts(account), *missing_in(node, account)):
            yield _finding(account, doubt)


def _finding(account: Account, doubt: Doubt) -> Finding:
    at = doubt.at
    return Finding(account.file, at.line, at.column, Severity.WARNING, doubt.what, doubt.suggestion, doubt.effect)


def _warning(account: Account, at: Position, what: str, suggestion: str) -> Finding:
    return Finding(account.file, at.line, at.column, Severity.WARNING, what, suggestion)


def _unreachable_menus(account: Account) -> Iterator[Finding]:
    reached = {node.name for node in reachable(account.main, account) if isinstance(node, Menu)}
    for name, menu in account.menus.items():
        if name not in reached:
            advice = f"lead there with {{menu: {name}}}, or remove it"
            yield _warning(account, menu.place(), f"no caller ever comes to menu '{name}'", advice)


def _dead_menus(account: Account) -> Iterator[Finding]:
    for name, menu in account.menus.items():
        if not menu.choices and not menu.dial_extensions:
            advice = "add 'keys' or 'dial_extensions: true'"
            yield _warning(account, menu.place(), f"in menu '{name}' no key leads anywhere", advice)


def _unused_hours(account: Account) -> Iterator[Finding]:
    nodes = list(reachable(account.main, account))
    used = {rule.during for node in nodes if isinstance(node, Hours) for rule in node.rules if rule.during}
    used |= {hours for node in nodes if isinstance(node, Menu) for hours in node.hours}
    for name, spans in account.hours.items():
        if name not in used:
            yield _warning(
                account, spans[0].place(), f"hours '{name}' are used nowhere", f"use them with 'during: {name}'"
            )


def _unused_callers(account: Account) -> Iterator[Finding]:
    nodes = list(every_node(account))
    named = [rule.callers for node in nodes if isinstance(node, Hours) for rule in node.rules]
    named += [one.only_for for node in nodes if isinstance(node, Menu) for one in node.choices.conditions.values()]
    block = account.callers.block
    named += [block.callers, block.allowed] if block else []
    used = {name for who in named if who is not None for name in who.lists}
    for name, entry in account.callers.lists.items():
        if name not in used and not entry.names:
            advice = f"use them with 'from: {name}' in a list of ways, or in 'block'"
            yield _warning(account, entry.place(), f"the callers '{name}' are used nowhere", advice)


def _silent_language(account: Account) -> Iterator[Finding]:
    yield from (_finding(account, doubt) for doubt in missing_prompts(account))
    if not any(account.prompts.values()):
        advice = "callers will miss 'not available' and the like"
        yield _warning(account, account.info.place("language"), "there are no built-in prompts", advice)


def _languages_of_no_number(account: Account) -> Iterator[Finding]:
    for language, hearers in account.info.languages.items():
        for number in hearers.numbers:
            if number not in account.numbers_at:
                what = f"nobody hears '{language}' by dialling {number}, which is no number of the account"
                yield _warning(
                    account, hearers.place("numbers"), what, "add it to 'numbers: others', or remove it here"
                )


def _odd_numbers(account: Account) -> Iterator[Finding]:
    for number, at in account.numbers_at.items():
        if not phonenumbers.is_valid_number(phonenumbers.parse(number, None)):
            what = f"{number} is no number that is given out anywhere"
            yield _warning(account, at, what, "compare it with the provider's letter")
