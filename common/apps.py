from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = _("Common tools")

    def ready(self) -> None:
        # Importing registers the checks; models exist only from here on.
        from common import checks, health, jobs  # noqa: F401, PLC0415
        from common.registries import Item, navigation  # noqa: PLC0415

        health.register_own_checks()
        jobs.register(
            "common.forget_old_runs",
            jobs.daily(at="03:20"),
            jobs.forget_old_runs,
            label=_("Forget old runs of scheduled work"),
        )
        navigation.register(
            Item("health", 900, _("System"), "health", "common.view_health", "suc-khoe")
        )
