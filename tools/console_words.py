"""Brings the console's catalogues up to date: every sentence that pages and code say, a .po file per slice.

Those that the engine's findings are made of are a slice of their own, ``findings``.

``console_words.py people numbers`` does so for these slices only, and without a name for all. Translations that are
there stay; sentences that are said no more go. Those without a translation are listed.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from finding_sentences import sentences  # noqa: E402

WEB = ROOT / "web"
LOCALES = WEB / "locales"
LANGUAGES = ("nl",)
"""English needs none: a sentence is its own id."""
KEYWORDS = {"say": None, "say_n": (1, 2), "_": None, "ngettext": (1, 2)}
COMMON = "shell"
"""Where sentences go that belong to no slice."""
FINDINGS = "findings"
"""The slice of what the engine says of a dialplan."""

HEAD = """\
# {name} of the console in {language}. Made by tools/console_words.py; only the translations are written by people.
msgid ""
msgstr ""
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals={forms}; plural={plural};\\n"

"""

_GAP = re.compile(r"\{[^}]*\}")
Message = str | tuple[str, ...]


def said() -> dict[str, dict[Message, list[str]]]:
    """Every sentence by slice, each with the files that say it."""
    found: dict[str, dict[Message, list[str]]] = {}
    for path in sorted(WEB.rglob("*.py")) + sorted((WEB / "templates").rglob("*.*")):
        for message in _messages(path):
            files = found.setdefault(_slice(path), {}).setdefault(message, [])
            name = path.relative_to(ROOT).as_posix()
            if name not in files:
                files.append(name)
    engine = sentences(ROOT / "engine" / "dialplan")
    return found | {FINDINGS: {text: list(modules) for text, modules in engine.items()}}


def _messages(path: Path) -> Iterator[Message]:
    method = "python" if path.suffix == ".py" else "jinja2"
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"} if method == "jinja2" else {}
    for _, message, _, _ in extract(method, io.BytesIO(path.read_bytes()), KEYWORDS, (), options):
        if _GAP.sub("", message if isinstance(message, str) else message[0]).strip():
            yield message


def _slice(path: Path) -> str:
    parts = path.relative_to(WEB).parts
    if parts[0] == "templates":
        parts = parts[1:]
    return parts[0] if len(parts) > 1 else COMMON


def catalogue(language: str, slice_: str, messages: dict[Message, list[str]]) -> Catalog:
    """The slice's catalogue with the translations that its file has."""
    file = LOCALES / language / "LC_MESSAGES" / f"{slice_}.po"
    kept = Catalog(language)
    if file.exists():
        with file.open("rb") as opened:
            kept = read_po(opened, language)
    made = Catalog(language)
    for message in sorted(messages, key=str):
        before = kept.get(message[0] if isinstance(message, tuple) else message)
        string = before.string if before is not None and not before.fuzzy and before.id == message else None
        made.add(message, string, locations=[(name, None) for name in messages[message]])
    return made


def write(language: str, slice_: str, made: Catalog) -> None:
    folder = LOCALES / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, made, width=110, omit_header=True, include_lineno=False)
    head = HEAD.format(
        name=f"The slice '{slice_}'",
        language=made.locale.english_name if made.locale else language,
        code=language,
        forms=made.num_plurals,
        plural=made.plural_expr,
    )
    (folder / f"{slice_}.po").write_text(head + out.getvalue().decode().strip() + "\n")


def main() -> int:
    """The exit status: 1 if a translation is missing."""
    slices = {name: messages for name, messages in said().items() if name in sys.argv[1:] or not sys.argv[1:]}
    missing = 0
    for language in LANGUAGES:
        for slice_, messages in slices.items():
            made = catalogue(language, slice_, messages)
            write(language, slice_, made)
            for message in made:
                if message.id and not (all(message.string) if isinstance(message.string, tuple) else message.string):
                    print(f"{language}/{slice_}: no translation of {message.id!r}")
                    missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
