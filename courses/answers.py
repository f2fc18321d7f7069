"""What a resident chose among the three questions, and what to say to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from courses.models import LessonPage


@dataclasses.dataclass(frozen=True)
class Option:
    """One answer on the page; `key` is the block's own id, so edits do not shift it."""

    key: str
    text: str
    why: str
    right: bool
    chosen: bool


@dataclasses.dataclass(frozen=True)
class Question:
    """One question with what was chosen; `chosen` is None while it is unanswered."""

    name: str
    text: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> Option | None:
        return next((option for option in self.options if option.chosen), None)

    @property
    def right(self) -> Option | None:
        return next((option for option in self.options if option.right), None)


@dataclasses.dataclass(frozen=True)
class Answered:
    """All questions of a lesson with the choices made so far."""

    questions: tuple[Question, ...]

    @property
    def given(self) -> int:
        return sum(question.chosen is not None for question in self.questions)

    @property
    def correct(self) -> int:
        return sum(bool(q.chosen and q.chosen.right) for q in self.questions)

    @property
    def is_complete(self) -> bool:
        return self.given == len(self.questions)


def answered(lesson: LessonPage, chosen: Mapping[str, str]) -> Answered:
    """Read the choices of a form; what is not an answer of this lesson is no answer."""
    questions = []
    for number, block in enumerate(lesson.questions, 1):
        name = f"cau-{number}"
        picked = chosen.get(name, "")
        options = tuple(
            Option(
                key=str(bound.id),
                text=bound.value["text"],
                why=bound.value["why"],
                right=bool(bound.value["right"]),
                chosen=bool(picked) and str(bound.id) == picked,
            )
            for bound in block.value["options"].bound_blocks
        )
        questions.append(Question(name, block.value["text"], options))
    return Answered(tuple(questions))
