# ruff: noqa: PLC0415 -- models exist only when ready() runs

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance import handlers  # noqa: F401 -- connects its receivers
        from attendance.health import register_checks
        from attendance.nearby import tell_residents
        from attendance.personal_data import ATTENDANCE, forget_again
        from attendance.taught import freeze_lessons
        from attendance.where_used import register_uses
        from common import jobs
        from common.registries import Item, navigation
        from people.registry import personal_data

        personal_data.register(ATTENDANCE)
        jobs.register(
            "attendance.forget_again",
            jobs.daily("02:50"),
            forget_again,
            label=_("Erase again what came at the moment of an erasing"),
        )
        jobs.register(
            "attendance.freeze_lessons",
            jobs.daily("02:20"),
            freeze_lessons,
            label=_("Write down which text each session taught"),
        )
        navigation.register(
            Item(
                "so",
                10,
                _("Register"),
                "attendance:today",
                "attendance.view_session",
                "ho-so",
            )
        )
        navigation.register(
            Item(
                "cho",
                25,
                _("To confirm"),
                "confirmations:waiting",
                "attendance.confirm_entry",
                "gio",
            )
        )
        register_checks()
        register_uses()
        tell_residents()
