"""An imaging trial at its edges: what is the truth, which reading counts, what is named; worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.conduct.analysis import analyse
from hevesy.conduct.imaged import Imaged, imaged
from hevesy.readout.sections.accuracy import accuracy as accuracy_section
from hevesy.readout.sections.dose_times import dose_times as dose_times_section
from hevesy.readout.sections.flow import flow as flow_section
from hevesy.readout.sections.imaged_centres import centres as centres_section
from hevesy.readout.sections.patients import patients as patients_section
from hevesy.readout.sections.readings import readings as readings_section
from hevesy.readout.sections.scans import scans as scans_section
from hevesy.readout.sections.truth import truth as truth_section
from hevesy.study.dose import Dose
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.imaging import FollowUpReference, Reading, Scan, Specimen
from hevesy.study.facts.treatment import Administration
from hevesy.study.protocol import Arm, DoseLevel, ImagingPlan, Regimen, TimePoint, TrialProtocol
from hevesy.study.subject import Study, Subject

INJECTED = datetime(2014, 3, 3, 9, 0, tzinfo=UTC)
AT_48 = date(2014, 3, 5)
PLAN = ImagingPlan(
    modality="PET",
    comparator="MRI",
    time_points=(TimePoint(planned_h=24.0, tolerance_h=2.0), TimePoint(planned_h=48.0, tolerance_h=2.0)),
    primary_h=48.0,
    scan_to_specimen_d=30,
)
CUT = date(2014, 12, 31)


def protocol(plan: ImagingPlan) -> TrialProtocol:
    level = DoseLevel(number=1, dose=Dose(amount=185.0, basis="fixed activity"), regimen=Regimen())
    return TrialProtocol(
        study_id="I",
        title="Imaging",
        nuclide="I-124",
        dose_levels=(level,),
        arms=(Arm(code="5", name="5 mCi", dose_level=1),),
        imaging=plan,
    )


class Facts:
    """The facts of one subject, numbered as they come."""

    def __init__(self, subject: str, presentation: str | None = "suspected recurrence", injected: bool = True) -> None:
        self.subject, self.row, self.facts = subject, 1, list[Fact]()
        self.baseline = (("presentation", presentation),) if presentation is not None else ()
        if injected:
            self.add(Administration, start=INJECTED, administered_MBq=185.0)

    def add(self, kind: Any, **fields: Any) -> Facts:
        self.row += 1
        self.facts.append(kind(subject=self.subject, row=self.row, **fields))
        return self

    def scan(self, hours: float, planned: float | None = None, **more: Any) -> Facts:
        start = INJECTED + timedelta(hours=hours)
        return self.add(Scan, start=start, modality="PET", planned_h=planned, **more)

    def read(self, answer: str, modality: str = "PET", **more: Any) -> Facts:
        usual: dict[str, Any] = {"consensus": True, "scanned": AT_48}
        usual |= {"planned_h": 48.0} if modality == "PET" else {"scanned": date(2014, 3, 1)}
        return self.add(Reading, modality=modality, answer=answer, **(usual | more))

    def tissue(self, diagnosis: str | None, on: date = date(2014, 3, 10), **more: Any) -> Facts:
        return self.add(Specimen, on=on, diagnosis=diagnosis, **more)

    def follow_up(self, verdict: str, **more: Any) -> Facts:
        return self.add(FollowUpReference, on=date(2014, 9, 1), verdict=verdict, **more)

    def whole(self) -> Subject:
        enrolment = Enrolment(
            subject=self.subject, row=1, on=date(2014, 2, 24), arm_code="5", site="S01", baseline=self.baseline
        )
        return Subject(id=self.subject, enrolment=enrolment, events=tuple(self.facts))


def found(*subjects: Facts, plan: ImagingPlan = PLAN) -> Imaged:
    kinds = frozenset({"administration", "scan", "reading", "specimen", "follow_up_reference"})
    whole = tuple(one.whole() for one in subjects)
    study = Study(protocol=protocol(plan), subjects=whole, findings=(), delivered_kinds=kinds)
    result = imaged(analyse(study, CUT))
    assert result is not None
    return result


def one(*subjects: Facts, plan: ImagingPlan = PLAN) -> Any:
    """The case of the only subject as a whole."""
    (subject,) = found(*subjects, plan=plan).subjects
    return subject.patient.whole


def counts(of: Imaged, test: str = "PET") -> tuple[int, int, int, int]:
    cells = of.overall.cells[test]
    return cells["tp"].n, cells["fn"].n, cells["fp"].n, cells["tn"].n


def lay_out(of: Imaged) -> str:
    """Everything that the page says of it."""
    made = [
        accuracy_section(of), truth_section(of), readings_section(of), scans_section(of), flow_section(of),
        centres_section(of), patients_section(of),
    ]  # fmt: skip
    if of.dose_times is not None:
        made.append(dose_times_section(of.dose_times))
    return "\n".join(str(block) for section in made if section is not None for block in section.blocks)


def test_two_specimens_of_one_lesion_that_disagree_are_tumour_and_are_named() -> None:
    facts = (
        Facts("A").read("positive").tissue("radiation necrosis", specimen="A-1").tissue("recurrence", specimen="A-2")
    )
    case = one(facts)
    assert case.case.truth == "recurrence"
    assert "specimens of one lesion differ: A-1 radiation necrosis, A-2 recurrence; recurrence counts" in case.because
    assert counts(found(facts)) == (1, 0, 0, 0)
    assert "A: specimens of one lesion differ" in lay_out(found(facts))


def test_two_specimens_without_tumour_disagree_on_nothing_that_counts() -> None:
    case = one(Facts("A").read("negative").tissue("radiation necrosis").tissue("pseudoprogression", region="frontal"))
    assert case.case.truth == "pseudoprogression"
    assert not any("differ" in told for told in case.because)


def test_a_second_review_counts_and_that_it_differs_is_told() -> None:
    facts = (
        Facts("A")
        .read("positive")
        .tissue("recurrence", specimen="A-1", reviewer="site")
        .tissue("pseudoprogression", specimen="A-1", reviewer="central", second_review=True)
    )
    case = one(facts)
    assert case.case.truth == "pseudoprogression"
    assert (
        "reviews of A-1 differ: recurrence (site), pseudoprogression (central); the second review counts"
        in case.because
    )
    assert counts(found(facts)) == (0, 0, 1, 0)


def test_a_specimen_of_another_lesion_is_no_truth_of_the_one_that_was_read() -> None:
    facts = Facts("A").read("positive", lesion="L1").tissue("recurrence", lesion="L2")
    result = found(facts)
    first, second = result.subjects[0].patient.lesions
    assert (first.case.lesion, first.case.truth, first.case.readings) == ("L1", None, {"PET": "positive"})
    assert (second.case.lesion, second.case.truth, second.case.readings) == ("L2", "recurrence", {})
    assert result.subjects[0].patient.whole.case.readings == {}
    assert counts(result) == (0, 0, 0, 0)
    told = lay_out(result)
    assert "A, lesion L1: the truth is not known" in told
    assert "A, lesion L2: PET: no reading" in told


def test_lesions_of_a_subject_are_cases_of_one_cluster() -> None:
    """Two lesions of A, one of B: A's necrosis is called positive."""
    facts = (
        Facts("A")
        .read("positive", lesion="L1")
        .read("positive", lesion="L2")
        .tissue("recurrence", lesion="L1")
        .tissue("radiation necrosis", lesion="L2"),
        Facts("B").read("negative").tissue("recurrence"),
    )
    result = found(*facts)
    assert result.by_lesion
    assert counts(result) == (1, 1, 1, 0)
    assert result.overall.found is not None
    assert (result.overall.found.clustered, result.overall.found.subjects, result.overall.found.cases) == (True, 2, 3)
    told = lay_out(result)
    assert "Accuracy of lesions, with 95 % limits at the effective number of lesions" in told
    per_patient = result.per_patient.cells["PET"]
    assert {name: cell.n for name, cell in per_patient.items()} == {"tp": 1, "fn": 1, "fp": 0, "tn": 0}


def test_a_subject_has_no_tumour_only_where_every_lesion_is_known_to_have_none() -> None:
    facts = (
        Facts("A").read("negative", lesion="L1").read("negative", lesion="L2").tissue("pseudoprogression", lesion="L1")
    )
    whole = found(facts).subjects[0].patient.whole
    assert whole.case.truth is None
    assert whole.because[0].endswith("but the truth of lesion L2 is not known")


def test_a_reading_without_truth_counts_nowhere_and_is_named() -> None:
    seen = Facts("A").scan(48.0, 48.0).read("positive")
    result = found(seen, Facts("B").read("positive").tissue("recurrence"))
    assert counts(result) == (1, 0, 0, 0)
    assert result.flow[2].lost == (("B", "no PET scan at 48 h recorded"),)
    assert result.flow[4].lost == (("A", "neither a specimen nor a follow-up"),)
    assert "A: the truth is not known; neither a specimen nor a follow-up" in lay_out(result)


def test_truth_without_a_reading_is_missing_and_named() -> None:
    result = found(Facts("A").scan(48.0, 48.0).tissue("recurrence"), Facts("B").read("positive").tissue("recurrence"))
    assert counts(result) == (1, 0, 0, 0)
    assert result.overall.found is not None
    assert result.overall.found.tests[0].missing == ("A",)
    assert result.flow[3].lost == (("A", "no reading"),)
    assert "no reading that counts" in lay_out(result)


def test_two_readers_without_a_consensus_are_no_answer() -> None:
    """Not even where they agree: the plan names the consensus."""
    facts = (
        Facts("A")
        .read("positive", reader="R1", consensus=False)
        .read("positive", reader="R2", consensus=False)
        .tissue("recurrence")
    )
    case = one(facts)
    assert case.case.readings == {}
    assert "PET: no consensus on PET (R1 positive, R2 positive)" in case.because
    named = Facts("A").read("positive", reader="Consensus", consensus=None).tissue("recurrence")
    assert one(named).case.readings == {"PET": "positive"}, "by its name, where no flag is delivered"
    assert one(facts, plan=replace(PLAN, reader="R2")).case.readings == {"PET": "positive"}
    assert "no reading of R3 on PET" in " ".join(one(facts, plan=replace(PLAN, reader="R3")).because)


def test_not_readable_is_an_answer_and_wrong_where_it_was_intended_to_diagnose() -> None:
    result = found(
        Facts("A").read("not readable").tissue("recurrence"),
        Facts("B").read("positive").tissue("recurrence"),
        Facts("C").read("not readable").tissue("radiation necrosis"),
    )
    assert result.overall.found is not None
    (pet, _) = result.overall.found.tests
    assert (pet.sensitivity.x, pet.sensitivity.n, pet.not_readable) == (1, 1, ("A", "C"))
    intended = pet.intention_to_diagnose
    assert (intended.sensitivity.x, intended.sensitivity.n) == (1, 2)
    assert (intended.specificity.x, intended.specificity.n) == (0, 1)
    assert "not readable" in lay_out(result)


def test_of_two_scans_the_last_before_the_specimen_counts_and_the_other_is_named() -> None:
    facts = (
        Facts("A")
        .read("negative", scanned=date(2014, 2, 1), modality="MRI")
        .read("positive", scanned=date(2014, 3, 1), modality="MRI")
        .read("negative", scanned=date(2014, 6, 1), modality="MRI")
        .tissue("recurrence")
    )
    case = one(facts)
    assert case.case.readings["MRI"] == "positive"
    assert "MRI of 2014-02-01 (negative) does not count" in case.because
    assert "MRI of 2014-06-01 (negative) does not count" in case.because


def test_two_answers_of_one_day_that_differ_are_none() -> None:
    case = one(Facts("A").read("positive").read("negative").tissue("recurrence"))
    assert case.case.readings == {}
    assert "PET: two PET readings of one scan differ: positive, negative" in case.because


def test_a_scan_twice_at_a_time_counts_once_in_its_cell() -> None:
    """47.5 h is nearer to 48 h than 46.2 h."""
    subjects = [Facts("A").scan(46.2, 48.0, lesion_to_background=9.0).scan(47.5, 48.0, lesion_to_background=3.0)]
    result = found(*subjects)
    assert result.dose_times is not None
    (grid,) = result.dose_times.grids
    assert [(cell.planned_h, cell.values) for cell in grid.cells] == [(24.0, ()), (48.0, (("A", 3.0),))]
    assert [scan.scan.lesion_to_background for _, scan in result.dose_times.repeated] == [9.0]
    assert grid.compared is None
    assert "which is the best cannot be told" in lay_out(result)


def test_actual_times_are_held_against_their_tolerance() -> None:
    result = found(
        Facts("A").scan(47.0, 48.0), Facts("B").scan(51.5, 48.0), Facts("C").scan(25.0), Facts("D").scan(60.0, 72.0)
    )
    day, two_days = result.time_points
    assert [who for who, _ in day.scans] == ["C"], "a scan without a planned time is of the one that it fits"
    assert [who for who, _ in two_days.scans] == ["A", "B"]
    assert [(who, scan.within) for who, scan in two_days.outside] == [("B", False)]
    assert [(who, scan.because) for who, scan in result.of_no_time] == [("D", "the protocol has no time point at 72 h")]
    assert two_days.missing == ("C", "D")
    assert "51.50 h after the injection, 48 h planned, 2 h either way" in lay_out(result)


def test_a_time_is_not_known_without_an_injection_or_its_hour() -> None:
    nobody = Facts("A", injected=False).scan(48.0, 48.0)
    by_day = Facts("B", injected=False).add(Administration, start=INJECTED, hour_known=False).scan(48.0, 48.0)
    result = found(nobody, by_day)
    told = {who: (scan.actual_h, scan.because) for who, scan in result.time_points[1].scans}
    assert told == {
        "A": (None, "no injection before it is recorded"),
        "B": (None, "the hour of the scan or of the injection is not recorded"),
    }
    assert result.flow[1].lost == (("A", "no injection recorded"),)


def test_a_specimen_before_the_scan_and_one_too_late_are_named_and_count() -> None:
    result = found(
        Facts("A").read("positive").tissue("recurrence", on=date(2014, 2, 20)),
        Facts("B").read("negative").tissue("radiation necrosis", on=date(2014, 4, 5)),
        Facts("C").read("positive").tissue("recurrence", on=date(2014, 4, 4)),
    )
    assert [(each.subject, each.days, each.beyond) for each in result.intervals] == [
        ("A", -13, False),
        ("B", 31, True),
        ("C", 30, False),
    ]
    assert counts(result) == (2, 0, 0, 1)
    assert [each.subject for each in result.tissue_first] == ["A"]
    assert result.within_interval is not None
    assert {name: cell.n for name, cell in result.within_interval.cells["PET"].items()} == {
        "tp": 2, "fn": 0, "fp": 0, "tn": 0,
    }  # fmt: skip
    told = lay_out(result)
    assert "A: PET 2014-03-05, tissue 2014-02-20, -13 d" in told
    assert "B: PET 2014-03-05, tissue 2014-04-05, 31 d" in told


@pytest.mark.parametrize(
    ("mixed", "viable_from", "share", "cell"),
    [
        ("tumour", None, None, "tp"),
        ("no tumour", None, None, "fp"),
        ("tumour", 50.0, 40.0, "fp"),
        ("tumour", 50.0, 60.0, "tp"),
        ("tumour", 50.0, None, "tp"),
        ("no tumour", 50.0, None, "fp"),
    ],
)
def test_a_mixed_specimen_counts_on_the_side_of_the_plan_and_the_other_is_shown(
    mixed: Any, viable_from: float | None, share: float | None, cell: str
) -> None:
    plan = replace(PLAN, mixed=mixed, mixed_from_percent=viable_from)
    result = found(Facts("A").read("positive").tissue("mixed", viable_tumour_percent=share), plan=plan)
    assert [name for name, each in result.overall.cells["PET"].items() if each.n] == [cell]
    assert result.overall.found is not None
    assert result.overall.found.mixed == ("A",)
    (other, _) = result.overall.found.otherwise
    assert (other.counts.tp, other.counts.fp) == ((0, 1) if cell == "tp" else (1, 0))
    assert "mixed on the other side" in lay_out(result)


def test_a_non_diagnostic_specimen_is_named_and_never_counted() -> None:
    result = found(
        Facts("A").read("positive").tissue("non-diagnostic"), Facts("B").read("positive").tissue("recurrence")
    )
    assert counts(result) == (1, 0, 0, 0)
    assert result.overall.found is not None
    assert [(left.case, left.because) for left in result.overall.found.not_counted] == [
        ("A", "its specimen was non-diagnostic")
    ]
    repeated = one(
        Facts("A").read("positive").tissue("non-diagnostic", specimen="A-1").tissue("recurrence", specimen="A-2")
    )
    assert repeated.case.truth == "recurrence"
    assert "A-1 is non-diagnostic" in repeated.because


def test_follow_up_tells_the_truth_where_no_tissue_does() -> None:
    by_follow_up = one(Facts("A").read("negative").follow_up("pseudoprogression"))
    assert (by_follow_up.case.truth, by_follow_up.case.reference) == ("pseudoprogression", "follow-up")
    after_nothing = one(Facts("A").read("negative").tissue("non-diagnostic").follow_up("pseudoprogression"))
    assert (after_nothing.case.truth, after_nothing.case.reference) == ("pseudoprogression", "follow-up")
    against = one(Facts("A").read("negative").tissue("recurrence").follow_up("pseudoprogression"))
    assert (against.case.truth, against.case.reference) == ("recurrence", "specimen")
    assert "the follow-up said pseudoprogression, the specimen recurrence: the specimen counts" in against.because
    assert one(Facts("A").read("negative").follow_up("undetermined")).case.truth is None
    result = found(
        Facts("A").read("negative").follow_up("pseudoprogression"), Facts("B").read("positive").tissue("recurrence")
    )
    assert [group.name for group in result.by_reference] == ["specimen", "follow-up"]
    assert "By follow-up" in lay_out(result)


def test_newly_diagnosed_without_tumour_say_nothing_on_specificity() -> None:
    result = found(
        Facts("A", "newly diagnosed").read("negative").tissue("radiation necrosis"),
        Facts("B", "newly diagnosed").read("positive").tissue("new tumour"),
        Facts("C", "suspected recurrence").read("negative").tissue("radiation necrosis"),
        Facts("D", None).read("positive").tissue("recurrence"),
    )
    assert counts(result) == (2, 0, 0, 1)
    assert result.overall.found is not None
    assert [left.case for left in result.overall.found.not_counted] == ["A"]
    assert [group.name for group in result.by_presentation] == [
        "suspected recurrence",
        "newly diagnosed",
        "presentation: neither word",
    ]
    assert [one.id for one in result.of_no_presentation] == ["D"]
    assert "D: not told" in lay_out(result)


def test_without_tissue_the_comparator_is_the_scan_before_the_index_scan_not_one_of_the_follow_up() -> None:
    facts = (
        Facts("A")
        .read("negative")
        .read("positive", scanned=date(2014, 3, 1), modality="MRI")
        .read("negative", scanned=date(2014, 8, 1), modality="MRI")
        .follow_up("pseudoprogression")
    )
    assert one(facts).case.readings == {"PET": "negative", "MRI": "positive"}
    since = Facts("A").read("positive", scanned=date(2014, 3, 1), modality="MRI")
    since.read("negative", scanned=date(2014, 4, 1), modality="MRI")
    since.follow_up("pseudoprogression", followed_since=date(2014, 4, 2))
    assert one(since).case.readings["MRI"] == "negative"


def test_a_planned_time_rounded_in_hours_is_that_of_the_plan() -> None:
    plan = replace(PLAN, time_points=(TimePoint(planned_h=50 / 60, tolerance_h=0.1),), primary_h=50 / 60)
    facts = Facts("A").scan(0.85, 0.8333).read("positive", planned_h=0.8333).tissue("recurrence")
    result = found(facts, plan=plan)
    assert counts(result) == (1, 0, 0, 0)
    assert [who for who, _ in result.time_points[0].scans] == ["A"]
    assert result.of_no_time == ()


def test_readers_agree_beyond_chance_or_it_is_said_why_not() -> None:
    def both(subject: str, first: str, second: str) -> Facts:
        return (
            Facts(subject)
            .read(first, reader="R1", consensus=False)
            .read(second, reader="R2", consensus=False)
            .read("positive")
            .tissue("recurrence")
        )

    says = {"A": ("positive", "positive"), "B": ("positive", "positive"), "C": ("negative", "negative")}
    says |= {"D": ("negative", "positive"), "E": ("not readable", "positive")}
    result = found(*(both(subject, *answers) for subject, answers in says.items()))
    (pet,) = result.readers
    (pair,) = pet.together
    assert (pair.n, pair.same, pair.readable) == (5, 3, 4)
    assert pair.kappa is not None
    # of the four both could read: agreed 3/4, by chance 2/4 x 3/4 + 2/4 x 1/4 = 1/2
    assert pair.kappa.estimate == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))
    assert pair.differ == ("D: R1 negative, R2 positive", "E: R1 not readable, R2 positive")
    (alike,) = found(both("A", "positive", "positive"), both("B", "positive", "positive")).readers
    assert alike.together[0].kappa is None
    assert alike.together[0].because == "every answer is positive: by chance they would agree as well"


def test_nothing_at_all_is_laid_out_without_a_number_too_many() -> None:
    result = found(Facts("A", None, injected=False))
    assert result.overall.found is None
    told = lay_out(result)
    assert "Of no case is the truth known yet" in told
    assert "No reading has been delivered" in told
    assert "No specimen has been delivered" in told


def test_a_study_without_the_chapter_has_no_images(demo_study: Study) -> None:
    assert imaged(analyse(demo_study, date(2016, 12, 1))) is None
    assert not demo_study.protocol.diagnostic


def test_a_label_for_imaging_beside_one_for_treatment_leaves_its_subjects_treated() -> None:
    both = replace(protocol(replace(PLAN, nuclide="I-124")), nuclide="I-131")
    assert not both.diagnostic
    assert protocol(PLAN).diagnostic


ANSWERS = st.sampled_from((None, "positive", "negative", "not readable"))
TRUTHS = st.sampled_from(
    (None, "new tumour", "recurrence", "mixed", "pseudoprogression", "radiation necrosis", "non-diagnostic")
)
PRESENTATIONS = st.sampled_from((None, "newly diagnosed", "suspected recurrence"))


@given(st.lists(st.tuples(TRUTHS, ANSWERS, ANSWERS, PRESENTATIONS), min_size=1, max_size=9))
@settings(max_examples=60)
def test_every_subject_is_in_one_cell_or_named(
    patients: list[tuple[str | None, str | None, str | None, str | None]],
) -> None:
    """Against plain counting: of either modality four cells, not readable and missing make up those that count."""
    subjects = []
    for number, (truth, pet, mri, presentation) in enumerate(patients):
        facts = Facts(f"P{number}", presentation)
        for modality, answer in (("PET", pet), ("MRI", mri)):
            if answer is not None:
                facts.read(answer, modality)
        if truth is not None:
            facts.tissue(truth)
        subjects.append(facts)
    result = found(*subjects)
    counting = [
        (truth in ("new tumour", "recurrence", "mixed"), pet, mri)
        for truth, pet, mri, presentation in patients
        if truth not in (None, "non-diagnostic")
        and not (truth in ("pseudoprogression", "radiation necrosis") and presentation == "newly diagnosed")
    ]
    for place, test in ((1, "PET"), (2, "MRI")):
        said = [(one[0], one[place]) for one in counting]
        wanted = tuple(
            said.count(cell)
            for cell in ((True, "positive"), (True, "negative"), (False, "positive"), (False, "negative"))
        )
        assert counts(result, test) == wanted
    if result.overall.found is None:
        assert counting == []
        return
    assert result.overall.found.cases == len(counting)
    assert len(result.overall.found.not_counted) == len(patients) - len(counting)
    for place, shown in enumerate(result.overall.found.tests, start=1):
        assert len(shown.not_readable) == [one[place] for one in counting].count("not readable")
        assert len(shown.missing) == [one[place] for one in counting].count(None)
    assert lay_out(result)


def test_a_number_that_begins_anew_each_day_or_lesion_is_another_specimen() -> None:
    """Numbered 1 on each day: a biopsy with necrosis and a later resection with tumour are two, not two reviews."""
    facts = (
        Facts("A")
        .read("positive")
        .tissue("recurrence", date(2014, 3, 10), specimen="1")
        .tissue("radiation necrosis", date(2014, 4, 20), specimen="1")
    )
    case = one(facts)
    assert case.case.truth == "recurrence"
    assert any("specimens of one lesion differ" in told for told in case.because)
    lesions = (
        Facts("B")
        .read("positive", lesion="left")
        .read("negative", lesion="right")
        .tissue("recurrence", specimen="1", lesion="left")
        .tissue("radiation necrosis", specimen="1", lesion="right")
    )
    assert counts(found(lesions)) == (1, 0, 0, 1)


def test_a_second_review_that_leaves_day_and_lesion_to_the_first_is_of_its_specimen() -> None:
    facts = Facts("A").read("positive", lesion="left").tissue("recurrence", specimen="A-1", lesion="left")
    facts.add(Specimen, specimen="A-1", diagnosis="pseudoprogression", second_review=True)
    (truth,) = found(facts).subjects[0].truths
    assert (truth.truth, truth.lesion, truth.taken) == ("pseudoprogression", "left", date(2014, 3, 10))


def test_of_mixed_specimens_the_one_with_most_tumour_is_the_lesion() -> None:
    """5 % in one and 60 % in the other: tumour from 20 % on, whichever was delivered first."""
    plan = replace(PLAN, mixed_from_percent=20.0)
    for first, second in ((5.0, 60.0), (60.0, 5.0)):
        facts = Facts("A").read("positive")
        facts.tissue("mixed", specimen="A-1", viable_tumour_percent=first)
        facts.tissue("mixed", specimen="A-2", viable_tumour_percent=second)
        assert one(facts, plan=plan).case.viable_share == 0.6
        assert counts(found(facts, plan=plan)) == (1, 0, 0, 0)


def test_of_lesions_that_are_mixed_the_one_with_most_tumour_is_the_subject() -> None:
    plan = replace(PLAN, mixed_from_percent=20.0)
    facts = Facts("A").read("positive", lesion="a").read("positive", lesion="b")
    facts.tissue("mixed", specimen="A-1", lesion="a", viable_tumour_percent=5.0)
    facts.tissue("mixed", specimen="A-2", lesion="b", viable_tumour_percent=60.0)
    assert one(facts, plan=plan).case.viable_share == 0.6


@pytest.mark.parametrize(("viable", "truth"), [(5.0, None), (60.0, "mixed")])
def test_little_tumour_in_one_lesion_says_nothing_of_a_lesion_that_nobody_knows(
    viable: float, truth: str | None
) -> None:
    """Below the share a mixed lesion is none, and none of one is none of all only where all are known."""
    plan = replace(PLAN, mixed_from_percent=20.0)
    facts = Facts("A").read("positive", lesion="a").read("positive", lesion="b")
    facts.tissue("mixed", specimen="A-1", lesion="a", viable_tumour_percent=viable)
    case = one(facts, plan=plan)
    assert case.case.truth == truth
    assert any("the truth of lesion b is not known" in said for said in case.because) == (truth is None)


def test_tissue_of_the_only_lesion_counts_before_a_follow_up_that_names_none() -> None:
    facts = (
        Facts("A").read("positive", lesion="left").tissue("radiation necrosis", lesion="left").follow_up("recurrence")
    )
    case = one(facts)
    assert (case.case.truth, case.case.reference) == ("radiation necrosis", "specimen")
    assert "the follow-up said recurrence, the specimen radiation necrosis: the specimen counts" in case.because


def test_follow_ups_that_differ_are_named() -> None:
    facts = Facts("A").read("positive").follow_up("pseudoprogression").follow_up("recurrence")
    case = one(facts)
    assert case.case.truth == "recurrence"
    assert "follow-ups differ: pseudoprogression, recurrence; the last counts" in case.because


def test_readers_are_compared_on_one_scan_at_the_primary_time() -> None:
    """A reading that tells the day of its scan alone is of that scan's time; two scans of two days are two."""
    facts = Facts("A").scan(24.0, 24.0).scan(48.0, 48.0)
    single: dict[str, Any] = {"consensus": False, "planned_h": None}
    for reader, early, late in (("one", "negative", "positive"), ("two", "positive", "positive")):
        facts.read(late, reader=reader, scanned=AT_48, **single)
        facts.read(early, reader=reader, scanned=date(2014, 3, 4), **single)
    facts.read("positive", "MRI", reader="one", scanned=date(2014, 3, 1), consensus=False)
    facts.read("negative", "MRI", reader="two", scanned=date(2014, 3, 20), consensus=False)
    pet, mri = found(facts).readers
    assert [reader.answers for reader in pet.readers] == [{"positive": 1}, {"positive": 1}]
    assert [pair.pairs for pair in pet.together] == [{("positive", "positive"): 1}]
    assert [pair.n for pair in mri.together] == [0]


def test_a_second_review_with_another_day_is_of_the_only_specimen_of_its_number_and_that_is_told() -> None:
    facts = Facts("A").read("positive").tissue("recurrence", specimen="A-1")
    facts.tissue("pseudoprogression", date(2014, 4, 1), specimen="A-1", second_review=True)
    case = one(facts)
    assert case.case.truth == "pseudoprogression"
    assert "reviews of A-1 tell different days: 2014-03-10, 2014-04-01" in case.because


def test_a_reading_whose_day_is_that_of_another_scan_or_of_none_is_told() -> None:
    facts = Facts("A").scan(24.0, 24.0).scan(48.0, 48.0).read("positive", scanned=date(2014, 3, 4)).tissue("recurrence")
    assert "the PET reading of 48 h was of 2014-03-04, the day of the scan at 24 h" in one(facts).because
    nowhere = Facts("A").scan(48.0, 48.0).read("positive", scanned=date(2014, 3, 9)).tissue("recurrence")
    assert "no PET scan of 2014-03-09, which was read, is recorded" in one(nowhere).because
    right = Facts("A").scan(24.0, 24.0).scan(48.0, 48.0).read("positive").tissue("recurrence")
    assert not any("scan" in told for told in one(right).because)


def test_who_counts_without_an_injection_or_a_scan_is_named_beside_the_counts() -> None:
    whole = Facts("A").scan(48.0, 48.0).read("positive").tissue("recurrence")
    without = Facts("B", injected=False).read("positive").tissue("recurrence")
    unscanned = Facts("C").read("negative").tissue("recurrence")
    of = found(whole, without, unscanned)
    assert counts(of) == (2, 1, 0, 0)
    said = lay_out(of)
    assert "read and counted without an injection or a PET scan at 48 h on record" in said
    assert "B: no injection recorded" in said
    assert "C: no PET scan at 48 h recorded" in said
    assert "counted without an injection" not in lay_out(found(whole))


def test_centres_in_two_spellings_are_named() -> None:
    one_site, other = Facts("A").whole(), Facts("B").whole()
    other = replace(other, enrolment=replace(other.enrolment, site="s-01"))
    third = replace(Facts("C").whole(), id="C")
    third = replace(third, enrolment=replace(third.enrolment, site="S 01"))
    kinds = frozenset({"administration"})
    study = Study(protocol=protocol(PLAN), subjects=(other, third), findings=(), delivered_kinds=kinds)
    of = imaged(analyse(study, CUT))
    assert of is not None
    assert "may be one centre in two spellings: S 01 and s-01" in lay_out(of)
    alone = imaged(analyse(replace(study, subjects=(one_site,)), CUT))
    assert alone is not None
    assert "two spellings" not in lay_out(alone)


def test_a_ratio_that_rounding_cannot_explain_is_warned_of() -> None:
    def measured(ratio: float) -> str:
        scanned = Facts("A").scan(48.0, 48.0, suv_max_lesion=0.40, suv_mean_background=0.24, lesion_to_background=ratio)
        return lay_out(found(scanned))

    assert "more than rounding explains: A, 48 h: -90.3 %" in measured(17.2)
    assert "more than rounding" not in measured(1.72)


def test_a_follow_up_of_the_whole_that_the_tissue_of_lesions_contradicts_is_told() -> None:
    facts = Facts("A").read("positive", lesion="left").read("negative", lesion="right")
    facts.tissue("radiation necrosis", lesion="left").tissue("pseudoprogression", lesion="right")
    case = one(facts.follow_up("recurrence"))
    assert case.case.truth == "recurrence"
    assert case.because[0] == (
        "recurrence by follow-up, although tissue of lesion left, right showed radiation necrosis, pseudoprogression"
    )


def test_of_two_scans_at_a_time_the_nearest_that_was_measured_counts() -> None:
    """47.5 h is nearer to 48 h than 46.2 h, but its ratio is missing; its score counts."""
    first = Facts("A").scan(46.2, 48.0, lesion_to_background=9.0, image_quality=2).scan(47.5, 48.0, image_quality=4)
    result = found(first).dose_times
    assert result is not None
    values = {grid.quantity.key: grid.cells[1].values for grid in result.grids}
    assert values == {"tbr": (("A", 9.0),), "quality": (("A", 4.0),)}
    assert result.repeated == ()
