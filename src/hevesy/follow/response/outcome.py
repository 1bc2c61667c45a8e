"""What every set of criteria answers.

A category at each visit, the best confirmed one, progression, and the rows behind each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hevesy.study.protocol.criteria import Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One assessment: what is followed and its change from baseline, category before confirmation, and why."""

    on: date
    value: float | None
    change_percent: float | None
    category: str
    because: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Evaluable visits, best confirmed response, and progression (date of the first of two).

    None: none seen by the cut.
    """

    subject: str
    criteria: Criteria
    followed: tuple[str, ...]
    """What could be measured at baseline; empty: nothing."""
    visits: tuple[Visit, ...]
    not_evaluable: tuple[Visit, ...] = ()
    best: str
    because: str
    rows: tuple[int, ...]
    response_on: date | None = None
    """First visit of a response that counts, confirmed where the criteria ask for it; not always that of the best."""
    progression_on: date | None = None
    unconfirmed_progression_on: date | None = None
    without_progression: tuple[Visit, ...] = ()
    """Evaluable visits up to progression."""
    last_rows: tuple[int, ...] = ()
    """Rows behind the last visit without progression, or behind the baseline."""
    other_therapy_on: date | None = None
    """First day of other treatment of the disease: what came after it is no response to this one."""
    undated: tuple[int, ...] = ()
    """Rows of assessments that are not known to the day, and were not used."""

    @property
    def best_change_percent(self) -> float | None:
        """The deepest fall (or least rise) from baseline before other treatment began."""
        own = [visit for visit in self.visits if self.other_therapy_on is None or visit.on <= self.other_therapy_on]
        return min((visit.change_percent for visit in own if visit.change_percent is not None), default=None)

    @property
    def evaluable(self) -> bool:
        """Whether a response can be stated: measurable at baseline and assessed after treatment."""
        return self.best != "NE"

    @property
    def responded(self) -> bool:
        """Whether the best response is a response of its criteria."""
        return self.criteria.responded(self.best)

    @property
    def best_unconfirmed(self) -> str:
        """The best category of a visit up to progression, borne out or not."""
        until = [visit.category for visit in self.without_progression]
        if not until:
            return "NE" if self.progression_on is None else self.best
        return min(until, key=lambda word: self.criteria.standing(word) or 0)

    @property
    def improved_on(self) -> date | None:
        """First visit of the best response, where that is better than stable disease."""
        place = self.criteria.standing(self.best)
        if place is None or place >= self.criteria.stable:
            return None
        chosen = ((visit.on, self.criteria.standing(visit.category)) for visit in self.visits if visit.row in self.rows)
        return next((on for on, standing in chosen if standing is not None and standing <= place), None)


def not_evaluable(
    subject: str,
    criteria: Criteria,
    because: str,
    rows: tuple[int, ...],
    visits: tuple[Visit, ...] = (),
    followed: tuple[str, ...] = (),
    unconfirmed_progression_on: date | None = None,
) -> Response:
    """No response can be stated, because."""
    return Response(
        subject=subject,
        criteria=criteria,
        followed=followed,
        visits=(),
        not_evaluable=visits,
        best="NE",
        because=because,
        rows=rows,
        unconfirmed_progression_on=unconfirmed_progression_on,
    )
