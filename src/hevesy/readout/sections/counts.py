"""Blood counts: figures, nadirs and recovery, what could not be graded, and what may fake a recovery."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said
from hevesy.blocks.section import Block
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.conduct.analysis import Analysis
from hevesy.follow.incidence import shift_table
from hevesy.follow.labs import CountCourse, courses, taken_as_delivered
from hevesy.follow.support import rule_for, without_rule
from hevesy.readout.figures.counts import counts_figure
from hevesy.readout.sections.groups import Group, arm_groups, number
from hevesy.readout.wording import NOT_RECORDED, shortened
from hevesy.study.dates import study_day, whole
from hevesy.study.protocol import BLOOD_TEST_DIMENSION, BLOOD_TESTS
from hevesy.units import INTERNAL_UNIT


def blood_counts(analysis: Analysis, groups: Sequence[Group]) -> list[Block]:
    """Figures and tables of the blood counts of the treated."""
    protocol = analysis.study.protocol
    window = protocol.dlt.window_d if protocol.dlt else None
    drawn = [(group.name, group.treated) for group in arm_groups(analysis)]
    care = [
        (rule.test, study_day(on, item.subject.day_1), event.product)
        for item in analysis.treated
        for event in item.subject.supportive_care
        if (on := whole(event.on)) is not None
        and item.subject.day_1 is not None
        and (rule := rule_for(event.product, protocol.support_rules)) is not None
    ]
    blocks: list[Block] = []
    for test in BLOOD_TESTS:
        figure = counts_figure(
            test, drawn, window, [(day, product) for carried, day, product in care if carried == test]
        )
        if figure is not None:
            blocks.append(figure)
    blocks.append(_nadirs(groups))
    blocks.append(_shifts(analysis))
    not_graded: dict[str, list[int]] = {}
    total = 0
    for item in analysis.treated:
        for lab in item.labs:
            total += 1
            if lab.grade.grade is None:
                not_graded.setdefault(lab.grade.because, []).append(lab.lab.row)
    count = number(
        "labs-not-graded",
        sum(map(len, not_graded.values())),
        f"{sum(map(len, not_graded.values()))} of {total}",
        label="Laboratory values without a grade",
        definition="laboratory values of treated subjects that CTCAE cannot grade here, each with the reason",
        population="laboratory values of treated subjects",
        because=tuple(f"{because}: {len(rows)}" for because, rows in sorted(not_graded.items()))
        or ("every value has a grade",),
        rows=(row for rows in not_graded.values() for row in rows),
    )
    blocks.append(
        said(
            f"Graded by CTCAE {protocol.ctcae_version or '(none named)'}; without a grade: ",
            count,
            " laboratory values.",
        )
    )
    return blocks


def _nadirs(groups: Sequence[Group]) -> Table:
    supported = any(item.subject.supportive_care for group in groups for item in group.treated)
    rows = [
        (
            f"{test.capitalize()}, {INTERNAL_UNIT[BLOOD_TEST_DIMENSION[test]]}",
            group.name,
            nadir(test, group, own),
            *((own_nadir(test, group, own),) if supported else ()),
            _nadir_day(test, group, own),
            grade_3_or_4(test, group, own),
            _recovered(test, group, own),
        )
        for test in BLOOD_TESTS
        for group in groups
        if (own := followed(test, group))
    ]
    return table(
        "nadirs",
        "Blood counts: nadir and recovery",
        (
            "Test",
            "Arm",
            "Nadir, median (range)",
            *(("Of the marrow's own counts",) if supported else ()),
            "Day of nadir, median (range)",
            "Grade 3 or 4",
            "Back to baseline grade",
        ),
        rows,
        *filter(None, [" ".join(nadir_notes(groups, supported))]),
    )


def followed(test: str, group: Group) -> list[CountCourse]:
    """Courses of a test in a group with a count after treatment."""
    return [
        course for item in group.treated for course in item.courses if course.test == test and course.nadir is not None
    ]


def nadir(test: str, group: Group, courses: Sequence[CountCourse]) -> Number:
    """The lowest count of each: median and range."""
    values = [
        course.nadir.grade.value
        for course in courses
        if course.nadir is not None and course.nadir.grade.value is not None
    ]
    text = f"{median(values):g} ({min(values):g} to {max(values):g})"
    definition = "median (range) of the lowest count after treatment"
    return _of_courses(
        "nadir", test, group, courses, median(values), text, definition, (_lowest(courses),), _nadir_rows(courses)
    )


def grade_3_or_4(test: str, group: Group, courses: Sequence[CountCourse]) -> Number:
    """How many had a count of grade 3 or 4."""
    severe = [course for course in courses if (course.worst_grade or 0) >= 3]
    because = tuple(f"{course.subject}: grade {course.worst_grade}" for course in severe) or ("nobody",)
    text, definition = f"{len(severe)} of {len(courses)}", "subjects whose worst count was grade 3 or 4"
    return _of_courses("grade3", test, group, courses, len(severe), text, definition, because, _nadir_rows(courses))


def _nadir_day(test: str, group: Group, courses: Sequence[CountCourse]) -> Number:
    days = [course.nadir.day for course in courses if course.nadir is not None and course.nadir.day is not None]
    text = f"{median(days):g} ({min(days)} to {max(days)})"
    definition = "median (range) of the study day of the nadir"
    return _of_courses(
        "nadir-day", test, group, courses, median(days), text, definition, (_lowest(courses),), _nadir_rows(courses)
    )


def _recovered(test: str, group: Group, courses: Sequence[CountCourse]) -> Number:
    episodes = [course.episode for course in courses if course.episode is not None]
    back = sum(episode.resolved_day is not None for episode in episodes)
    because = tuple(
        f"{episode.subject}: from day {episode.onset_day} to {episode.resolved_day or 'not yet'}"
        for episode in episodes
    )
    definition = "of those worse than at baseline, subjects back to the baseline grade by the cut"
    rows = tuple(row for episode in episodes for row in episode.rows)
    return _of_courses(
        "recovered", test, group, courses, back, f"{back} of {len(episodes)}", definition, because or ("nobody",), rows
    )


def _lowest(courses: Sequence[CountCourse]) -> str:
    nadirs = [(course.subject, course.nadir) for course in courses if course.nadir is not None]
    return ", ".join(shortened(f"{subject} {lowest.grade.value:g} on day {lowest.day}" for subject, lowest in nadirs))


def _nadir_rows(courses: Sequence[CountCourse]) -> tuple[int, ...]:
    return tuple(course.nadir.lab.row for course in courses if course.nadir is not None)


def _of_courses(
    key: str,
    test: str,
    group: Group,
    courses: Sequence[CountCourse],
    value: float,
    text: str,
    definition: str,
    because: Sequence[str],
    rows: Sequence[int],
) -> Number:
    return number(
        f"{key}-{test}-{group.id}",
        value,
        text,
        label=f"{test}: {definition}, {group.name}",
        definition=definition,
        population=f"treated with counts after treatment, {group.name} (n={len(courses)})",
        because=because,
        rows=rows,
    )


def nadir_notes(groups: Sequence[Group], supported: bool) -> list[str]:
    """What the figures leave out, and what they would be with it."""
    told = ["Own counts rest on no transfusion or growth factor; one that does shows no recovery."] if supported else []
    for test in BLOOD_TESTS:
        for group in groups:
            asked = [
                item
                for item in group.treated
                if any(lab.question is not None and lab.lab.test == test for lab in item.labs)
            ]
            if not asked:
                continue
            number_of = sum(lab.question is not None and lab.lab.test == test for item in asked for lab in item.labs)
            with_them = [
                course
                for item in group.treated
                for course in courses(item.subject, taken_as_delivered(item.labs))
                if course.test == test and course.nadir is not None
            ]
            values = [
                course.nadir.grade.value
                for course in with_them
                if course.nadir is not None and course.nadir.grade.value is not None
            ]
            severe = sum((course.worst_grade or 0) >= 3 for course in with_them)
            told.append(
                f"{test.capitalize()}, {group.name}: {number_of} questioned value{'' if number_of == 1 else 's'} not "
                f"in it, with {'it' if number_of == 1 else 'them'} nadir {median(values):g} ({min(values):g} to "
                f"{max(values):g}), grade 3 or 4 in {severe} of {len(with_them)}."
            )
    return told


def own_nadir(test: str, group: Group, courses: Sequence[CountCourse]) -> Part:
    """Of the counts that rest on no transfusion or growth factor."""
    own = [
        (course.own_nadir, value)
        for course in courses
        if course.own_nadir and (value := course.own_nadir.grade.value) is not None
    ]
    resting = sum(item.support is not None for course in courses for item in course.counts)
    if not own:
        return "none"
    values = [value for _, value in own]
    return number(
        f"own-nadir-{test}-{group.id}",
        median(values),
        f"{median(values):g} ({min(values):g} to {max(values):g})",
        label=f"{test}: median (range) of the lowest own count, {group.name}",
        definition="median (range) of the lowest count after treatment that rests on no transfusion or growth factor",
        population=f"treated with such counts, {group.name} (n={len(own)})",
        because=(
            f"{resting} counts left out",
            *shortened(f"{nadir.lab.subject} {value:g} on day {nadir.day}" for nadir, value in own),
        ),
        rows=(nadir.lab.row for nadir, _ in own),
    )


def _shifts(analysis: Analysis) -> Table:
    """Grade at baseline against the worst grade after it, all treated subjects."""
    rows: list[tuple[Part, ...]] = []
    for test in BLOOD_TESTS:
        courses = [
            course for item in analysis.treated for course in item.courses if course.test == test and course.counts
        ]
        grades = {
            course.subject: (course.baseline.grade.grade if course.baseline else None, course.worst_grade)
            for course in courses
        }
        for before in sorted({first for first, _ in grades.values()}, key=lambda grade: -1 if grade is None else grade):
            cells: list[Part] = []
            for after in (0, 1, 2, 3, 4, None):
                own = [course for course in courses if grades[course.subject] == (before, after)]
                if not own:
                    cells.append("")
                    continue
                names = ["not graded" if grade is None else f"grade {grade}" for grade in (before, after)]
                cells.append(
                    number(
                        f"shift-{test}-{'x' if before is None else before}-{'x' if after is None else after}",
                        shift_table(grades.values())[before, after],
                        str(len(own)),
                        label=f"{test}: {names[0]} at baseline, {names[1]} at worst",
                        definition=(
                            "subjects by the CTCAE grade of the last count before treatment and of the worst count "
                            "after it"
                        ),
                        population=f"treated with counts after treatment (n={len(courses)})",
                        because=tuple(course.subject for course in own),
                        rows=tuple(
                            row
                            for course in own
                            for row in (item.lab.row for item in course.counts if item.grade.grade == after)
                        ),
                    )
                )
            rows.append((test.capitalize(), "not known" if before is None else str(before), *cells))
    return table(
        "shifts",
        "Blood counts: grade at baseline and worst grade after treatment, subjects",
        ("Test", "Baseline grade", *map(of_numbers, ("Worst 0", "1", "2", "3", "4", "Not graded"))),
        rows,
    )


def supportive_care(analysis: Analysis) -> list[Block]:
    """Transfusions and growth factors, or that none were recorded."""
    if "supportive_care" not in analysis.study.delivered_kinds:
        text = (
            f"Transfusions and growth factors: {NOT_RECORDED}. They can fake the recovery of a count; "
            "read recovery with that in mind."
        )
        return [said(text, tone="caution")]
    rules = analysis.study.protocol.support_rules
    items = []
    for item in analysis.treated:
        unknown = without_rule(item.subject, rules)
        for event in item.subject.supportive_care:
            rule = rule_for(event.product, rules)
            if event in unknown or rule is None:
                told = (
                    "no rule knows which count it carries"
                    if event.on is not None
                    else "its day is not known: no count is taken out"
                )
            else:
                told = f"carries {rule.test} for {rule.days} days ({rule.source})"
            items.append(f"{item.subject.id}: {event.product} on {event.on or 'an unknown day'}; {told}")
    count = number(
        "supportive-care",
        len(items),
        label="Transfusions and growth factors",
        definition="records of transfusions and growth factors up to the cut",
        population="treated",
        rows=(event.row for item in analysis.treated for event in item.subject.supportive_care),
    )
    return [
        said(count, " records of transfusions or growth factors; counts within their days show no recovery."),
        listed(*shortened(items)),
    ]
