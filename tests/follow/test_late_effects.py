"""Late effects over time at risk, and renal function, against values worked by hand and a public calculator."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, getcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.endpoints import course_of
from hevesy.follow.incidence import AtRisk, first_events, held_related, occurrences
from hevesy.follow.late_effects import USUAL, late_effect, unjudged, watch
from hevesy.follow.renal import creatinine_mg_per_dL, egfr, renal_course, stage
from hevesy.follow.response.imwg import assess
from hevesy.follow.survival import overall
from hevesy.study.consistency import contradictions
from hevesy.study.dates import PartialDate
from hevesy.study.facts.disposition import Contact, Death
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import Assessment
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, SubsequentTherapy
from hevesy.study.protocol import LateEffect
from hevesy.study.subject import Study, Subject

MDS = LateEffect(name="MDS", terms=("Myelodysplastic syndrome",))


def subject_with(study: Study, *events: Fact, **enrolment: Any) -> Subject:
    first = study.subjects[0]
    return replace(first, events=(*first.of(Administration), *events), enrolment=replace(first.enrolment, **enrolment))


def day(study: Study, number: int) -> date:
    first = study.subjects[0].day_1
    assert first is not None
    return first + timedelta(days=number - 1)


def test_the_watch_ends_with_the_effect_death_or_the_last_day_known_alive(demo_study: Study) -> None:
    alive = Contact(subject="S", row=1, on=day(demo_study, 731), vital_status="alive")
    effect = AdverseEvent(subject="S", row=2, on=day(demo_study, 401), term="myelodysplastic SYNDROME", grade=3)
    early = replace(effect, row=3, on=day(demo_study, -40))
    undated = replace(effect, row=4, on=None)
    month = replace(effect, row=6, on=PartialDate(year=2016, month=3))
    before = replace(effect, row=7, on=PartialDate(year=2014))
    until_march = (date(2016, 3, 1) - day(demo_study, 1)).days + 1
    died = Death(subject="S", row=5, on=day(demo_study, 501))
    for events, days, has, dead in (
        ((alive,), 731, False, False), ((alive, effect), 401, True, False), ((alive, early), 731, False, False),
        ((alive, undated), 731, True, False), ((alive, month), until_march, True, False), ((alive, before), 731, False, False), ((effect, died), 401, True, False), ((died,), 501, False, True),
    ):  # fmt: skip
        found = watch(subject_with(demo_study, *events), MDS)
        assert found is not None
        assert (found.days, found.event is not None, found.died) == (days, has, dead), found.because
        assert found.because


def test_rate_and_incidence_of_a_small_group_by_hand(demo_study: Study) -> None:
    """Four watched for 366, 401 (effect), 731 and 501 (death) days; Aalen and Johansen: 1/3 at 401 days, since one has left."""
    people = []
    for number, (length, kind) in enumerate(((366, "alive"), (401, "effect"), (731, "alive"), (501, "death"))):
        alive = Contact(subject="S", row=1, on=day(demo_study, length), vital_status="alive")
        effect = AdverseEvent(subject="S", row=2, on=day(demo_study, length), term="Myelodysplastic syndrome", grade=3)
        death = Death(subject="S", row=3, on=day(demo_study, length))
        by_kind: dict[str, Fact] = {"alive": alive, "effect": effect, "death": death}
        subject = subject_with(demo_study, by_kind[kind])
        people.append(replace(subject, id=f"S{number}"))
    risk = late_effect(people, MDS)
    assert risk.events == 1
    assert risk.years == pytest.approx((366 + 401 + 731 + 501) / 365.25)
    assert risk.per_100_years is not None
    assert risk.per_100_years.rate == pytest.approx(100 / risk.years)
    assert [round(one.incidence, 12) for one in risk.incidence] == [0.0, round(1 / 3, 12)]
    nobody = late_effect(people, LateEffect(name="other", terms=("none of it",)))
    assert (nobody.events, nobody.incidence) == (0, ())
    assert nobody.per_100_years is not None
    assert nobody.per_100_years.upper == pytest.approx(100 * 3.6888794541 / nobody.years), "Garwood: -ln 0.025"
    assert late_effect([], MDS).per_100_years is None


def test_the_filtration_rate_is_that_of_the_public_calculator() -> None:
    """kidney.org: creatinine 1.2 mg/dL, 55 years, man: 71 mL/min/1.73 m2."""
    assert round(egfr(1.2, 55, "M")) == 71


@given(st.floats(0.2, 12), st.integers(18, 100), st.sampled_from(["F", "M"]))
def test_the_filtration_rate_is_the_formula_in_decimals(creatinine: float, age: int, sex: Any) -> None:
    getcontext().prec = 30
    kappa, alpha = (Decimal("0.7"), Decimal("-0.241")) if sex == "F" else (Decimal("0.9"), Decimal("-0.302"))
    value = Decimal(creatinine)
    power = alpha if value <= kappa else Decimal("-1.2")
    expected = 142 * (value / kappa) ** power * Decimal("0.9938") ** age * (Decimal("1.012") if sex == "F" else 1)
    assert egfr(creatinine, age, sex) == pytest.approx(float(expected), rel=1e-12)
    assert egfr(creatinine * 1.1, age, sex) < egfr(creatinine, age, sex)


def test_creatinine_in_every_unit_is_one_value() -> None:
    assert creatinine_mg_per_dL(1.0, "mg/dL") == pytest.approx(1.0)
    assert creatinine_mg_per_dL(88.4, "umol/L") == pytest.approx(1.0, rel=1e-4)
    for unit in ("mmHg", None):
        with pytest.raises(ValueError, match="unit"):
            creatinine_mg_per_dL(1.0, unit)
    for creatinine, age, words in ((0.0, 50, "above 0"), (1.0, 12, "for adults")):
        with pytest.raises(ValueError, match=words):
            egfr(creatinine, age, "F")
    assert [stage(value) for value in (90, 89.9, 60, 45, 30, 15, 14.9)] == ["G1", "G2", "G2", "G3a", "G3b", "G4", "G5"]


def test_a_fall_counts_once_it_lasts_and_a_slope_needs_time(demo_study: Study) -> None:
    def course(*values: tuple[int, float], **enrolment: Any) -> Any:
        given_: dict[str, Any] = {"age_a": 60.0, "sex": "M"} | enrolment
        labs = [
            Lab(subject="S", row=number, on=day(demo_study, on), test="Creatinine", value=value, unit="mg/dL")
            for number, (on, value) in enumerate(values)
        ]
        return renal_course(subject_with(demo_study, *labs, **given_))

    fallen = course((-5, 1.0), (100, 1.8), (140, 1.9), (400, 1.9))
    assert fallen.sustained_fall_on == day(demo_study, 100)
    assert fallen.slope_per_year < -20
    assert course((-5, 1.0), (100, 1.8), (110, 1.9), (400, 1.0)).sustained_fall_on is None, "ten days only"
    assert course((-5, 1.0), (100, 1.8), (140, 1.0), (400, 1.8)).sustained_fall_on is None
    short = course((-5, 1.0), (100, 1.2), (120, 1.2))
    assert (short.slope_per_year, "a slope needs" in short.because[0]) == (None, True)
    assert course((30, 1.0), (100, 1.2)).baseline is None
    assert course((-5, 1.0), sex=None).because[0].startswith("age or sex is not recorded")
    assert renal_course(subject_with(demo_study)) is None
    steady = course((-5, 1.0), (180, 1.0), (360, 1.0))
    assert steady.slope_per_year == pytest.approx(-0.0062 * steady.baseline.egfr, rel=0.02), "only the age"


def test_an_event_that_was_there_before_counts_from_when_it_became_worse(demo_study: Study) -> None:
    """Onset on day -20, worst on day 101: one first event over 101 days, not over one."""
    event = AdverseEvent(
        subject="S", row=2, on=day(demo_study, -19), worst_on=day(demo_study, 101), term="Fatigue", grade=3
    )
    subject = subject_with(demo_study, event)
    found = occurrences([subject])
    assert [one.onset_day for one in found] == [101]
    risk = [AtRisk(subject=subject.id, group="all", days=400)]
    first = first_events(found, risk, "Fatigue")[0].per_100_years
    assert first is not None
    assert first.rate == pytest.approx(100 * 365.25 / 101)


def test_a_fall_that_could_not_be_seen_is_not_called_none(demo_study: Study) -> None:
    labs = [
        Lab(subject="S", row=on, on=day(demo_study, on), test="creatinine", value=value, unit="mg/dL")
        for on, value in ((30, 0.9), (60, 2.5))
    ]
    without = renal_course(subject_with(demo_study, *labs, age_a=60.0, sex="M"))
    assert without is not None
    assert (without.could_show_fall, without.sustained_fall_on) == (False, None)
    once = renal_course(
        subject_with(demo_study, replace(labs[0], on=day(demo_study, -3)), labs[1], age_a=60.0, sex="M")
    )
    assert once is not None
    assert not once.could_show_fall


def test_a_death_before_the_first_infusion_is_told_and_not_counted(demo_study: Study) -> None:
    early = AdverseEvent(subject="S", row=2, on=day(demo_study, -9), term="Sepsis", grade=5)
    subject = subject_with(demo_study, early, *demo_study.subjects[0].of(Assessment))
    time = overall(subject)
    assert time is not None
    assert (time.observed, "before the first infusion" in time.because) == (False, True)
    course = course_of(subject, assess(subject))
    assert course is not None
    assert (course.died_on, "before the first infusion" in course.note) == (None, True)
    own = replace(early, subject=subject.id)
    faults = contradictions(
        [own], [subject.enrolment, *subject.of(Administration), own], demo_study.protocol, date(2030, 1, 1)
    )
    assert any("cannot have died before the first administration" in fault.rule for fault in faults)


def test_other_treatment_without_its_day_is_told(demo_study: Study) -> None:
    month = SubsequentTherapy(subject="S", row=5, on=PartialDate(year=2017), treatment="chemotherapy")
    subject = subject_with(demo_study, month, *demo_study.subjects[4].of(Assessment))
    course = course_of(subject, assess(subject))
    assert course is not None
    assert "other treatment is recorded, its day is not: chemotherapy (2017)" in course.note


@pytest.mark.parametrize(
    ("term", "effect"),
    [
        ("Myelodysplastic syndromes", 0), ("Therapy-related acute myeloid leukaemia", 0), ("Chronic myelomonocytic leukaemia", 0),
        ("Leukemia secondary to oncology chemotherapy", 0), ("Acute lymphocytic leukaemia", 0), ("Basal cell carcinoma", 1),
        ("Treatment related secondary malignancy", 1), ("Chronic lymphocytic leukaemia", None), ("Breast cancer", None),
    ],
)  # fmt: skip
def test_late_effects_are_known_as_they_are_written_and_other_neoplasms_are_told(
    demo_study: Study, term: str, effect: int | None
) -> None:
    """The disease of the study may be a neoplasm too: what no list contains is for people to judge, never dropped."""
    event = AdverseEvent(
        subject="S",
        row=2,
        on=day(demo_study, 300),
        term=term,
        system_organ_class="Neoplasms benign, malignant and unspecified",
    )
    subject = subject_with(demo_study, event)
    counted = [late_effect([subject], one).events for one in USUAL]
    assert counted == [int(place == effect) for place in range(len(USUAL))]
    assert len(unjudged([subject], USUAL)) == (effect is None)


@pytest.mark.parametrize(
    ("word", "related"),
    [("Probable", True), ("suspected", True), ("1", True), ("reasonable possibility", True), ("REMOTE", False), ("not suspected", False),
     ("study drug; dexamethasone", True), ("dexamethasone", None), ("", None), (None, None)],
)  # fmt: skip
def test_relations_are_read_by_usual_words_and_the_protocols_own(word: str | None, related: bool | None) -> None:
    assert held_related(word, ("Study drug",)) is related
