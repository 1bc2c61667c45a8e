"""A study's cohorts, as a dose meeting looks at them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Day, StudyFolder, Text
from hevesy.errors import CannotAnswerError

if TYPE_CHECKING:
    from hevesy.conduct.cohorts import Cohort, Cohorts, Member
    from hevesy.follow.labs import CountCourse
    from hevesy.study.protocol import BloodTest

COMMAND = "study cohorts"
FACES = ("csv", "svg")


def cohorts(
    folder: Annotated[Path, StudyFolder()],
    *,
    as_of: Annotated[date | None, Day("Data cut: later facts are hidden (default: the last fact).")] = None,
    stratum: Annotated[str | None, Text("One stratum of the escalation.", "NAME")] = None,
) -> Answer:
    """Cohort by cohort and subject by subject: what was given, days in the DLT window, DLT status, blood counts.

    Each cohort with how many are evaluable, had a DLT, are pending, undetermined or not evaluable, and whether it is
    complete. Without an escalation subjects stand by arm, or by level in the order of treatment.

    Returns the cohorts with their subjects (each part with its ledger rows), who is in none and why, and what cannot be
    said; what is not known is null.
    Refused are a record that does not verify, a study without a dated fact, and a stratum that is not there.
    Source: each number's own definition, as in the readout.

    Example: print(hevesy.open("trial").cohorts(as_of="2016-11-04"))
    """
    from hevesy.answers.plan.asked_study import require_stratum
    from hevesy.conduct.analysis import analyse
    from hevesy.conduct.cohorts import cohorts as cohorts_of
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.readout.sections.cohorts import cohorts as laid_out

    study = study_of(read_record(folder))
    if stratum is not None:
        require_stratum(study.protocol, stratum)
    cut = as_of or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("the study has no dated fact: name the cut with ⟦as_of⟧")
    found = cohorts_of(analyse(study, cut), stratum)
    return Answer(document=_document(found), blocks=laid_out(found))


def _document(found: Cohorts) -> dict[str, Json]:
    rules = found.protocol.dlt
    return {
        "cut": str(found.cut),
        "window_d": rules.window_d if rules is not None else None,
        "cohorts": [_cohort(one) for one in found.cohorts],
        "in_no_cohort": [{**_member(one), "because": one.because} for one in found.others],
        "unassigned": found.unassigned,
        "because": list(found.unsaid),
    }


def _cohort(one: Cohort) -> dict[str, Json]:
    counted = ("evaluable", "with_dlt", "pending", "undetermined", "not_evaluable")
    return {
        "cohort": one.number,
        **picked(one, "stratum", arm="name"),
        "level": one.level.number if one.level is not None else None,
        "dose": str(one.level.total) if one.level is not None else None,
        **picked(one, "places"),
        **(dict.fromkeys(counted) if one.counts is None else picked(one.counts, *counted)),
        **picked(one, "complete", "because"),
        "subjects": [_member(member) for member in one.members],
    }


def _member(member: Member) -> dict[str, Json]:
    subject, seen, death = member.item.subject, member.last_contact, member.item.death
    return {
        "subject": subject.id,
        "arm": subject.enrolment.arm_code,
        "level": member.level.number if member.level is not None else None,
        "dose": str(member.level.total) if member.level is not None else None,
        "first_infusion": str(subject.day_1) if subject.day_1 is not None else None,
        "dlt": None
        if member.outcome is None
        else picked(member.outcome, "status", "elapsed_d", "followed_d", "dlt_after_d", "because", "noted", "rows"),
        "activity": _activity(member),
        "counts": {test: _course(test, course) for test, course in member.courses},
        "last_contact": None if seen is None else {"on": str(seen.on), "record": seen.words, "rows": [seen.row]},
        "death": None
        if death is None
        else {"on": str(death.on) if death.on is not None else None, **picked(death, "because", "rows")},
        "questioned": [str(one) for one in member.item.questioned],
    }


def _activity(member: Member) -> dict[str, Json]:
    given = member.item.given.exposure
    return {
        "administered_MBq": given.total_MBq,
        "planned_MBq": given.prescription.total_MBq if given.prescription is not None else None,
        "percent": given.percent_of_prescribed,
        "infusions": len(given.infusions),
        **picked(given, "because", "rows"),
    }


def _course(test: BloodTest, course: CountCourse | None) -> dict[str, Json]:
    from hevesy.readout.sections.cohorts import recovered
    from hevesy.study.protocol import BLOOD_TEST_DIMENSION
    from hevesy.units import INTERNAL_UNIT

    unit = INTERNAL_UNIT[BLOOD_TEST_DIMENSION[test]]
    if course is None:
        absent = ("baseline", "baseline_grade", "nadir", "nadir_day", "nadir_grade", "worst_grade", "recovered_day")
        return {"unit": unit, **dict.fromkeys(absent), "recovery": "no count", "rows": []}
    before, nadir, episode = course.baseline, course.nadir, course.episode
    own = (one for one in (before, nadir) if one is not None)
    return {
        "unit": unit,
        "baseline": before.grade.value if before is not None else None,
        "baseline_grade": before.grade.grade if before is not None else None,
        "nadir": nadir.grade.value if nadir is not None else None,
        "nadir_day": nadir.day if nadir is not None else None,
        "nadir_grade": nadir.grade.grade if nadir is not None else None,
        "worst_grade": course.worst_grade,
        "recovered_day": episode.resolved_day if episode is not None else None,
        "recovery": recovered(course),
        "rows": sorted({*(one.lab.row for one in own), *(episode.rows if episode is not None else ())}),
    }
