"""Response from lesions, findings and IgM as a study delivers them, against a plain reference by another hand, and at its edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.blocks.prose import Paragraph
from hevesy.blocks.table import Table
from hevesy.conduct.analysis import analyse
from hevesy.follow.response.assessed import from_findings, from_igm, response_of
from hevesy.follow.response.findings import visits_of
from hevesy.follow.response.outcome import Response
from hevesy.study.dates import PartialDate
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.response import Assessment, IgMAssessment, Lesion, TumourAssessment
from hevesy.study.facts.treatment import Administration, SubsequentTherapy
from hevesy.study.protocol import Confirming, ResponsePlan
from hevesy.study.protocol.criteria import CRITERIA
from hevesy.study.subject import Study, Subject
from tests.readout.laid_out import response_of as response_of_study
from tests.references import tumour_response as reference

DAY = date(2020, 1, 1)
Course = list[dict[str, Any]]
MAYBE = st.sampled_from([False, False, False, True, None])
COURSE = st.sampled_from(["stable", "stable", "better", "worse", None])


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Two lesions and a node over up to five visits, some not measured, with what else was found."""
    names = {"T1": False, "T2": False, "N1": True}
    others = draw(st.booleans())
    visits: Course = []
    for place in range(draw(st.integers(2, 6))):
        lesions = {}
        for name, nodal in names.items():
            if place and draw(st.integers(0, 9)) == 0:
                continue
            longest = draw(st.sampled_from([0, 6, 9, 12, 15, 20, 21, 30, 42]) if place else st.integers(12, 60))
            across = draw(st.sampled_from([6, 9, 10, 14, 20]) if place or not nodal else st.integers(10, 12))
            lesions[name] = (longest, min(longest, across) if longest else 0, nodal)
        visits.append(
            {
                "day": 30 * place,
                "lesions": lesions,
                "non_target": draw(st.sampled_from(["CR", "NON-CR/NON-PD", "PD", "NE"])) if others else None,
                "new_lesion": draw(MAYBE) if place else False,
                "clinical": draw(COURSE),
                "steroids": draw(COURSE),
                "off_steroids": draw(st.booleans()),
            }
        )
    return visits


def as_delivered(course: Course) -> tuple[list[Lesion], list[TumourAssessment]]:
    """Rows as a study would hold them; a lesion's row is its visit's and its own place."""
    lesions, found = [], []
    for place, visit in enumerate(course):
        on = DAY + timedelta(days=visit["day"])
        for number, (name, (longest, shortest, nodal)) in enumerate(visit["lesions"].items(), start=1):
            lesions.append(
                Lesion(
                    subject="S",
                    row=100 * place + number,
                    on=on,
                    lesion=name,
                    longest_mm=longest,
                    shortest_mm=shortest,
                    nodal=nodal,
                )
            )
        told = {name: visit[name] for name in ("non_target", "new_lesion", "clinical", "steroids", "off_steroids")}
        found.append(TumourAssessment(subject="S", row=100 * place, on=on, **told))
    return lesions, found


def judged(course: Course, criteria: str) -> Response:
    return from_findings("S", criteria, visits_of(*as_delivered(course)))


def by_day(found: Response) -> list[str]:
    return [visit.category for visit in sorted((*found.visits, *found.not_evaluable), key=lambda visit: visit.on)]


@settings(max_examples=200, deadline=None)
@given(courses())
def test_recist_from_lesions_is_that_of_the_reference(course: Course) -> None:
    found = judged(course, "recist-1.1")
    categories = reference.recist(course)
    assert by_day(found) == categories
    days = [visit["day"] for visit in course[1:]]
    best = reference.best_confirmed(days, categories, ["CR", "PR", "SD", "PD"], ["CR", "PR"], ["SD"], "PD", 28)
    any_later = from_findings("S", "recist-1.1", visits_of(*as_delivered(course)), confirming="any-later")
    assert any_later.best == best, any_later.because
    assert found.best == reference.best_confirmed_in_a_row(
        days, categories, ["CR", "PR", "SD", "PD"], "SD", "PD", 28
    ), found.because
    first = next((day for day, category in zip(days, categories, strict=True) if category == "PD"), None)
    assert found.progression_on == (None if first is None else DAY + timedelta(days=first))


@settings(max_examples=200, deadline=None)
@given(courses())
def test_rano_from_lesions_is_that_of_the_reference(course: Course) -> None:
    found = judged(course, "rano-2.0")
    assert by_day(found) == reference.rano2(course)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([None, 0.1, 0.4, 0.9, 1.5, 2.0, 2.4, 2.5, 3.0, 4.2]), MAYBE, MAYBE),
        min_size=1,
        max_size=6,
    )
)
def test_iwwm_visits_are_those_of_the_reference_once_rises_are_borne_out(
    seen: list[tuple[float | None, bool | None, bool | None]],
) -> None:
    course: Course = [{"day": 0, "igm": 4.0}]
    for place, (igm, normal, clinical) in enumerate(seen, start=1):
        finding = {True: "negative", False: "positive", None: None}[normal]
        more = dict.fromkeys(("igm_normal", "marrow_normal", "extramedullary_gone"), normal)
        course.append(
            {"day": 30 * place, "igm": igm, "immunofixation": finding, "clinical_progression": clinical, **more}
        )
    events = [
        IgMAssessment(
            subject="S",
            row=place,
            on=DAY + timedelta(days=visit["day"]),
            igm_g_per_dL=visit["igm"],
            **{name: value for name, value in visit.items() if name not in ("day", "igm")},
        )
        for place, visit in enumerate(course)
    ]
    categories = reference.iwwm(course)
    found = from_igm("S", events)
    evaluable = [place for place, category in enumerate(categories) if category != "NE"]
    for place, category in enumerate(by_day(found)):
        following = next((other for other in evaluable if other > place), None)
        alone = categories[place] == "PD" and not course[place + 1]["clinical_progression"]
        expected = "NE" if alone and following is not None and categories[following] != "PD" else categories[place]
        assert category == expected
    if evaluable and categories[evaluable[-1]] == "PD" and not course[evaluable[-1] + 1]["clinical_progression"]:
        assert found.unconfirmed_progression_on in (None, DAY + timedelta(days=course[evaluable[-1] + 1]["day"]))
        assert found.unconfirmed_progression_on is not None or found.progression_on is not None


@settings(max_examples=100, deadline=None)
@given(courses(), st.sampled_from(["recist-1.1", "rano-2.0", "lugano-2014"]))
def test_every_row_of_the_best_visits_is_named_and_the_order_of_rows_does_not_matter(
    course: Course, criteria: str
) -> None:
    found = judged(course, criteria)
    lesions, also = as_delivered(course)
    again = from_findings("S", criteria, visits_of(reversed(lesions), reversed(also)))
    assert (again.best, by_day(again), set(again.rows)) == (found.best, by_day(found), set(found.rows))
    assert {0, 1, 2, 3} <= set(found.rows), "the baseline: its findings and three lesions"
    if found.improved_on is not None:
        place = next(
            place for place, visit in enumerate(course) if DAY + timedelta(days=visit["day"]) == found.improved_on
        )
        assert {100 * place + number for number in range(len(course[place]["lesions"]) + 1)} <= set(found.rows)


def subject(*events: Fact, demo: Study) -> Subject:
    infusion = next(event for event in demo.subjects[0].events if isinstance(event, Administration))
    return replace(demo.subjects[0], events=(infusion, *events))


def test_what_cannot_be_judged_says_why(demo_study: Study) -> None:
    first = subject(demo=demo_study).day_1
    assert first is not None
    before, after = first - timedelta(days=5), first + timedelta(days=40)

    def tumour(row: int, on: date, **more: Any) -> TumourAssessment:
        return TumourAssessment(subject="S", row=row, on=on, **more)

    def lesion(row: int, on: date, **more: Any) -> Lesion:
        given: dict[str, Any] = {"lesion": "T1", "longest_mm": 30.0} | more
        return Lesion(subject="S", row=row, on=on, **given)

    two = (tumour(1, before, evaluator="A"), tumour(2, before, evaluator="B"))
    for events, evaluator, words in (
        ((), None, "no tumour assessment delivered"),
        (two, None, "assessed by A, B; the protocol does not name whose reading counts"),
        (two, "C", "assessed by A, B; not by C"),
        ((tumour(1, after),), None, "no tumour assessment before treatment"),
        ((tumour(1, before, new_lesion=False),), None, "no lesion to follow at baseline"),
        ((lesion(1, before), lesion(2, before)), None, "T1 was measured twice"),
        ((tumour(1, before), tumour(2, before)), None, "two assessments of one reader"),
        ((lesion(1, before), lesion(2, after, lesion="T9")), None, "T9 was no target at baseline"),
        ((lesion(1, before),), None, "no evaluable assessment after treatment"),
    ):
        found = response_of(subject(*events, demo=demo_study), "recist-1.1", evaluator)
        assert (found.best, found.evaluable) == ("NE", False)
        assert words in found.because
    assert "which year" in response_of(subject(demo=demo_study), "imwg").because
    assert "no serum IgM before treatment" in response_of(subject(demo=demo_study), "iwwm").because
    with pytest.raises(ValueError, match="response criteria are"):
        response_of(subject(demo=demo_study), "recist-2.0")


def test_a_measured_new_lesion_is_one_and_sums_as_delivered_are_taken_where_no_lesion_is(demo_study: Study) -> None:
    base = Lesion(subject="S", row=1, on=DAY, lesion="T1", longest_mm=50.0)
    later = [
        TumourAssessment(subject="S", row=2, on=DAY + timedelta(days=60), new_lesion=False),
        TumourAssessment(subject="S", row=3, on=DAY + timedelta(days=120), new_lesion=False),
    ]
    seen = [Lesion(subject="S", row=4, on=one.on, lesion="T1", longest_mm=20.0) for one in later]
    new = Lesion(subject="S", row=9, on=later[1].on, lesion="X", role="new", longest_mm=8.0)
    assert from_findings("S", "recist-1.1", visits_of([base, *seen], later)).best == "PR"
    found = from_findings("S", "recist-1.1", visits_of([base, *seen, new], later))
    assert (found.best, found.progression_on) == ("SD", later[1].on)
    sums = [TumourAssessment(subject="S", row=place, on=DAY + timedelta(days=30 * place), target_cm2=area, new_lesion=False,
                             clinical="stable", steroids="stable") for place, area in enumerate((8.0, 3.9, 4.0))]  # fmt: skip
    assert from_findings("S", "rano-2.0", visits_of([], sums)).best == "PR"


def test_rates_are_read_by_their_definition() -> None:
    """Waldenstrom: overall response is minor or better, major response partial or better (Owen 2013)."""
    iwwm, recist = CRITERIA["iwwm"], CRITERIA["recist-1.1"]
    rates = {rate.key: rate for rate in iwwm.rates}
    assert [iwwm.counts("MR", rates[key]) for key in ("orr-minor", "mrr", "dcr")] == [True, False, True]
    assert [recist.counts(word, recist.rates[1]) for word in ("NON-CR/NON-PD", "PD", "NE")] == [True, False, False]


def at(days: int) -> date:
    return DAY + timedelta(days=days)


def lesion(row: int, days: int, name: str, longest: float | None, shortest: float | None = None, **more: Any) -> Lesion:
    return Lesion(subject="S", row=row, on=at(days), lesion=name, longest_mm=longest, shortest_mm=shortest, **more)


def finding(row: int, days: int, **more: Any) -> TumourAssessment:
    return TumourAssessment(subject="S", row=row, on=at(days), **({"new_lesion": False} | more))


def on_study(demo: Study, *events: Fact) -> Subject:
    """A subject whose first infusion is on DAY."""
    moved = replace(
        subject(demo=demo).of(Administration)[0], start=datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC), end=None
    )
    return replace(demo.subjects[0], events=(moved, *events))


def test_the_baseline_is_what_was_last_told_of_each_lesion_and_finding(demo_study: Study) -> None:
    """CT a fortnight before, PET or bone scan days before: both are the baseline."""
    ct_and_pet = on_study(
        demo_study, lesion(1, -14, "N1", 50, 40, nodal=True), finding(2, -3, deauville=5, new_avid_lesion=False),
        lesion(3, 60, "N1", 20, 15, nodal=True), finding(4, 60),
    )  # fmt: skip
    found = response_of(ct_and_pet, "lugano-2014")
    assert (found.best, found.progression_on, set(found.rows)) == ("PAR", None, {1, 2, 3, 4})
    scans = on_study(
        demo_study, lesion(1, -14, "T1", 50), finding(2, -1, non_target="NON-CR/NON-PD"), lesion(3, 60, "T1", 150),
        finding(4, 60, non_target="NON-CR/NON-PD"),
    )  # fmt: skip
    assert response_of(scans, "recist-1.1").progression_on == at(60)
    two = on_study(demo_study, lesion(1, -14, "T1", 50), lesion(2, -10, "T2", 30), lesion(3, 60, "T1", 20), lesion(4, 60, "T2", 12),
                   finding(5, 60), lesion(6, 95, "T1", 20), lesion(7, 95, "T2", 12), finding(8, 95))  # fmt: skip
    assert response_of(two, "recist-1.1").best == "PR"


@pytest.mark.parametrize("criteria", ["recist-1.1", "rano-2.0"])
def test_non_targets_of_the_baseline_that_nobody_speaks_of_are_not_gone(criteria: str) -> None:
    quiet = {"clinical": "stable", "steroids": "stable", "off_steroids": True}
    base = [lesion(1, 0, "T1", 50, 40), lesion(2, 0, "NT1", 30, role="non-target")]
    gone = [lesion(3, 60, "T1", 0, 0), lesion(5, 95, "T1", 0, 0)]
    blank = [finding(4, 60, **quiet), finding(6, 95, **quiet)]
    assert from_findings("S", criteria, visits_of([*base, *gone], blank)).best == "PR"
    there = [lesion(7, 60, "NT1", 30, role="non-target"), lesion(8, 95, "NT1", 28, role="non-target")]
    assert from_findings("S", criteria, visits_of([*base, *gone, *there], blank)).best == "PR"
    also_gone = [lesion(7, 60, "NT1", 0, role="non-target"), lesion(8, 95, "NT1", 0, role="non-target")]
    assert from_findings("S", criteria, visits_of([*base, *gone, *also_gone], blank)).best == "CR"


def test_clear_progression_of_what_was_not_measured_is_progression_by_ct() -> None:
    base, later = lesion(1, 0, "N1", 30, 20, nodal=True), lesion(2, 60, "N1", 29, 20, nodal=True)
    found = from_findings("S", "lugano-2014", visits_of([base, later], [finding(3, 60, non_target="PD")]))
    assert (found.best, found.progression_on) == ("PAD", at(60))


def test_a_lesion_that_was_not_measured_at_baseline_is_no_new_one() -> None:
    base = [lesion(1, 0, "N1", 30, 20, nodal=True), lesion(2, 0, "N2", 40, nodal=True)]
    later = [lesion(3, 60, "N1", 10, 8, nodal=True), lesion(4, 60, "N2", 20, 15, nodal=True)]
    found = from_findings("S", "lugano-2014", visits_of([*base, *later], [finding(5, 60)]))
    assert (found.best, "not measured at baseline: N2" in found.because) == ("NE", True)
    glioma = visits_of([lesion(1, 0, "T1", 30), lesion(2, 60, "T1", 20, 10)],
                       [finding(3, 0, non_target="NON-CR/NON-PD"), finding(4, 60, non_target="NON-CR/NON-PD", clinical="stable", steroids="stable")])  # fmt: skip
    assert from_findings("S", "rano-2.0", glioma).progression_on is None


def test_a_lesion_followed_newly_after_progression_undoes_nothing(demo_study: Study) -> None:
    events = (
        lesion(1, -5, "T1", 50),
        lesion(2, 56, "T1", 90),
        finding(3, 56),
        lesion(4, 90, "T1", 95),
        lesion(5, 90, "T9", 40),
        finding(6, 90),
    )
    assert response_of(on_study(demo_study, *events), "recist-1.1").progression_on == at(56)


def test_a_normal_node_is_no_target(demo_study: Study) -> None:
    events = (lesion(1, -5, "N1", 20, 9, nodal=True), lesion(2, 60, "N1", 20, 9, nodal=True), finding(3, 60))
    assert (
        "N1: a target node has a short axis of 15 mm"
        in response_of(on_study(demo_study, *events), "recist-1.1").because
    )


def test_a_response_after_other_treatment_is_none_of_ours(demo_study: Study) -> None:
    """Stable on day 56, chemotherapy on day 60, then -80 %: stable disease; progression later is still seen."""
    sizes = ((-5, 50), (55, 48), (119, 10), (179, 10), (240, 30))
    events = [lesion(10 + place, day, "T1", size) for place, (day, size) in enumerate(sizes)]
    events_and: list[Fact] = [*events, *(finding(20 + place, day) for place, (day, _) in enumerate(sizes))]
    treated = on_study(
        demo_study, *events_and, SubsequentTherapy(subject="S", row=99, on=at(59), treatment="chemotherapy")
    )
    with_it, without = response_of(treated, "recist-1.1"), response_of(on_study(demo_study, *events_and), "recist-1.1")
    assert (with_it.best, with_it.response_on, with_it.progression_on) == ("SD", None, at(240))
    assert "visits after other treatment began" in with_it.because
    assert with_it.best_change_percent == pytest.approx(-4)
    assert (without.best, without.response_on, without.improved_on) == ("PR", at(119), at(119))


def test_myeloma_responses_after_other_treatment_do_not_count(demo_study: Study) -> None:
    values = ((-5, 3.0), (28, 2.9), (56, 1.2), (84, 1.1))
    visits = [
        Assessment(subject="S", row=place, on=at(day), serum_m_protein_g_per_dL=value)
        for place, (day, value) in enumerate(values)
    ]
    therapy = SubsequentTherapy(subject="S", row=99, on=at(30))
    found = response_of(on_study(demo_study, *visits, therapy), "imwg-2016")
    assert (response_of(on_study(demo_study, *visits), "imwg-2016").best, found.best, found.response_on) == (
        "PR",
        "SD",
        None,
    )


def test_assessments_without_a_day_are_told(demo_study: Study) -> None:
    month = PartialDate(year=2020, month=4)
    events = (
        lesion(1, -5, "T1", 50),
        lesion(2, 60, "T1", 30),
        finding(3, 60),
        TumourAssessment(subject="S", row=7, on=month, new_lesion=True),
    )
    assert response_of(on_study(demo_study, *events), "recist-1.1").undated == (7,)


def test_the_best_is_first_seen_where_it_was_reached(demo_study: Study) -> None:
    sizes = ((-5, 50), (56, 30), (90, 0), (125, 0))
    events = [lesion(10 + place, day, "T1", size) for place, (day, size) in enumerate(sizes)]
    found = response_of(
        on_study(demo_study, *events, *(finding(20 + place, day) for place, (day, _) in enumerate(sizes))), "recist-1.1"
    )
    assert (found.best, found.improved_on, found.response_on) == ("CR", at(90), at(56))


def test_stable_disease_counts_from_the_day_that_the_protocol_asks_for(demo_study: Study) -> None:
    events = (lesion(1, -5, "T1", 50), lesion(2, 20, "T1", 49), finding(3, 20))
    early, any_day = (response_of(on_study(demo_study, *events), "recist-1.1", None, days) for days in (42, 0))
    assert (early.best, any_day.best) == ("NE", "SD")
    assert "is earlier than 2020-02-12" in early.because


def test_nobody_judged_is_not_a_rate_of_zero(demo_study: Study) -> None:
    """The protocol names a reader that the files do not: no percentage, and the reason at the top of the section."""
    events = (lesion(1, -5, "T1", 50, evaluator="central"), lesion(2, 60, "T1", 20, evaluator="central"))
    plan = ResponsePlan(criteria="recist-1.1", evaluator="BICR")
    study = replace(
        demo_study, protocol=replace(demo_study.protocol, response=plan), subjects=(on_study(demo_study, *events),)
    )
    section = response_of_study(analyse(study, date(2021, 1, 1)))
    assert section is not None
    told = "".join(str(part) for block in section.blocks if isinstance(block, Paragraph) for part in block.parts)
    assert "Nobody could be judged: assessed by central; not by BICR (1)." in told
    rates = next(block for block in section.blocks if isinstance(block, Table) and block.id == "rates")
    assert {cell for row in rates.rows for cell in row.cells[2:]} == {"nobody", "not estimable: nobody could be judged"}


def test_the_reading_that_does_not_count_is_shown_beside(demo_study: Study) -> None:
    """Central sees a new lesion, local none: progression counts, stable disease stands beside it."""
    events: list[Fact] = []
    for place, (reader, new) in enumerate((("central", True), ("local", False))):
        row = 10 * place
        events += [lesion(row + 1, -5, "T1", 50, evaluator=reader), lesion(row + 2, 60, "T1", 49, evaluator=reader)]
        events.append(finding(row + 3, 60, evaluator=reader, new_lesion=new))
    plan = ResponsePlan(criteria="recist-1.1", evaluator="central")
    study = replace(
        demo_study, protocol=replace(demo_study.protocol, response=plan), subjects=(on_study(demo_study, *events),)
    )
    item = analyse(study, date(2021, 1, 1)).subjects[0]
    assert item.response is not None
    assert (item.response.best, [(reader, one.best) for reader, one in item.other_readings]) == (
        "PD",
        [("local", "SD")],
    )
    section = response_of_study(analyse(study, date(2021, 1, 1)))
    assert section is not None
    table = next(block for block in section.blocks if isinstance(block, Table) and block.id == "best-response")
    assert table.rows[0].cells[-1] == "SD (derived, local)"


@pytest.mark.parametrize(("confirming", "best"), [("as-good", "MR"), ("any-later", "PR")])
def test_what_may_lie_between_a_response_and_its_confirmation_holds_for_igm_too(
    confirming: Confirming, best: str
) -> None:
    """PR, MR, PR by IgM four weeks apart."""
    events = [
        IgMAssessment(subject="S", row=place, on=DAY + timedelta(days=28 * place), igm_g_per_dL=igm)
        for place, igm in enumerate((4.0, 1.9, 2.2, 1.9))
    ]
    found = from_igm("S", events, confirming=confirming)
    assert ([visit.category for visit in found.visits], found.best) == (["PR", "MR", "PR"], best)


@pytest.mark.parametrize(
    ("second", "progressed", "doubt"), [(56, False, False), (84, True, False), ((56, 1.1), False, True)]
)
def test_two_rows_of_one_day_do_not_bear_a_rise_of_igm_out(
    demo_study: Study, second: Any, progressed: bool, doubt: bool
) -> None:
    """IgM 4 at baseline, 1 on day 28, 4 on day 56: progression once a later day shows it too; two values of one day are none."""
    day, again = second if isinstance(second, tuple) else (second, 4.0)
    values = ((-3, 4.0), (28, 1.0), (56, 4.0), (day, again))
    told = [
        IgMAssessment(subject="S", row=row, on=DAY + timedelta(days=on), igm_g_per_dL=igm)
        for row, (on, igm) in enumerate(values, 100)
    ]
    undated = [IgMAssessment(subject="S", row=row, igm_g_per_dL=9.0 + row) for row in (110, 111)]
    found = response_of(on_study(demo_study, *told, *undated), "iwwm")
    assert (found.progression_on is not None) == progressed
    assert ("igm_g_per_dL on 2020-02-26 is 4.0 and 1.1 in rows 102 and 103: none is taken" in found.because) == doubt
    assert "None" not in found.because, "rows without a day are no visit, and so not two of one"
