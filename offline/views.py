"""The worker, the lists of what can be kept, and the pages about this phone.

All are public and the same bytes for everybody, so the page cache answers them.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from common.pagecache import PRIVATE, good_until, heeded
from common.registries import offline_files
from offline.registry import Group, shelves
from offline.sizes import parts_of
from offline.words import words, worker_words

# These stay on every phone that came once, whatever it came for.
ALWAYS = ("/", "/lo-bi-lua/", "/khong-bao-gio/", "/so-can-goi/", "/may-nay/")
# Registered parts: all scripts of the phone, and those that must come with the worker.
PHONE, FIRST = "phone", "first"
# An unregistering worker: the way back, should the worker ever do harm.
FAREWELL = """addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (/^toso-(doc|giu|tep)/.test(name)) await caches.delete(name);
  }
  await registration.unregister();
})()));
"""


@functools.cache
def _worker_source() -> str:
    return Path(finders.find("offline/sw.js")).read_text(encoding="utf-8")


def worker_config() -> dict[str, Any]:
    """What the worker is told: addresses, scripts by today's names, words."""
    return {
        "static": settings.STATIC_URL,
        "media": settings.MEDIA_URL,
        "private": [
            start
            for start in PRIVATE
            if start not in (settings.STATIC_URL, settings.MEDIA_URL)
        ],
        "queries": heeded(),
        "pages": list(ALWAYS),
        "offline": reverse("offline_page"),
        "words_url": reverse("offline_words"),
        "first": [static(file.path) for file in offline_files if file.part == FIRST],
        "shell": [
            static(file.path) for file in offline_files if file.part in (PHONE, FIRST)
        ],
        "words": worker_words(),
    }


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """`/sw.js`, asked for anew at every visit (`no-cache`)."""
    text = FAREWELL
    if settings.SERVICE_WORKER:
        config = json.dumps(worker_config(), ensure_ascii=False, indent=1)
        text = _worker_source().replace("CONFIG = {}", f"CONFIG = {config}", 1)
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    good_until(response)
    return response


@require_safe
def offline_page(request: HttpRequest) -> HttpResponse:
    """What stands in for a page that is not on the phone; the worker adds the list."""
    response = render(request, "offline/offline_page.html")
    good_until(response)
    return response


@require_safe
def this_phone(request: HttpRequest) -> HttpResponse:
    """Trong máy này: what is stored, who is learning, text size; the site knows none."""
    response = render(request, "offline/this_phone.html")
    good_until(response)
    return response


@require_safe
def script_words(request: HttpRequest) -> HttpResponse:
    """The words of the scripts."""
    response = JsonResponse(words(), json_dumps_params={"ensure_ascii": False})
    good_until(response)
    return response


@require_safe
def what_to_keep(request: HttpRequest, course: str, slug: str = "") -> HttpResponse:
    """A lesson or a group as a list of addresses, each with its bytes on the wire."""
    for shelf in shelves:
        group = shelf.find(course, slug)
        if group is not None:
            listed = _listed(request, group, shelf.parts)
            response = JsonResponse(listed, json_dumps_params={"ensure_ascii": False})
            good_until(response)
            return response
    raise Http404


def _listed(
    request: HttpRequest, group: Group, below: tuple[str, ...]
) -> dict[str, Any]:
    lessons = []
    seen: set[str] = set()
    for lesson in group.lessons:
        files = []
        for part in parts_of(request, lesson.url, below):
            # A script that ten lessons share is fetched once.
            if part.url not in seen:
                seen.add(part.url)
                files.append([part.url, part.bytes, part.kind])
        lessons.append(dataclasses.asdict(lesson) | {"files": files})
    return {"title": group.title, "url": group.url, "lessons": lessons}
