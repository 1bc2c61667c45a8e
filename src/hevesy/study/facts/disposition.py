"""Where a subject stands: contacts, death, milestones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hevesy.errors import RuleError
from hevesy.study.facts.fact import On, Reported, SubjectId, record_kind, refuse, text


@record_kind("contact")
@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The subject was seen or heard of; `vital_status` is `alive` or `dead`."""

    subject: SubjectId
    row: int
    on: On = None
    vital_status: Annotated[str | None, text("alive or dead")] = None
    by: Annotated[str | None, text("how it is known, as by telephone")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        status = self.vital_status
        if status is not None and status.lower() not in ("alive", "dead"):
            refuse(RuleError("vital status is alive or dead", field="vital_status", value=status))


@record_kind("death")
@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The subject died."""

    subject: SubjectId
    row: int
    on: On = None
    cause: Annotated[str | None, text("of death")] = None
    reported: Reported = ()


@record_kind("disposition")
@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """A milestone or the reason a subject left a part of the study."""

    subject: SubjectId
    row: int
    on: On = None
    term: Annotated[str, text("the milestone or the reason", required=True)]
    category: Annotated[str | None, text("of the milestone")] = None
    reported: Reported = ()
