"""The dose meeting's tables: cohort by cohort and subject by subject, in the order of treatment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Column, Table, of_numbers, table
from hevesy.names import token
from hevesy.readout.figures.counts import counts_figure
from hevesy.readout.sections.counts import in_unit
from hevesy.readout.sections.dlt import elapsed_of, status_of
from hevesy.readout.sections.numbers import number
from hevesy.readout.sections.profiles import before, lowest, recovery, total_given

if TYPE_CHECKING:
    from hevesy.conduct.cohorts import Cohort, Cohorts, Member
    from hevesy.follow.labs import CountCourse
    from hevesy.study.outcomes import SubjectOutcome
    from hevesy.study.protocol import BloodTest

STATUSES = {
    "Evaluable": ("DLT", "no DLT"),
    "With DLT": ("DLT",),
    "Pending": ("pending",),
    "Undetermined": ("undetermined",),
    "Not evaluable": ("not evaluable",),
}
"""What the subjects of a cohort are counted as, and the statuses that it takes."""
MOST = 60
"""Subjects of an arm that are shown one by one."""
COMPLETE = {True: "yes", False: "no", None: "cannot be said"}


def cohorts(found: Cohorts) -> tuple[Block, ...]:
    """How the last cohorts stand, all of them counted, then each with its subjects; who is in none comes last."""
    blocks: list[Block] = [said(f"As of {found.cut}: {line}.", tone="answer") for line in _answers(found)]
    blocks += [said(f"{line[0].upper()}{line[1:]}.", tone="caution") for line in found.unsaid]
    rules = found.protocol.dlt
    if rules is not None and rules.illustrative:
        blocks.append(
            said("The trial's own DLT rule is not public; the rules used here are illustrative.", tone="caution")
        )
    if any(one.counts is not None for one in found.cohorts):
        blocks.append(_counted(found))
    blocks += [_section(found, one) for one in found.cohorts]
    if found.others:
        blocks.append(_outside(found))
    if found.unassigned:
        blocks.append(said(f"{found.unassigned} enrolled to no arm and not {_given(found)}: not shown."))
    return tuple(blocks)


def _given(found: Cohorts) -> str:
    """What somebody is who was given what is studied."""
    return "injected" if found.protocol.diagnostic else "treated"


def called(one: Cohort) -> str:
    """A cohort by its number, stratum and level, or the arm that it is."""
    if one.name is not None:
        return one.name
    stratum = f", stratum {one.stratum}" if one.stratum is not None else ""
    level = f", level {one.level.number} ({one.level.total})" if one.level is not None else ""
    return f"cohort {one.number}{stratum}{level}"


def _answers(found: Cohorts) -> list[str]:
    """Of each stratum how its last cohort stands."""
    if not found.cohorts:
        return ["nobody is in a cohort"]
    last = {one.stratum: one for one in found.cohorts}
    if any(one.counts is None for one in found.cohorts):
        subjects = sum(len(one.members) for one in found.cohorts)
        return [f"{subjects} subjects in {len(found.cohorts)} arms"]
    return [f"{called(one)}: {_standing(one)}" for one in last.values()]


def _standing(one: Cohort) -> str:
    complete = {True: "complete", False: "not complete", None: "whether it is complete cannot be said"}[one.complete]
    counts = one.counts
    told = f"{counts.evaluable} evaluable, {counts.with_dlt} with DLT; " if counts is not None else ""
    return f"{told}{complete} ({one.because})"


def _suffix(one: Cohort) -> str:
    """What tells the ids of a cohort from those of the others."""
    return f"{one.number}-{token(one.stratum)}" if one.stratum is not None else str(one.number)


def _counted(found: Cohorts) -> Table:
    return table(
        "cohorts",
        "Subjects by cohort",
        ("Cohort", *map(of_numbers, ("Enrolled", *STATUSES)), "Complete", "Because"),
        (
            (
                called(one),
                str(len(one.members)),
                *(_count(one, what) for what in STATUSES),
                COMPLETE[one.complete],
                one.because,
            )
            for one in found.cohorts
        ),
        "Evaluable are those with and those without a DLT; undetermined is never counted as no.",
    )


def _count(one: Cohort, what: str) -> Number:
    outcomes = [member.outcome for member in one.members if member.outcome is not None]
    here = [outcome for outcome in outcomes if outcome.status in STATUSES[what]]
    return number(
        f"cohort-{_suffix(one)}-{what.replace(' ', '-').lower()}",
        len(here),
        label=f"{what}, {called(one)}",
        definition=f"subjects of the cohort with DLT status {' or '.join(map(repr, STATUSES[what]))}",
        population=f"subjects of {called(one)}",
        because=shortened(f"{outcome.subject}: {'; '.join(outcome.because)}" for outcome in here) or ("nobody",),
        rows=(row for outcome in here for row in outcome.rows),
    )


def _section(found: Cohorts, one: Cohort) -> Section:
    """The subjects of a cohort: what was given and how they stand, their counts, what was other than planned."""
    name = called(one)
    title = f"{name[0].upper()}{name[1:]}"
    if one.counts is not None:
        title += f": {_standing(one)}"
    id = f"cohort-{_suffix(one)}"
    blocks: list[Block] = [
        _subjects(found, one.members, id, name, levels=one.level is None),
        *_reasons(found, one.members, id, name),
        *_courses(one.members, id, name),
    ]
    beside = [line for member in one.members for line in _beside(member)]
    if beside:
        blocks += [said("Beside it:", tone="caution"), listed(*shortened(beside))]
    if one.drawn is not None:
        drawn = f"{one.drawn.test.capitalize()} of {name}, drawn"
        blocks.append(Section(id=f"{id}-drawn", title=drawn, blocks=(counts_figure(one.drawn, id),), folded=True))
    return Section(id=id, title=title, blocks=tuple(blocks))


def _subjects(found: Cohorts, members: Sequence[Member], id: str, name: str, *, levels: bool) -> Table:
    """What each was given and how it stands; `levels` where they may differ."""
    judged = found.protocol.dlt is not None
    first = "First injection" if found.protocol.diagnostic else "First infusion"
    columns: list[str | Column] = ["Subject", *(["Level"] * levels), Column(title=first, kind="date")]
    columns += [of_numbers("Days of the window"), "DLT"] * judged
    columns += [*map(of_numbers, ("Administered", "Planned", "Of planned")), "Last contact"]
    return table(
        f"{id}-subjects",
        f"Subjects of {name}",
        columns,
        (_subject(found, member, levels) for member in members),
        "Activities are totals of the infusions given up to the cut, and of the whole regimen.",
    )


def _subject(found: Cohorts, member: Member, levels: bool) -> tuple[Part, ...]:
    rules, item, outcome = found.protocol.dlt, member.item, member.outcome
    level = f"{member.level.number} ({member.level.total})" if member.level is not None else "none"
    cells: list[Part] = [item.subject.id, *([level] * levels), _first_infusion(found, member)]
    if rules is not None and outcome is not None:
        cells += [elapsed_of(outcome, rules.window_d, found.cut), status_of(outcome, rules.window_d)]
    elif rules is not None:
        cells += ["", "not asked"]
    return (*cells, *_activity(found, member), _last_contact(member))


def _reasons(found: Cohorts, members: Sequence[Member], id: str, name: str) -> list[Block]:
    """Rule by rule why each stands so."""
    if found.protocol.dlt is None or not members:
        return []
    rows = (
        (member.item.subject.id, "not asked", "no dose level")
        if member.outcome is None
        else (member.item.subject.id, member.outcome.status, _because(member.outcome))
        for member in members
    )
    return [table(f"{id}-reasons", f"DLT of {name}, and why", ("Subject", "DLT", "Because"), rows)]


def _because(outcome: SubjectOutcome) -> str:
    return "; ".join((*outcome.because, *(f"beside it: {one}" for one in outcome.noted)))


def _first_infusion(found: Cohorts, member: Member) -> str:
    subject = member.item.subject
    if subject.day_1 is not None:
        return str(subject.day_1)
    return "day not known" if subject.treated else f"not {_given(found)}"


def _activity(found: Cohorts, member: Member) -> tuple[Part, Part, Part]:
    """Administered, planned, and the part of the plan that was given."""
    unit, given = found.protocol.activity_unit, member.item.given.exposure
    total, plan = total_given(member.item, unit), given.prescription
    absent = "not known" if given.infusions else "none"
    return (
        total if total is not None else absent,
        unit.text(plan.total_MBq) if plan is not None else "not known",
        f"{given.percent_of_prescribed:.1f} %" if given.percent_of_prescribed is not None else absent,
    )


def _last_contact(member: Member) -> Part:
    """The last day known alive; a death as far as its day is known."""
    seen, death, subject = member.last_contact, member.item.death, member.item.subject.id
    died = f"died {death.on or 'on a day that is not known'} ({death.because})" if death is not None else ""
    if seen is None:
        return died or "nothing dated"
    told = f"{seen.on} ({seen.words})"
    return number(
        f"last-contact-{token(subject)}",
        str(seen.on),
        f"{told}; {died}" if died else told,
        label=f"Last contact, {subject}",
        definition="the last day with a dated fact that shows the subject alive",
        population=f"subject {subject}",
        because=tuple(one for one in (told, died) if one),
        rows=(seen.row, *(death.rows if death is not None else ())),
        of=subject,
    )


def _courses(members: Sequence[Member], id: str, name: str) -> list[Block]:
    """Nadir and recovery of each subject, test by test; nothing where nobody has a count."""
    tests: dict[BloodTest, list[tuple[str, CountCourse | None]]] = {}
    for member in members:
        for test, course in member.courses:
            tests.setdefault(test, []).append((member.item.subject.id, course))
    if not any(course is not None for own in tests.values() for _, course in own):
        return [said(f"No count of {' or '.join(tests)} of anybody here.", tone="caution")]
    numbers = map(of_numbers, ("Baseline", "Nadir", "Nadir day", "Worst grade"))
    columns: list[str | Column] = ["Test", "Subject", *numbers, "Back to baseline grade on day"]
    rows = ((in_unit(test), subject, *_course(course)) for test, own in tests.items() for subject, course in own)
    note = "A nadir is the lowest count after the first infusion; a count that rests on support shows no recovery."
    return [table(f"{id}-counts", f"Blood counts of {name}", columns, rows, note)]


def _course(course: CountCourse | None) -> tuple[Part, ...]:
    if course is None:
        return ("none", "no count", "", "", "no count")
    if course.nadir is None:
        return (before(course), "no count", "", "", recovered(course))
    grade = "not graded" if course.worst_grade is None else str(course.worst_grade)
    return (before(course), lowest(course), str(course.nadir.day), grade, recovered(course))


def recovered(course: CountCourse) -> str:
    """The study day of recovery, or in words why there is none."""
    unresolved = course.episode is not None and course.episode.resolved_day is None
    return "not recovered by the cut" if unresolved else recovery(course)


def _beside(member: Member) -> list[str]:
    """What was given other than planned, and what nobody could believe."""
    item = member.item
    told = [*item.given.exposure.notes, *(f"questioned: {one}" for one in item.questioned)]
    if item.counts.missing:
        missing = shortened((f"{test} day {day}" for test, day in item.counts.missing), 12)
        told.append(f"required counts missing: {', '.join(missing)}")
    return [f"{item.subject.id}: {line}" for line in dict.fromkeys(told)]


def _outside(found: Cohorts) -> Section:
    reasons = listed(*shortened(f"{member.item.subject.id}: {member.because}" for member in found.others))
    return Section(
        id="in-no-cohort",
        title=f"In no cohort: {len(found.others)}",
        blocks=(
            reasons,
            _subjects(found, found.others[:MOST], "in-no-cohort", "no cohort", levels=True),
            *_reasons(found, found.others[:MOST], "in-no-cohort", "no cohort"),
        ),
    )
