"""Generated studies, one thing wrong in each: the decision stays, waits, or names the changed row or missing column in its reasons."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.conduct.next_dose import NextDose, next_dose
from hevesy.files.protocol import read_protocol
from hevesy.study.cut import as_of
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.subject import Study, Subject
from tests.conftest import EXAMPLE
from tests.generated.studies import studies, with_subject
from tests.tiers import cases

PROTOCOL = read_protocol((EXAMPLE / "protocol.toml").read_text())
LATE = date(2016, 12, 1)
Change = Callable[[Study, random.Random], tuple[Study, tuple[str, ...]]]
"""A study with something wrong, and words of which one names it."""


def _one(study: Study, luck: random.Random) -> Subject:
    return luck.choice(study.subjects)


def scaled_count(study: Study, luck: random.Random) -> tuple[Study, tuple[str, ...]]:
    """One count of platelets, neutrophils or haemoglobin a thousandfold or a thousandth."""
    who = _one(study, luck)
    chosen = luck.choice([lab for lab in who.of(Lab) if lab.test != "lymphocytes"])
    factor = luck.choice((1000.0, 0.001))
    changed = replace(chosen, value=(chosen.value or 0.0) * factor)
    events = tuple(changed if event is chosen else event for event in who.events)
    return with_subject(study, replace(who, events=events)), (
        f"row {chosen.row}",
        f"{changed.value:g} {changed.unit}",
        f"on {chosen.on}",
        who.id,
    )


def shifted_times(study: Study, luck: random.Random) -> tuple[Study, tuple[str, ...]]:
    """The times of one subject's events read in another zone than its infusion: their days move by one."""
    who, by = _one(study, luck), timedelta(days=luck.choice((-1, 1)))

    def moved(event: Fact) -> Fact:
        if isinstance(event, AdverseEvent) and isinstance(event.on, date) and isinstance(event.worst_on, date):
            over = event.resolved + by if isinstance(event.resolved, date) else event.resolved
            return replace(event, on=event.on + by, worst_on=event.worst_on + by, resolved=over)
        return event

    return with_subject(study, replace(who, events=tuple(moved(event) for event in who.events))), (who.id,)


def shuffled_rows(study: Study, luck: random.Random) -> tuple[Study, tuple[str, ...]]:
    """Rows in another order, with other numbers: nothing may change, so nothing names it."""
    subjects = []
    for who in study.subjects:
        rows = [event.row for event in who.events]
        luck.shuffle(rows)
        events = [replace(event, row=row) for event, row in zip(who.events, rows, strict=True)]
        luck.shuffle(events)
        subjects.append(replace(who, events=tuple(events)))
    return replace(study, subjects=tuple(luck.sample(subjects, len(subjects)))), ()


def blank_grades(study: Study, luck: random.Random) -> tuple[Study, tuple[str, ...]]:
    """A delivery of events without grades."""

    def blank(event: Fact) -> Fact:
        return replace(event, grade=None) if isinstance(event, AdverseEvent) else event

    subjects = tuple(replace(who, events=tuple(blank(event) for event in who.events)) for who in study.subjects)
    return replace(study, subjects=subjects), ("no CTCAE grade",)


def dropped_column(study: Study, luck: random.Random) -> tuple[Study, tuple[str, ...]]:
    """A column nobody delivered: worst days, ends, values or assays (a count without its unit is refused)."""
    name = luck.choice(("worst_on", "resolved", "value", "assay_MBq"))

    def without(event: Fact) -> Fact:
        return replace(event, **{name: None}) if hasattr(event, name) else event

    subjects = tuple(replace(who, events=tuple(without(event) for event in who.events)) for who in study.subjects)
    words = {
        "worst_on": ("day of the worst grade not recorded", "not known whether"),
        "resolved": ("day of the worst grade not recorded",),
        "value": ("count missing",),
        "assay_MBq": ("no assay of the syringe recorded",),
    }
    return replace(study, subjects=subjects), words[name]


def lost_file(study: Study, luck: random.Random) -> tuple[Study, tuple[str, ...]]:
    """No adverse events, or no laboratory values at all."""
    kind, gone = luck.choice((("adverse_event", AdverseEvent), ("laboratory", Lab)))
    subjects = tuple(
        replace(who, events=tuple(event for event in who.events if not isinstance(event, gone)))
        for who in study.subjects
    )
    words = ("no adverse events have been delivered",) if kind == "adverse_event" else ("count missing",)
    return replace(study, subjects=subjects, delivered_kinds=study.delivered_kinds - {kind}), words


CHANGES: tuple[Change, ...] = (
    scaled_count,
    scaled_count,
    scaled_count,
    shifted_times,
    shuffled_rows,
    blank_grades,
    dropped_column,
    lost_file,
)


def decided(study: Study) -> NextDose:
    return next_dose(as_of(study, LATE), LATE)


def answer(dose: NextDose) -> object:
    return None if dose.decision is None else (dose.decision.action, dose.decision.level, dose.decision.mtd)


@settings(max_examples=cases(2_000))
@given(study=studies(PROTOCOL), change=st.sampled_from(CHANGES), luck=st.integers(0, 2**32))
def test_no_change_of_a_decision_is_silent(study: Study, change: Change, luck: int) -> None:
    before = decided(study)
    wrong, names = change(study, random.Random(luck))
    after = decided(wrong)
    if answer(after) == answer(before):
        return
    waits = after.decision is None or after.decision.action == "wait"
    named = [name for name in names if any(name in line for line in after.because)]
    assert waits or named, (change.__name__, answer(before), answer(after), names, after.because)
