"""Units through time."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from common.names import fold_name
from pilot_communes.querysets import (
    DatedQuerySet,
    MapChangeQuerySet,
    PopulationQuerySet,
    UnitQuerySet,
)


class Unit(models.Model):
    """A province, commune or hamlet, from the day it began to the day it ended."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("province")
        COMMUNE = "commune", _("commune level")
        HAMLET = "hamlet", _("hamlet level")

    class Kind(models.TextChoices):
        TINH = "tinh", _("province (tỉnh)")
        XA = "xa", _("commune (xã)")
        PHUONG = "phuong", _("ward (phường)")
        THI_TRAN = "thi_tran", _("township (thị trấn)")
        AP = "ap", _("hamlet (ấp)")
        KHOM = "khom", _("urban hamlet (khóm)")

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Text, and unique only together with valid_from: all 64 present commune codes were
    # also the code of a unit before July 2025.
    code = models.CharField(_("code"), max_length=16)
    name = models.CharField(_("name"), max_length=120)
    sort_name = models.CharField(max_length=140, editable=False, db_index=True)
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)
    decree = models.CharField(_("decree"), max_length=120, blank=True)
    lat = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    lon = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    area_km2 = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True
    )
    tile_col = models.PositiveSmallIntegerField(null=True, blank=True)
    tile_row = models.PositiveSmallIntegerField(null=True, blank=True)
    # The "hamlet not known" leaf of a commune.
    is_unknown = models.BooleanField(default=False)
    # Flags of the place (QĐ 02354/QĐ-UBND of 30/12/2025), never of a person.
    is_difficult = models.BooleanField(_("extremely difficult area"), default=False)
    is_minority = models.BooleanField(_("ethnic-minority hamlet"), default=False)
    order = models.PositiveIntegerField(default=0)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"], name="a_code_begins_once_on_a_day"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="a_unit_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["level", "valid_to"], name="unit_level_in_force"),
            models.Index(fields=["code"], name="unit_code"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args, **kwargs) -> None:
        self.sort_name = fold_name(self.name)
        super().save(*args, **kwargs)

    @property
    def full_name(self) -> str:
        """Kind and name as people say it: "xã Đất Mũi", "ấp Rạch Mới"."""
        if self.is_unknown:
            return self.name
        return f"{self.KIND_WORDS[self.kind]} {self.name}"

    KIND_WORDS = {
        "tinh": "tỉnh",
        "xa": "xã",
        "phuong": "phường",
        "thi_tran": "thị trấn",
        "ap": "ấp",
        "khom": "khóm",
    }

    def is_valid_on(self, date) -> bool:
        return self.valid_from <= date and (
            self.valid_to is None or date < self.valid_to
        )


class _LevelManager(models.Manager.from_queryset(UnitQuerySet)):
    level: str

    def get_queryset(self):
        return super().get_queryset().filter(level=self.level)


class ProvinceManager(_LevelManager):
    level = Unit.Level.PROVINCE


class CommuneManager(_LevelManager):
    level = Unit.Level.COMMUNE


class HamletManager(_LevelManager):
    level = Unit.Level.HAMLET


class Province(Unit):
    """A unit of the first level."""

    objects = ProvinceManager()

    class Meta:
        proxy = True
        verbose_name = _("province")


class Commune(Unit):
    """A unit of commune level: xã or phường."""

    objects = CommuneManager()

    class Meta:
        proxy = True
        verbose_name = _("commune")


class Hamlet(Unit):
    """A unit of hamlet level: ấp or khóm."""

    objects = HamletManager()

    class Meta:
        proxy = True
        verbose_name = _("hamlet")


class MapChange(models.Model):
    """One decree carried out on the map, with what is needed to undo it."""

    class Kind(models.TextChoices):
        ADD = "add", _("hamlets added")
        MERGE = "merge", _("units merged")
        SPLIT = "split", _("unit split")
        RENAME = "rename", _("unit renamed")
        MOVE = "move", _("unit moved to another parent")
        IMPORT = "import", _("map imported")

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    effective_on = models.DateField(_("takes effect on"))
    decree = models.CharField(_("decree"), max_length=120)
    # The communes (or provinces) whose coordinators answer for it.
    grounds = models.ManyToManyField(Unit, related_name="map_changes")
    # Keys of rows made and old values of rows changed: enough to undo exactly.
    record = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = MapChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the map")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.effective_on:%Y-%m-%d}"


class Placement(models.Model):
    """Which unit a unit stood in, from when to when, by which decree."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="placements")
    parent = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="child_placements"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    decree = models.CharField(max_length=120, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "valid_from"], name="a_unit_is_placed_once_on_a_day"
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(valid_to=None),
                name="a_unit_has_one_open_placement",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="a_placement_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} in {self.parent_id} from {self.valid_from}"


class Succession(models.Model):
    """What became of a unit: a part of it went on in another from a day on.

    `share_forward` is the part of the predecessor that went to this successor;
    `share_back` the part of the successor that came from this predecessor. Forward
    shares of one predecessor, and back shares of one successor, sum to one.
    """

    class Quality(models.TextChoices):
        EXACT = "exact", _("exact")
        ESTIMATED = "estimated", _("estimated")

    predecessor = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="successions"
    )
    successor = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="origins"
    )
    effective_on = models.DateField()
    decree = models.CharField(max_length=120, blank=True)
    share_forward = models.DecimalField(max_digits=14, decimal_places=12)
    share_back = models.DecimalField(max_digits=14, decimal_places=12)
    quality = models.CharField(max_length=10, choices=Quality, default=Quality.EXACT)

    class Meta:
        verbose_name = _("succession")
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "effective_on"],
                name="one_succession_for_each_pair_and_day",
            ),
            models.CheckConstraint(
                condition=Q(share_forward__gt=0)
                & Q(share_forward__lte=1)
                & Q(share_back__gt=0)
                & Q(share_back__lte=1),
                name="shares_lie_between_zero_and_one",
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="no_unit_succeeds_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} to {self.successor_id} on {self.effective_on}"


class PopulationFigure(models.Model):
    """How many residents, adults or households a unit had on a day, and who says so."""

    class Group(models.TextChoices):
        RESIDENTS = "residents", _("residents")
        ADULTS = "adults", _("adults (18 and over)")
        AGED_15 = "aged_15", _("aged 15 and over")
        HOUSEHOLDS = "households", _("households")
        HAMLETS = "hamlets", _("hamlets")

    class Quality(models.TextChoices):
        PUBLISHED = "published", _("published")
        ESTIMATED = "estimated", _("estimated")
        DECLARED = "declared", _("declared")

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="population_figures"
    )
    date = models.DateField(_("date"))
    group = models.CharField(_("group"), max_length=12, choices=Group)
    value = models.PositiveIntegerField(_("value"))
    source = models.CharField(_("source"), max_length=200)
    quality = models.CharField(_("quality"), max_length=10, choices=Quality)

    objects = PopulationQuerySet.as_manager()

    class Meta:
        verbose_name = _("population figure")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "group", "date"],
                name="one_figure_for_each_unit_group_and_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.group} {self.date}"


class Boundary(models.Model):
    """The outline of a unit, imported as GeoJSON by the owner."""

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="boundary")
    geometry = models.JSONField()
    source = models.CharField(max_length=200)
    imported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("boundary")

    def __str__(self) -> str:
        return str(self.unit_id)
