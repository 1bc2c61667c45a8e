"""A test against the truth: counts of the synthetic I-124 study, what counts where, and what is refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.find.accuracy import Accuracy, accuracy
from hevesy.find.cases import Case, MixedRule, Reading, Truth
from hevesy.stats.diagnostic import Counts
from tests.conftest import REFERENCE

SUBJECTS = REFERENCE.parent / "demo" / "imaging124" / "sources" / "img_subject.csv"
WORDS: dict[str, Truth] = {
    "newly diagnosed glioblastoma": "new tumour",
    "true recurrence": "recurrence",
    "pseudoprogression": "pseudoprogression",
    "radiation necrosis": "radiation necrosis",
}
SAYS: dict[str, Reading] = {"1": "positive", "0": "negative", "?": "not readable"}


def imaging124(keep: Callable[[dict[str, str]], bool] = lambda _: True) -> Accuracy:
    if not SUBJECTS.exists():
        pytest.skip(f"outside truth absent: {SUBJECTS}")
    with Path(SUBJECTS).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if keep(row)]
    cases = [
        Case(
            subject=row["subject"],
            truth=WORDS[row["pathology_truth"]],
            presentation="newly diagnosed" if row["presentation"] == "newly diagnosed" else "suspected recurrence",
            readings={"pet": SAYS[row["pet_positive_48h"]], "mri": SAYS[row["mri_positive"]]},
        )
        for row in rows
    ]
    return accuracy(cases, ["pet", "mri"])


def case(
    subject: str, truth: Truth | None, pet: str = "1", mri: str = "1", lesion: str = "", share: float | None = None
) -> Case:
    """A case by one letter a reading; a blank is a missing one."""
    readings = {name: SAYS[says] for name, says in (("pet", pet), ("mri", mri)) if says.strip()}
    return Case(subject=subject, lesion=lesion, truth=truth, readings=readings, viable_share=share)


def test_the_study_of_36_has_the_counts_it_was_made_for() -> None:
    """The figures that the issue states for both doses."""
    found = imaging124()
    pet, mri = found.tests
    assert pet.counts == Counts(tp=24, fn=2, fp=3, tn=7)
    assert mri.counts == Counts(tp=23, fn=3, fp=6, tn=4)
    assert not found.clustered
    (compared,) = found.comparisons
    assert (compared.sensitivity.only_first, compared.sensitivity.only_second) == (3, 2)
    assert (compared.specificity.only_first, compared.specificity.only_second) == (3, 0)
    of_sensitivity, of_specificity = compared.sensitivity.mcnemar, compared.specificity.mcnemar
    assert of_sensitivity is not None
    assert of_specificity is not None
    assert of_sensitivity.exact_p == 1.0
    assert round(of_sensitivity.mid_p, 2) == 0.69
    assert (of_specificity.exact_p, of_specificity.mid_p) == (0.25, 0.125)


@pytest.mark.parametrize(("dose", "sensitivity", "specificity"), [("5.0", (12, 13), (4, 5)), ("7.5", (12, 13), (3, 5))])
def test_by_dose(dose: str, sensitivity: tuple[int, int], specificity: tuple[int, int]) -> None:
    pet = imaging124(lambda row: row["arm_mCi"] == dose).tests[0]
    assert (pet.sensitivity.x, pet.sensitivity.n) == sensitivity
    assert (pet.specificity.x, pet.specificity.n) == specificity


def test_by_presentation_and_newly_diagnosed_say_nothing_on_specificity() -> None:
    again = imaging124(lambda row: row["presentation"] == "suspected recurrence")
    assert [(one.sensitivity.x, one.sensitivity.n) for one in again.tests] == [(13, 14), (13, 14)]
    assert [(one.specificity.x, one.specificity.n) for one in again.tests] == [(7, 10), (4, 10)]
    new = imaging124(lambda row: row["presentation"] == "newly diagnosed")
    assert [(one.sensitivity.x, one.sensitivity.n) for one in new.tests] == [(11, 12), (10, 12)]
    for one in new.tests:
        assert one.specificity.estimate is None
        assert one.specificity.because.startswith("cannot be told")


def test_not_readable_is_outside_the_counts_and_wrong_in_the_intention_to_diagnose() -> None:
    found = accuracy(
        [case("A", "tumour", "1"), case("B", "tumour", "?"), case("C", "no tumour", "?"), case("D", "no tumour", "0")],
        ["pet"],
    ).tests[0]
    assert found.counts == Counts(tp=1, fn=0, fp=0, tn=1)
    assert found.not_readable == ("B", "C")
    assert found.intention_to_diagnose.counts == Counts(tp=1, fn=1, fp=1, tn=1)


def test_a_missing_reading_is_named_and_counts_nowhere() -> None:
    found = accuracy([case("A", "tumour", "1"), case("B", "tumour", " "), case("C", "no tumour", "0")], ["pet", "mri"])
    pet, mri = found.tests
    assert pet.missing == ("B",)
    assert pet.intention_to_diagnose.counts.n == 2
    assert mri.counts.n == 3
    assert found.comparisons[0].sensitivity.n == 1


def test_non_diagnostic_specimens_and_unknown_truths_are_named_and_never_counted() -> None:
    found = accuracy(
        [case("A", "tumour"), case("B", "non-diagnostic"), case("C", None), case("D", "no tumour")], ["pet"]
    )
    assert found.cases == 2
    assert [one.case for one in found.not_counted] == ["B", "C"]


def test_mixed_specimens_count_on_the_side_the_protocol_says_and_both_are_shown() -> None:
    cases = [
        case("A", "mixed", "1", share=0.4),
        case("B", "mixed", "0", share=0.1),
        case("C", "tumour", "1"),
        case("D", "no tumour", "0"),
        case("E", "mixed", "1"),
    ]
    plain = accuracy(cases, ["pet"])
    assert plain.tests[0].counts == Counts(tp=3, fn=1, fp=0, tn=1)
    assert plain.otherwise[0].counts == Counts(tp=1, fn=0, fp=2, tn=2)
    by_share = accuracy(cases, ["pet"], mixed=MixedRule(side="no tumour", viable_from=0.2))
    assert by_share.tests[0].counts == Counts(tp=2, fn=0, fp=1, tn=2)
    assert by_share.otherwise[0].counts == Counts(tp=2, fn=1, fp=1, tn=1)
    assert by_share.mixed == ("A", "B", "E")


def test_two_lesions_of_one_subject_make_the_subjects_the_sample() -> None:
    cases = [
        *(case("A", "tumour", "1", "0", lesion=str(place)) for place in range(6)),
        case("B", "tumour", "0", lesion="1"),
        case("C", "no tumour", "0", lesion="1"),
    ]
    found = accuracy(cases, ["pet", "mri"])
    assert found.clustered
    sensitivity = found.tests[0].sensitivity
    assert sensitivity.clustered is not None
    assert sensitivity.clustered.clusters == 2
    assert sensitivity.exact is not None
    assert sensitivity.exact.upper - sensitivity.exact.lower > 0.9  # two patients say next to nothing
    assert found.comparisons[0].sensitivity.test == "Obuchowski"


@pytest.mark.parametrize(
    ("cases", "tests", "words"),
    [
        ([], ["pet"], "there is no case"),
        ([case("A", "tumour")], [], "a test is needed"),
        ([case("A", "tumour")], ["pet", "pet"], "'pet' is named twice"),
        ([case("A", "tumour"), case("A", "no tumour")], ["pet"], "A stands twice"),
        ([case("A", "non-diagnostic"), case("B", None)], ["pet"], "of none is the truth known"),
    ],
)
def test_what_is_refused(cases: list[Case], tests: list[str], words: str) -> None:
    with pytest.raises((CannotAnswerError, RuleError), match=words):
        accuracy(cases, tests)


def test_a_share_of_viable_tumour_is_a_share() -> None:
    with pytest.raises(RuleError, match=r"lies in 0\.\.1, got 40"):
        case("A", "mixed", share=40)
