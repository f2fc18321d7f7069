"""How good a draft is before anybody else sees it: one look, for panel and page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from courses.changes import Difference, difference, steps_of
from courses.plain_words import Remark, remarks
from courses.publishing import Draft, Fault, faults
from courses.weight import TEXT_BUDGET, TOTAL_BUDGET, Weight, grouped, weigh
from courses.where_used import Used, leaning_on

if TYPE_CHECKING:
    from courses.models import LessonPage


@dataclasses.dataclass(frozen=True)
class Quality:
    """What is missing, what could be plainer, what it weighs, what it would tell."""

    lesson: LessonPage
    weight: Weight
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]
    changed_steps: tuple[int, ...]
    removed_steps: int
    used: tuple[Used, ...] = ()

    @property
    def count(self) -> int:
        """How many things there are to look at."""
        heavy = self.weight.is_heavy and not self.lesson.weight_reason.strip()
        return len(self.faults) + len(self.remarks) + heavy

    @property
    def tells_change(self) -> bool:
        """Would residents read that steps were changed?"""
        return bool(self.changed_steps or self.removed_steps)

    @property
    def text_share(self) -> int:
        """Percent of the budget of the text, for the bar; above 100 is too much."""
        return round(100 * self.weight.text / TEXT_BUDGET)

    @property
    def total_share(self) -> int:
        return round(100 * self.weight.total / TOTAL_BUDGET)

    def kilobytes(self) -> str:
        """The whole weight as a person says it: 12,3."""
        return f"{self.weight.total / 1000:.1f}".replace(".", ",")

    def grouped(self) -> dict[str, str]:
        """The two weights as they are written here."""
        return {"text": grouped(self.weight.text), "total": grouped(self.weight.total)}

    def budgets(self) -> dict[str, str]:
        """The budgets as they are written here."""
        return {"text": grouped(TEXT_BUDGET), "total": grouped(TOTAL_BUDGET)}


def look_at(page: LessonPage) -> Quality:
    """Look at the latest draft of a lesson. Nothing is written."""
    draft = page.get_latest_revision_as_object()
    found = _unpublished(page, draft)
    number_of = {block.id: number for number, block in enumerate(draft.steps, 1)}
    return Quality(
        lesson=draft,
        weight=weigh(draft),
        faults=tuple(faults(Draft.of_page(draft))),
        remarks=tuple(remarks(draft)),
        changed_steps=tuple(
            sorted(number_of[step] for step in found.steps if step in number_of)
        ),
        removed_steps=found.removed,
        used=tuple(used for used in leaning_on([page]).others if used.count),
    )


def _unpublished(page: LessonPage, draft: LessonPage) -> Difference:
    """What publishing this draft now would change for residents."""
    if not page.live or page.live_revision_id is None or draft.small_fix:
        return Difference((), 0)
    if page.live_revision_id == page.latest_revision_id:
        return Difference((), 0)
    return difference(
        steps_of(page.live_revision), [dict(block) for block in draft.steps.raw_data]
    )
