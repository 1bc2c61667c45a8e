"""Times to an event from the facts of a subject, each with the reason it ended or was censored.

The day of the first infusion is day 1, so a duration is end - start + 1 days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hevesy.follow.vital_status import death_of, last_known_alive
from hevesy.stats.survival import Quantile, SurvivalCurve, follow_up, kaplan_meier, quantile
from hevesy.study.dates import study_day
from hevesy.study.facts.fact import kind_of
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToEvent:
    """Days from the first infusion to the event, or to the last day it was known not to have happened."""

    subject: str
    start: date
    end: date
    observed: bool
    because: str
    rows: tuple[int, ...]

    @property
    def time_d(self) -> int:
        """Duration in days, the day of infusion counted."""
        return study_day(self.end, self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanTime:
    """Mean of times; with censored ones in it, only a lower bound."""

    days: float
    censored: int

    @property
    def lower_bound(self) -> bool:
        """Whether somebody has not had the event yet."""
        return self.censored > 0

    @property
    def label(self) -> str:
        """What must stand beside the number."""
        if not self.censored:
            return "every event observed"
        one = {1: "one subject"}.get(self.censored, f"{self.censored} subjects")
        return f"lower bound: {one} ongoing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalSummary:
    """Kaplan-Meier curve of a group, its median, the median follow-up and the mean with its label."""

    times: tuple[TimeToEvent, ...]
    curve: SurvivalCurve
    median: Quantile
    follow_up: Quantile
    mean: MeanTime


def overall(subject: Subject) -> TimeToEvent | None:
    """Time to death; else censored at the last date the subject is known to have been alive, never at the cut.

    Known alive on the latest day of any dated fact of the subject. None for a subject without an administration.
    """
    start = subject.day_1
    if start is None:
        return None
    death = death_of(subject)
    if death is not None and death.day is not None and death.day >= start:
        because = f"death ({death.because})"
        return TimeToEvent(
            subject=subject.id, start=start, end=death.day, observed=True, because=because, rows=death.rows
        )
    seen = last_known_alive(subject, start)
    last, rows = (seen[0], (seen[1].row,)) if seen is not None else (start, (subject.enrolment.row,))
    because = f"last known alive {last}" + (f" ({kind_of(seen[1]).words})" if seen is not None else "")
    if death is not None and death.day is not None:
        because += f"; a death is dated {death.day}, before the first infusion: it is not counted"
    elif death is not None:
        because += f"; a death is recorded, its day is not ({death.on or 'no date'}): it cannot be counted as an event"
    return TimeToEvent(subject=subject.id, start=start, end=last, observed=False, because=because, rows=rows)


def summarise(times: Sequence[TimeToEvent], level: float = 0.95) -> SurvivalSummary:
    """Kaplan-Meier summary of one group; needs at least one subject."""
    days, seen = [item.time_d for item in times], [item.observed for item in times]
    curve = kaplan_meier(days, seen, level)
    return SurvivalSummary(
        times=tuple(times),
        curve=curve,
        median=quantile(curve),
        follow_up=follow_up(days, seen, level),
        mean=MeanTime(days=sum(days) / len(days), censored=sum(not observed for observed in seen)),
    )
