"""What went wrong: adverse events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from hevesy.study.dates import When
from hevesy.study.facts.fact import Field, Reported, SubjectId, before, day, flag, later, record_kind, refuse, text


@record_kind("adverse_event", as_reported=("dlt",))
@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEvent:
    """An untoward occurrence. `grade` is the CTCAE grade at its worst, never made from a severity word."""

    subject: SubjectId
    row: int
    term: Annotated[str, text("preferred term or CTCAE term", required=True)] = ""
    system_organ_class: Annotated[str | None, text("of MedDRA")] = None
    number: Annotated[str | None, text("by which the sender counts it")] = None
    grade: Annotated[int | None, Field(type="grade", means="of CTCAE, at its worst")] = None
    severity: Annotated[str | None, text("in words; no grade is made of it")] = None
    ctcae_version: Annotated[str | None, text("by which it was graded")] = None
    on: Annotated[When | None, day("the day it began", name="onset")] = None
    worst_on: Annotated[When | None, day("the day it was worst", name="worst")] = None
    resolved: Annotated[When | None, day("the day it had ended")] = None
    serious: Annotated[bool | None, flag("serious by ICH E2A")] = None
    related: Annotated[str | None, text("its relation to treatment, in the sender's words")] = None
    worst_after_cut: bool = False
    grade_at_most: int | None = None
    """At an earlier cut: the worst grade of all, which the grade by then cannot have exceeded."""
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            before(self.on, self.resolved, "resolved", "an adverse event resolves no sooner than its onset"),
            before(self.on, self.worst_on, "worst_on", "an adverse event is worst no sooner than its onset"),
        )

    def as_of(self, cut: date) -> AdverseEvent | None:
        """As it had happened by a cut after which the record goes on; None: it had not begun.

        Of one that began before the cut and was worst after it, the grade at the cut is not known, nor its end; what
        the record does not date counts as known only once the event had ended.
        """
        if later(self.on, cut):
            return None
        resolved = None if later(self.resolved, cut) else self.resolved
        still_open = resolved is None
        grade_unknown = later(self.worst_on, cut) or (still_open and self.worst_on is None)
        return replace(
            self,
            grade=None if grade_unknown else self.grade,
            severity=None if grade_unknown else self.severity,
            worst_on=None if grade_unknown else self.worst_on,
            resolved=resolved,
            serious=None if still_open else self.serious,
            related=None if still_open else self.related,
            worst_after_cut=self.worst_after_cut or grade_unknown,
            grade_at_most=self.grade if grade_unknown and self.grade is not None else self.grade_at_most,
            reported=() if still_open else self.reported,
        )
