#!/usr/bin/env bash
# Django's own checks: as installed, as a public site over https, and the migrations.
set -euo pipefail
python=.venv/bin/python
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DATA_DIR=$folder MEDIA_DIR=$folder/media STATIC_DIR=$folder/static
unset DATABASE_URL CACHE_URL STORAGE_URL DEMO DEBUG

"$python" -W error::RuntimeWarning manage.py check --fail-level WARNING
"$python" manage.py makemigrations --check --dry-run
mkdir -p "$STATIC_DIR" && echo '{"version":"1.1","hash":"","paths":{}}' > "$STATIC_DIR/staticfiles.json"
SITE_URL=https://hoc.example.vn SECURITY_CONTACT=mailto:an-ninh@example.vn TRUSTED_PROXY_COUNT=1 \
    "$python" manage.py check --deploy --fail-level WARNING
