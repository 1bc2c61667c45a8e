"""Is it safe: adverse events, events of interest, blood counts, dose-limiting toxicities."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.adverse_events import by_term, of_interest, tally, zero_events
from hevesy.follow.ctcae import TERM
from hevesy.readout.figures.counts import counts_figure
from hevesy.readout.sections.groups import Group, arm_groups, columns, number
from hevesy.readout.statement import Block, Listing, Number, Paragraph, Part, Section, Table
from hevesy.readout.wording import NOT_RECORDED, percent, slug
from hevesy.study.dates import study_day, whole
from hevesy.study.protocol import BLOOD_TESTS

EMERGENT = "adverse events that began on or after the day of the first administration"


def safety(analysis: Analysis) -> Section:
    """Adverse events and blood counts of the treated."""
    groups = columns(analysis)
    blocks: list[Block] = []
    if "adverse_event" in analysis.study.delivered_kinds:
        blocks += _tallies(groups)
        blocks += _of_interest(analysis)
        blocks.append(_terms(groups))
        unknown = [(item, event) for item in analysis.treated for event in item.subject.adverse_events if event.worst_after_cut]
        if unknown:
            blocks.append(
                Paragraph(parts=("Worst after the cut; the grade at the cut is not known unless the counts give it:",), tone="caution")
            )
            blocks.append(
                Listing(
                    items=tuple(
                        (f"{item.subject.id}: {event.term}, began {event.on}: {_grade_at_cut(item, event.term)}",)
                        for item, event in unknown[:40]
                    )
                )
            )
    else:
        blocks.append(Paragraph(parts=("No adverse events have been delivered: nothing can be said about them.",), tone="caution"))
    if any(item.courses for item in analysis.treated):
        blocks += _counts(analysis, groups)
    elif "laboratory" not in analysis.study.delivered_kinds:
        blocks.append(Paragraph(parts=("No laboratory values have been delivered.",), tone="caution"))
    blocks += _supportive_care(analysis)
    return Section(id="safety", title="Safety", blocks=tuple(blocks))


def _grade_at_cut(item: SubjectAnalysis, term: str) -> str:
    course = next((course for course in item.courses if TERM[course.test] == term), None)
    if course is None or course.worst_grade is None:
        return "grade at cut not known"
    return f"grade {course.worst_grade} by the counts up to the cut"


def _tallies(groups: Sequence[Group]) -> list[Block]:
    rows: list[tuple[Part, ...]] = []
    tallies = [(group, tally(group.subjects)) for group in groups]
    version = "CTCAE grade at its worst"

    def row(title: str, key: str, definition: str, of: str, text: str = "{}") -> None:
        cells = []
        for group, counted in tallies:
            value = getattr(counted, of)
            shown = "none graded" if value is None else text.format(value)
            cells.append(
                number(
                    f"{key}-{group.id}",
                    value,
                    shown,
                    label=f"{title}, {group.name}",
                    definition=definition,
                    population=f"treated, {group.name} (n={counted.subjects})",
                    because=(f"{counted.events} events in {counted.subjects} treated subjects, {counted.graded} with a grade",),
                    rows=counted.rows,
                )
            )
        rows.append((title, *cells))

    row("Treated subjects", "ae-n", "subjects with an administration on record: the denominator", "subjects")
    row("With any adverse event", "ae-any", f"treated subjects with {EMERGENT}", "with_any")
    row("Adverse events", "ae-events", EMERGENT, "events")
    row("Events per treated subject", "ae-per-subject", f"{EMERGENT}, divided by treated subjects", "per_subject", "{:.2f}")
    row("Median grade", "ae-median-grade", f"median over events of the {version}", "median_grade", "{:g}")
    row("Worst grade", "ae-worst-grade", f"highest {version}", "worst_grade")
    row("Serious", "ae-serious", f"{EMERGENT} and were delivered as serious", "serious")
    ungraded = [(group, counted) for group, counted in tallies if counted.events > counted.graded]
    table = Table(id="adverse-events", caption="Adverse events", columns=("", *(group.name for group in groups)), rows=tuple(rows))
    blocks: list[Block] = [table]
    if ungraded:
        _group, counted = ungraded[-1]
        missing = counted.events - counted.graded
        text = f"{missing} of {counted.events} adverse events have no CTCAE grade; a severity word is not turned into one."
        blocks.append(Paragraph(parts=(text,), tone="caution"))
    return blocks


def _of_interest(analysis: Analysis) -> list[Block]:
    items: list[tuple[Part, ...]] = []
    subjects = [item.subject for item in analysis.assigned]
    for event in analysis.study.protocol.events_of_interest:
        found = of_interest(subjects, event)
        if not found.n:
            continue
        because = (found.zero.sentence,) if found.zero is not None else ()
        if found.interval is not None and found.zero is None:
            because = (f"95 % interval {percent(found.interval.lower)} to {percent(found.interval.upper)} (Clopper-Pearson)",)
        counted = number(
            f"interest-{slug(event.name)}",
            found.subjects,
            f"{found.subjects} of {found.n}",
            label=event.name,
            definition=f"treated subjects with any of: {', '.join((*event.terms, *event.organ_classes))}",
            population=f"treated (n={found.n})",
            because=because,
            rows=found.rows or (row for item in analysis.treated for row in (ae.row for ae in item.subject.adverse_events)),
        )
        if found.zero is not None:
            upper = number(
                f"interest-{slug(event.name)}-upper",
                found.zero.one_sided_upper,
                percent(found.zero.one_sided_upper),
                label=f"{event.name}, upper bound",
                definition="exact one-sided 95 % upper bound for no event, 1 - 0.05^(1/n)",
                population=f"treated (n={found.n})",
                because=because,
                rows=(),
            )
            both = number(
                f"interest-{slug(event.name)}-upper-two-sided",
                found.zero.two_sided.upper,
                percent(found.zero.two_sided.upper),
                label=f"{event.name}, two-sided upper limit",
                definition="upper limit of the exact two-sided 95 % interval (Clopper-Pearson)",
                population=f"treated (n={found.n})",
                because=because,
                rows=(),
            )
            items.append(
                (
                    f"{event.name.capitalize()}: ",
                    counted,
                    "; a true rate up to ",
                    upper,
                    " (one-sided 95 %) or ",
                    both,
                    " (two-sided 95 %) is compatible with none seen.",
                )
            )
        else:
            items.append((f"{event.name.capitalize()}: ", counted, f"; {because[0]}." if because else "."))
    return [Paragraph(parts=("Events the protocol asks about by name:",)), Listing(items=tuple(items))] if items else []


def _terms(groups: Sequence[Group]) -> Table:
    """Subjects per organ class and term at the worst grade, a column per arm."""
    per_group = {
        group.id: {(row.organ_class, row.term): row for row in by_term(item.subject for item in group.treated)} for group in groups
    }
    order = [(row.organ_class, row.term) for row in by_term(item.subject for item in groups[-1].treated)] if groups else []
    rows: list[tuple[Part, ...]] = []
    for organ_class, term in order:
        cells: list[Part] = []
        for group in groups:
            row = per_group[group.id].get((organ_class, term))
            n = len(group.treated)
            if row is None:
                cells.append("0")
                continue
            grades = ", ".join(
                f"{'not graded' if grade is None else f'grade {grade}'}: {count}"
                for grade, count in sorted(row.by_grade.items(), key=lambda pair: -1 if pair[0] is None else pair[0])
            )
            cells.append(
                number(
                    f"ae-{slug(organ_class)}-{slug(term) if term else 'any'}-{group.id}",
                    row.subjects,
                    f"{row.subjects} ({percent(row.subjects / n, 0)}) {grades}",
                    label=f"{term or organ_class}, {group.name}",
                    definition="treated subjects with the term (or any of its organ class), each at the worst grade",
                    population=f"treated, {group.name} (n={n})",
                    because=(grades,),
                    rows=row.rows,
                )
            )
        rows.append((organ_class if term is None else f"\u2003{term}", *cells))
    return Table(
        id="adverse-events-by-term",
        caption="Subjects by system organ class and term, at worst grade",
        columns=("Organ class and term", *(group.name for group in groups)),
        rows=tuple(rows),
    )


def _counts(analysis: Analysis, groups: Sequence[Group]) -> list[Block]:
    protocol = analysis.study.protocol
    window = protocol.dlt.window_d if protocol.dlt else None
    drawn = [(group.name, group.treated) for group in arm_groups(analysis)]
    care = [
        (study_day(on, item.subject.day_1), event.product)
        for item in analysis.treated
        for event in item.subject.supportive_care
        if (on := whole(event.on)) is not None and item.subject.day_1 is not None
    ]
    blocks: list[Block] = []
    for test in BLOOD_TESTS:
        figure = counts_figure(test, drawn, window, care)
        if figure is not None:
            blocks.append(figure)
    blocks.append(_nadirs(groups))
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
        because=tuple(f"{because}: {len(rows)}" for because, rows in sorted(not_graded.items())) or ("every value has a grade",),
        rows=(row for rows in not_graded.values() for row in rows),
    )
    blocks.append(
        Paragraph(parts=(f"Graded by CTCAE {protocol.ctcae_version or '(none named)'}; without a grade: ", count, " laboratory values."))
    )
    return blocks


def _nadirs(groups: Sequence[Group]) -> Table:
    rows: list[tuple[Part, ...]] = []
    for test in BLOOD_TESTS:
        for group in groups:
            courses = [course for item in group.treated for course in item.courses if course.test == test and course.nadir is not None]
            if not courses:
                continue
            values = [course.nadir.grade.value for course in courses if course.nadir is not None and course.nadir.grade.value is not None]
            days = [course.nadir.day for course in courses if course.nadir is not None and course.nadir.day is not None]
            severe = [course for course in courses if (course.worst_grade or 0) >= 3]
            fell = [course for course in courses if course.episode is not None]
            recovered = [course for course in fell if course.episode is not None and course.episode.resolved_day is not None]
            lab_rows = [course.nadir.lab.row for course in courses if course.nadir is not None]
            lowest = ", ".join(
                f"{course.subject} {course.nadir.grade.value:g} on day {course.nadir.day}"
                for course in courses[:40]
                if course.nadir is not None
            )

            def cell(
                key: str,
                value: float,
                text: str,
                definition: str,
                because: Sequence[str],
                row_numbers: Sequence[int],
                test: str = test,
                group: Group = group,
                n: int = len(courses),
            ) -> Number:
                return number(
                    f"{key}-{test}-{group.id}",
                    value,
                    text,
                    label=f"{test}: {definition}, {group.name}",
                    definition=definition,
                    population=f"treated with counts after treatment, {group.name} (n={n})",
                    because=because,
                    rows=row_numbers,
                )

            rows.append(
                (
                    test.capitalize(),
                    group.name,
                    cell("nadir", median(values), f"{median(values):g} ({min(values):g} to {max(values):g})", "median (range) of the lowest count after treatment", (lowest,), lab_rows),
                    cell("nadir-day", median(days), f"{median(days):g} ({min(days)} to {max(days)})", "median (range) of the study day of the nadir", (lowest,), lab_rows),
                    cell(
                        "grade3", len(severe), f"{len(severe)} of {len(courses)}", "subjects whose worst count was grade 3 or 4",
                        tuple(f"{course.subject}: grade {course.worst_grade}" for course in severe) or ("nobody",), lab_rows,
                    ),
                    cell(
                        "recovered", len(recovered), f"{len(recovered)} of {len(fell)}",
                        "of those worse than at baseline, subjects back to the baseline grade by the cut",
                        tuple(
                            f"{course.subject}: from day {course.episode.onset_day} to {course.episode.resolved_day or 'not yet'}"
                            for course in fell if course.episode is not None
                        ) or ("nobody",),
                        tuple(row for course in fell if course.episode is not None for row in course.episode.rows),
                    ),
                )
            )  # fmt: skip
    return Table(
        id="nadirs",
        caption="Blood counts: nadir and recovery",
        columns=("Test", "Arm", "Nadir", "Day of nadir", "Grade 3 or 4", "Back to baseline grade"),
        rows=tuple(rows),
    )


def _supportive_care(analysis: Analysis) -> list[Block]:
    if "supportive_care" not in analysis.study.delivered_kinds:
        text = f"Transfusions and growth factors: {NOT_RECORDED}. They can fake the recovery of a count, so recovery is to be read with that in mind."
        return [Paragraph(parts=(text,), tone="caution")]
    items = [
        (f"{item.subject.id}: {event.product} on {event.on or 'an unknown day'}",)
        for item in analysis.treated
        for event in item.subject.supportive_care
    ]
    count = number(
        "supportive-care",
        len(items),
        label="Transfusions and growth factors",
        definition="records of transfusions and growth factors up to the cut",
        population="treated",
        rows=(event.row for item in analysis.treated for event in item.subject.supportive_care),
    )
    return [
        Paragraph(parts=(count, " transfusions or growth factor doses recorded; counts after them may not be the marrow's own.")),
        Listing(items=tuple(items[:40])),
    ]


def dlt(analysis: Analysis) -> Section | None:
    """The DLT table: every subject with a level, status, days of the window elapsed, reasons; and the statement on none."""
    rules = analysis.study.protocol.dlt
    if rules is None:
        return None
    rows: list[tuple[Part, ...]] = []
    for outcome in analysis.next_dose.outcomes:
        status = number(
            f"dlt-{outcome.subject}",
            outcome.status,
            label=f"DLT status of {outcome.subject}",
            definition=f"dose-limiting toxicity to day {rules.window_d} by the protocol's rules; undetermined is never counted as no",
            population=f"subject {outcome.subject}",
            because=outcome.because,
            rows=outcome.rows,
        )
        elapsed = "not treated" if outcome.elapsed_d is None else f"{outcome.elapsed_d} of {rules.window_d}"
        rows.append((outcome.subject, str(outcome.level), status, elapsed, "; ".join(outcome.because)))
    evaluable = [outcome for outcome in analysis.next_dose.outcomes if outcome.status in ("DLT", "no DLT")]
    with_dlt = [outcome for outcome in evaluable if outcome.status == "DLT"]
    blocks: list[Block] = []
    if rules.illustrative:
        blocks.append(Paragraph(parts=("The trial's own DLT rule is not public; the rules used here are illustrative.",), tone="caution"))
    if evaluable:
        n = len(evaluable)
        count = number(
            "dlt-count",
            len(with_dlt),
            f"{len(with_dlt)} of {n}",
            label="Subjects with a dose-limiting toxicity",
            definition=f"DLT-evaluable subjects with a dose-limiting toxicity to day {rules.window_d}",
            population=f"DLT-evaluable (n={n})",
            because=tuple(f"{outcome.subject}: {outcome.status}" for outcome in evaluable[:40]),
            rows=(row for outcome in evaluable for row in outcome.rows),
        )
        if with_dlt:
            blocks.append(Paragraph(parts=("Dose-limiting toxicity in ", count, " DLT-evaluable subjects.")))
        else:
            zero = zero_events(n)
            upper = number(
                "dlt-upper",
                zero.one_sided_upper,
                percent(zero.one_sided_upper),
                label="DLT rate, upper bound",
                definition="exact one-sided 95 % upper bound for no event, 1 - 0.05^(1/n)",
                population=f"DLT-evaluable (n={n})",
                because=(zero.sentence,),
            )
            both = number(
                "dlt-upper-two-sided",
                zero.two_sided.upper,
                percent(zero.two_sided.upper),
                label="DLT rate, two-sided upper limit",
                definition="upper limit of the exact two-sided 95 % interval (Clopper-Pearson)",
                population=f"DLT-evaluable (n={n})",
                because=(zero.sentence,),
            )
            parts: tuple[Part, ...] = ("Dose-limiting toxicity in ", count, " DLT-evaluable subjects over all levels; a true rate up to ", upper, " (one-sided 95 %) or ", both, " (two-sided 95 %) is compatible with this.")  # fmt: skip
            blocks.append(Paragraph(parts=parts))
    blocks.append(
        Table(
            id="dlt",
            caption=f"Dose-limiting toxicity to day {rules.window_d}",
            columns=("Subject", "Level", "Status", "Days of the window", "Because"),
            rows=tuple(rows),
        )
    )
    blocks.append(Paragraph(parts=("Rules of the protocol: " + "; ".join(rule.name for rule in rules.rules) + ".",)))
    return Section(id="dlt", title="Dose-limiting toxicity", blocks=tuple(blocks))
