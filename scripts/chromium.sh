#!/usr/bin/env bash
# The browser of the tests: Debian's Chromium. Installed when we may, else named plainly.
set -euo pipefail
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Debian's chromium for the browser tests …"
    apt-get update -q >/dev/null || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null && exit 0
fi
echo "The browser tests need Chromium. Install it:  sudo apt-get install -y chromium" >&2
echo "or name yours:  CHROMIUM=/path/to/chromium make test" >&2
exit 1
