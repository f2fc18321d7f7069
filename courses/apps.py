from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _
from wagtail.signals import page_published, post_page_move


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Lessons")

    def ready(self) -> None:
        # Models and what imports them are there only now.
        from common import jobs, pagecache, public_content, registries  # noqa: PLC0415
        from courses import (  # noqa: PLC0415
            ask,
            changes,
            keeping,
            models,
            signals,
            telling,
        )
        from people.models import RoleAssignment  # noqa: PLC0415
        from pilot_communes import models as places  # noqa: PLC0415

        public_content.register(
            models.CourseIndexPage,
            models.CoursePage,
            models.LessonPage,
            models.LessonSkill,
            models.LessonLegal,
            models.LessonRecording,
            models.Hotline,
            models.LegalDocument,
            models.LessonChange,
            models.Blocker,
            models.Skill,
            places.SupportPoint,
        )
        # Only communes stand on public pages, beside their support points.
        public_content.register(
            places.Unit, places.Commune, when=lambda unit: unit.level == "commune"
        )
        page_published.connect(changes.published, dispatch_uid="changed steps")
        post_page_move.connect(public_content.bump, dispatch_uid="public page moved")
        for name in ("tim", "buoc", "sai", "chon"):
            pagecache.heed_query(name)
        jobs.register(
            "courses.forget_old_reports",
            jobs.daily("03:10"),
            telling.forget_old,
            label=_("Delete what was told of lessons more than a year ago"),
        )
        ask.open_doors()
        keeping.put_on_the_shelf()
        registries.navigation.register(
            registries.Item(
                "soan",
                700,
                _("Write lessons"),
                "wagtailadmin_home",
                "courses.edit",
                "sua",
            )
        )
        for signal in (post_save, post_delete):
            signal.connect(
                signals.role_changed, sender=RoleAssignment, dispatch_uid="cms role"
            )
        user_logged_in.connect(signals.signed_in, dispatch_uid="cms sign-in")
