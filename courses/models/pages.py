"""Pages: the index, courses, lessons."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PageChooserPanel,
    TabbedInterface,
)
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page, PageManager, Revision
from wagtail.search import index

from courses.blocks import (
    GuideBlock,
    InterruptedBlock,
    NeedBlock,
    PracticeBlock,
    QuestionBlock,
    StepBlock,
    StuckBlock,
)
from courses.forms import DraftCopyForm, LessonPageForm
from courses.index import FOR_STAFF, index_context
from courses.models.editing import Editable
from courses.models.facts import LegalDocument, Skill
from courses.publishing import Draft, IncompleteLesson, faults
from courses.querysets import LessonQuerySet
from home.forms import SayableAddressForm
from home.models import ResidentPage
from pilot_communes.querysets import today

if TYPE_CHECKING:
    from courses.models.recordings import LessonRecording


# Pictures that are files of their own wait until they come near, from the third on.
EAGER_PICTURES = 2
# As many digits as an address of a lesson takes.
LARGEST_NUMBER = 999_999


class CourseIndexPage(ResidentPage):
    """All lessons, grouped by course."""

    intro = models.CharField(_("introduction"), max_length=240, blank=True)

    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["courses.CoursePage"]
    copy_form_class = DraftCopyForm
    content_panels = [FieldPanel("title"), "intro"]

    class Meta:
        verbose_name = _("all lessons")

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        context = super().get_context(request, *args, **kwargs)
        context |= index_context(self, request)
        return context


class CoursePage(Page):
    """A heading that lessons stand under; residents see it as a group, not a page."""

    summary = models.CharField(_("summary"), max_length=240, blank=True)

    parent_page_types = ["courses.CourseIndexPage"]
    subpage_types = ["courses.LessonPage"]
    base_form_class = SayableAddressForm
    copy_form_class = DraftCopyForm
    content_panels = [FieldPanel("title"), "summary"]

    class Meta:
        verbose_name = _("course")

    def serve(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """Lead to the group in the list of all lessons: depth stays at two."""
        return HttpResponseRedirect(f"{self.get_parent().get_url(request)}#{self.slug}")


class LessonNumber(models.Model):
    """A lesson number that was given once, on paper and on loudspeakers; never again."""

    number = models.PositiveIntegerField(primary_key=True)
    page = models.ForeignKey(
        "courses.LessonPage",
        null=True,
        on_delete=models.SET_NULL,
        related_name="given_numbers",
    )
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("given lesson number")
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def next_free(cls) -> int:
        """One more than the highest number ever given."""
        return (cls.objects.aggregate(top=models.Max("number"))["top"] or 0) + 1

    @classmethod
    def is_taken(cls, number: int, page: LessonPage) -> bool:
        """Was this number given to another lesson, perhaps one that is gone?"""
        given = cls.objects.filter(number=number)
        if page.pk:
            given = given.exclude(page_id=page.pk)
        return given.exists()


class LessonPage(Editable, ResidentPage):
    """One task that a resident follows while doing it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        BEING_CHECKED = "being-checked", _("being checked again")
        WITHDRAWN = "withdrawn", _("withdrawn")

    number = models.PositiveIntegerField(
        _("lesson number"),
        unique=True,
        blank=True,
        help_text=_("Leave it empty: the next number is given. Never used twice."),
    )
    short_title = models.CharField(
        _("short title"), max_length=26, help_text=_("For a row of the home page.")
    )
    task = models.CharField(_("what one can do afterwards"), max_length=200)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=4)
    search_words = models.CharField(
        _("search words"),
        max_length=300,
        blank=True,
        help_text=_("Without diacritics, separated by commas, as people say it."),
    )
    need = StreamField([("item", NeedBlock())], verbose_name=_("what to have ready"))
    steps = StreamField([("step", StepBlock())], verbose_name=_("steps"))
    interrupted = StreamField(
        [("sentence", InterruptedBlock())],
        verbose_name=_("if you are interrupted"),
        blank=True,
    )
    stuck = StreamField([("row", StuckBlock())], verbose_name=_("stuck?"))
    questions = StreamField(
        [("question", QuestionBlock())], verbose_name=_("questions")
    )
    practices = StreamField(
        [("practice", PracticeBlock())],
        verbose_name=_("practices"),
        blank=True,
        max_num=3,
    )
    guide = StreamField(
        [("guide", GuideBlock())],
        verbose_name=_("facilitator's notes"),
        blank=True,
        max_num=1,
    )
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    review_by = models.DateField(_("review by"), null=True, blank=True)
    withdraw_on = models.DateField(
        _("withdraw on"),
        null=True,
        blank=True,
        help_text=_("The first day on which nobody may follow the lesson any more."),
    )
    owner_role = models.CharField(
        _("answerable"),
        max_length=120,
        blank=True,
        help_text=_("A duty, not a person's name."),
    )
    replacement = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("replacement lesson"),
    )
    # State of the page as a whole: a revision neither withdraws nor restores.
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_reason = models.CharField(max_length=300, blank=True, editable=False)
    # How many steps carry "to be checked"; written at each save.
    steps_to_check = models.PositiveSmallIntegerField(default=0, editable=False)
    # The digest of the source that last wrote this page, and the revision it made: a
    # page whose latest revision is another one was changed by an editor.
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    source_revision = models.BigIntegerField(null=True, blank=True, editable=False)

    objects = PageManager.from_queryset(LessonQuerySet)()

    parent_page_types = ["courses.CoursePage"]
    subpage_types: list[str] = []
    base_form_class = LessonPageForm
    copy_form_class = DraftCopyForm
    exclude_fields_in_copy = [
        "number",
        "withdrawn_at",
        "withdrawn_reason",
        "source_digest",
        "source_revision",
        "given_numbers",
    ]
    content_panels = [
        FieldPanel("title", help_text=_("At most 40 characters, as people say it.")),
        FieldRowPanel(["number", "minutes"]),
        "short_title",
        "task",
        "search_words",
        "need",
        "steps",
        "interrupted",
        "stuck",
        "practices",
        "questions",
    ]
    facts_panels = [
        MultiFieldPanel(
            [
                FieldRowPanel(["checked_on", "review_by", "withdraw_on"]),
                "owner_role",
                PageChooserPanel("replacement", "courses.LessonPage"),
            ],
            heading=_("Dates and duty"),
        ),
        InlinePanel("lesson_skills", heading=_("Skills"), label=_("skill")),
        InlinePanel("lesson_legal", heading=_("Legal basis"), label=_("document")),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(content_panels, heading=_("Lesson")),
            ObjectList(["guide"], heading=_("For the team")),
            ObjectList(facts_panels, heading=_("Basis and dates")),
            ObjectList(Page.promote_panels, heading=_("Address")),
            ObjectList(
                [*Page.settings_panels, "small_fix", "weight_reason"],
                heading=_("Publishing"),
                classname="settings",
            ),
        ]
    )
    search_fields = [
        *Page.search_fields,
        index.SearchField("task"),
        index.SearchField("search_words"),
        index.FilterField("number"),
    ]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    # --- what it is on a day ------------------------------------------------------

    def is_withdrawn(self, on: dt.date | None = None) -> bool:
        """May nobody follow it on that day (by date, or taken down by hand)?"""
        on = on or today()
        return self.withdrawn_at is not None or (
            self.withdraw_on is not None and self.withdraw_on <= on
        )

    def state(self, on: dt.date | None = None) -> State:
        """Open, open with a warning since the review is overdue, or withdrawn."""
        on = on or today()
        if self.is_withdrawn(on):
            return self.State.WITHDRAWN
        if self.review_by is not None and self.review_by < on:
            return self.State.BEING_CHECKED
        return self.State.OPEN

    def withdrawn_because(self) -> str:
        """Why, as the middle of the sentence that stands in place of the steps."""
        if self.withdrawn_at is not None:
            return self.withdrawn_reason
        last_day = self.withdraw_on - dt.timedelta(days=1)
        return gettext("the rules are no longer in force after %(day)s") % {
            "day": f"{last_day:%d/%m/%Y}"
        }

    def open_replacement(self) -> LessonPage | None:
        """The lesson that stands in for this one, if it can be followed today."""
        if self.replacement_id is None:
            return None
        return (
            LessonPage.objects.visible_to(None)
            .to_follow()
            .filter(pk=self.replacement_id)
            .first()
        )

    # --- pages ----------------------------------------------------------------------

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        context = super().get_context(request, *args, **kwargs)
        state = self.state()
        # An editor previews the steps, whatever the state of the page is.
        if getattr(request, "is_preview", False):
            state = self.State.OPEN
        context["state"] = state
        # Also for the notice that a phone shows after the last day, without the network.
        ends = state == self.State.WITHDRAWN or self.withdraw_on is not None
        context["replacement"] = self.open_replacement() if ends else None
        context["good_until"] = self.good_until_epoch()
        if state == self.State.WITHDRAWN:
            return context
        spoken = self.spoken()
        context["whole"] = [row for row in spoken if row.is_of_whole(self)]
        context["steps"] = self._steps_shown(spoken)
        context["changes"] = self.recent_changes(today())
        cited = [row.document_id for row in self.lesson_legal.all() if row.document_id]
        context["legal"] = LegalDocument.objects.filter(pk__in=cited).values_list(
            "number_sign", flat=True
        )
        return context

    def _steps_shown(self, spoken: list[LessonRecording]) -> list[dict]:
        """Steps with their number, and the recordings of parts where each begins."""
        parts = [row for row in spoken if not row.is_of_whole(self)]
        return [
            {
                "block": block,
                "number": number,
                "later": number > EAGER_PICTURES,
                "recordings": [row for row in parts if row.from_step == number],
            }
            for number, block in enumerate(self.steps, 1)
        ]

    def spoken(self) -> list[LessonRecording]:
        """Its recordings that read the text as it stands here, in the order shown."""
        rows = self.recordings.in_order() if self.pk else ()
        return [row for row in rows if row.text_digest == row.digest_now(self)]

    def good_until_epoch(self) -> int | None:
        """When a stored copy must stop showing the steps, however long it was offline."""
        moments = [self.expire_at] if self.expire_at else []
        if self.withdraw_on is not None:
            midnight = dt.datetime.combine(self.withdraw_on, dt.time())
            moments.append(timezone.make_aware(midnight))
        return int(min(moments).timestamp()) if moments else None

    @property
    def is_for_staff(self) -> bool:
        """Is its reader a volunteer or an officer, not a resident?"""
        course = self.url_path.rstrip("/").rpartition("/")[0]
        return course.rpartition("/")[2] in FOR_STAFF

    def get_route_paths(self) -> list[str]:
        """Everything under its address that leads on when the address changes."""
        parts = ["/", "/cau-hoi/", "/nghe/", "/in/", "/anh/"]
        parts += [f"/tap/{n}/" for n in range(1, len(self.practices) + 1)]
        return parts

    def _address(self, name: str, *more: object) -> str:
        course, slug = self.url_path.rstrip("/").split("/")[-2:]
        return reverse(name, args=[course, slug, *more])

    @property
    def questions_url(self) -> str:
        """Where the three questions stand."""
        return self._address("lesson_questions")

    @property
    def listen_url(self) -> str:
        """Where the recordings stand with their words."""
        return self._address("lesson_listen")

    @property
    def told_url(self) -> str:
        """Where a resident says how it went."""
        return self._address("lesson_told")

    def practice_url(self, number: int) -> str:
        """Where the practice of that number begins."""
        return self._address("lesson_practice", number)

    @property
    def first_practice_url(self) -> str:
        """Where practising begins, or nothing."""
        return self.practice_url(1) if self.practices else ""

    # --- writing --------------------------------------------------------------------

    def full_clean(self, *args, **kwargs) -> None:
        self._take_number()
        super().full_clean(*args, **kwargs)

    def minimal_clean(self) -> None:
        self._take_number()
        super().minimal_clean()

    def _take_number(self) -> None:
        if self.number is None:
            self.number = LessonNumber.next_free()
        elif not 0 < self.number <= LARGEST_NUMBER:
            raise ValidationError(
                {
                    "number": gettext("A lesson number lies between 1 and %(most)s.")
                    % {"most": LARGEST_NUMBER}
                }
            )
        elif LessonNumber.is_taken(self.number, self):
            raise ValidationError(
                {
                    "number": gettext(
                        "Number %(number)s was already given to another lesson; numbers "
                        "are never used twice."
                    )
                    % {"number": self.number}
                }
            )

    @transaction.atomic
    def save(self, *args, **kwargs):
        """Save, count what is to be checked, and keep the number for ever."""
        fields = kwargs.get("update_fields")
        if fields is not None and "number" not in fields:
            return super().save(*args, **kwargs)
        if self.number is None:
            # A group is copied with its lessons without asking them for their faults.
            self._take_number()
        self.steps_to_check = sum(1 for step in self.steps if step.value.get("check"))
        result = super().save(*args, **kwargs)
        LessonNumber.objects.get_or_create(number=self.number, defaults={"page": self})
        return result

    def with_content_json(self, content):
        """What a revision says, with the state that belongs to the page as a whole."""
        lesson = super().with_content_json(content)
        for name in (
            "withdrawn_at",
            "withdrawn_reason",
            "source_digest",
            "source_revision",
        ):
            setattr(lesson, name, getattr(self, name))
        return lesson

    def publish(
        self, revision: Revision, user=None, *, as_of: dt.date | None = None, **kwargs
    ):
        """Publish a revision that has everything a lesson needs (today, or `as_of`).

        Raises IncompleteLesson. A scheduled revision that has become incomplete (a cited
        document was replaced meanwhile) stays a draft, so that it holds up no other page.
        """
        with transaction.atomic():
            # Somebody may have taken the lesson down since this page was read.
            now = LessonPage.objects.select_for_update().get(pk=self.pk)
            self.withdrawn_at = now.withdrawn_at
            self.withdrawn_reason = now.withdrawn_reason
            revision.content_object = self
            missing = faults(Draft.of_page(revision.as_object()), as_of)
            if missing and revision.approved_go_live_at and user is None:
                revision.approved_go_live_at = None
                revision.save(update_fields=["approved_go_live_at"])
                return None
            if missing:
                raise IncompleteLesson(missing)
            return super().publish(revision, user=user, **kwargs)


class LessonSkill(Orderable):
    """A lesson teaches a skill."""

    lesson = ParentalKey(
        LessonPage, on_delete=models.CASCADE, related_name="lesson_skills"
    )
    skill = models.ForeignKey(
        Skill,
        on_delete=models.PROTECT,
        related_name="in_lessons",
        verbose_name=_("skill"),
    )

    panels = ["skill"]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "skill"], name="a_lesson_teaches_a_skill_once"
            )
        ]


class LessonLegal(Orderable):
    """A lesson leans on a legal document."""

    lesson = ParentalKey(
        LessonPage, on_delete=models.CASCADE, related_name="lesson_legal"
    )
    document = models.ForeignKey(
        LegalDocument,
        on_delete=models.PROTECT,
        related_name="in_lessons",
        verbose_name=_("document"),
    )

    panels = ["document"]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "document"], name="a_lesson_cites_a_document_once"
            )
        ]
