from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common.registries import Item, navigation


class PilotCommunesConfig(AppConfig):
    name = "pilot_communes"
    verbose_name = _("Places and rollout")

    def ready(self) -> None:
        # Models exist only when ready() runs.
        from common import jobs  # noqa: PLC0415
        from pilot_communes.actions import carry_due_teams  # noqa: PLC0415

        jobs.register(
            "pilot_communes.carry_teams",
            jobs.daily("00:05"),
            carry_due_teams,
            label=_("Carry teams over on the day a commune changes"),
        )
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
