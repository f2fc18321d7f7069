# ruff: noqa: PLC0415 -- models exist only when ready() runs

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from common.registries import Item, navigation


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from people.registry import personal_data
        from reports import handlers  # noqa: F401 -- connects its receivers
        from reports.personal_data import REPORTS

        personal_data.register(REPORTS)
        for item in (
            Item(
                "xa", 20, _("My commune"), "reports:mine", "reports.send_report", "noi"
            ),
            Item(
                "tinh",
                30,
                _("Province"),
                "reports:province",
                "reports.view_province",
                "bieu-do",
            ),
            Item(
                "dot",
                40,
                _("Phases"),
                "reports:phases",
                "reports.view_province",
                "lich",
            ),
        ):
            navigation.register(item)
