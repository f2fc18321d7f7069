"""Settings of the tests: the real ones, with a data folder of their own and no waiting."""

import os
import tempfile
from pathlib import Path

_root = Path(tempfile.gettempdir()) / f"toso-tests-{os.getuid()}"
_root.mkdir(mode=0o700, exist_ok=True)
os.environ["DATA_DIR"] = str(_root / "data")
os.environ["MEDIA_DIR"] = str(_root / f"media-{os.getpid()}")
# whitenoise warns when its folder is missing, and a warning is an error here.
os.environ["STATIC_DIR"] = str(_root / "static")
(_root / "static").mkdir(exist_ok=True)
os.environ.setdefault("SECRET_KEY", "tests-only-" + "k" * 50)
os.environ.setdefault("PEPPER", "tests-only-" + "p" * 50)
os.environ["TESTING"] = "True"
_cache, _worker = os.environ.get("CACHE_URL", ""), os.environ.get("PYTEST_XDIST_WORKER")
if _cache.startswith(("redis://", "rediss://")) and _worker:
    # A test that empties the cache empties a whole Redis database: one for each worker.
    _server, _number = _cache.rsplit("/", 1)
    _own = (int(_number) + int(_worker.removeprefix("gw"))) % 16
    os.environ["CACHE_URL"] = f"{_server}/{_own}"

from lms.settings import *  # noqa: E402, F403
from lms.settings import DATABASES, STORAGES  # noqa: E402

TEMPLATE_DATABASES = _root / "templates"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOGGING = {"version": 1, "disable_existing_loggers": False}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF;PRAGMA foreign_keys=ON"
    )
