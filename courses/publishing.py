"""What a lesson must have before residents see it; a draft may lack all of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.plain_words import numbers_to_call
from courses.practices import practice_faults
from pilot_communes.querysets import today

if TYPE_CHECKING:
    from courses.models import LegalDocument, LessonPage

FEWEST_DEAD_ENDS, MOST_DEAD_ENDS = 5, 7
QUESTIONS = 3
MOST_MINUTES = 60


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing that is missing or wrong, at a field of the form, in plain words."""

    field: str
    message: str


class IncompleteLesson(PermissionDenied):
    """The lesson may not be published yet; `faults` says what is missing."""

    def __init__(self, missing: list[Fault]) -> None:
        self.faults = missing
        super().__init__(" ".join(fault.message for fault in missing))


@dataclasses.dataclass(frozen=True)
class Draft:
    """A lesson as it is about to be published, from a form or from a revision."""

    fields: Mapping[str, Any]
    skills: int
    documents: tuple[LegalDocument, ...]

    @classmethod
    def of_page(cls, page: LessonPage) -> Draft:
        return cls(
            fields={name: getattr(page, name) for name in FIELDS},
            skills=len(page.lesson_skills.all()),
            documents=tuple(row.document for row in page.lesson_legal.all()),
        )

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None

    def blocks(self, name: str) -> list[Any]:
        """The values of the blocks of one field."""
        return [block.value for block in self.fields.get(name) or ()]


FIELDS = (
    "title",
    "short_title",
    "task",
    "minutes",
    "need",
    "steps",
    "interrupted",
    "stuck",
    "practices",
    "questions",
    "checked_on",
    "review_by",
    "withdraw_on",
    "owner_role",
    "go_live_at",
)


def faults(draft: Draft, on: dt.date | None = None) -> list[Fault]:
    """Everything that keeps this lesson from being published on that day."""
    on = on or today()
    return [
        *_text_faults(draft),
        *_step_faults(draft),
        *_dead_end_faults(draft),
        *_question_faults(draft),
        *_practice_faults(draft),
        *(Fault(field, said) for field, said in numbers_to_call(draft)),
        *_date_faults(draft, on),
        *_legal_faults(draft),
    ]


def _text_faults(draft: Draft) -> Iterator[Fault]:
    if not draft.short_title:
        yield Fault("short_title", _("The short title is missing."))
    if not draft.task:
        yield Fault("task", _("Say what one can do afterwards."))
    if not 1 <= (draft.minutes or 0) <= MOST_MINUTES:
        yield Fault("minutes", _("A lesson takes between 1 and 60 minutes."))
    if not draft.owner_role:
        yield Fault("owner_role", _("Say who is answerable for this lesson."))
    if not draft.skills:
        yield Fault("", _("Choose at least one skill that the lesson teaches."))
    if not [item for item in draft.blocks("need") if item]:
        yield Fault("need", _("Say what to have ready, at least one thing."))


def _step_faults(draft: Draft) -> Iterator[Fault]:
    steps = draft.blocks("steps")
    if not steps:
        yield Fault("steps", _("A lesson has at least one step."))
    for number, step in enumerate(steps, 1):
        if not step.get("text"):
            yield Fault(
                "steps", _("Step %(number)s has no sentence.") % {"number": number}
            )
    if any(step.get("network") for step in steps) and not draft.blocks("interrupted"):
        yield Fault(
            "interrupted",
            _(
                "A step needs the network: say what to do when interrupted (what is "
                "lost, what is not, from which step to begin again)."
            ),
        )


def _dead_end_faults(draft: Draft) -> Iterator[Fault]:
    rows = draft.blocks("stuck")
    if not FEWEST_DEAD_ENDS <= len(rows) <= MOST_DEAD_ENDS:
        yield Fault(
            "stuck",
            _("Under “Stuck?” there must be 5 to 7 rows; there are %(count)s.")
            % {"count": len(rows)},
        )
    for number, row in enumerate(rows, 1):
        if not all(row.get(name) for name in ("blocker", "text", "go")):
            yield Fault(
                "stuck",
                _("Row %(number)s says what is wrong and where to go.")
                % {"number": number},
            )
    if len({row.get("blocker") for row in rows}) != len(rows):
        yield Fault("stuck", _("The same blocker stands in two rows."))


def _question_faults(draft: Draft) -> Iterator[Fault]:
    questions = draft.blocks("questions")
    if len(questions) != QUESTIONS:
        yield Fault(
            "questions",
            _("There must be exactly 3 questions; there are %(count)s.")
            % {"count": len(questions)},
        )
    for number, question in enumerate(questions, 1):
        options = list(question.get("options") or ())
        if not question.get("text"):
            yield Fault(
                "questions", _("Question %(number)s has no text.") % {"number": number}
            )
        if sum(bool(option.get("right")) for option in options) != 1:
            yield Fault(
                "questions",
                _("Question %(number)s needs exactly one right answer.")
                % {"number": number},
            )
        if len(options) < 2:
            yield Fault(
                "questions",
                _("Question %(number)s needs at least two answers.")
                % {"number": number},
            )
        if not all(option.get("text") and option.get("why") for option in options):
            yield Fault(
                "questions",
                _("Question %(number)s: every answer needs its explanation.")
                % {"number": number},
            )


def _practice_faults(draft: Draft) -> Iterator[Fault]:
    """A lesson needs no practice; one that is there must work."""
    for number, practice in enumerate(draft.blocks("practices"), 1):
        for sentence in practice_faults(practice):
            yield Fault(
                "practices",
                _("Practice %(number)s: %(what)s")
                % {"number": number, "what": sentence},
            )


def _date_faults(draft: Draft, on: dt.date) -> Iterator[Fault]:
    opens = on
    if draft.go_live_at and timezone.localdate(draft.go_live_at) > on:
        opens = timezone.localdate(draft.go_live_at)
    if draft.checked_on is None:
        yield Fault("checked_on", _("Say on which day the steps were checked."))
    elif draft.checked_on > on:
        yield Fault("checked_on", _("The day of checking lies in the future."))
    if draft.review_by is None:
        yield Fault("review_by", _("Say by which day the lesson is reviewed."))
    elif draft.review_by <= opens:
        yield Fault("review_by", _("The day of review has already passed."))
    if draft.withdraw_on is not None and draft.withdraw_on <= opens:
        yield Fault("withdraw_on", _("The day of withdrawal has already passed."))


def _legal_faults(draft: Draft) -> Iterator[Fault]:
    if not draft.documents:
        yield Fault("", _("Choose at least one legal document as the basis."))
    for document in draft.documents:
        if document.replaced_by_id:
            yield Fault(
                "",
                _("%(document)s was replaced by %(other)s.")
                % {"document": document, "other": document.replaced_by},
            )
    last_days = [d.in_force_to for d in draft.documents if d.in_force_to]
    if last_days:
        latest = min(last_days) + dt.timedelta(days=1)
        if draft.withdraw_on is None or draft.withdraw_on > latest:
            yield Fault(
                "withdraw_on",
                _(
                    "A document of the basis lapses: the lesson must be withdrawn on "
                    "%(day)s or earlier."
                )
                % {"day": f"{latest:%d/%m/%Y}"},
            )


def in_words(missing: Iterable[Fault]) -> str:
    """The faults as one paragraph, for a message."""
    return " ".join(fault.message for fault in missing)
