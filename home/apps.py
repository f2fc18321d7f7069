from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomeConfig(AppConfig):
    name = "home"
    verbose_name = _("Front door")

    def ready(self) -> None:
        # Models are there only now.
        from wagtail.contrib.redirects.models import Redirect  # noqa: PLC0415
        from wagtail.models import Page, PageViewRestriction, Site  # noqa: PLC0415

        from common import public_content  # noqa: PLC0415
        from home import ask, models  # noqa: PLC0415

        public_content.register(
            models.HomePage,
            models.HomeRow,
            models.InformationPage,
            models.ContactSettings,
            models.CustomImage,
            models.CustomRendition,
            Page,
            PageViewRestriction,
            Redirect,
            Site,
        )
        ask.sources.register(ask.Source("office", 10, ask.the_office))
