"""The next dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import StudyFolder
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.answers.plan.asked_study import NOT_ITS_OWN, Cut, History, OneStratum, escalation_of, one_source
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.errors import CannotAnswerError

if TYPE_CHECKING:
    from hevesy.plan.escalation.design import Decision

COMMAND = "plan next"


def next_dose(
    folder: Annotated[Path | None, StudyFolder("A study folder; or give ⟦history⟧.", "[DIR]")] = None,
    *,
    history: History = None,
    as_of: Cut = None,
    stratum: OneStratum = None,
    by: AskedDesign,
) -> Answer:
    """The next dose and why, from a study folder or from notation; of each stratum where the protocol has strata.

    Returns action, level, places open, MTD, dose and design, all null where none can be given, with the reasons.
    Refused are a study and a history together, a design that has not what it needs, a stratum that is not there.
    Source: each design's own paper; docs/decisions/0008 and 0010 for the readings that they leave open.

    >>> import hevesy
    >>> hevesy.next_dose(history="1NNN 2NNT", design="boin", target=0.25, levels=4).document["action"]
    'de-escalate'
    """
    one_source(folder, history, as_of, stratum)
    if history is not None:
        found: tuple[_Told, ...] = (_from_notation(by, history),)
    else:
        assert folder is not None
        found = _from_study(by, folder, as_of, stratum)
    document = found[0].document() if len(found) == 1 else _of_strata(found)
    if folder is not None and all(one.decision is None for one in found):
        raise CannotAnswerError("; ".join(dict.fromkeys(line for one in found for line in one.because)), document)
    return Answer(document=document, blocks=tuple(block for one in found for block in one.blocks(len(found) > 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A decision, with the names of the doses, the design in short and the stratum it is of."""

    decision: Decision | None
    because: tuple[str, ...]
    design: str | None
    doses: Sequence[str]
    stratum: str | None = None

    @property
    def dose(self) -> str | None:
        level = (self.decision.level or self.decision.mtd) if self.decision else None
        return self.doses[level - 1] if level is not None and level <= len(self.doses) else None

    def document(self) -> dict[str, Json]:
        """All of it null where there is no decision."""
        names = ("action", "level", "open_places", "mtd")
        return {
            **{name: getattr(self.decision, name, None) for name in names},
            "dose": self.dose,
            "design": self.design,
            "because": list(self.because),
            **({"stratum": self.stratum} if self.stratum is not None else {}),
        }

    def blocks(self, of_several: bool) -> list[Block]:
        first: list[Block] = [said(f"stratum {self.stratum}:")] if of_several else []
        reasons = [said(f"  {line}") for line in self.because]
        if self.decision is None:
            return [*first, said("cannot be answered", tone="caution"), *reasons]
        at = f" ({self.dose})" if self.dose else ""
        where = f", MTD level {self.decision.mtd}{at}" if self.decision.mtd else ", no MTD"
        if self.decision.level is not None:
            where = f", level {self.decision.level}{at}"
        answer = f"{self.decision.action}{where}; places open: {self.decision.open_places}"
        return [*first, said(answer, tone="answer"), *reasons, said(f"  by {self.design}")]


def _of_strata(found: Sequence[_Told]) -> dict[str, Json]:
    """Decisions of several strata: there is none for all of them together."""
    return {
        **dict.fromkeys(("action", "level", "open_places", "mtd", "dose")),
        "design": found[0].design,
        "because": ["each stratum is decided by itself; name one with its name, or see the decisions of all"],
        "strata": [one.document() for one in found],
    }


def _from_notation(by: AskedDesign, history: str) -> _Told:
    from hevesy.plan.escalation.design import parse_history

    cohorts = parse_history(history)
    count = by.level_count()
    notes: tuple[str, ...] = ()
    if count is None:
        count = max((cohort.level for cohort in cohorts), default=1) + 1
        notes = (f"the number of levels was not given; taken as at least {count}",)
    days = [day for cohort in cohorts for day in (*cohort.pending_d, *cohort.dlt_after_d)]
    with_days = bool(days) and by.design == "rolling-six"
    design = by.built(count, calendar=with_days)
    window_d = by.window(calendar=with_days)
    if window_d is not None and max(days, default=0) > window_d:
        raise CannotAnswerError(
            f"a subject is followed for at most the window of {window_d:g} days, got {max(days):g} in the history"
        )
    decision = design.decide(cohorts)
    return _Told(
        decision=decision,
        because=(*decision.because, *by.window_told(), *notes),
        design=design.in_short,
        doses=[f"{dose:g}" for dose in by.dose_values()],
    )


def _from_study(by: AskedDesign, folder: Path, as_of: date | None, stratum: str | None) -> tuple[_Told, ...]:
    asked = escalation_of(by, folder, as_of, stratum)
    told = []
    for found in asked.found:
        because = found.because
        if found.decision is not None:
            because = (f"as of {asked.cut}: {found.notation or 'nobody yet'}", *because)
            because = (*because, NOT_ITS_OWN) if asked.chosen is not None else because
        told.append(
            _Told(
                decision=found.decision,
                because=because,
                design=asked.design.in_short if asked.design is not None else None,
                doses=asked.doses,
                stratum=found.stratum,
            )
        )
    return tuple(told)
