"""Edges at which a decision went wrong without a word when an adversary tried: each is a question now, or stands in the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from hevesy.conduct.next_dose import NextDose, next_dose
from hevesy.errors import DeliveryError, RuleError
from hevesy.files.protocol import read_protocol
from hevesy.plan.escalation.design import parse_history
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.study.cut import as_of
from hevesy.study.dates import PartialDate
from hevesy.study.facts.disposition import Contact, Death, Disposition
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, Exposure, SubsequentTherapy, SupportiveCare
from hevesy.study.protocol import AdverseEventRule, DurationRule, Escalation
from hevesy.study.subject import Study
from tests.conftest import EXAMPLE, Folder

CUT = date(2016, 12, 1)
WEEKS = tuple(range(1, 86, 7))
LOW = dict(zip(WEEKS, (200, 60, 18, 12, 9, 8, 8, 9, 8, 9, 14, 60, 110), strict=True))
"""Platelets of 2-02: grade 4 from day 15 to 71, a DLT."""


def edited(
    study: Study, who: str, *more: Fact, platelets: Mapping[int, float] | None = None, test: str = "platelets"
) -> Study:
    """The study with one subject's counts of the scheduled days and further facts."""
    subjects = []
    for subject in study.subjects:
        if subject.id == who and subject.day_1 is not None:
            first = subject.day_1
            events = [
                replace(event, value=(platelets or {}).get((event.on - first).days + 1, event.value))
                if isinstance(event, Lab) and event.test == test and isinstance(event.on, date)
                else event
                for event in subject.events
            ]
            subject = replace(subject, events=(*events, *more))
        subjects.append(subject)
    return replace(study, subjects=tuple(subjects))


def decided(study: Study, cut: date = CUT) -> NextDose:
    return next_dose(as_of(study, cut), cut)


def action(found: NextDose) -> str:
    assert found.decision is not None
    return found.decision.action


def status(found: NextDose, who: str) -> str:
    return next(item.status for item in found.outcomes if item.subject == who)


def day(study: Study, number: int, who: str = "2-02") -> date:
    first = next(subject for subject in study.subjects if subject.id == who).day_1
    assert first is not None
    return first + timedelta(days=number - 1)


def test_the_base_series_is_a_dlt(demo_study: Study) -> None:
    assert action(decided(edited(demo_study, "2-02", platelets=LOW))) == "stay"


@pytest.mark.parametrize(
    "facts",
    [
        (AdverseEvent(subject="2-N1", row=9001, term="Intracranial haemorrhage", grade=5, on=date(2016, 9, 1)),),
        (AdverseEvent(subject="2-N1", row=9001, term="Stroke", grade=4, on=date(2016, 9, 1)),),
        (Death(subject="2-N1", row=9001, on=date(2016, 9, 1)),),
        (Contact(subject="2-N1", row=9001, on=date(2016, 9, 1), vital_status="dead"),),
        (Lab(subject="2-N1", row=9001, on=date(2016, 9, 1), test="platelets", value=3.0, unit="10^9/L"),),
    ],
    ids=["grade-5", "grade-4", "death", "contact", "platelets-of-3"],
)
def test_what_is_serious_is_not_passed_over_without_an_infusion_record(
    demo_with_not_evaluable: Folder, facts: tuple[Fact, ...]
) -> None:
    study = demo_with_not_evaluable.study()
    assert action(decided(study)) == "escalate"
    subjects = tuple(replace(one, events=(*one.events, *facts)) if one.id == "2-N1" else one for one in study.subjects)
    found = decided(replace(study, subjects=subjects))
    assert action(found) == "wait"
    assert any(line.startswith("2-N1: undetermined; no administration record") for line in found.because)


@pytest.mark.parametrize(
    ("history", "outcome"),
    [
        ("1NUU 2NNN", "wait"),
        ("1NPP 2NNN", "wait"),
        ("1NTUUU 2NNN", "wait"),
        ("1NNT 2NNN", "level 2 was given where level 1 does not permit it"),
        ("1NNNNNT 2NNN", "escalate"),
        ("1NNN 2NNN", "escalate"),
        ("1NNNNNP 2NNN", "escalate"),
    ],
)
def test_rolling_six_looks_at_the_levels_below(history: str, outcome: str) -> None:
    design = RollingSix(levels=4)
    if outcome in ("wait", "escalate"):
        assert design.decide(parse_history(history)).action == outcome
    else:
        with pytest.raises(RuleError, match=outcome):
            design.decide(parse_history(history))


@pytest.mark.parametrize("product", ["Platelets", "Thrombocytes, apheresis", "PLT transfusion"])
def test_a_transfusion_by_any_of_its_names_shows_no_recovery(demo_study: Study, product: str) -> None:
    given = SupportiveCare(subject="2-02", row=9001, on=day(demo_study, 40), product=product)
    assert action(decided(edited(demo_study, "2-02", given, platelets=LOW | {43: 55}))) == "wait"


@pytest.mark.parametrize("product", ["Neupogen", "Zarxio 300 ug", "Neulasta", "filgrastim"])
def test_a_growth_factor_by_any_of_its_names_shows_no_recovery(demo_study: Study, product: str) -> None:
    course = dict(zip(WEEKS, (4, 2, 0.4, 0.3, 0.2, 0.2, 2.5, 0.3, 0.2, 0.3, 0.4, 1.6, 2), strict=True))
    given = SupportiveCare(subject="2-02", row=9001, on=day(demo_study, 40), product=product)
    assert action(decided(edited(demo_study, "2-02", given, platelets=course, test="neutrophils"))) == "wait"


@pytest.mark.parametrize(
    "given",
    [
        SupportiveCare(subject="2-02", row=9001, on=date(2016, 8, 5), product="Paracetamol"),
        SupportiveCare(subject="2-02", row=9001, on=PartialDate(year=2016), product="Vitamin D"),
    ],
)
def test_a_product_no_rule_knows_explains_no_count_and_is_told(demo_study: Study, given: SupportiveCare) -> None:
    found = decided(edited(demo_study, "2-02", given, platelets=LOW | {43: 250}))
    assert action(found) == "wait"
    assert any("questioned" in line for line in found.because)
    plain = decided(edited(demo_study, "2-02", given))
    assert action(plain) == "escalate"
    assert any("2-02: beside it: not taken into account" in line for line in plain.because)


def test_a_rise_that_a_transfusion_explains_shows_no_recovery_however_late(demo_study: Study) -> None:
    given = SupportiveCare(subject="2-02", row=9001, on=day(demo_study, 36) + timedelta(days=1), product="platelets")
    moved = edited(demo_study, "2-02", given, platelets=LOW | {43: 250})
    later = replace(
        moved,
        subjects=tuple(
            replace(
                one,
                events=tuple(
                    replace(event, on=event.on + timedelta(days=4))
                    if isinstance(event, Lab)
                    and event.test == "platelets"
                    and event.value == 250
                    and isinstance(event.on, date)
                    else event
                    for event in one.events
                ),
            )
            for one in moved.subjects
        ),
    )
    assert action(decided(later)) == "wait"


def test_a_wrong_count_that_stands_twice_is_questioned_too(demo_study: Study) -> None:
    twice = Lab(subject="2-02", row=9001, on=day(demo_study, 43), test="platelets", value=250.0, unit="10^9/L")
    assert action(decided(edited(demo_study, "2-02", twice, platelets=LOW | {43: 250}))) == "wait"
    assert action(decided(edited(demo_study, "2-02", platelets=LOW | {43: 250, 50: 240}))) == "wait"


def test_a_questioned_count_may_be_the_low_one_it_looks_like(demo_study: Study) -> None:
    protocol = demo_study.protocol
    assert protocol.dlt is not None
    thousandfold = {number: 1000 * value for number, value in LOW.items() if value < 20}
    without_schedule = replace(demo_study, protocol=replace(protocol, count_schedule=None))
    assert action(decided(edited(without_schedule, "2-02", platelets=LOW | thousandfold))) == "wait"
    short = DurationRule(name="grade 4 for 5 days", test="platelets", grade=4, lasting_d=5)
    study = replace(demo_study, protocol=replace(protocol, dlt=replace(protocol.dlt, rules=(short,))))
    who = "1-01"
    extra = [
        Lab(subject=who, row=9001 + n, on=day(study, n, who), test="platelets", value=200.0, unit="10^9/L")
        for n in (12, 18)
    ]
    assert status(decided(edited(study, who, *extra, platelets={15: 9000.0})), who) == "undetermined"
    assert status(decided(edited(study, who, *extra)), who) == "no DLT"


def second_infusion(study: Study, number: int, share: float) -> Administration:
    first = next(subject for subject in study.subjects if subject.id == "2-01").of(Administration)[0]
    start = first.start + timedelta(days=number - 1)
    assay = None if first.assay_MBq is None else first.assay_MBq * share
    return replace(
        first, row=9001, start=start, end=None, assay_MBq=assay, assay_at=start, residual_MBq=None, residual_at=None
    )


def test_two_infusions_where_the_regimen_has_one_are_not_added_up(demo_study: Study) -> None:
    found = decided(edited(demo_study, "2-01", second_infusion(demo_study, 1, 1.0)))
    assert action(found) == "wait"
    assert any("2 infusions recorded within the window, the regimen has 1" in line for line in found.because)


def test_retreatment_after_the_window_repairs_no_under_dosing(demo_study: Study) -> None:
    half = replace(
        demo_study,
        subjects=tuple(
            replace(
                one,
                events=tuple(
                    replace(event, assay_MBq=(event.assay_MBq or 0) / 2) if isinstance(event, Administration) else event
                    for event in one.events
                ),
            )
            if one.id == "2-01"
            else one
            for one in demo_study.subjects
        ),
    )
    assert "2NNNX" in decided(half).notation
    assert "2NNNX" in decided(edited(half, "2-01", second_infusion(demo_study, 121, 0.5))).notation


def test_over_dosing_and_another_level_than_the_arms_are_told(demo_study: Study) -> None:
    wrong = tuple(
        replace(
            one,
            enrolment=replace(one.enrolment, weight_kg=(one.enrolment.weight_kg or 0) / 1.5, level_MBq_per_m2=462.5),
        )
        if one.id == "2-01"
        else one
        for one in demo_study.subjects
    )
    found = decided(replace(demo_study, subjects=wrong))
    assert any("2-01: beside it:" in line and "outside the tolerance of 10 %" in line for line in found.because)
    assert any("enrolled at 12.5 mCi/m2, counted at 18.75 mCi/m2" in line for line in found.because)


def test_the_senders_own_dlt_flag_is_told_where_ours_differs(demo_study: Study) -> None:
    event = AdverseEvent(
        subject="2-02",
        row=9001,
        term="Hepatotoxicity",
        grade=2,
        on=day(demo_study, 20),
        worst_on=day(demo_study, 20),
        reported=(("dlt", "1"),),
    )
    found = decided(edited(demo_study, "2-02", event))
    assert any("the sender calls Hepatotoxicity a dose-limiting toxicity" in line for line in found.because)


@pytest.mark.parametrize("when", [PartialDate(year=2016, month=8), PartialDate(year=2016), None])
def test_low_counts_without_their_day_are_a_question(demo_study: Study, when: PartialDate | None) -> None:
    low = Lab(subject="2-02", row=9001, on=when, test="platelets", value=3.0, unit="10^9/L")
    found = decided(edited(demo_study, "2-02", low))
    assert action(found) == "wait"
    assert any("day not known" in line for line in found.because)
    elsewhere = Lab(subject="2-02", row=9001, on=PartialDate(year=2015), test="platelets", value=3.0, unit="10^9/L")
    assert action(decided(edited(demo_study, "2-02", elsewhere))) == "escalate"


def test_a_death_in_the_window_is_not_moved_by_a_later_contact(demo_study: Study) -> None:
    death = Death(subject="2-02", row=9001, on=PartialDate(year=2016, month=9))
    heard = Contact(subject="2-02", row=9002, on=CUT, vital_status="dead")
    for facts in ((death,), (death, heard)):
        assert action(decided(edited(demo_study, "2-02", *facts))) == "wait"


@pytest.mark.parametrize(
    "term", ["Death", "DIED", "Died of sepsis", "DEATH DUE TO ADVERSE EVENT", "Fatal", "Deceased", "Subject died"]
)
def test_a_death_is_told_in_many_words(demo_study: Study, term: str) -> None:
    ended = Disposition(subject="2-02", row=9001, on=day(demo_study, 84), term=term)
    assert action(decided(edited(demo_study, "2-02", ended))) == "wait"


def test_the_window_begins_with_the_infusion_and_not_with_a_drug_given_along(demo_study: Study) -> None:
    drug = Exposure(
        subject="2-02", row=9001, on=day(demo_study, 1) - timedelta(days=60), treatment="dexamethasone", dose_mg=40
    )
    stroke = AdverseEvent(
        subject="2-02", row=9002, term="Stroke", grade=4, on=day(demo_study, 40), worst_on=day(demo_study, 40)
    )
    assert "T" in decided(edited(demo_study, "2-02", drug, stroke)).notation


def test_who_is_not_seen_for_four_weeks_was_not_followed(demo_study: Study) -> None:
    protocol = demo_study.protocol
    assert protocol.dlt is not None
    rule = AdverseEventRule(name="grade 3", minimum_grade=3, non_haematological_only=True)
    plan = Escalation(design="titecrm", cohort_size=1, target=0.25, n_max=24, skeleton=(0.05, 0.12, 0.25, 0.4))
    study = replace(demo_study, protocol=replace(protocol, dlt=replace(protocol.dlt, rules=(rule,)), escalation=plan))
    unseen = replace(
        study,
        subjects=tuple(
            replace(one, events=one.of(Administration)) if one.id.startswith("2-") else one for one in study.subjects
        ),
    )
    cut = date(2016, 8, 15)
    seen, lost = (
        [days for cohort in decided(one, cut).history for days in cohort.pending_d] for one in (study, unseen)
    )
    assert (len(seen), min(lost)) == (len(lost), 1)
    assert sum(lost) < sum(seen)


def test_one_late_count_does_not_show_that_a_low_count_stayed_mild(demo_study: Study) -> None:
    protocol = demo_study.protocol
    assert protocol.dlt is not None
    rule = AdverseEventRule(name="grade 4", minimum_grade=4, non_haematological_only=False)
    study = replace(
        demo_study, protocol=replace(protocol, dlt=replace(protocol.dlt, rules=(rule,)), count_schedule=None)
    )
    who = "1-01"
    on, over = day(study, 10, who), day(study, 60, who)
    low = AdverseEvent(subject=who, row=9001, term="Platelet count decreased", on=on, resolved=over)
    assert status(decided(edited(study, who, low)), who) == "no DLT", "weekly normal counts show it"
    sparse = replace(
        study,
        subjects=tuple(
            replace(
                one,
                events=tuple(
                    event
                    for event in one.events
                    if not isinstance(event, Lab) or event.on in (day(study, 1, who), day(study, 78, who))
                ),
            )
            if one.id == who
            else one
            for one in study.subjects
        ),
    )
    assert status(decided(edited(sparse, who, low)), who) == "undetermined"


def test_a_stretch_without_counts_and_other_treatment_stand_beside_the_no(demo_study: Study) -> None:
    study = replace(demo_study, protocol=replace(demo_study.protocol, count_schedule=None))
    sparse = replace(
        study,
        subjects=tuple(
            replace(
                one,
                events=tuple(event for event in one.events if not isinstance(event, Lab) or event.on == day(study, 8)),
            )
            if one.id == "2-02"
            else one
            for one in study.subjects
        ),
    )
    other = SubsequentTherapy(subject="2-02", row=9001, on=day(study, 20), treatment="autologous stem cell rescue")
    found = decided(edited(sparse, "2-02", other))
    assert any("2-02: beside it: no platelets count between" in line for line in found.because)
    assert any("autologous stem cell rescue" in line for line in found.because)


def test_a_count_rule_of_grade_5_is_refused() -> None:
    text = (
        (EXAMPLE / "protocol.toml")
        .read_text()
        .replace('test = "platelets"\ngrade = 4', 'test = "platelets"\ngrade = 5')
    )
    with pytest.raises(DeliveryError, match="no laboratory criterion of grade 5"):
        read_protocol(text)


def test_who_was_treated_and_is_in_no_decision_is_named(demo_study: Study) -> None:
    protocol = replace(demo_study.protocol, unassigned_codes=("Scrnfail",))
    outside = tuple(
        replace(one, enrolment=replace(one.enrolment, arm_code="Scrnfail", level_MBq_per_m2=None))
        if one.id == "2-02"
        else one
        for one in demo_study.subjects
    )
    found = decided(replace(demo_study, protocol=protocol, subjects=outside))
    assert any(line.startswith("2-02: treated in arm Scrnfail") for line in found.because)


def test_a_subject_treated_by_the_cut_is_there_whatever_its_enrolment_says(demo_study: Study) -> None:
    stroke = AdverseEvent(
        subject="2-02", row=9001, term="Stroke", grade=4, on=day(demo_study, 20), worst_on=day(demo_study, 20)
    )
    mistyped = tuple(
        replace(one, enrolment=replace(one.enrolment, first_treatment=date(2016, 12, 27))) if one.id == "2-02" else one
        for one in edited(demo_study, "2-02", stroke).subjects
    )
    assert "T" in decided(replace(demo_study, subjects=mistyped), date(2016, 12, 1)).notation


def test_a_worst_day_that_may_lie_before_treatment_is_a_question(demo_study: Study) -> None:
    first = day(demo_study, 1)
    month = PartialDate(year=first.year, month=first.month)
    event = AdverseEvent(
        subject="2-02", row=9001, term="Nausea", grade=4, on=first - timedelta(days=20), worst_on=month
    )
    assert action(decided(edited(demo_study, "2-02", event))) == "wait"


def test_a_low_count_first_seen_after_the_window_is_told_if_it_may_have_begun_in_it(demo_study: Study) -> None:
    later = Lab(subject="2-02", row=9001, on=day(demo_study, 89), test="platelets", value=6.0, unit="10^9/L")
    found = decided(edited(demo_study, "2-02", later))
    assert any("2-02: beside it: platelets 6 10^9/L" in line for line in found.because)


def test_a_redelivered_infusion_with_a_corrected_time_is_a_question(demo: Folder) -> None:
    """The key of an infusion is its time: the corrected row is a second one, the old one still counts until it is withdrawn."""
    text = (EXAMPLE / "sources" / "ex.csv").read_text()
    row = next(line for line in text.splitlines() if line.startswith("2-02,"))
    corrected = demo.write("ex.csv", text.replace(row, row.replace("T13:00,", "T13:10,", 1)))
    assert demo.deliver(corrected, reason="time corrected").written
    found = decided(demo.study())
    assert action(found) == "wait"
    assert any("2-02" in line and "not in the newest full delivery" in line for line in found.because)
    assert demo.deliver(corrected, reason="time corrected", withdraw=True).written
    assert action(decided(demo.study())) == "escalate"
