from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# AT_ONCE comes with the worker itself: what a reader needs when the network goes
# before the rest has come.
SCRIPTS = ("trang", "giu", "kho", "hoc", "loi", "may-nay")
AT_ONCE = ("offline/so.js", "offline/gui.js", "offline/them.js", "lms/aa.js")


class OfflineConfig(AppConfig):
    name = "offline"
    verbose_name = _("Offline")

    def ready(self) -> None:
        # The registries are there only now.
        from common.registries import OfflineFile, offline_files  # noqa: PLC0415

        for name in SCRIPTS:
            offline_files.register(OfflineFile(f"offline/{name}.js", "phone"))
        for path in AT_ONCE:
            offline_files.register(OfflineFile(path, "first"))
