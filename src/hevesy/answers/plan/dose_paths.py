"""Paths through a trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import StudyFolder, Whole
from hevesy.answers.plan.asked_design import AskedDesign, Rates
from hevesy.answers.plan.asked_study import (
    NOT_ITS_OWN,
    Cut,
    History,
    OneStratum,
    StudyEscalation,
    escalation_of,
    one_source,
)
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.names import token

if TYPE_CHECKING:
    from hevesy.conduct.next_dose import NextDose
    from hevesy.plan.escalation.design import DescribedDesign
    from hevesy.plan.escalation.design import History as Cohorts
    from hevesy.plan.escalation.paths import Path as DosePath

COMMAND = "plan paths"
FACES = ("csv", "svg")
LETTERS = "Outcomes: the level, then a letter for each subject there: N no DLT, T DLT."


def dose_paths(
    folder: Annotated[Path | None, StudyFolder("A study folder, whose present state the paths begin at.", "[DIR]")] = (
        None
    ),
    *,
    history: History = None,
    as_of: Cut = None,
    stratum: OneStratum = None,
    cohorts: Annotated[int, Whole("How many cohorts ahead.", least=1, most=8)] = 3,
    p: Rates = None,
    by: AskedDesign,
) -> Answer:
    """Every path to a horizon of cohorts, with probabilities under given DLT rates.

    From the start of a trial, or from where a study or a history has led it: subjects who are waited for there come
    first, and probabilities are then given what they will have. Of each stratum where the protocol has strata.

    Returns of each path its outcomes, the level that follows or the MTD, and its probability where rates were given;
    of paths that begin somewhere also from where, how many are waited for, and the design.
    Refused are designs without exact results, rates for another number of levels, and a trial that is over.

    >>> import hevesy
    >>> found = hevesy.dose_paths(design="three-plus-three", p=[0.1, 0.3], cohorts=1).document["paths"]
    >>> found[0]["outcomes"], round(found[0]["probability"], 3)
    ('1NNN', 0.729)
    """
    if folder is not None or history is not None:
        one_source(folder, history, as_of, stratum)
    if folder is not None:
        return _answer(_of_study(escalation_of(by, folder, as_of, stratum), cohorts, p))
    count = by.level_count_with(p) if p is not None else by.level_count()
    if count is None:
        raise QuestionError("give ⟦p⟧ or the number of levels", "levels")
    if history is not None:
        from hevesy.plan.escalation.design import parse_history

        return _answer((_ahead(by.built(count), parse_history(history), cohorts, p),))
    from hevesy.plan.escalation.paths import paths

    found = paths(by.built(count).complete(), cohorts, p)
    return Answer(document={"paths": _rows(found)}, blocks=_drawn(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """The paths from somewhere, what is said of them, and the stratum; None: there are none, because."""

    begun: str | None
    """Where they begin, in notation."""
    waiting: int
    design: str | None
    found: tuple[DosePath, ...] | None
    because: tuple[str, ...]
    cut: date | None = None
    """Of a study."""
    stratum: str | None = None

    def document(self) -> dict[str, Json]:
        return {
            "paths": None if self.found is None else _rows(self.found),
            "from": self.begun,
            **picked(self, "waiting", "design", "because"),
            **({"cut": str(self.cut)} if self.cut is not None else {}),
            **({"stratum": self.stratum} if self.stratum is not None else {}),
        }

    def blocks(self, of_several: bool) -> list[Block]:
        first: list[Block] = [said(f"stratum {self.stratum}:")] if of_several else []
        if self.found is None:
            return [*first, *(said(line, tone="caution") for line in self.because)]
        steps = max(len(path.outcomes) for path in self.found)
        cohorts = "cohort" if steps == 1 else "cohorts"
        answer = f"{len(self.found)} paths of up to {steps} {cohorts} from {self.begun or 'the start: nobody yet'}"
        reasons = [said(line, tone="caution" if self.waiting else "plain") for line in self.because]
        suffix = f"-{token(self.stratum)}" if self.stratum is not None and of_several else ""
        given = "Probability, given those waited for" if self.waiting else "Probability"
        return [*first, said(answer, tone="answer"), *reasons, *_drawn(self.found, suffix, given),
                said(f"by {self.design}")]  # fmt: skip


def _answer(every: Sequence[_Ahead]) -> Answer:
    if all(one.found is None for one in every):
        told = "; ".join(dict.fromkeys(line for one in every for line in one.because))
        raise CannotAnswerError(told, _document(every))
    return Answer(
        document=_document(every), blocks=tuple(block for one in every for block in one.blocks(len(every) > 1))
    )


def _document(every: Sequence[_Ahead]) -> dict[str, Json]:
    if len(every) == 1:
        return every[0].document()
    return {
        **dict.fromkeys(("paths", "from", "waiting")),
        "design": every[0].design,
        "because": ["each stratum is decided by itself; name one with its name, or see the paths of all"],
        "strata": [one.document() for one in every],
    }


def _of_study(asked: StudyEscalation, cohorts: int, p: Sequence[float] | None) -> tuple[_Ahead, ...]:
    """The paths of every stratum that was asked for; of one that has none the reason."""
    levels = len(asked.protocol.dose_levels)
    if p is not None and len(p) != levels:
        raise QuestionError(f"{len(p)} rates for the study's {levels} levels", "p")
    return tuple(_of_stratum(asked, one, cohorts, p) for one in asked.found)


def _of_stratum(asked: StudyEscalation, one: NextDose, cohorts: int, p: Sequence[float] | None) -> _Ahead:
    design = asked.design_in(one.stratum)
    if one.decision is None or design is None:
        return _Ahead(
            begun=one.notation or None,
            waiting=0,
            design=design.in_short if design is not None else None,
            found=None,
            because=one.because,
            cut=asked.cut,
            stratum=one.stratum,
        )
    told = (f"as of {asked.cut}", *((NOT_ITS_OWN,) if asked.chosen is not None else ()))
    try:
        found = _ahead(design, one.history, cohorts, p)
    except (CannotAnswerError, RuleError) as error:  # one stratum takes nothing from the others
        if len(asked.found) == 1:
            raise
        because = (str(error.args[0]),)
        found = _Ahead(begun=one.notation, waiting=0, design=design.in_short, found=None, because=because)
    return replace(found, because=(*told, *found.because), cut=asked.cut, stratum=one.stratum)


def _ahead(design: DescribedDesign, history: Cohorts, cohorts: int, p: Sequence[float] | None) -> _Ahead:
    """The paths on from a history."""
    from hevesy.plan.escalation.design import notation
    from hevesy.plan.escalation.paths import paths_from, waited_for

    waiting, told = waited_for(history), []
    if waiting:
        whom = "the subject" if waiting == 1 else f"the {waiting} subjects"
        told.append(f"the first step is what {whom} waited for will have: paths begin once that is known")
    if waiting and p is not None:
        told.append(
            "probabilities are given that step: they add up to 1 for each number of DLTs in it, since a rate says "
            "nothing of who was followed for some days"
        )
    found = paths_from(design.complete(), history, cohorts, p)
    begun = notation(history)
    return _Ahead(begun=begun, waiting=waiting, design=design.in_short, found=found, because=tuple(told))


def _outcomes(path: DosePath) -> str:
    return " ".join(f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True))


def _rows(found: Sequence[DosePath]) -> list[dict[str, Json]]:
    return [{"outcomes": _outcomes(path), **picked(path, "level", "mtd", "probability")} for path in found]


def _drawn(found: Sequence[DosePath], suffix: str = "", probability: str = "Probability") -> tuple[Block, ...]:
    """The paths as a table, and drawn."""
    from hevesy.readout.figures import decisions

    columns = [of_numbers(title) for title in ("Then level", "MTD", probability)]
    cells = [
        (_outcomes(path), shown(path.level, absent="over"), shown(path.mtd, absent="" if path.level else "none"),
         shown(path.probability, ".6f"))
        for path in found
    ]  # fmt: skip
    figure = decisions.dose_paths(found)
    figure = replace(figure, id=f"{figure.id}{suffix}")
    drawn = Section(id=f"drawn{suffix}", title="The paths, drawn", blocks=(figure,), folded=True)
    return table(f"paths{suffix}", "Paths", ("Outcomes", *columns), cells, LETTERS), drawn
