"""What the disease was treated with before the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hevesy.errors import RuleError
from hevesy.study.dates import When
from hevesy.study.facts.fact import Reported, SubjectId, before, day, integer, record_kind, refuse, text

MOST_LINES = 50


@record_kind("prior_therapy", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class PriorTherapy:
    """A therapy of the disease before the study: a line, or an agent of it; rows of a line belong together.

    A subject of whom it is known that there was none has one row, with `none` for its agents.
    """

    subject: SubjectId
    row: int
    line: Annotated[int | None, integer("its number among the lines of therapy, from 1")] = None
    agents: Annotated[str | None, text("drugs or regimen; several are separated by ; or , or +")] = None
    on: Annotated[When | None, day("first day", name="start")] = None
    stop: Annotated[When | None, day("last day")] = None
    progressed: Annotated[When | None, day("the disease progressed, on it or after it")] = None
    best_response: Annotated[str | None, text("best response to it, as called")] = None
    reason: Annotated[str | None, text("why it ended, as progression, toxicity or completed")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            self._no_line(),
            before(self.on, self.stop, "stop", "a therapy stops no sooner than it starts"),
            before(self.on, self.progressed, "progressed", "progression on a therapy or after it is no sooner"),
        )

    def _no_line(self) -> RuleError | None:
        if self.line is None or 1 <= self.line <= MOST_LINES:
            return None
        return RuleError(f"a line of therapy lies in 1..{MOST_LINES}", field="line", value=str(self.line))
