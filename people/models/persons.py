"""Persons, households, where they live, what they agreed to."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from common.names import fold_name, sort_key
from people.querysets import HouseholdQuerySet, PersonQuerySet
from pilot_communes.models import Unit
from pilot_communes.querysets import DatedQuerySet


class Sex(models.TextChoices):
    FEMALE = "f", _("female")
    MALE = "m", _("male")
    UNKNOWN = "", _("not known")


class AgeBand(models.TextChoices):
    UNDER_18 = "u18", _("under 18")
    FROM_18 = "18", _("18 to 39")
    FROM_40 = "40", _("40 to 59")
    FROM_60 = "60", _("60 and over")
    UNKNOWN = "", _("not known")

    @classmethod
    def at(cls, birth_year: int | None, date: dt.date) -> str:
        """The band of someone born in that year, on that day (age = difference of years)."""
        if not birth_year:
            return cls.UNKNOWN
        age = date.year - birth_year
        if age < 18:
            return cls.UNDER_18
        if age < 40:
            return cls.FROM_18
        return cls.FROM_40 if age < 60 else cls.FROM_60


class Household(models.Model):
    """A home on a road or canal, known by its head's name."""

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    head_name = models.CharField(_("head of household"), max_length=120, blank=True)
    usual_name = models.CharField(_("usual name"), max_length=80, blank=True)
    search = models.CharField(max_length=220, blank=True, editable=False)
    head = models.ForeignKey(
        "people.Person",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    route = models.CharField(_("route or cluster"), max_length=80, blank=True)
    order = models.PositiveIntegerField(_("order on the route"), default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # When the head's name was erased. It stays when an officer writes down another head:
    # what phones send about the old one is dropped for good.
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")

    def __str__(self) -> str:
        return f"hộ {str(self.uuid)[-8:]}"

    @property
    def ground_ids(self) -> frozenset[int]:
        """The hamlets this household stands, or stood, in."""
        rows = self.residences.exclude(hamlet=None)
        return frozenset(rows.values_list("hamlet_id", flat=True))

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    def save(self, *args, **kwargs) -> None:
        self.search = fold_name(f"{self.head_name} {self.usual_name}")
        super().save(*args, **kwargs)


class Person(models.Model):
    """Anyone we know because they came, asked, were invited, or work with us."""

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    name = models.CharField(_("full name"), max_length=120, blank=True)
    usual_name = models.CharField(_("usual name"), max_length=80, blank=True)
    # Folded name and usual name for search, folded last word first for sorting. Both
    # hold the name and are emptied with it.
    search = models.CharField(max_length=220, blank=True, editable=False)
    sort_name = models.CharField(max_length=140, blank=True, editable=False)
    birth_year = models.PositiveSmallIntegerField(
        _("year of birth"), null=True, blank=True
    )
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    # Optional and not unique: several people share one phone.
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    card_code = models.CharField(max_length=8, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(
                    name="",
                    usual_name="",
                    search="",
                    sort_name="",
                    phone="",
                    card_code=None,
                    birth_year=None,
                ),
                name="an_erased_person_holds_no_name_and_no_phone",
            ),
            models.CheckConstraint(
                condition=Q(birth_year=None)
                | Q(birth_year__gte=1890, birth_year__lte=2100),
                name="a_birth_year_is_plausible",
            ),
        ]
        indexes = [models.Index(fields=["sort_name"], name="person_sort_name")]

    def __str__(self) -> str:
        return self.short_code

    @property
    def short_code(self) -> str:
        """What logs may say of a person: the card code, else the end of the public id."""
        return self.card_code or str(self.uuid)[-8:]

    @property
    def ground_ids(self) -> frozenset[int]:
        """The hamlets where this person lived or was met."""
        homes = self.residences.exclude(hamlet=None).order_by().values("hamlet_id")
        met = self.encounters.order_by().values("hamlet_id")
        return frozenset(row["hamlet_id"] for row in homes.union(met))

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    def save(self, *args, **kwargs) -> None:
        self.fill_search()
        super().save(*args, **kwargs)

    def fill_search(self) -> None:
        """Derive the folded columns from the names."""
        self.search = fold_name(f"{self.name} {self.usual_name}")
        self.sort_name = sort_key(self.name)

    def age_band_on(self, date: dt.date) -> str:
        return AgeBand.at(self.birth_year, date)


class PersonPointer(models.Model):
    """ "These two are one": a dated pointer that moves nothing and can be undone."""

    from_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="pointers"
    )
    to_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="pointed_at"
    )
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("merge of two people")
        constraints = [
            models.UniqueConstraint(
                fields=["from_person"],
                condition=Q(undone_at=None),
                name="a_person_points_to_one_other",
            ),
            models.CheckConstraint(
                condition=~Q(from_person=F("to_person")),
                name="no_person_points_to_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_person_id} is {self.to_person_id}"


class Residence(models.Model):
    """Where a person or a household lived, from when to when.

    A row with a person places the person (and names its household, if known); a row
    without a person places the household itself. No hamlet and `outside` false means
    "not known"; `outside` means out of the province's ground.
    """

    person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="residences",
    )
    household = models.ForeignKey(
        Household,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="residences",
    )
    hamlet = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outside = models.BooleanField(_("lives elsewhere"), default=False)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("residence")
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=None, household=None),
                name="a_residence_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(hamlet=None) | Q(outside=False),
                name="outside_is_no_hamlet",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(valid_to=None) & ~Q(person=None),
                name="a_person_lives_in_one_place_now",
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(valid_to=None, person=None),
                name="a_household_stands_in_one_place_now",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.household_id} in {self.hamlet_id}"


class Encounter(models.Model):
    """A person was met at training sessions in a hamlet, first and last on these days.

    Written down by attendance through `people.actions.note_reached`, so that rosters and
    `visible_to` can ask without knowing attendance. It never enters a figure.
    """

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="encounters"
    )
    hamlet = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        verbose_name = _("encounter")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "hamlet"], name="a_person_is_met_in_a_hamlet_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.hamlet_id}"


class ConsentText(models.Model):
    """The words that people agreed to, by purpose, version and language."""

    purpose = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=5, default="vi")
    body = models.TextField()
    in_force_from = models.DateField()

    class Meta:
        verbose_name = _("consent text")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version", "language"],
                name="a_consent_text_is_one_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} {self.language}"


class Consent(models.Model):
    """One person's agreement for one purpose, how it was given, and its withdrawal."""

    class Mode(models.TextChoices):
        ROOM = "room", _("read aloud to the room")
        SCREEN = "screen", _("on the screen")
        SIGNED = "signed", _("signed")

    # The purpose of a leader's own telephone on pages that everybody reads.
    PUBLIC_PHONE = "public-phone"

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="consents"
    )
    purpose = models.CharField(max_length=40)
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=5, default="vi")
    mode = models.CharField(max_length=10, choices=Mode)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    witness = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The register entry by which the consent was read to the room.
    entry_id = models.UUIDField(null=True, blank=True)
    taken_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"],
                condition=Q(withdrawn_at=None),
                name="a_person_agrees_to_a_purpose_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.purpose} {self.text_version}"
