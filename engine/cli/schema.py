"""``belplan schema``: the JSON Schema of a dialplan, for editors that complete and check while typing."""

from __future__ import annotations

import json

import click


@click.command
def schema() -> None:
    """Print the JSON Schema of a dialplan file."""
    from engine.dialplan.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
