#!/bin/sh
# npm_install.sh FOLDER PACKAGE@VERSION...: installs them into FOLDER/node_modules, unless they are there.
# Exits 0 if all are there in the end; else says why not and exits 1.
set -u

folder=$1
shift
[ "$(cat "$folder/installed" 2>/dev/null)" = "$*" ] && exit 0
if ! command -v npm >/dev/null 2>&1; then
    echo "this machine has no npm; not installed: $*" >&2
    exit 1
fi
echo "installing $*"
mkdir -p "$folder"
if npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund --silent \
    --fetch-retries=1 --fetch-timeout=10000 "$@" >/dev/null 2>&1; then
    echo "$*" >"$folder/installed"
    exit 0
fi
echo "could not be installed: $*" >&2
exit 1
