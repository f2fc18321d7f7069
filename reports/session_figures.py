"""What one session put into the sums, for its own page and the lists of sessions."""

from __future__ import annotations

import dataclasses

from django.utils.translation import gettext as _

from attendance.models import TrainingSession
from reports.models import SessionFigures


@dataclasses.dataclass(frozen=True)
class SessionSums:
    """The whole numbers of a session by name; a name that is not there is nought."""

    counts: bool
    whole: dict[str, int]

    @classmethod
    def of(cls, session: TrainingSession) -> SessionSums:
        """From the stored figures (select_related("figures") saves the query)."""
        try:
            figures = session.figures
        except SessionFigures.DoesNotExist:
            return cls(False, {})
        whole: dict[str, int] = {}
        for measure, _sex, _age_band, skill, value in figures.contribution:
            if not skill:
                whole[measure] = whole.get(measure, 0) + value
        return cls(figures.counts, whole)

    def number(self, name: str) -> int:
        return self.whole.get(name, 0)

    @property
    def has_head_count(self) -> bool:
        return not self.whole.get("uncounted")

    @property
    def visits(self) -> int:
        return self.number("visits")

    @property
    def named(self) -> int:
        return self.number("named")

    @property
    def nameless(self) -> int | None:
        return self.number("nameless") if self.has_head_count else None

    @property
    def proxies(self) -> int:
        return self.number("proxies")

    @property
    def no_household(self) -> int:
        return self.number("no_household")

    def outcomes(self) -> list[tuple[str, int]]:
        """The outcomes in words, best first, "not recorded" last."""
        return [
            (_("did it alone"), self.number("outcome/alone")),
            (_("did it with help"), self.number("outcome/helped")),
            (_("could not do it yet"), self.number("outcome/not_yet")),
            (
                _("referred to police, bank or operator"),
                self.number("outcome/referred"),
            ),
            (_("not recorded"), self.number("outcome/unrecorded")),
        ]
