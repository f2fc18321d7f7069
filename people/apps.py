from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        from common import jobs  # noqa: PLC0415
        from common.registries import Item, navigation  # noqa: PLC0415
        from people import actions, handlers  # noqa: F401, PLC0415 -- connects receivers
        from people.personal_data import PEOPLE, retire_old_data  # noqa: PLC0415
        from people.registry import personal_data  # noqa: PLC0415

        personal_data.register(PEOPLE)
        jobs.register(
            "people.disable_dormant",
            jobs.daily("02:10"),
            actions.disable_dormant,
            label=_("Put unused logins to sleep"),
        )
        jobs.register(
            "people.sync_cms_groups",
            jobs.daily("00:10"),
            actions.sync_all_cms_groups,
            label=_("Open and close the CMS with the roles of the day"),
        )
        jobs.register(
            "people.retire_old_data",
            jobs.daily("02:40"),
            retire_old_data,
            label=_("Delete personal data that is past its time"),
        )
        for item in (
            Item(
                "to", 60, _("Teams"), "people:teams", "people.manage_team", "nguoi-giup"
            ),
            Item(
                "dan",
                61,
                _("People"),
                "people:persons",
                "people.merge_person",
                "ba-con",
            ),
            Item(
                "ho",
                62,
                _("Households"),
                "people:households",
                "people.merge_person",
                "trang-dau",
            ),
            Item("quyen", 90, _("Roles"), "people:roles", "people.appoint", "the"),
        ):
            navigation.register(item)
