"""Rows that every room needs and that know no word of the domain.

`ContentVersion` is the one number that says whether a stored public page is still
true. `JobRun` lets several hosts share the scheduled jobs and run each once.
`ImportRun` is one file or pasted list that was applied and can be undone.
"""

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid


class ContentVersion(models.Model):
    """The version of everything a public page can show; one row."""

    SINGLE = 1

    number = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("content version")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=1), name="there_is_one_content_version"
            )
        ]

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def bump(cls) -> None:
        """Mark every stored public page as old, in the caller's transaction."""
        updated = cls.objects.filter(pk=cls.SINGLE).update(
            number=F("number") + 1, changed_at=timezone.now()
        )
        if not updated:
            cls.objects.get_or_create(pk=cls.SINGLE)


class JobRun(models.Model):
    """One run of one scheduled job at one due time, whichever host did it."""

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    job = models.CharField(max_length=80)
    due = models.DateTimeField()
    host = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("job run")
        constraints = [
            models.UniqueConstraint(
                fields=["job", "due"], name="a_job_runs_once_for_each_due_time"
            )
        ]
        indexes = [models.Index(fields=["job", "-due"], name="jobrun_latest_of_a_job")]

    def __str__(self) -> str:
        return f"{self.job} {self.due:%Y-%m-%d %H:%M}"


class ImportRun(models.Model):
    """One file or pasted list that was checked, applied at once, and can be undone."""

    class Status(models.TextChoices):
        CHECKED = "checked", _("checked")
        APPLIED = "applied", _("applied")
        UNDONE = "undone", _("undone")

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=10, choices=Status, default=Status.CHECKED)
    source_digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    # What was made, as {"model label": [primary keys]}; never the imported text itself.
    made = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"
