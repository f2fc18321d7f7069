"""The shell of the team's app, its worker and its files.

The shell is the same bytes for everybody and holds nothing personal; the app draws what
lies on the phone. Nothing of it is to be had while `REGISTER_APP` is false.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse

from attendance.app_words import words

STYLES = ("lms/tokens.css", "lms/site.css", "attendance/register.css")
SHARED = ("offline/outbox.js", "attendance/chain.js", "attendance/fold.js")
WORKER = "sw.js"
ICONS = ("attendance/so/icon-192.png", "attendance/so/icon-512.png")


@functools.cache
def scripts() -> tuple[str, ...]:
    """Every module of the app by its name, the worker not among them."""
    folder = Path(finders.find("attendance/so/kho.js")).parent
    own = sorted(path.name for path in folder.glob("*.js") if path.name != WORKER)
    return (*SHARED, *(f"attendance/so/{name}" for name in own))


def files() -> list[str]:
    """The addresses that the worker stores beside the shell."""
    return [static(name) for name in (*STYLES, *scripts())]


def version() -> str:
    """Changes when a file or a word of the app does."""
    said = json.dumps([files(), words()], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def worker() -> str:
    """The worker's source with what it needs to know."""
    source = Path(finders.find(f"attendance/so/{WORKER}")).read_text(encoding="utf-8")
    config = {
        "version": version(),
        "shell": reverse("attendance:app_shell"),
        "files": files(),
    }
    return source.replace("CONFIG = {}", f"CONFIG = {json.dumps(config)}", 1)


def manifest(name: str, short: str) -> dict[str, Any]:
    """What a phone's home screen shows."""
    return {
        "id": "/so/",
        "name": name,
        "short_name": short,
        "lang": "vi",
        "start_url": "/so/",
        "scope": "/so/",
        "display": "standalone",
        "background_color": "#FBF8F0",
        "theme_color": "#14563F",
        "icons": [
            {
                "src": static(icon),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any",
            }
            for icon, size in zip(ICONS, (192, 512), strict=True)
        ],
    }
