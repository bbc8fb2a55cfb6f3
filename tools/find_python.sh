#!/bin/sh
# Prints the Python to use: python3 if it is 3.11 or newer, else the newest python3.x that is.
# A version with wheels for the softphone (up to 3.12) is preferred only where python3 itself is too old.
set -u
for candidate in "${PYTHON:-}" python3 python3.12 python3.11 python3.14 python3.13; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Belplan needs Python 3.11 or newer, and there is none on this machine." >&2
echo "On Debian 12, Ubuntu 24.04 or newer: sudo apt-get install python3 python3-venv" >&2
exit 1
