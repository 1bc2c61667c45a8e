"""A study's escalation as it is asked for: at a cut, by its own design or another, one stratum or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.asked import Day, Text
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.study.protocol.escalation import DESIGNS

if TYPE_CHECKING:
    from hevesy.conduct.next_dose import NextDose
    from hevesy.plan.escalation.design import DescribedDesign
    from hevesy.study.protocol import TrialProtocol

History = Annotated[
    str | None,
    Text(
        "As in '1NNNN 2NT37P40': N no DLT, T DLT, P pending, U undetermined, X not evaluable, E response, "
        "B response and DLT; days may follow T, B and P."
    ),
]
Cut = Annotated[date | None, Day("Data cut of the study.")]
OneStratum = Annotated[str | None, Text("One stratum of a study's escalation.", "NAME")]
NOT_ITS_OWN = "not by the study's own design"
NOT_OF_A_STUDY = {
    "table": "a table is not for this command: it is for next, oc and paths with ⟦history⟧ or ⟦p⟧",
    "boin12": "boin12 needs the responses of the subjects: give a history in notation",
}


def one_source(folder: Path | None, history: str | None, as_of: date | None, stratum: str | None) -> None:
    """Refuse a study and a history together or neither, and what a history has not."""
    if (folder is None) == (history is None):
        raise QuestionError("give either a study folder or ⟦history⟧")
    if history is not None and stratum is not None:
        raise QuestionError("a history has no strata; they are a study's", "stratum")
    if history is not None and as_of is not None:
        raise QuestionError("a history has no dates; a data cut is a study's", "as_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEscalation:
    """The decisions of a study at a cut, and what they are by; `chosen` None: its own design."""

    protocol: TrialProtocol
    cut: date
    found: tuple[NextDose, ...]
    """Of every stratum, or of the one that was asked for."""
    chosen: DescribedDesign | None

    @property
    def design(self) -> DescribedDesign | None:
        """The design, begun at its lowest level; None where the protocol decides no doses."""
        from hevesy.conduct.next_dose import design_of

        decided = self.protocol.escalation is not None and self.protocol.dlt is not None
        return (self.chosen or design_of(self.protocol)) if decided else None

    def design_in(self, stratum: str | None) -> DescribedDesign | None:
        """The design, begun where the stratum begins."""
        escalation = self.protocol.escalation
        own = escalation.strata if escalation is not None else ()
        start = next((one.start_level for one in own if one.name == stratum), 1)
        return self.design.starting_at(start) if self.design is not None else None

    @property
    def doses(self) -> Sequence[str]:
        """The levels in words."""
        return [str(level.total) for level in self.protocol.dose_levels]


def escalation_of(by: AskedDesign, folder: Path, as_of: date | None, stratum: str | None) -> StudyEscalation:
    """The decisions of a study as they are asked for.

    Refused are fields of a design without its name, a stratum that is not there, and a study without a dated fact.
    """
    from hevesy.conduct.next_dose import next_doses
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
    if stratum is not None:
        require_stratum(study.protocol, stratum)
    cut = as_of or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("the study has no dated fact yet")
    found = next_doses(cut_at(study, cut), cut, design=chosen)
    return StudyEscalation(
        protocol=study.protocol,
        cut=cut,
        found=tuple(one for one in found if stratum is None or one.stratum == stratum),
        chosen=chosen,
    )


def require_stratum(protocol: TrialProtocol, stratum: str) -> None:
    """Refuse a stratum that the protocol has not."""
    strata = [one.name for one in protocol.escalation.strata] if protocol.escalation is not None else []
    if stratum not in strata:
        known = f"it has {', '.join(strata)}" if strata else "the protocol has no strata"
        raise QuestionError(f"no stratum is called {stratum!r}; {known}", "stratum")


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
