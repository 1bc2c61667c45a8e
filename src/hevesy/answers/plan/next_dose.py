"""The next dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import Day, StudyFolder, Text
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.study.protocol.escalation import DESIGNS

if TYPE_CHECKING:
    from hevesy.plan.escalation.design import Decision, DescribedDesign
    from hevesy.study.protocol import TrialProtocol

COMMAND = "plan next"
History = Annotated[
    str | None,
    Text(
        "As in '1NNNN 2NT37P40': N no DLT, T DLT, P pending, U undetermined, X not evaluable, E response, "
        "B response and DLT; days may follow T, B and P."
    ),
]
NOT_OF_A_STUDY = {
    "table": "a table is not for this command: it is for next, oc and paths with ⟦history⟧ or ⟦p⟧",
    "boin12": "boin12 needs the responses of the subjects: give a history in notation",
}


def next_dose(
    folder: Annotated[Path | None, StudyFolder("A study folder; or give ⟦history⟧.", "[DIR]")] = None,
    *,
    history: History = None,
    as_of: Annotated[date | None, Day("Data cut of the study.")] = None,
    stratum: Annotated[str | None, Text("One stratum of a study's escalation.", "NAME")] = None,
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
    if (folder is None) == (history is None):
        raise QuestionError("give either a study folder or ⟦history⟧")
    if history is not None:
        if stratum is not None:
            raise QuestionError("a history has no strata; they are a study's", "stratum")
        if as_of is not None:
            raise QuestionError("a history has no dates; a data cut is a study's", "as_of")
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
    from hevesy.conduct.next_dose import design_of, next_doses
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.study.cut import as_of as cut_at

    study = study_of(read_record(folder))
    own, chosen = study.protocol.escalation, None
    if by.design is not None:
        chosen = _for_study(by, study.protocol)
        other = replace(by.plan(), strata=own.strata if own is not None else ())
        study = replace(study, protocol=replace(study.protocol, escalation=other))
    elif not by.nothing:
        raise QuestionError("the study's own design is used; to try another, give ⟦design⟧", "design")
    strata = [one.name for one in own.strata] if own is not None else []
    if stratum is not None and stratum not in strata:
        known = f"it has {', '.join(strata)}" if strata else "the protocol has no strata"
        raise QuestionError(f"no stratum is called {stratum!r}; {known}", "stratum")
    cut = as_of or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("the study has no dated fact yet")
    decided = study.protocol.escalation is not None and study.protocol.dlt is not None
    design = (chosen or design_of(study.protocol)) if decided else None
    told = []
    for found in next_doses(cut_at(study, cut), cut, design=chosen):
        if stratum is not None and found.stratum != stratum:
            continue
        because = found.because
        if found.decision is not None:
            because = (f"as of {cut}: {found.notation or 'nobody yet'}", *because)
            because = (*because, "not by the study's own design") if chosen is not None else because
        told.append(
            _Told(
                decision=found.decision,
                because=because,
                design=design.in_short if design is not None else None,
                doses=[str(level.total) for level in study.protocol.dose_levels],
                stratum=found.stratum,
            )
        )
    return tuple(told)


def _for_study(by: AskedDesign, protocol: TrialProtocol) -> DescribedDesign:
    """The design asked for, over the levels of a study and in its window; the study knows both."""
    count, told = len(protocol.dose_levels), by.level_count()
    if told is not None and told != count:
        raise QuestionError(f"the study has {count} levels, got {told}", "levels", "doses", "skeleton")
    if by.window_d is not None:
        raise QuestionError("the study's own window is used: its DLTs are judged in it", "window")
    if by.design == "blrm" and not by.dose_values():
        hint = "give the doses in the unit of the reference dose, one for each of the study's levels"
        raise QuestionError(hint, "doses")
    if protocol.dlt is None:
        raise CannotAnswerError("the protocol has no [dlt]: no dose decision")
    uses_window = by.design is not None and by.design in DESIGNS and DESIGNS[by.design].counts_pending
    size = by.cohort_size or (protocol.escalation.cohort_size if protocol.escalation else None)
    window_d = float(protocol.dlt.window_d) if uses_window else None
    design = replace(by, window_d=window_d, cohort_size=size).built(count)
    if by.design in NOT_OF_A_STUDY:
        raise QuestionError(NOT_OF_A_STUDY[by.design], "design")
    return design
