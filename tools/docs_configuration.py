"""Writes docs/configuration.md from the settings' model and the shipped settings file."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from engine.settings import Settings
from engine.settings_file import environment_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "configuration.md"
SHIPPED = ROOT / "config" / "belplan.yaml"

INTRODUCTION = """\
# Configuration

*Made by `make docs` from `engine/settings.py`; edit that, not this page.*

Belplan needs no configuration: every setting has a default that works. To change one, take the `#` away before it in
`config/belplan.yaml`, or set the environment variable of the same name; the variable wins. Which file is read:
`--config FILE`, else `$BELPLAN_CONFIG`, else `config/belplan.yaml` where the command is started, else
`/etc/belplan/belplan.yaml`, else none.

- **Folders** are relative to the folder the file is in, or to the one above it if that is called `config`. In the
  environment they are relative to where the command is started.
- **Times** are seconds, or a number with `s`, `m`, `h` or `d`: `30`, `30s`, `5m`, `2h`, `90d`.
- **Addresses to listen on** are `transport:address:port`; IPv6 stands in brackets: `tcp:[::]:5060`. In the environment
  commas separate them. Port 0 lets the system pick one; the line `ready` in the log names it.

A mistake is told with file, line and column, all of them at once, and nothing is started:

```
config/belplan.yaml:12:1: there is no setting 'listne' (did you mean 'listen'?)
```

| setting | variable | default | what it is |
|---|---|---|---|
"""

AFTER = """
`BELPLAN_CONFIG` names the settings file itself. `BELPLAN_DEBUG=1` makes a command that fails unexpectedly show where.

The state folder holds `belplan.sqlite3` (unless `database` is set), the journal of what has not reached the database
yet (`*.journal`, see [decisions](decisions.md)), recordings, and texts already spoken. It belongs to the user who runs
Belplan, and nobody else can look into it. To move Belplan to another machine, stop it and copy that folder,
`dialplans/` and `config/`.

PostgreSQL needs its driver: `.venv/bin/pip install 'psycopg[binary]'`.
"""

NO_DEFAULT = {
    "database": "SQLite in the state folder",
    "advertise": "the machine's own",
    "dns_servers": "the machine's own",
    **dict.fromkeys(("smtp_host", "smtp_from", "smtp_user", "smtp_password", "smtp_password_file"), "none"),
    **dict.fromkeys(("console_url", "console_certificate", "console_proxies"), "none"),
    **dict.fromkeys(("transfer_email", "transfer_secret_file"), "none"),
    "smtp_port": "587 for `starttls`, 465 for `tls`, 25 for `none`",
}


def page() -> str:
    """The whole page."""
    defaults = shown_defaults()
    rows = []
    for name, field in Settings.model_fields.items():
        default = NO_DEFAULT.get(name) or f"`{defaults[name]}`"
        rows.append(f"| `{name}` | `{environment_name(name)}` | {default} | {field.description} |")
    return INTRODUCTION + "\n".join(rows) + "\n" + AFTER


def shown_defaults() -> dict[str, str]:
    """Each setting's default in the words of the shipped file, where it stands behind a ``#``."""
    starts = ("#   - ", *(f"# {name}:" for name in Settings.model_fields))
    lines = [line[2:] for line in SHIPPED.read_text().splitlines() if line.startswith(starts)]
    values = yaml.safe_load("\n".join(lines))
    return {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in values.items()}


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE.relative_to(ROOT)}", file=sys.stderr)
