"""The append-only log of the register.

A header never changes and holds no name, year, phone or free text. The body holds the
exact bytes that the phone made and is what erasing deletes; the header keeps the
digest, so the chain of a device still verifies afterwards.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.querysets import HeldEntryQuerySet
from common.ids import new_uuid

NO_HASH = "0" * 64


class RegisterEntry(models.Model):
    """One thing that one author recorded on one device. Never changed, never deleted."""

    id = models.UUIDField(primary_key=True)
    device = models.UUIDField()
    seq = models.BigIntegerField()
    # 0 for the entry that came first with this device and sequence number; a fork (a
    # cloned phone) gets the next number, is kept and shown.
    fork = models.PositiveSmallIntegerField(default=0)
    prev = models.CharField(max_length=64)
    session = models.UUIDField()
    ticket = models.UUIDField()
    kind = models.CharField(max_length=16)
    cell = models.CharField(max_length=120)
    person = models.UUIDField(null=True)
    value = models.CharField(max_length=64)
    seen = models.JSONField(default=list)
    # The device's own text, kept to the letter because the header hash covers it.
    # Shown, never decides.
    occurred_at = models.CharField(max_length=40)
    body_digest = models.CharField(max_length=64, default=NO_HASH)
    # Header keys that this version does not know, kept because the hash covers them.
    extra = models.JSONField(null=True)
    header_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("register entry")
        constraints = [
            models.UniqueConstraint(
                fields=["device", "seq", "fork"],
                name="a_device_uses_a_sequence_number_once",
            )
        ]
        indexes = [
            models.Index(fields=["session"], name="entry_of_a_session"),
            models.Index(
                fields=["person"],
                condition=models.Q(person__isnull=False),
                name="entry_about_a_person",
            ),
            models.Index(
                fields=["device"], condition=models.Q(fork__gt=0), name="entry_forked"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class EntryBody(models.Model):
    """The exact bytes of an entry, until somebody asks to be forgotten."""

    entry = models.OneToOneField(
        RegisterEntry,
        primary_key=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="body",
    )
    person = models.UUIDField(null=True, db_index=True)
    bytes = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("body of an entry")

    def __str__(self) -> str:
        return str(self.entry_id)


class HeldEntry(models.Model):
    """An entry outside its author's rights, waiting for the commune's coordinator."""

    class Reason(models.TextChoices):
        NO_TICKET = "no_ticket", _("the author's ticket is not known")
        TICKET_ENDED = "ticket_ended", _("the ticket did not hold on that day")
        OTHER_GROUND = (
            "other_ground",
            _("the hamlet is not served by the author's team"),
        )
        NO_SESSION = "no_session", _("the session is not known")
        NO_CONSENT = "no_consent", _("no spoken consent before the first new name")

    class Decision(models.TextChoices):
        WAITING = "", _("waiting")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("not counted")

    entry = models.OneToOneField(
        RegisterEntry,
        primary_key=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="hold",
    )
    session = models.UUIDField(db_index=True)
    reason = models.CharField(max_length=14, choices=Reason)
    decision = models.CharField(max_length=8, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = HeldEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry waiting for confirmation")

    def __str__(self) -> str:
        return str(self.entry_id)


class RefusedEntry(models.Model):
    """Bytes that the log could not take, kept with the reason."""

    uuid = models.UUIDField(default=new_uuid, unique=True)
    entry = models.UUIDField(null=True, db_index=True)
    device = models.UUIDField(null=True)
    seq = models.BigIntegerField(null=True)
    ticket = models.UUIDField(null=True)
    # Whom the bytes speak of, so that erasing finds them.
    person = models.UUIDField(null=True, db_index=True)
    code = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    bytes = models.BinaryField(null=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("refused entry")
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "digest"], name="refused_bytes_are_kept_once"
            )
        ]
        indexes = [models.Index(fields=["device", "seq"], name="refused_of_a_device")]

    def __str__(self) -> str:
        return f"{self.entry} {self.code}"


class ServerEpoch(models.Model):
    """Which life of the server this is: a new one begins with every restore."""

    uuid = models.UUIDField(default=new_uuid, unique=True)
    began_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=40, default="start")

    class Meta:
        verbose_name = _("server epoch")
        get_latest_by = "pk"

    def __str__(self) -> str:
        return str(self.uuid)

    @classmethod
    def current(cls) -> ServerEpoch:
        """This life of the server; the first begins when it is first asked for."""
        epoch = cls.objects.order_by("pk").last()
        return epoch or cls.objects.create(reason="start")
