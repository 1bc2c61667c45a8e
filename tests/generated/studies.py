"""Whole studies for tests: subjects in no order of name, treated in cohorts, with counts, events and an infusion each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from hevesy.study.facts.disposition import Contact
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.protocol import TrialProtocol
from hevesy.study.subject import Study, Subject

BEGIN = date(2016, 1, 4)
NORMAL = {
    "platelets": (190.0, "10^9/L"),
    "neutrophils": (4.0, "10^9/L"),
    "haemoglobin": (13.5, "g/dL"),
    "lymphocytes": (1.8, "10^9/L"),
}
COURSES = {
    "platelets": (
        (190, 150, 80, 40, 22, 18, 30, 60, 120),
        (190, 120, 20, 9, 8, 8, 9, 8, 9, 8, 9, 14, 60),
        (190, 160, 140),
    ),
    "neutrophils": (
        (4, 3, 2, 1.2, 0.8, 0.4, 0.9, 1.6, 3),
        (4, 2, 0.4, 0.3, 0.2, 0.2, 0.2, 0.3, 0.2, 0.3, 0.4, 1.6, 2),
        (4, 3.5, 3),
    ),
    "haemoglobin": ((13, 12, 10, 9, 8.5, 9, 10, 11), (12, 12, 12)),
    "lymphocytes": ((1.8, 1, 0.6, 0.4, 0.5, 0.8), (1.8, 1.7)),
}
TERMS = ("Nausea", "Fatigue", "Anaemia", "Pneumonia", "Thrombocytopenia", "Febrile neutropenia")


@st.composite
def studies(draw: st.DrawFn, protocol: TrialProtocol) -> Study:
    """A study at levels 1 and 2, by the rules and the schedule of a protocol; every subject seen to the end of its window."""
    assert protocol.count_schedule is not None
    names = draw(st.permutations(["K-7", "A-2", "Z-1", "M-9", "B-3", "Q-4", "C-8", "D-5"]))
    levels = [1] * 4 + [2] * draw(st.integers(1, 4))
    subjects, row = [], 100
    for place, level in enumerate(levels):
        name = names[place]
        first = BEGIN + timedelta(days=110 * (level - 1) + 5 * place)
        row += 2
        planned = protocol.dose_level(level).dose.amount
        area = (180 * 72.2 / 3600) ** 0.5
        start = datetime(first.year, first.month, first.day, draw(st.sampled_from((1, 12, 22))), tzinfo=UTC)
        events: list[Fact] = [
            Administration(subject=name, row=row, start=start, assay_MBq=planned * area, assay_at=start)
        ]
        for test, courses in COURSES.items():
            course = draw(st.sampled_from(courses))
            for number, day in enumerate(protocol.count_schedule.days):
                row += 1
                value = float(course[min(number, len(course) - 1)])
                on = first + timedelta(days=day - 1)
                events.append(Lab(subject=name, row=row, on=on, test=test, value=value, unit=NORMAL[test][1]))
        for _ in range(draw(st.integers(0, 3))):
            row += 1
            on = first + timedelta(days=draw(st.sampled_from((0, 1, 20, 83, 84, 85, 86)) | st.integers(0, 95)))
            worst = on + timedelta(days=draw(st.integers(0, 3)))
            events.append(
                AdverseEvent(
                    subject=name, row=row, term=draw(st.sampled_from(TERMS)), grade=draw(st.integers(1, 4)), on=on, worst_on=worst,
                    resolved=worst + timedelta(days=draw(st.integers(0, 9))),
                )
            )  # fmt: skip
        row += 1
        events.append(Contact(subject=name, row=row, on=first + timedelta(days=90), vital_status="alive"))
        enrolment = Enrolment(subject=name, row=row + 1, arm_code=str(level), sex="M", height_cm=180.0, weight_kg=72.2)
        row += 1
        subjects.append(Subject(id=name, enrolment=enrolment, events=tuple(events)))
    kinds = frozenset({"enrolment", "administration", "laboratory", "adverse_event", "contact"})
    return Study(
        protocol=protocol, subjects=tuple(sorted(subjects, key=lambda one: one.id)), findings=(), delivered_kinds=kinds
    )


def with_subject(study: Study, changed: Subject) -> Study:
    """The study with one subject in place of the one of its name."""
    return replace(study, subjects=tuple(changed if one.id == changed.id else one for one in study.subjects))
