"""The WSGI entry that granian serves: the page cache, and Django behind it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

_django = get_wsgi_application()

from common.pagecache import PageCache  # noqa: E402 -- needs the settings

application = PageCache(_django)
