"""A decision does not rest on what nobody could believe: such a value is questioned until it is corrected or confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from hevesy.blocks.section import numbers_in
from hevesy.conduct.analysis import analyse
from hevesy.conduct.confirmation import confirm
from hevesy.conduct.next_dose import NextDose, next_dose
from hevesy.errors import DeliveryError
from hevesy.readout.build import build
from hevesy.study.cut import as_of
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import Assessment
from hevesy.study.facts.treatment import Administration, SupportiveCare
from hevesy.study.protocol import BelievableRange
from hevesy.study.subject import Study
from tests.conftest import EXAMPLE, Folder, entries_of, played
from tests.readout.laid_out import safety_of

CUT = date(2016, 12, 1)
DAY_57 = date(2016, 10, 7)
"""Of subject 2-04."""


def changed(study: Study, who: str, change: Callable[[Fact, int], Fact], *more: Fact) -> Study:
    """The study with the events of one subject changed; counts by study day."""
    subjects = []
    for subject in study.subjects:
        if subject.id == who:
            first = subject.day_1
            assert first is not None
            day_of = {event.row: (event.on - first).days + 1 for event in subject.events if isinstance(event.on, date)}
            events = (*(change(event, day_of.get(event.row, 0)) for event in subject.events), *more)
            subject = replace(subject, events=tuple(sorted(events, key=lambda event: (str(event.on), event.row))))
        subjects.append(subject)
    return replace(study, subjects=tuple(subjects))


def counts(test: str, values: Callable[[int], float | None]) -> Callable[[Fact, int], Fact]:
    def change(event: Fact, day: int) -> Fact:
        value = values(day) if isinstance(event, Lab) and event.test == test else None
        return replace(event, value=value) if value is not None and isinstance(event, Lab) else event

    return change


def decided(study: Study, cut: date = CUT) -> NextDose:
    return next_dose(as_of(study, cut), cut)


def low_but(day_57: float) -> Callable[[int], float | None]:
    return lambda day: None if not 22 <= day <= 85 else day_57 if day == 57 else 15.0


def test_platelets_of_15_are_a_dlt_and_one_count_in_the_wrong_unit_does_not_undo_it(demo_study: Study) -> None:
    low = decided(changed(demo_study, "2-04", counts("platelets", low_but(15))))
    assert low.decision is not None
    assert (low.decision.action, low.notation) == ("stay", "1NNNN 2NNNT64")
    wrong = decided(changed(demo_study, "2-04", counts("platelets", low_but(15000))))
    assert wrong.decision is not None
    assert (wrong.decision.action, wrong.notation) == ("wait", "1NNNN 2NNNU")
    assert any("15000 10^9/L on 2016-10-07" in line and "questioned" in line for line in wrong.because)


@pytest.mark.parametrize(
    ("test", "unit", "value", "grade"),
    [
        ("haemoglobin", "g/dL", 79.0, 0),
        ("neutrophils", "K/uL", 400.0, 0),
        ("lymphocytes", "10^9/L", 900.0, 0),
        ("platelets", "10^9/L", 3001.0, 0),
    ],
)
def test_a_count_outside_its_bounds_has_no_grade(
    demo_study: Study, test: str, unit: str, value: float, grade: int
) -> None:
    def change(event: Fact, day: int) -> Fact:
        return (
            replace(event, value=value, unit=unit)
            if isinstance(event, Lab) and event.test == test and day == 29
            else event
        )

    found = analyse(changed(demo_study, "2-04", change), CUT)
    item = next(item for item in found.subjects if item.subject.id == "2-04")
    asked = [lab for lab in item.counts.labs if lab.question is not None]
    assert len(asked) == 1
    assert asked[0].grade.grade is None
    assert asked[0].otherwise is not None
    assert asked[0].otherwise.grade == grade, "what it would be is told beside it"
    assert (test, 29) in item.counts.missing, "a questioned count keeps no visit"


@pytest.mark.parametrize(
    ("test", "value"), [("platelets", 3000.0), ("neutrophils", 200.0), ("haemoglobin", 25.0), ("lymphocytes", 800.0)]
)
def test_a_value_at_its_bound_is_believed(demo_study: Study, test: str, value: float) -> None:
    study = changed(demo_study, "2-04", counts(test, lambda day: value))
    assert analyse(study, CUT).questioned == ()


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({50: 15, 57: 300, 64: 15}, [57]),
        ({50: 15, 57: 299, 64: 15}, []),
        ({50: 15, 57: 300, 64: 16}, []),
        ({50: 300, 57: 1, 64: 300}, []),
        ({50: 0, 57: 2, 64: 0}, [57]),
        ({50: 0, 57: 1.9, 64: 0}, []),
        ({50: 10, 57: 5000, 64: 900, 71: 20}, [57, 64]),
    ],
    ids=[
        "above-both",
        "below-20",
        "not-above-the-next",
        "a-fall-is-believed",
        "zero-counts-as-0.1",
        "below-20-of-0.1",
        "beside-another",
    ],
)
def test_a_count_far_above_both_its_neighbours_is_questioned(
    demo_study: Study, values: dict[int, float], asked: list[int]
) -> None:
    study = changed(demo_study, "2-04", counts("platelets", lambda day: values.get(day)))
    found = next(item for item in analyse(study, CUT).subjects if item.subject.id == "2-04")
    assert [lab.day for lab in found.counts.labs if lab.question is not None] == asked


def test_the_last_count_is_held_against_the_one_before_within_21_days(demo_study: Study) -> None:
    def only(event: Fact, day: int) -> Fact:
        value = {78: 10.0, 85: 210.0}.get(day) if isinstance(event, Lab) and event.test == "platelets" else None
        return replace(event, value=value) if value is not None and isinstance(event, Lab) else event

    study = changed(demo_study, "2-04", only)
    until = replace(study, subjects=tuple(subject for subject in study.subjects if subject.id == "2-04"))
    day_85 = date(2016, 11, 4)
    assert [one.value for one in analyse(until, day_85).questioned] == ["210 10^9/L"]
    apart = changed(
        study,
        "2-04",
        lambda event, day: replace(event, on=date(2016, 10, 13)) if isinstance(event, Lab) and day == 78 else event,
    )
    assert [one.value for one in analyse(apart, day_85).questioned] == []


def neutrophils_from(low: float, high: float, since: int, until: int) -> Callable[[int], float | None]:
    """Screening and the first weeks at 2, a nadir on days 22 to 35, and one value from a day until another."""
    return lambda day: (
        2.0 if day < 22 else low if day <= 35 else high if since <= day <= until else low if day <= 85 else None
    )


@pytest.mark.parametrize(
    ("low", "high", "until", "asked"),
    [
        (0.08, 80.0, 100, True),
        (0.08, 1.9, 100, False),
        (0.08, 39.0, 100, False),
        (0.08, 41.0, 100, True),
        (0.4, 80.0, 50, True),
    ],
    ids=["a-unit-changed-for-good", "a-recovery", "below-20-of-all-before", "above-20-of-all-before", "and-back"],
)
def test_counts_that_stay_up_are_a_recovery_unless_they_are_far_above_all_that_came_before(
    demo_study: Study, low: float, high: float, until: int, asked: bool
) -> None:
    """Neutrophils of 80 /uL delivered as 80 x 10^9/L from a day on: each agrees with the next, and no bound is passed."""
    study = changed(demo_study, "2-04", counts("neutrophils", neutrophils_from(low, high, 36, until)))
    found = next(item for item in analyse(study, CUT).subjects if item.subject.id == "2-04")
    days = [lab.day for lab in found.counts.labs if lab.lab.test == "neutrophils" and lab.question is not None]
    high_days = [
        lab.day
        for lab in found.counts.labs
        if lab.lab.test == "neutrophils" and lab.day is not None and 36 <= lab.day <= until
    ]
    assert (
        len(
            {
                lab.day
                for lab in found.counts.labs
                if lab.lab.test == "neutrophils" and lab.day is not None and lab.day < 22
            }
        )
        >= 1
    )
    assert high_days
    assert days == (high_days if asked else [])


@pytest.mark.parametrize(("last", "asked"), [(71, [50, 57, 64, 71]), (72, [])])
def test_a_rise_that_lasts_21_days_is_a_spike_and_a_longer_one_a_recovery(
    demo_study: Study, last: int, asked: list[int]
) -> None:
    values = {43: 10.0, 50: 250.0, 57: 250.0, 64: 250.0, 71: 250.0, 78: 10.0, 85: 10.0}

    def moved(event: Fact, day: int) -> Fact:
        if not isinstance(event, Lab) or event.test != "platelets" or day not in values:
            return event
        on = event.on
        assert isinstance(on, date)
        return replace(event, value=values[day], on=on + timedelta(days=last - day) if day == 71 else on)

    study = changed(demo_study, "2-04", moved)
    found = next(item for item in analyse(study, CUT).subjects if item.subject.id == "2-04")
    assert [lab.day for lab in found.counts.labs if lab.question is not None] == asked


@pytest.mark.parametrize(
    ("product", "on", "asked"),
    [
        ("Platelet transfusion", date(2016, 10, 5), 0),
        ("Platelet transfusion", DAY_57, 0),
        ("Platelet transfusion", DAY_57 - timedelta(days=7), 0),
        ("Platelet transfusion", DAY_57 - timedelta(days=8), 1),
        ("Platelet transfusion", DAY_57 + timedelta(days=1), 1),
        ("Platelet transfusion", date(2016, 9, 20), 1),
        ("Platelet transfusion", date(2016, 10, 9), 1),
        ("Red cells", date(2016, 10, 5), 1),
        ("a product no rule knows", date(2016, 10, 5), 1),
    ],
)
def test_a_transfusion_between_explains_a_rise(demo_study: Study, product: str, on: date, asked: int) -> None:
    given = SupportiveCare(subject="2-04", row=99_999, on=on, product=product)
    values = {50: 10.0, 57: 400.0, 64: 10.0}
    study = changed(demo_study, "2-04", counts("platelets", lambda day: values.get(day)), given)
    assert len(analyse(study, CUT).questioned) == asked


def test_a_questioned_value_that_changes_nothing_leaves_the_answer_and_is_named(demo_study: Study) -> None:
    def extra(event: Fact, day: int) -> Fact:
        return event

    more = Lab(subject="2-04", row=99_999, on=date(2016, 10, 8), test="platelets", value=90_000.0, unit="10^9/L")
    found = decided(changed(demo_study, "2-04", extra, more))
    assert found.decision is not None
    assert found.decision.action == "escalate"
    assert any("row 99999" in line for line in found.because)


def test_a_decision_names_the_questioned_values_of_its_own_subjects_only(demo_study: Study) -> None:
    def named(study: Study) -> set[str]:
        return {line.split(":")[0] for line in decided(study).because if line.startswith("questioned, ")}

    study = changed(demo_study, "2-04", counts("platelets", low_but(15_000.0)))
    assert named(study) == {"questioned, 2-04"}
    subjects = tuple(
        replace(item, enrolment=replace(item.enrolment, arm_code=None)) if item.id == "2-04" else item
        for item in study.subjects
    )
    unassigned = replace(study, subjects=subjects)
    assert named(unassigned) == set()


def test_bounds_may_be_widened_by_the_protocol(demo_study: Study) -> None:
    study = changed(demo_study, "2-04", counts("lymphocytes", lambda day: 900.0))
    assert {one.quantity for one in analyse(study, CUT).questioned} == {"lymphocytes"}
    wide = BelievableRange(quantity="lymphocytes", lower=0, upper=1500, unit="10^9/L")
    assert analyse(replace(study, protocol=replace(study.protocol, believable=(wide,))), CUT).questioned == ()


def test_millicuries_typed_as_megabecquerels_stand_in_the_reasons_and_are_no_activity(demo_study: Study) -> None:
    def wrong_unit(event: Fact, day: int) -> Fact:
        return replace(event, assay_MBq=(event.assay_MBq or 0) * 37) if isinstance(event, Administration) else event

    found = decided(changed(demo_study, "2-04", wrong_unit))
    assert found.decision is not None
    assert found.decision.action == "wait"
    told = " ".join(found.because)
    assert "+3," in told
    assert "% from the prescription" in told
    assert "administered activity not known" in told


def test_a_weight_nobody_has_leaves_the_prescription_unknown(demo_study: Study) -> None:
    def weighing(kg: float) -> Study:
        return replace(
            demo_study,
            subjects=tuple(
                replace(subject, enrolment=replace(subject.enrolment, weight_kg=kg))
                if subject.id == "2-04"
                else subject
                for subject in demo_study.subjects
            ),
        )

    found = decided(weighing(320))
    assert found.decision is not None
    assert found.decision.action == "wait"
    assert any("weight 320 kg" in line for line in found.because)
    exposed = next(item.given.exposure for item in analyse(weighing(320), CUT).subjects if item.subject.id == "2-04")
    assert exposed.prescription is None
    assert decided(weighing(300)).decision != found.decision


def test_a_protein_nobody_has_is_not_measured_and_told_with_what_it_would_make(demo_study: Study) -> None:
    def rising(event: Fact, day: int) -> Fact:
        return replace(event, serum_m_protein_g_per_dL=38.0) if isinstance(event, Assessment) and day > 60 else event

    study = changed(demo_study, "2-04", rising)
    found = next(item for item in analyse(study, CUT).subjects if item.subject.id == "2-04")
    assert found.response is not None
    assert found.response.progression_on is None
    assert "questioned value" in found.response.because
    assert all(one.quantity == "serum M-protein" for one in found.questioned)


def test_confirming_a_value_is_an_entry_and_it_counts_again(empty: Folder) -> None:
    lines = (EXAMPLE / "sources" / "lb.csv").read_text().splitlines()

    def low(line: str) -> str:
        parts = line.split(",")
        if parts[0] == "2-04" and parts[4] == "PLT" and 22 <= int(parts[2]) <= 85:
            parts[5] = "15000" if parts[2] == "57" else "15"
        return ",".join(parts)

    lb = empty.write("lb.csv", "\n".join(low(line) for line in lines) + "\n")
    others = [path for path in sorted((EXAMPLE / "sources").glob("*.csv")) if path.name != "lb.csv"]
    assert empty.deliver(*others, lb).written
    asked = analyse(empty.study(), CUT).questioned
    assert [one.value for one in asked] == ["15000 10^9/L"]
    assert decided(empty.study()).notation == "1NNNN 2NNNU"
    for row, reason, rule in ((asked[0].row, "  ", "needs its reason"), (1, "seen", "no questioned value")):
        with pytest.raises(DeliveryError, match=rule):
            confirm(empty.path, row, who="tester", reason=reason)
    done = confirm(empty.path, asked[0].row, who="tester", reason="the laboratory repeated it")
    assert "15000" in done.value
    assert decided(empty.study()).notation == "1NNNN 2NNNN"
    recorded = played(entries_of(empty.path))
    assert [(one.row, one.reason) for one in recorded.confirmations] == [(asked[0].row, "the laboratory repeated it")]
    assert played(entries_of(empty.path), entries_of(empty.path)[-2].recorded_at).confirmations == ()
    known = {number.id: number for section in build(recorded, CUT).sections for number in numbers_in(section.blocks)}
    assert known["questioned"].value == 0
    with pytest.raises(DeliveryError, match="no questioned value"):
        confirm(empty.path, asked[0].row, who="tester", reason="again")
    # a correction is another row: what was confirmed was the old one
    corrected = empty.write("lb.csv", lb.read_text().replace(",15000,", ",16000,"))
    assert empty.deliver(corrected, reason="typed again").written
    assert decided(empty.study()).notation == "1NNNN 2NNNU"


def test_tables_say_what_they_leave_out_and_what_it_would_change(demo_study: Study, demo: Folder) -> None:
    from hevesy.blocks.table import Table

    found = analyse(changed(demo_study, "2-04", counts("platelets", lambda day: 15_000.0 if day == 57 else None)), CUT)
    tables = [block for block in safety_of(found).blocks if isinstance(block, Table) and block.id == "nadirs"]
    assert "1 questioned value not in it, with it nadir" in str(tables[0].notes)


def test_the_demonstration_questions_nothing(demo_study: Study) -> None:
    assert analyse(demo_study, CUT).questioned == ()
