"""A file can be wrong in every way; each has its own error, at its place, and a bounded cost.

The files in tests/dialplans/bad are what admins get wrong; here is what editors, programs and pranksters do.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dialplan.findings import DialplanErrors, Finding
from engine.dialplan.load import load_account
from engine.dialplan.reading import MAX_COMPARISONS, MAX_FINDINGS, Reading
from engine.dialplan.sound import MAX_TEXTS
from engine.dialplan.source import MAX_BYTES, MAX_DEPTH, MAX_VALUES

HEAD = b"account: {name: A, country: NL, timezone: UTC}\nnumbers: {main: '+31 20 123 4567'}\n"
GOOD = HEAD + b"main_number: hang_up\n"


def bomb() -> bytes:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    return "\n".join(lines).encode()


BAD = {
    # encodings
    "utf-16 with a mark": (GOOD.decode().encode("utf-16"), "1:1", "written in UTF-16"),
    "utf-16 without a mark": (GOOD.decode().encode("utf-16-le"), "1:1", "written in UTF-16 or UTF-32"),
    "utf-32": (GOOD.decode().encode("utf-32-be"), "1:1", "written in UTF-16 or UTF-32"),
    "latin-1": (HEAD + "people: {Zoë: {extension: 11}}\n".encode("latin-1"), "3:12", "not UTF-8 here"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "1:1", "not UTF-8 here"),
    "nul": (HEAD + b"main_number: a\0b", "3:15", "unprintable character (U+0000)"),
    "an escaped nul": (HEAD + b'main_number: {say: "a\\0b"}', "3:20", "unprintable character (U+0000)"),
    "a byte order mark in the middle": (HEAD + b"\xef\xbb\xbfmain_number: hang_up", "3:1", "(U+FEFF)"),
    "a zero-width space": (HEAD + "main_number: hang\u200b_up".encode(), "3:18", "invisible character (U+200B)"),
    "a line separator": (HEAD + "# a\u2028main_number: hang_up".encode(), "3:4", "invisible character (U+2028)"),
    "indented with no-break spaces": (HEAD + "menus:\n \xa0a: 1".encode(), "4:2", "invisible character (U+00A0)"),
    # YAML that has no place here
    "a merge key": (b"a: &a {b: 1}\nc: {<<: *a}", "2:5", "cannot be merged with <<"),
    "a tag that makes objects": (b"a: !!python/object/apply:os.system [x]", "1:4", "!!python/object/apply:os.system"),
    "a tag of one's own": (b"a: !secret x", "1:4", "tags (!secret)"),
    "a harmless tag": (b"a: !!str x", "1:4", "tags (!!str)"),
    "two documents": (GOOD + b"---\n" + GOOD, "4:1", "a second document"),
    "a key that is a list": (b"? [a, b]\n: c", "1:3", "a name or a key is expected"),
    "a key that is an alias": (b"a: &a x\n*a : c", "2:1", "a name or a key is expected"),
    "an alias of nothing": (b"a: *b", "1:4", "*b refers to nothing"),
    "an alias of itself": (b"a: &a {b: *a}", "1:11", "*a refers to nothing"),
    "a key twice": (GOOD + b"main_number: hang_up", "4:1", "'main_number' is given twice"),
    "a tab": (HEAD + b"menus:\n\ta: 1", "4:1", "a tab stands here"),
    # too much
    "an alias bomb": (bomb(), "16:18", f"{MAX_VALUES:,} values"),
    "50 MB": (b"#" * 50_000_000, "1:1", f"larger than {MAX_BYTES:,} bytes"),
    "deep brackets": (b"a: " + b"[" * 900, f"1:{MAX_DEPTH + 3}", f"deeper than {MAX_DEPTH} levels"),
    "deep blocks": (b"".join(b" " * n + b"a:\n" for n in range(900)), "41:41", f"deeper than {MAX_DEPTH} levels"),
    # what YAML reads otherwise
    "octal": (HEAD + b"main_number: 0o17", "3:14", "'0o17' is no menu, no person, no group, no queue and no word"),
    "hexadecimal": (HEAD + b"people: {a: {extension: 0x1F}}\nmain_number: a", "3:25", "'0x1F' is no extension"),
    "a number for a time": (HEAD + b"hours: {a: {from: 830}}\nmain_number: hang_up", "3:19", "'830' is no time of day"),
    "a sexagesimal": (HEAD + b"hours: {a: {from: 8:30:00}}\nmain_number: hang_up", "3:19", "'8:30:00' is no time"),
    "true for a name": (HEAD + b"people: {a: {extension: true}}\nmain_number: a", "3:25", "true is no extension"),
    "no for an address": (HEAD + b"people: {a: {extension: 11, email: no}}\nmain_number: a", "3:36", "'no' is no"),
    "nothing": (HEAD + b"main_number:", "3:13", "this leads nowhere"),
    "a float": (HEAD + b"people: {a: {extension: 1e3}}\nmain_number: a", "3:25", "'1e3' is no extension"),
}  # fmt: skip


def findings_of(data: bytes, folder: Path) -> tuple[Finding, ...]:
    path = folder / "bad.yaml"
    path.write_bytes(data)
    with pytest.raises(DialplanErrors) as caught:
        load_account(path, sounds_cache=folder, prompts_dir=folder)
    path.unlink()
    return caught.value.findings


@pytest.mark.parametrize("name", BAD)
def test_each_has_its_own_error_at_its_place(name: str, tmp_path: Path) -> None:
    data, place, words = BAD[name]
    (finding,) = findings_of(data, tmp_path)
    assert (f"{finding.line}:{finding.column}", words in finding.what) == (place, True), str(finding)


def test_most_errors_say_what_to_do(tmp_path: Path) -> None:
    silent = {name for name in BAD if not findings_of(BAD[name][0], tmp_path)[0].suggestion}
    assert silent <= {"an alias bomb", "deep brackets", "deep blocks", "true for a name"}


def test_brackets_deeper_than_the_parser_goes_are_told_alike(tmp_path: Path) -> None:
    """libyaml 0.2.6 gives up at a depth of its own, a thousand, before we come to ours; earlier ones do not."""
    (finding,) = findings_of(b"a: " + b"[" * 100_000, tmp_path)
    assert (finding.line, f"deeper than {MAX_DEPTH} levels" in finding.what) == (1, True)


def test_the_heading_of_the_bad_files_is_good(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n"))
    assert load_account(tmp_path / "good.yaml", sounds_cache=tmp_path, prompts_dir=tmp_path).name == "A"


def test_texts_to_be_spoken_are_counted(tmp_path: Path) -> None:
    menus = "".join(f'  m{number}: {{greeting: {{say: "Text {number}"}}}}\n' for number in range(MAX_TEXTS + 1))
    (finding,) = findings_of(GOOD + b"menus:\n" + menus.encode(), tmp_path)
    assert finding.line == 4 + MAX_TEXTS + 1
    assert f"{MAX_TEXTS:,} texts" in finding.what


# --- what is large costs no more than it must -------------------------------------------------------------------------


def test_guesses_for_misspelt_words_are_bounded() -> None:
    reading = Reading("a.yaml")
    names = [f"person{number}" for number in range(MAX_COMPARISONS // 2)]
    assert reading.guess("persn1", names) == "did you mean 'person1'?"
    assert reading.guess("persn2", names) == "did you mean 'person2'?"
    assert reading.guess("persn3", names, "add it") == "add it"


@pytest.fixture
def seconds_of_cpu() -> Iterator[None]:
    """Stop what would run for ever: far more than anything here needs, far less than what is not linear."""
    limit = resource.getrlimit(resource.RLIMIT_CPU)
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 60, limit[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CPU, limit)


LARGE = {
    "unknown names": "\n".join(f"k{number}: 1" for number in range(90_000)),
    "misspelt people": HEAD.decode()
    + "people:\n"
    + "".join(f"  person{number}: {{extension: {number:06}}}\n" for number in range(30_000))
    + "main_number: hang_up\nmenus:\n"
    + "".join(f"  m{number}: {{greeting: x.wav, keys: {{1: persn{number}}}}}\n" for number in range(300)),
    "one block for all people": HEAD.decode()
    + "main_number: hang_up\npeople:\n  a: &a {extension: 11}\n"
    + "".join(f"  p{number}: *a\n" for number in range(45_000)),
}


@pytest.mark.usefixtures("seconds_of_cpu")
@pytest.mark.parametrize("name", LARGE)
def test_large_files_full_of_errors_end(name: str, tmp_path: Path) -> None:
    assert len(findings_of(LARGE[name].encode(), tmp_path)) == MAX_FINDINGS
