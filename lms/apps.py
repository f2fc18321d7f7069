from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common.registries import Item, navigation


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = _("Programme")

    def ready(self) -> None:
        # Models of every room are there only now.
        from lms import duties  # noqa: PLC0415

        duties.register()
        navigation.register(
            Item(
                "bat-dau",
                25,
                _("Getting started"),
                "setup",
                "pilot_communes.change_map",
                "co",
            )
        )
