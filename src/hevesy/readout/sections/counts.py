"""Blood counts: figures, nadirs and recovery, what could not be graded, and what may fake a recovery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.readout.figures.counts import counts_figure
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import NOT_RECORDED, range_of
from hevesy.study.protocol import BLOOD_TEST_DIMENSION
from hevesy.units import INTERNAL_UNIT

if TYPE_CHECKING:
    from hevesy.conduct.blood_counts import BloodCounts, Care, CountsInGroup, OtherReading, Shift, ShiftsOfTest
    from hevesy.follow.labs import CountCourse
    from hevesy.study.protocol import BloodTest


def blood_counts(found: BloodCounts) -> list[Block]:
    """Figures and tables of the blood counts of the treated."""
    return [
        *(counts_figure(drawn) for drawn in found.drawn),
        _nadirs(found),
        _shifts(found.shifts),
        _without_grade(found),
    ]


def _without_grade(found: BloodCounts) -> Block:
    without = sum(len(rows) for _, rows in found.not_graded)
    count = number(
        "labs-not-graded",
        without,
        f"{without} of {found.labs}",
        label="Laboratory values without a grade",
        definition="laboratory values of treated subjects that CTCAE cannot grade here, each with the reason",
        population="laboratory values of treated subjects",
        because=tuple(f"{because}: {len(rows)}" for because, rows in sorted(found.not_graded))
        or ("every value has a grade",),
        rows=(row for _, rows in found.not_graded for row in rows),
    )
    version = found.ctcae_version or "(none named)"
    return said(f"Graded by CTCAE {version}; without a grade: ", count, " laboratory values.")


def in_unit(test: BloodTest) -> str:
    """A test with the unit its counts are told in."""
    return f"{test.capitalize()}, {INTERNAL_UNIT[BLOOD_TEST_DIMENSION[test]]}"


def _nadirs(found: BloodCounts) -> Table:
    rows = [
        (
            in_unit(one.test),
            one.group.name,
            nadir(one),
            *((own_nadir(one),) if found.supported else ()),
            _nadir_day(one),
            grade_3_or_4(one),
            _recovered(one),
        )
        for one in found.tests
    ]
    return table(
        "nadirs",
        "Blood counts: nadir and recovery",
        (
            "Test",
            "Arm",
            "Nadir, median (range)",
            *(("Of the marrow's own counts",) if found.supported else ()),
            "Day of nadir, median (range)",
            "Grade 3 or 4",
            "Back to baseline grade",
        ),
        rows,
        *filter(None, [" ".join(nadir_notes(found.other_readings, found.supported))]),
    )


def nadir(one: CountsInGroup) -> Number:
    """The lowest count of each: median and range."""
    definition = "median (range) of the lowest count after treatment"
    return _of_courses(one, "nadir", one.nadir.median, range_of(one.nadir), definition, (_lowest(one.courses),))


def grade_3_or_4(one: CountsInGroup) -> Number:
    """How many had a count of grade 3 or 4."""
    because = tuple(f"{course.subject}: grade {course.worst_grade}" for course in one.severe) or ("nobody",)
    text, definition = f"{len(one.severe)} of {len(one.courses)}", "subjects whose worst count was grade 3 or 4"
    return _of_courses(one, "grade3", len(one.severe), text, definition, because)


def _nadir_day(one: CountsInGroup) -> Number:
    days = one.nadir_day
    text = f"{days.median:g} ({days.least} to {days.most})"
    definition = "median (range) of the study day of the nadir"
    return _of_courses(one, "nadir-day", days.median, text, definition, (_lowest(one.courses),))


def _recovered(one: CountsInGroup) -> Number:
    episodes = [course.episode for course in one.courses if course.episode is not None]
    back = sum(episode.resolved_day is not None for episode in episodes)
    because = tuple(
        f"{episode.subject}: from day {episode.onset_day} to {episode.resolved_day or 'not yet'}"
        for episode in episodes
    )
    definition = "of those worse than at baseline, subjects back to the baseline grade by the cut"
    rows = tuple(row for episode in episodes for row in episode.rows)
    return _of_courses(one, "recovered", back, f"{back} of {len(episodes)}", definition, because or ("nobody",), rows)


def _lowest(courses: Sequence[CountCourse]) -> str:
    nadirs = [(course.subject, course.nadir) for course in courses if course.nadir is not None]
    return ", ".join(shortened(nadirs, told=lambda one: f"{one[0]} {one[1].grade.value:g} on day {one[1].day}"))


def _of_courses(
    one: CountsInGroup,
    key: str,
    value: float,
    text: str,
    definition: str,
    because: Sequence[str],
    rows: Sequence[int] | None = None,
) -> Number:
    """A number over the courses of a group; its rows are those of the nadirs where none are named."""
    if rows is None:
        rows = tuple(course.nadir.lab.row for course in one.courses if course.nadir is not None)
    return number(
        f"{key}-{one.test}-{one.group.id}",
        value,
        text,
        label=f"{one.test}: {definition}, {one.group.name}",
        definition=definition,
        population=f"treated with counts after treatment, {one.group.name} (n={len(one.courses)})",
        because=because,
        rows=rows,
    )


def nadir_notes(others: Sequence[OtherReading], supported: bool) -> list[str]:
    """What the figures leave out, and what they would be with it."""
    told = ["Own counts rest on no transfusion or growth factor; one that does shows no recovery."] if supported else []
    for other in others:
        several = other.questioned != 1
        values, it = ("questioned values", "them") if several else ("questioned value", "it")
        told.append(
            f"{other.test.capitalize()}, {other.group.name}: {other.questioned} {values} not in it, "
            f"with {it} nadir {range_of(other.nadir)}, grade 3 or 4 in {other.severe} of {other.of}."
        )
    return told


def own_nadir(one: CountsInGroup) -> Part:
    """Of the counts that rest on no transfusion or growth factor."""
    if one.own_nadir is None:
        return "none"
    own = [
        (course.own_nadir, course.own_nadir.grade.value)
        for course in one.courses
        if course.own_nadir is not None and course.own_nadir.grade.value is not None
    ]
    return number(
        f"own-nadir-{one.test}-{one.group.id}",
        one.own_nadir.median,
        range_of(one.own_nadir),
        label=f"{one.test}: median (range) of the lowest own count, {one.group.name}",
        definition="median (range) of the lowest count after treatment that rests on no transfusion or growth factor",
        population=f"treated with such counts, {one.group.name} (n={one.own_nadir.n})",
        because=(
            f"{one.resting} counts left out",
            *shortened(f"{nadir.lab.subject} {value:g} on day {nadir.day}" for nadir, value in own),
        ),
        rows=(nadir.lab.row for nadir, _ in own),
    )


WORST = (0, 1, 2, 3, 4, None)


def _shifts(tests: Sequence[ShiftsOfTest]) -> Table:
    """Grade at baseline against the worst grade after it, all treated subjects."""
    rows: list[tuple[Part, ...]] = []
    for one in tests:
        known = {(shift.before, shift.after): shift for shift in one.shifts}
        for before in dict.fromkeys(shift.before for shift in one.shifts):
            cells = ((_shift(one, shift) if (shift := known.get((before, after))) else "") for after in WORST)
            rows.append((one.test.capitalize(), "not known" if before is None else str(before), *cells))
    return table(
        "shifts",
        "Blood counts: grade at baseline and worst grade after treatment, subjects",
        ("Test", "Baseline grade", *map(of_numbers, ("Worst 0", "1", "2", "3", "4", "Not graded"))),
        rows,
    )


def _shift(one: ShiftsOfTest, shift: Shift) -> Number:
    before, after = shift.before, shift.after
    names = ["not graded" if grade is None else f"grade {grade}" for grade in (before, after)]
    return number(
        f"shift-{one.test}-{'x' if before is None else before}-{'x' if after is None else after}",
        shift.subjects,
        label=f"{one.test}: {names[0]} at baseline, {names[1]} at worst",
        definition="subjects by the CTCAE grade of the last count before treatment and of the worst count after it",
        population=f"treated with counts after treatment (n={one.counted})",
        because=tuple(course.subject for course in shift.courses),
        rows=(item.lab.row for course in shift.courses for item in course.counts if item.grade.grade == after),
    )


def supportive_care(found: Sequence[Care] | None) -> list[Block]:
    """Transfusions and growth factors, or that none were recorded."""
    if found is None:
        text = (
            f"Transfusions and growth factors: {NOT_RECORDED}. They can fake the recovery of a count; "
            "read recovery with that in mind."
        )
        return [said(text, tone="caution")]
    count = number(
        "supportive-care",
        len(found),
        label="Transfusions and growth factors",
        definition="records of transfusions and growth factors up to the cut",
        population="treated",
        rows=(one.event.row for one in found),
    )
    return [
        said(count, " records of transfusions or growth factors; counts within their days show no recovery."),
        listed(*shortened(map(_carries, found))),
    ]


def _carries(one: Care) -> str:
    event, rule = one.event, one.rule
    if rule is not None:
        told = f"carries {rule.test} for {rule.days} days ({rule.source})"
    elif event.on is not None:
        told = "no rule knows which count it carries"
    else:
        told = "its day is not known: no count is taken out"
    return f"{one.subject}: {event.product} on {event.on or 'an unknown day'}; {told}"
