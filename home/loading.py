"""Make the front door and its information pages from source, once; never over an editor.

A page is written again only while its latest revision is the one that loading made.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from pathlib import Path

from django.conf import settings
from django.db import transaction
from wagtail.models import Page, Site

from home.models import HomePage, InformationPage

CONTENT = Path(__file__).parent / "content"


@dataclasses.dataclass
class Loaded:
    """What loading did, by address; `left_alone` was changed by an editor since."""

    made: list[str] = dataclasses.field(default_factory=list)
    renewed: list[str] = dataclasses.field(default_factory=list)
    unchanged: list[str] = dataclasses.field(default_factory=list)
    left_alone: list[str] = dataclasses.field(default_factory=list)

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            self.made + other.made,
            self.renewed + other.renewed,
            self.unchanged + other.unchanged,
            self.left_alone + other.left_alone,
        )

    def __str__(self) -> str:
        return (
            f"{len(self.made)} made, {len(self.renewed)} renewed, "
            f"{len(self.unchanged)} unchanged, {len(self.left_alone)} left alone"
        )


def digest_of(source: object, *files: bytes) -> str:
    """The digest of a source and of the files that belong to it."""
    digest = hashlib.sha256(json.dumps(source, sort_keys=True, default=str).encode())
    for file in files:
        digest.update(hashlib.sha256(file).digest())
    return digest.hexdigest()


@transaction.atomic
def ensure_home() -> HomePage:
    """The home page at the root of the default site, in place of Wagtail's welcome."""
    home = HomePage.objects.first()
    if home is None:
        root = Page.get_first_root_node()
        home = root.add_child(
            instance=HomePage(title=settings.PROGRAMME_NAME, slug="trang-dau")
        )
        home.save_revision().publish()
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        site = Site(is_default_site=True, hostname="localhost")
    if site.root_page_id != home.pk:
        welcome = site.root_page if site.root_page_id else None
        site.root_page = home
        site.site_name = settings.PROGRAMME_NAME[:255]
        site.save()
        if welcome is not None and welcome.specific_class is Page:
            welcome.delete()
    return home


@transaction.atomic
def load_pages(path: Path = CONTENT / "pages.toml") -> Loaded:
    """Make or renew the information pages of a file, and hang them on the home page."""
    home = ensure_home()
    loaded = Loaded()
    places = {}
    for source in tomllib.loads(path.read_text(encoding="utf-8"))["pages"]:
        page = _load_page(home, source, loaded)
        if "role" in source:
            places[source["role"]] = page
    home = HomePage.objects.get(pk=home.pk)
    empty = {
        name: page
        for name, page in places.items()
        if getattr(home, f"{name}_id") is None
    }
    # An editor who emptied a place has made a revision of his own; leave it empty.
    if empty and not home.revisions.exclude(user=None).exists():
        for name, page in empty.items():
            setattr(home, name, page)
        home.save_revision().publish()
    return loaded


def _renamed(page: InformationPage | None, slug: str) -> InformationPage | None:
    """The page of a former address at its new one; Wagtail redirects from the old one.

    An editor's own change of the page stays what it is.
    """
    if page is None or page.latest_revision_id != page.source_revision:
        return page
    page.slug = slug
    revision = page.save_revision()
    revision.publish()
    InformationPage.objects.filter(pk=page.pk).update(source_revision=revision.pk)
    page.refresh_from_db()
    return page


def _load_page(home: HomePage, source: dict, loaded: Loaded) -> InformationPage:
    digest = digest_of(source)
    pages = InformationPage.objects.child_of(home)
    page = pages.filter(slug=source["slug"]).first()
    url = f"/{source['slug']}/"
    if page is None and "was" in source:
        page = _renamed(pages.filter(slug=source["was"]).first(), source["slug"])
    if page is None:
        page = home.add_child(
            instance=InformationPage(
                title=source["title"],
                slug=source["slug"],
                body=source["body"],
                live=False,
            )
        )
        loaded.made.append(url)
    elif page.latest_revision_id != page.source_revision:
        loaded.left_alone.append(url)
        return page
    elif page.source_digest == digest:
        loaded.unchanged.append(url)
        return page
    else:
        loaded.renewed.append(url)
    page.title, page.body = source["title"], source["body"].strip()
    page.show_in_menus = source.get("footer", False)
    revision = page.save_revision()
    revision.publish()
    InformationPage.objects.filter(pk=page.pk).update(
        source_digest=digest, source_revision=revision.pk
    )
    page.refresh_from_db()
    return page
