"""Settings: one file, read from the environment, failing loudly.

Defaults run the whole system on one small machine with SQLite. `DATABASE_URL`,
`CACHE_URL` and `STORAGE_URL` choose PostgreSQL, Redis and S3; nothing else changes.
`.env.example` lists every variable.
"""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common.env import (
    env_bool,
    env_int,
    env_list,
    env_secret,
    env_str,
    names_in,
    read_env_file,
)

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = env_bool("TESTING")
if not TESTING:
    read_env_file(BASE_DIR / ".env", known=names_in(BASE_DIR / ".env.example"))
DATA_DIR = Path(env_str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env_bool("DEBUG")
DEMO = env_bool("DEMO")
SECRET_KEY = env_secret("SECRET_KEY", file=DATA_DIR / "secret_key", debug=DEBUG)
# Personal data at rest that must be matched but not read (one-time codes) is
# hashed with a key that is not in the database.
PEPPER = env_secret("PEPPER", file=DATA_DIR / "pepper", debug=DEBUG)

PROGRAMME_NAME = env_str("PROGRAMME_NAME", "Tổ công nghệ số cộng đồng tỉnh Cà Mau")
PORT = env_int("PORT", 8000)
SITE_URL = env_str("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in ("http", "https") or not _site.hostname:
    raise ImproperlyConfigured(
        f"SITE_URL={SITE_URL!r}: write the whole address, e.g. https://hoc.camau.gov.vn"
    )
HTTPS = _site.scheme == "https"
# The server asks itself by the name localhost whether it is up.
ALLOWED_HOSTS = [
    _site.hostname,
    "localhost",
    "127.0.0.1",
    "[::1]",
    *env_list("ALLOWED_HOSTS"),
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "lms",
    "reports",
    "attendance",
    "courses",
    "people",
    "pilot_communes",
    "home",
    "offline",
    "common",
    "wagtail.contrib.settings",
    "wagtail.contrib.redirects",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "ninja",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "common.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.csp.HashedCSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "people.middleware.StaffSessionMiddleware",
    "lms.middleware.TypedAddressMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
# False is the way back: /sw.js then empties what phones keep and takes itself away.
SERVICE_WORKER = env_bool("SERVICE_WORKER", default=True)
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "lms" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
                "lms.context_processors.programme",
            ],
        },
    }
]

# --- database -----------------------------------------------------------------
DATABASE_URL = env_str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'toso.sqlite3'}")
DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
_db = DATABASES["default"]
if _db["ENGINE"] == "django.db.backends.sqlite3":
    # A receipt to a phone is a promise: FULL waits for the disk. IMMEDIATE takes the
    # write lock at BEGIN, so that two writers queue instead of failing half-way.
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
            "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-16000;PRAGMA mmap_size=134217728"
        ),
    }
    _db["CONN_MAX_AGE"] = None
elif _db["ENGINE"] == "django.db.backends.postgresql":
    _db.setdefault("OPTIONS", {})
    if env_bool("DATABASE_POOL", default=False):
        _db["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": env_int("DATABASE_POOL_SIZE", 8),
        }
        _db["CONN_MAX_AGE"] = 0
    else:
        _db["CONN_MAX_AGE"] = None
    _db["CONN_HEALTH_CHECKS"] = True
else:
    raise ImproperlyConfigured("DATABASE_URL: use sqlite:/// or postgresql://")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache (shared by all processes: sign-in limits count in it) ----------------
CACHE_URL = env_str("CACHE_URL", "db://cache_table")
if CACHE_URL.startswith(("redis://", "rediss://", "unix://")):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "KEY_PREFIX": "toso",
        }
    }
elif CACHE_URL.startswith("db://"):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": CACHE_URL.removeprefix("db://"),
        }
    }
elif CACHE_URL == "memory://":
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
else:
    raise ImproperlyConfigured("CACHE_URL: use redis://…, db://<table> or memory://")
# Wagtail would write each rendition that it shows to the cache, at every showing; pages
# that residents see are stored whole, and the CMS fetches renditions in one query.
CACHES["renditions"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}

# --- files ----------------------------------------------------------------------
MEDIA_DIR = Path(env_str("MEDIA_DIR", str(BASE_DIR / "media"))).resolve()
MEDIA_ROOT = MEDIA_DIR / "public"
MEDIA_URL = "/tep/"
EVIDENCE_ROOT = MEDIA_DIR / "evidence"
STATIC_URL = "/tinh-te/"
STATIC_ROOT = Path(env_str("STATIC_DIR", str(BASE_DIR / "staticfiles"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "lms" / "static"]
STORAGE_URL = env_str("STORAGE_URL", "file://")
STORAGES = {
    "staticfiles": {"BACKEND": "common.storage.StaticStorage"},
    "default": {"BACKEND": "common.storage.PublicFileStorage"},
    "evidence": {"BACKEND": "common.storage.EvidenceFileStorage"},
}
if STORAGE_URL.startswith("s3://"):
    _bucket = urlsplit(STORAGE_URL)
    _s3 = {
        "bucket_name": _bucket.hostname,
        "endpoint_url": env_str("S3_ENDPOINT_URL") or None,
        "file_overwrite": False,
    }
    STORAGES["default"] = {
        "BACKEND": "common.storage_s3.PublicS3Storage",
        "OPTIONS": {**_s3, "location": "public", "querystring_auth": False},
    }
    STORAGES["evidence"] = {
        "BACKEND": "common.storage_s3.EvidenceS3Storage",
        "OPTIONS": {**_s3, "location": "evidence", "default_acl": "private"},
    }
elif STORAGE_URL != "file://":
    raise ImproperlyConfigured("STORAGE_URL: use file:// or s3://<bucket>")
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
# Yesterday's names are as immutable as today's: phones keep pages that speak of them.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+\.[0-9a-f]{12}\..+$"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

# --- language and time ------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "lms.formats"
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# --- people and sign-in -------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "people.backends.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/vao/tiep/"
ACCOUNT_ADAPTER = "people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Thirty people in a commune hall behind one hotspot are one address: the limits by
# address are wide, the limits by name are narrow.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "200/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "signup": "0/m/ip",
}
# What one phone may send of the register, in each worker; 0 is no limit. Counted by
# device. A phone that sends two months again after a restore stays below both.
REGISTER_REQUESTS_PER_MINUTE = env_int("REGISTER_REQUESTS_PER_MINUTE", 300)
REGISTER_MIB_PER_MINUTE = env_int("REGISTER_MIB_PER_MINUTE", 64)
ALLAUTH_TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXY_COUNT", 0)
USERSESSIONS_TRACK_ACTIVITY = False
MFA_ADAPTER = "people.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = PROGRAMME_NAME
# Old phones keep bad time: one step (30 seconds) before and after counts too.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_ADAPTER = "people.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = {}
_oidc = urlsplit(env_str("OIDC_SERVER_URL"))
OIDC_ORIGIN = f"{_oidc.scheme}://{_oidc.netloc}" if _oidc.netloc else ""
if env_str("OIDC_SERVER_URL"):
    if not (
        _oidc.netloc and env_str("OIDC_CLIENT_ID") and env_str("OIDC_CLIENT_SECRET")
    ):
        raise ImproperlyConfigured(
            "OIDC_SERVER_URL: write a whole address, and set OIDC_CLIENT_ID and "
            "OIDC_CLIENT_SECRET too."
        )
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "vneid",
                "name": env_str("OIDC_NAME", "VNeID"),
                "client_id": env_str("OIDC_CLIENT_ID"),
                "secret": env_str("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": env_str("OIDC_SERVER_URL")},
            }
        ]
    }
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "phien"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "lms.views.csrf_failure"
# Idle lock, minutes: 15 for staff screens, 5 for administrators (TCVN 14423:2026, as
# digested in reference/domain.md §5.3).
STAFF_IDLE_MINUTES = env_int("STAFF_IDLE_MINUTES", 15)
ADMIN_IDLE_MINUTES = env_int("ADMIN_IDLE_MINUTES", 5)
# Phone accounts unused for so many days are disabled until the commune re-activates.
INACTIVE_DAYS = env_int("INACTIVE_DAYS", 45)

# --- security headers ------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS and env_bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^suc-khoe/"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
)
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/soan/",),
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "font-src": [NONE],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Signing in at the identity provider begins with a form of ours.
        "form-action": [SELF, *([OIDC_ORIGIN] if OIDC_ORIGIN else [])],
        "frame-ancestors": [SELF],
    },
}
CMS_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)

# --- CMS -----------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = PROGRAMME_NAME
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAILIMAGES_IMAGE_MODEL = "home.CustomImage"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "svg"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 5 * 1024 * 1024
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "csv"]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILDOCS_SERVE_METHOD = "direct"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_FRONTEND_LOGIN_URL = "/vao/"
# Signed in without a right to the CMS: words, not the sign-in again.
WAGTAILADMIN_LOGIN_URL = "/vao/soan/"
WAGTAIL_I18N_ENABLED = False
WAGTAIL_DATE_FORMAT = "%d/%m/%Y"
WAGTAIL_DATETIME_FORMAT = "%d/%m/%Y %H:%M"
# Addresses are said aloud and typed on old phones: no diacritics in them.
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "wagtail.search.backends.database"},
}

# --- background work ----------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- e-mail: only to people who gave one; by default to the log folder -----------------------
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
if env_str("EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = env_str("EMAIL_HOST")
    EMAIL_PORT = env_int("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env_str("EMAIL_HOST_USER")
    EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD")
    EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=True)
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", f"no-reply@{_site.hostname}")

# --- logs: one JSON object a line, never a name, a phone number or a token ----------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "common.logs.JSONFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {
            "handlers": ["stderr"],
            "level": "WARNING",
            "propagate": False,
        },
        "django.request": {"level": "ERROR"},
        "django.template": {"level": "WARNING"},
        # Two lines for every page that is saved would hide whatever fails, which is ERROR.
        "django_tasks": {"level": "WARNING"},
    },
}

# --- the system's own limits -----------------------------------------------------------------
# Legal thresholds that move the system to security level 3 (Decree 331/2026, Art. 13.2.c).
SENSITIVE_SUBJECTS_LIMIT = 10_000
BASIC_SUBJECTS_LIMIT = 100_000
# Below so much free space the system says that it is not ready.
MIN_FREE_DISK_MB = env_int("MIN_FREE_DISK_MB", 500)

# --- the team's app on the phone ----------------------------------------------------------
# Turned on when the screens of the evening stand beside "Máy này"; until then the server's
# forms do the work, and nobody is offered to enrol a phone that could do nothing.
REGISTER_APP = False

# --- running: `manage.py serve` and backups ----------------------------------------------------
HOST = env_str("HOST", "0.0.0.0")  # noqa: S104 -- phones of the commune hall reach it
WORKERS = env_int("WORKERS", 2)
WORKER_THREADS = env_int("WORKER_THREADS", 4)
BACKUP_DIR = Path(env_str("BACKUP_DIR", str(DATA_DIR / "backups"))).resolve()
# With a key file every backup is encrypted; without the file it cannot be read again.
BACKUP_KEY_FILE = env_str("BACKUP_KEY_FILE")
BACKUP_KEEP_DAYS = env_int("BACKUP_KEEP_DAYS", 35)
# Where to report a weakness (RFC 9116): mailto:… or https://…
SECURITY_CONTACT = env_str("SECURITY_CONTACT")
# W019 asks for X-Frame-Options DENY: the CMS shows previews of our own pages in a frame.
SILENCED_SYSTEM_CHECKS = ["security.W019"]
