#!/usr/bin/env bash
# Make the virtual environment if there is none, and install one list of pins into it.
# Names the Debian package that is missing instead of failing with a trace.
set -euo pipefail
venv=$1 requirements=$2

find_python() {
    local name
    for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null &&
            "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is missing. On Debian 12:  apt-get install -y python3 python3-venv" >&2
    exit 1
}

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "The Debian package python3-venv is missing:  apt-get install -y python3-venv" >&2
        exit 1
    fi
    echo "Making $venv with $("$python" --version) …"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
echo "Installing $requirements …"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$requirements"
