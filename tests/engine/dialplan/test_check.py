"""The doubts that checking raises about a dialplan that loads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.dialplan.account import Account
from engine.dialplan.check import check, check_files, reachable
from engine.dialplan.findings import Severity
from engine.dialplan.nodes.menu import Menu

HEAD = """
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 101}}
"""


def doubts(load: Callable[..., Account], text: str) -> list[str]:
    findings = check(load(HEAD + text))
    assert all(finding.severity is Severity.WARNING for finding in findings)
    return [f"{finding.line}:{finding.column}: {finding.what}" for finding in findings]


def test_menus_nobody_comes_to(load: Callable[..., Account]) -> None:
    text = """
main_number: a
menus:
  a: {greeting: welcome.wav, keys: {1: desk, 2: {play: welcome.wav, then: {menu: b}}}}
  b: {greeting: welcome.wav, keys: {1: back}}
  c: {greeting: welcome.wav, keys: {1: {menu: d}}}
  d: {greeting: welcome.wav, keys: {1: {menu: c}}}
"""
    assert doubts(load, text) == ["10:6: no caller ever comes to menu 'c'", "11:6: no caller ever comes to menu 'd'"]


def test_menus_and_hours_without_use(load: Callable[..., Account]) -> None:
    text = """
hours: {open: {from: "08:00"}, never: {from: "09:00"}}
main_number: [{during: open, menu: a}, hang_up]
menus:
  a: {greeting: welcome.wav}
"""
    assert doubts(load, text) == ["6:39: hours 'never' are used nowhere", "9:6: in menu 'a' no key leads anywhere"]


def test_numbers_nobody_has(load: Callable[..., Account]) -> None:
    text = "main_number: desk\n"
    account = load((HEAD + text).replace("+31 20 123 4567", "+31 99 123 4567"))
    assert [finding.what for finding in check(account)] == ["+31991234567 is no number that is given out anywhere"]


def test_errors_and_doubts_of_many_files_come_as_findings(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(HEAD + "main_number: desk")
    assert [finding.what for finding in check_files(tmp_path, sounds_cache=tmp_path, prompts_dir=tmp_path)] == [
        "there are no built-in prompts"
    ]
    (tmp_path / "bad.yaml").write_text("x: 1")
    findings = check_files(tmp_path, sounds_cache=tmp_path, prompts_dir=tmp_path)
    assert {finding.severity for finding in findings} == {Severity.ERROR}


def test_what_a_call_may_come_to(load: Callable[..., Account]) -> None:
    text = """
main_number: a
menus:
  a: {greeting: welcome.wav, keys: {1: {menu: b}}}
  b: {greeting: welcome.wav, keys: {1: {menu: a}}}
"""
    account = load(HEAD + text)
    assert [node.name for node in reachable(account.main, account) if isinstance(node, Menu)] == ["a", "b"]
