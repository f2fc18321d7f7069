"""What is taught: lesson pages, and the facts they lean on.

A `CourseIndexPage` holds `CoursePage`s, these hold `LessonPage`s; each lesson has a short
number that is never reused. Facts that are counted, filtered or dated are tables: the
`Skill`s a lesson teaches, the `LegalDocument`s it leans on, the `Blocker`s that stop
people (one list for lessons and register), and the `Hotline`s. A `LessonRecording` reads
steps aloud until their text changes; a `StepReport` counts what residents told of a step.
"""

from .complaints import Complaint
from .editing import EditingSettings, LessonChange, PlainWord
from .facts import Blocker, Hotline, LegalDocument, Skill
from .pages import (
    CourseIndexPage,
    CoursePage,
    LessonLegal,
    LessonNumber,
    LessonPage,
    LessonSkill,
)
from .recordings import LessonRecording
from .told import StepReport

__all__ = [
    "Blocker",
    "Complaint",
    "CourseIndexPage",
    "CoursePage",
    "EditingSettings",
    "Hotline",
    "LegalDocument",
    "LessonChange",
    "LessonLegal",
    "LessonNumber",
    "LessonPage",
    "LessonRecording",
    "LessonSkill",
    "PlainWord",
    "Skill",
    "StepReport",
]
