from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common.registries import Item, navigation


class PilotCommunesConfig(AppConfig):
    name = "pilot_communes"
    verbose_name = _("Places and rollout")

    def ready(self) -> None:
        navigation.register(
            Item(
                "dia-ban",
                70,
                _("Hamlets and bases"),
                "pilot_communes:index",
                "pilot_communes.change_map",
                "ban-do",
            )
        )
