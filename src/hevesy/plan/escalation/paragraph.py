"""Words that the descriptions of several designs share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class InCohorts(Protocol):
    """A design that treats so many levels in cohorts to a full number."""

    @property
    def levels(self) -> int:
        """Number of dose levels."""
        ...

    @property
    def cohort_size(self) -> int:
        """Evaluable subjects a cohort."""
        ...

    @property
    def n_max(self) -> int:
        """Subjects in all."""
        ...


def sizes(design: InCohorts) -> str:
    """Levels, cohorts and subjects, at the end of a line."""
    return f"{design.levels} levels, cohorts of {design.cohort_size}, at most {design.n_max} subjects"


def over_levels(levels: int) -> str:
    """How every paragraph begins."""
    return f"Doses are escalated over {levels} levels"


def in_cohorts(design: InCohorts) -> str:
    """How a paragraph begins for a design that ends by number."""
    return f"{over_levels(design.levels)} in cohorts of {design.cohort_size}, at most {design.n_max} subjects in all"


def listed(rates: Iterable[float]) -> str:
    """Rates between commas."""
    return ", ".join(f"{rate:g}" for rate in rates)
