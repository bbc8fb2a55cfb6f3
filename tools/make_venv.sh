#!/bin/sh
# make_venv.sh FOLDER: makes a virtual environment there, unless there is one that works. Debian and Ubuntu ship Python without what that needs
# (python3-venv); it is installed where that can be done without asking for a password, else the command to do so is said.
set -u
folder=$1
here=$(dirname "$0")
"$folder/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && exit 0
python=$("$here/find_python.sh") || exit 1
package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    "$here/apt_install.sh" "$package" >&2 || {
        echo "Python cannot make a virtual environment here. One command mends that:" >&2
        echo "    sudo apt-get install $package" >&2
        echo "Then run make again." >&2
        exit 1
    }
fi
echo "making $folder with $("$python" --version)"
rm -rf "$folder"
"$python" -m venv "$folder"
