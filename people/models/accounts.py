"""Logins, the phones bound to them, and the tickets they write with."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from people.querysets import UserManager
from people.reach import Reach
from pilot_communes.models import Team


class User(AbstractUser):
    """A login. Its holder's name and phone live on the `Person`, never here."""

    first_name = None
    last_name = None
    person = models.OneToOneField(
        "people.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="user",
        verbose_name=_("person"),
    )
    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    # Set when a one-time code was used: the holder must choose a password next.
    must_set_password = models.BooleanField(default=False)
    # Disabled after INACTIVE_DAYS without use; the commune re-activates.
    dormant_at = models.DateTimeField(null=True, blank=True)
    # From here the days without use are counted again.
    reactivated_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")

    def __str__(self) -> str:
        return f"u{self.pk}"

    def get_full_name(self) -> str:
        return (
            self.person.name if self.person_id and self.person.name else self.username
        )

    def get_short_name(self) -> str:
        return self.get_full_name()

    @cached_property
    def _reach(self) -> Reach:
        return Reach.of(self)

    def reach(self) -> Reach:
        """Which units, teams and rooms this login answers for today (today's map)."""
        return self._reach

    @property
    def ground_ids(self) -> frozenset[int]:
        """The units this login holds a role or a team membership in today."""
        return frozenset(grant.unit_id for grant in self.reach().grants)

    def forget_reach(self) -> None:
        """Drop the remembered reach after a role or the map changed."""
        self.__dict__.pop("_reach", None)


class OneTimeCode(models.Model):
    """An invitation or a recovery: a code read out or printed, used once.

    Only a keyed hash is kept; the key is not in the database.
    """

    class Purpose(models.TextChoices):
        INVITE = "invite", _("invitation")
        RESET = "reset", _("recovery")
        ENROL = "enrol", _("enrolment of a phone")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=10, choices=Purpose)
    code_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("one-time code")

    def __str__(self) -> str:
        return f"{self.purpose} u{self.user_id}"


class Device(models.Model):
    """A phone bound to a login, or the server's own pen for one training session."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        SERVER = "server", _("server form")

    uuid = models.UUIDField(default=new_uuid, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PHONE)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="devices"
    )
    label = models.CharField(_("label"), max_length=60, blank=True)
    enrolled_at = models.DateTimeField(default=timezone.now)
    enrolled_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    # For the server's own pen: the last sequence number and header hash, changed under a
    # row lock. For phones: what the server has received without a gap.
    last_seq = models.BigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, default="0" * 64)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("device")

    def __str__(self) -> str:
        return str(self.uuid)[-8:]


class AuthorTicket(models.Model):
    """Who writes on which phone, for which team, between which days."""

    uuid = models.UUIDField(default=new_uuid, unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tickets")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="tickets")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    valid_from = models.DateField()
    valid_to = models.DateField()
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("author ticket")

    def __str__(self) -> str:
        return str(self.uuid)[-8:]

    def holds_on(self, date: dt.date) -> bool:
        """Does it cover a session held on that day?"""
        return self.revoked_at is None and self.valid_from <= date <= self.valid_to
