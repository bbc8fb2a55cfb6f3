"""``belplan draw``: an account as a picture, to look at, to print, or to paste into a page."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import EXIT_FAILED, Failed, config_option, configured

FORMAT_OF_SUFFIX = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid"}


@click.command
@click.argument("dialplan", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format", "wanted", type=click.Choice(["svg", "mermaid"]), help="[default: the file's suffix, else svg]"
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it, such as plan.svg"
)
@config_option
def draw(dialplan: Path | None, wanted: str | None, output: Path | None, config: Path | None) -> int:
    """Draw where calls go: numbers, hours, menus with their keys, people and ways out.

    Without DIALPLAN the only one of the settings' folder is drawn. Mermaid is text that GitHub and many wikis draw.
    """
    from engine.dialplan.findings import DialplanErrors
    from engine.dialplan.load import load_account
    from engine.drawing.graph import graph_of
    from engine.drawing.mermaid import mermaid_of
    from engine.drawing.svg import svg_of

    settings = configured(config)
    picture_format = wanted or _format_of(output)
    path = _the_one(dialplan or settings.dialplans)
    try:
        account = load_account(path, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts)
    except DialplanErrors as errors:
        for finding in errors.findings:
            click.echo(str(finding), err=True)
        click.echo(f"{len(errors.findings)} error{'' if len(errors.findings) == 1 else 's'}", err=True)
        return EXIT_FAILED
    graph = graph_of(account)
    picture = mermaid_of(graph) if picture_format == "mermaid" else svg_of(graph)
    if output is None:
        click.echo(picture, nl=False)
        return 0
    try:
        output.write_text(picture, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise Failed(f"{output}: cannot be written: {problem.strerror}") from None
    return 0


def _format_of(output: Path | None) -> str:
    if output is None:
        return "svg"
    if output.suffix.lower() not in FORMAT_OF_SUFFIX:
        raise Failed(f"{output}: no picture is called that (name it like plan.svg or plan.mmd, or give --format)")
    return FORMAT_OF_SUFFIX[output.suffix.lower()]


def _the_one(where: Path) -> Path:
    """The dialplan at ``where``: a file, or the only one in a folder. Raises Failed."""
    from engine.dialplan.load import dialplan_files

    try:
        files = dialplan_files(where)
    except OSError as problem:
        raise Failed(f"{where}: cannot be read: {problem.strerror}") from None
    if len(files) == 1:
        return files[0]
    if not files:
        raise Failed(f"{where}: there is no dialplan here")
    raise Failed(f"{where}: there are {len(files)} dialplans: name the one to draw, such as {files[0]}")
