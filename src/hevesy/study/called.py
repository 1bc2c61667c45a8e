"""A response that somebody called at a visit, as a delivered row has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hevesy.study.dates import When


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A response as called: every field of the delivered row that bears on it, the response as written."""

    subject: str
    row: int
    visit: str
    visit_number: float
    on: When | None
    response: str
    evaluator: str = ""
    assessor: str = ""
    method: str = ""
    accepted: bool | None = None
    status: str = ""
    progression_by_imaging: bool = False
    died_of_progression: bool = False
    new_therapy_on: date | None = None

    @property
    def series(self) -> tuple[str, str, str]:
        """Who read by what: responses are compared within it."""
        return self.evaluator, self.assessor, self.method
