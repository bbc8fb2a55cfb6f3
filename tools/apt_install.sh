#!/bin/sh
# apt_install.sh PACKAGE...: installs those that are missing, if this can be done without asking for a password.
# Exits 0 if all are there in the end; else names what is missing and exits 1.
set -u

missing() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$package"
    done
}

if ! command -v apt-get >/dev/null 2>&1; then
    echo "this machine has no apt-get; not installed: $*" >&2
    exit 1
fi
wanted=$(missing "$@")
[ -z "$wanted" ] && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n"
else
    echo "not installed: $wanted(sudo apt-get install $wanted)" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing $wanted"
install() {
    $as_root apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}
# shellcheck disable=SC2086 # a list of words
install $wanted || {
    $as_root apt-get update -q >/dev/null 2>&1
    install $wanted || for package in $wanted; do install "$package"; done
}
wanted=$(missing "$@")
[ -z "$wanted" ] && exit 0
echo "could not be installed: $wanted" >&2
exit 1
