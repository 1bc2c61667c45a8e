"""Who of a study was eligible, and what the prior therapies amount to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import Day, StudyFolder
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.table import table
from hevesy.errors import CannotAnswerError

if TYPE_CHECKING:
    from hevesy.conduct.analysis import SubjectAnalysis
    from hevesy.conduct.eligibility import PriorTherapies
    from hevesy.follow.eligibility import SubjectEligibility
    from hevesy.follow.prior_therapies import Derived

COMMAND = "study eligibility"


def eligibility(
    folder: Annotated[Path, StudyFolder()],
    *,
    as_of: Annotated[date | None, Day("Data cut: later facts are hidden (default: the last fact).")] = None,
) -> Answer:
    """Each rule of eligibility answered yes, no or undetermined for every subject, with why and the rows.

    Screen failures are among the subjects. Of each the prior therapies are told: lines, combinations, classes that the
    disease is refractory to.

    Returns the cut, the rules, and of each subject the answers, whether it is eligible by all of them, and what its
    prior therapies amount to; without rules in the protocol nobody is called eligible.
    Refused are a record that does not verify, and a study without a dated fact.

    Source: refractory as in S. V. Rajkumar et al., Blood 2011;117:4691.

    Example: print(hevesy.open("trial").eligibility(as_of="2016-11-04"))
    """
    from hevesy.conduct.analysis import analyse
    from hevesy.conduct.eligibility import of_subject, prior_therapies
    from hevesy.conduct.recorded_study import read_record, study_of

    study = study_of(read_record(folder))
    cut = as_of or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("the study has no dated fact: name the cut with ⟦as_of⟧")
    analysis = analyse(study, cut)
    rules, delivered = study.protocol.eligibility, "prior_therapy" in study.delivered_kinds
    subjects = [(item, of_subject(analysis, item)) for item in analysis.subjects]
    prior = [prior_therapies(item) for item in analysis.subjects] if delivered else [None] * len(subjects)
    every = list(zip(subjects, prior, strict=True))
    return Answer(
        document={
            "cut": str(cut),
            "rules": [{"name": rule.name, "kind": "exclusion" if rule.exclusion else "inclusion"} for rule in rules],
            "prior_therapy_delivered": delivered,
            "subjects": [_document(item, asked, told) for (item, asked), told in every],
        },
        blocks=(
            said(f"{len(rules)} rule{'' if len(rules) == 1 else 's'} of eligibility at {cut}"),
            table("eligibility", "Eligibility by subject", COLUMNS, (_row(asked, told) for (_, asked), told in every)),
            listed(*shortened(line for (_, asked), _ in every for line in _open(asked))),
        ),
    )


COLUMNS = ("subject", "eligible", "not satisfied", "undetermined", "prior lines", "refractory to both")


def _document(item: SubjectAnalysis, asked: SubjectEligibility, told: PriorTherapies | None) -> dict[str, Json]:
    return {
        "subject": asked.subject,
        "assigned": item.arm is not None,
        "eligible": asked.eligible if asked.answers else None,
        "rules": [
            {
                "name": one.rule.name,
                "answer": one.answer,
                "holds": one.holds,
                "because": list(one.because),
                "rows": list(one.rows),
            }
            for one in asked.answers
        ],
        "prior_therapies": None if told is None else _prior(told),
    }


def _prior(told: PriorTherapies) -> dict[str, Json]:
    return {
        "lines": told.lines,
        "because": list(told.because),
        "unknown_agents": [name for course in told.history.courses for name in course.agents.unknown],
        **{one.key.replace("-", "_"): _derived(found) for one, found in told.derived},
    }


def _derived(found: Derived) -> dict[str, Json]:
    return {"answer": found.answer, "because": list(found.because), "rows": list(found.rows)}


def _row(asked: SubjectEligibility, told: PriorTherapies | None) -> tuple[str, ...]:
    def names(answer: str) -> str:
        return "; ".join(one.rule.name for one in asked.answers if one.answer == answer)

    lines, both = "", ""
    if told is not None:
        lines = str(told.lines) if told.lines is not None else "undetermined"
        both = next(found.answer for one, found in told.derived if one.key == "double-refractory")
    eligible = asked.eligible if asked.answers else ""
    return asked.subject, eligible, names("no"), names("undetermined"), lines, both


def _open(asked: SubjectEligibility) -> Iterator[str]:
    for one in (*asked.of("no"), *asked.of("undetermined")):
        yield f"{asked.subject}: {one.rule.name}: {one.answer}: {'; '.join(one.because) or 'no row tells'}"
