"""Small studies and results, written by hand: a few subjects whose every number can be worked out on paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from hevesy.blocks.number import Number, plain
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.section import Block, Section, flat, numbers_in
from hevesy.blocks.table import Table
from hevesy.conduct.analysis import Counts, Given, SubjectAnalysis, Times
from hevesy.conduct.groups import Group
from hevesy.follow.ctcae import LabGrade
from hevesy.follow.labs import CountCourse, Episode, GradedLab
from hevesy.follow.response.outcome import Response, Visit
from hevesy.follow.survival import TimeToEvent
from hevesy.follow.vital_status import KnownDeath
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.outcomes import SubjectOutcome
from hevesy.study.protocol import Arm
from hevesy.study.protocol.criteria import CRITERIA
from hevesy.study.subject import Subject
from hevesy.treat.completion import Completion
from hevesy.treat.exposure import Exposure

DAY_1 = date(2020, 1, 1)
ARM = Arm(code="1", name="cohort 1", dose_level=None)


def exposure(subject: str, total_MBq: float | None = None, rows: tuple[int, ...] = ()) -> Exposure:
    return Exposure(
        subject=subject,
        prescription=None,
        infusions=(),
        total_MBq=total_MBq,
        percent_of_prescribed=None,
        because=(),
        notes=(),
        rows=rows,
    )


def person(
    number: int,
    *,
    treated: bool = True,
    age: float | None = None,
    events: Iterable[AdverseEvent] = (),
    response: Response | None = None,
    dlt: SubjectOutcome | None = None,
    times: Times | None = None,
    died: date | None = None,
    total_MBq: float | None = None,
    courses: tuple[CountCourse, ...] = (),
    missing: tuple[tuple[str, int], ...] = (),
) -> SubjectAnalysis:
    """Subject S1, S2, ...: enrolled in row 1, 2, ..., infused in row 101, 102, ... on day 1."""
    name = f"S{number}"
    infused = Administration(subject=name, row=100 + number, start=datetime(2020, 1, 1, 12, tzinfo=UTC))
    given = exposure(name, total_MBq, (number, 100 + number))
    return SubjectAnalysis(
        subject=Subject(
            id=name,
            enrolment=Enrolment(subject=name, row=number, arm_code=ARM.code, age_a=age, sex="F" if number % 2 else "M"),
            events=(*((infused,) if treated else ()), *events),
        ),
        arm=ARM,
        given=Given(
            exposure=given,
            schedules=(),
            completion=Completion(
                subject=name, planned=1, received=1, complete=True, because="1 of 1 received", rows=given.rows
            ),
        ),
        counts=Counts(courses=courses, missing=missing),
        death=KnownDeath(on=died, because="death record", rows=(300 + number,)) if died is not None else None,
        dlt=dlt,
        response=response,
        other_readings=(),
        times=times or Times(),
        questioned=(),
    )


def group(*members: SubjectAnalysis, id: str = "all", name: str = "All") -> Group:
    return Group(id=id, name=name, members=members)


def event(number: int, row: int, term: str = "Fatigue", grade: int | None = 1, **more: object) -> AdverseEvent:
    given: dict[str, object] = {"on": date(2020, 1, 5), "system_organ_class": "General disorders", "serious": False}
    return AdverseEvent(subject=f"S{number}", row=row, term=term, grade=grade, **{**given, **more})  # type: ignore[arg-type]


def response(number: int, best: str, criteria: str = "recist-1.1", changes: tuple[float, ...] = ()) -> Response:
    """A response; visits every 30 days with these changes from baseline."""
    visits = tuple(
        Visit(
            on=date.fromordinal(DAY_1.toordinal() + 30 * place),
            value=100 + change,
            change_percent=change,
            category=best,
            because=f"{change:+g} %",
            row=400 + 10 * number + place,
        )
        for place, change in enumerate(changes, 1)
    )
    return Response(
        subject=f"S{number}",
        criteria=CRITERIA[criteria],
        followed=("sum",),
        visits=visits,
        best=best,
        because=f"called {best}",
        rows=(400 + number,),
    )


def outcome(number: int, status: str, level: int = 1, elapsed_d: int | None = 28) -> SubjectOutcome:
    return SubjectOutcome(
        subject=f"S{number}",
        level=level,
        status=status,  # type: ignore[arg-type]
        because=(f"because {status}",),
        rows=(100 + number,),
        elapsed_d=elapsed_d,
    )


def time(number: int, days: int, observed: bool) -> TimeToEvent:
    return TimeToEvent(
        subject=f"S{number}",
        start=DAY_1,
        end=date.fromordinal(DAY_1.toordinal() + days - 1),
        observed=observed,
        because="died" if observed else "last known alive",
        rows=(500 + number,),
    )


def count(number: int, day: int, value: float, grade: int, test: str = "platelets") -> GradedLab:
    on = date.fromordinal(DAY_1.toordinal() + day - 1)
    lab = Lab(subject=f"S{number}", row=600 + 100 * number + day, on=on, test=test, value=value, unit="10^9/L")
    return GradedLab(lab=lab, grade=LabGrade(grade=grade, because="by value", value=value), on=on, day=day)


def course(number: int, *counts: tuple[int, float, int], resolved: int | None = None) -> CountCourse:
    """Platelets of one subject: days, values and grades; the first is the baseline."""
    first, *after = (count(number, *one) for one in counts)
    lowest = min(after, key=lambda one: one.grade.value or 0.0)
    worse = [one for one in after if (one.grade.grade or 0) > (first.grade.grade or 0)]
    episode = None
    if worse:
        episode = Episode(
            subject=f"S{number}",
            test="platelets",
            term="Platelet count decreased",
            baseline_grade=first.grade.grade or 0,
            worst_grade=max(one.grade.grade or 0 for one in worse),
            onset_day=worse[0].day or 0,
            worst_day=lowest.day or 0,
            resolved_day=resolved,
            rows=tuple(one.lab.row for one in worse),
        )
    return CountCourse(
        subject=f"S{number}",
        test="platelets",
        counts=tuple(after),
        baseline=first,
        nadir=lowest,
        own_nadir=lowest,
        worst_grade=max(one.grade.grade or 0 for one in after),
        episode=episode,
    )


def numbers(*blocks: Block) -> dict[str, Number]:
    """Numbers of blocks by their id."""
    return {number.id: number for number in numbers_in(blocks)}


def words(*blocks: Block) -> str:
    """What paragraphs and lists say, sentence after sentence."""
    told: list[str] = []
    for block in flat(blocks):
        if isinstance(block, Paragraph):
            told.append("".join(map(plain, block.parts)))
        elif isinstance(block, Listing):
            told += ["".join(map(plain, item)) for item in block.items]
    return "\n".join(told)


def table(section: Section, id: str) -> list[list[str]]:
    """The rows of a table as shown."""
    (found,) = [block for block in flat(section.blocks) if isinstance(block, Table) and block.id == id]
    return [list(map(plain, row.cells)) for row in found.rows]
