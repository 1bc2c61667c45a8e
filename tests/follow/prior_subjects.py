"""Subjects with prior therapies, for the tests of what is derived from them."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.prior_therapy import PriorTherapy
from hevesy.study.facts.treatment import Administration
from hevesy.study.subject import Subject

DAY_1 = date(2016, 3, 1)


def therapy(line: int | None, agents: str | None, row: int = 0, **told: Any) -> PriorTherapy:
    """A row of a line; its row is 100 and the line where none is named."""
    return PriorTherapy(subject="1", row=row or 100 + (line or 0), line=line, agents=agents, **told)


def subject_with(*events: Fact, day_1: date | None = DAY_1, **enrolled: Any) -> Subject:
    """A subject first treated on a day, with these facts."""
    given: list[Fact] = list(events)
    if day_1 is not None:
        start = datetime(day_1.year, day_1.month, day_1.day, 9, tzinfo=timezone.utc)  # noqa: UP017
        given.append(Administration(subject="1", row=2, start=start, administered_MBq=1000.0))
    return Subject(id="1", enrolment=Enrolment(subject="1", row=1, arm_code="1", **enrolled), events=tuple(given))
