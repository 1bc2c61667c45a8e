"""Dose over volume of a study: what is read off curves by hand, held against doses, summed with external beam."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.conduct.dose_volumes import SubjectVolumes, dose_volumes
from hevesy.study.facts.dose_volume import DoseVolumePoint
from hevesy.study.facts.dosimetry import ExternalCourse
from hevesy.study.limits import Limit
from hevesy.study.protocol import DosimetryPlan, DosimetryRegion
from tests.conduct.test_dosed import LESION, PLAN, S_LIVER, Facts, TIA_h, dose, found, liver

LIMITED = DosimetryRegion(
    name="liver", alpha_beta_Gy=2.5, repair_half_life_h=2.0, effect_source="a test"
)  # fmt: skip
ABSORBED = Limit(region="liver", amount_Gy=20.0, source="a test")
BED = Limit(region="liver", of="BED", amount_Gy=40.0, source="a test")
WHOLE = DosimetryPlan(
    measured="I-124", disease_in_marrow=False, regions=(LIMITED, LESION), model="mono", planned_activity_MBq=740.0,
    limits=(ABSORBED, BED),
)  # fmt: skip
DOSE_Gy = 740 * TIA_h * 3600 * S_LIVER / 1e3
"""Of the curves of activity, by the closed form."""


class Told(Facts):
    """Facts with curves of dose over volume."""

    def dvh(self, *points: tuple[float, float], **more: Any) -> Told:
        usual: dict[str, Any] = {
            "region": "liver", "of": "radionuclide", "nuclide": "I-131", "region_volume_mL": 1400.0, "program": "P 1",
        }  # fmt: skip
        for received_Gy, share in points:
            self.add(DoseVolumePoint, dose_Gy=received_Gy, volume_percent=share, **(usual | more))
        return self

    def beam(self, *points: tuple[float, float], **more: Any) -> Told:
        return self.dvh(*points, **({"of": "external beam", "nuclide": None, "fractions": 10} | more))


def given() -> Told:
    told = Told()
    told.injected().curve().treated().s("liver", "liver", S_LIVER)
    return told


def volumes(facts: Facts, plan: DosimetryPlan = WHOLE) -> SubjectVolumes:
    (one,) = dose_volumes(found(facts, plan))
    return one


def even(mean_Gy: float, wide: float = 1.0) -> tuple[tuple[float, float], ...]:
    """Doses that are even between two, about a mean."""
    return ((mean_Gy - wide / 2, 100.0), (mean_Gy + wide / 2, 0.0))


def test_what_is_read_off_a_curve_by_hand() -> None:
    told = volumes(given().dvh((0, 100), (10, 100), (30, 0)))
    (one,) = told.curves
    assert (one.region, one.by, one.external) == ("liver", "I-131", False)
    assert one.curve.mean_Gy == pytest.approx(20)
    assert [one.curve.at_least_Gy(share) for share in (95, 50, 2)] == pytest.approx([11, 20, 29.6])
    (held,) = one.at_limits
    assert held.limit == ABSORBED
    assert held.percent == pytest.approx(50)
    assert len(one.rows) == 3


def test_a_mean_that_is_another_than_the_dose_by_activity_is_told_and_one_that_is_not_is_not() -> None:
    assert dose(liver(given(), WHOLE).foreseen).dose_Gy == pytest.approx(DOSE_Gy, rel=1e-6)
    (near,) = volumes(given().dvh(*even(DOSE_Gy * 1.09))).curves
    (far,) = volumes(given().dvh(*even(DOSE_Gy * 1.11))).curves
    assert near.beside is not None
    assert near.beside.dose_Gy == pytest.approx(DOSE_Gy, rel=1e-6)
    assert near.against == "foreseen"
    assert near.notes == ()
    assert any("are foreseen here: another activity, other kinetics" in one for one in far.notes)


def test_a_curve_of_what_was_given_is_not_held_against_the_dose_of_a_GBq() -> None:
    told = Told()
    told.injected().curve().s("liver", "liver", S_LIVER)
    (one,) = volumes(told.dvh(*even(DOSE_Gy)), replace(WHOLE, planned_activity_MBq=None)).curves
    assert one.beside is not None
    assert one.beside.basis == "a GBq"
    assert (one.mean_beside_Gy, one.notes) == (None, ())


def test_curves_of_another_label_and_of_no_region_are_held_against_nothing() -> None:
    told = volumes(given().dvh(*even(0.1, 0.02), nuclide="I-124").dvh(*even(3.0), region="hip"))
    label, hip = told.curves
    assert (label.beside, label.against, label.notes) == (None, None, ())
    assert (hip.beside, hip.at_limits) == (None, ())
    assert "is no region of the plan" in hip.notes[0]


def test_a_curve_that_ends_high_is_told() -> None:
    (one,) = volumes(given().dvh((0, 100), (DOSE_Gy, 60), (1.5 * DOSE_Gy, 30))).curves
    assert any("ends at" in note and "with 30 % of the volume" in note for note in one.notes)


def test_rows_that_are_no_curve_are_told_and_not_used() -> None:
    told = volumes(given().dvh((0, 100), (1, 40), (2, 60)))
    assert told.curves == ()
    assert "the dose-volume curve of liver" in told.notes[0]
    assert "never rises" in told.notes[0]


def test_the_label_and_a_beam_together_over_the_volume_by_hand() -> None:
    """Doses even over a width w: the mean of d + c d^2 is m + c (m^2 + w^2 / 12)."""
    mean, wide = DOSE_Gy, DOSE_Gy / 2
    told = volumes(given().dvh(*even(mean, wide)).beam(*even(20.0, 8.0)))
    (summed,) = told.sums
    assert summed.own.beside is not None
    course = summed.own.beside.course
    half_life_h = course.rates[0].half_lives_h[0]
    per_Gy = 2.0 / (2.0 + half_life_h) / 2.5
    own = mean + per_Gy * (mean**2 + wide**2 / 12)
    beam = 20 + (20**2 + 8**2 / 12) / 10 / 2.5
    assert summed.both.mean_bed_Gy == pytest.approx(own + beam, rel=1e-6)
    assert summed.mean_eqd2_Gy == pytest.approx((own + beam) / (1 + 2 / 2.5), rel=1e-6)
    assert summed.left is not None
    assert summed.limit == BED
    assert summed.left.bed_Gy == pytest.approx(40 - own - beam, rel=1e-6)
    assert summed.left.fractions == math.floor((40 - own - beam) / (2 * (1 + 2 / 2.5)))
    least, most = summed.eqd2_within_Gy(50)
    middle = (mean + per_Gy * mean**2 + 20 + 400 / 25) / (1 + 2 / 2.5)
    assert least < middle < most


@pytest.mark.parametrize(
    ("facts", "plan", "why"),
    [
        (lambda: given().dvh(*even(DOSE_Gy)).beam(*even(20.0)), PLAN, "the plan tells no alpha/beta and repair of it"),
        (lambda: given().dvh(*even(DOSE_Gy)).beam(*even(20.0), fractions=None), WHOLE, "fractions of the external"),
        (
            lambda: given().dvh(*even(DOSE_Gy)).beam(*even(20.0), region_volume_mL=300.0),
            WHOLE,
            "two histograms of one region have its volume",
        ),
    ],
)
def test_what_cannot_be_added_up_says_why(facts: Any, plan: DosimetryPlan, why: str) -> None:
    told = volumes(facts(), plan)
    assert told.sums == ()
    assert len(told.curves) == 2
    assert any("are not added up over its volume" in note and why in note for note in told.notes)


def test_external_beam_is_held_against_its_courses() -> None:
    course = {"on": date(2014, 3, 10), "region": "liver", "dose_Gy": 25.0, "fractions": 10}
    told = given().beam(*even(20.0))
    told.add(ExternalCourse, **course)
    (one,) = volumes(told).curves
    assert any("is 20 Gy, and its courses tell 25 Gy" in note for note in one.notes)


def test_a_cut_before_a_curve_was_worked_out_has_none() -> None:
    told = given().dvh(*even(DOSE_Gy), on=date(2017, 1, 1) + timedelta(days=1))
    assert dose_volumes(found(told, WHOLE)) == ()


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("d") / "study"
    hevesy.demonstration(folder, study="dosimetry131")
    return folder


def test_the_demonstration_has_curves_whose_mean_is_the_true_dose(demonstrated: Path) -> None:
    """By kernels in water against true kinetics and S values by transport, which the record tells: within 5 %."""
    document: Any = hevesy.open(demonstrated).dosimetry().document
    true = {
        (one["subject"], region["name"]): region["told_by_others_Gy"][0]
        for one in document["subjects"]
        for region in one["regions"]
        if region["told_by_others_Gy"]
    }
    held = [
        (one["subject"], curve["region"], curve["mean_Gy"])
        for one in document["dose_volumes"]
        for curve in one["curves"]
        if curve["of"] == "radionuclide"
    ]
    assert len(held) == 7
    for subject, region, mean_Gy in held:
        assert mean_Gy == pytest.approx(true[subject, region], rel=0.05)


def test_every_number_of_the_readout_goes_back_to_its_rows(demonstrated: Path) -> None:
    answer: Any = hevesy.open(demonstrated).trace(number="dosimetry-D-02-dvh-kidneys-external-beam-d2").document
    rows = answer["rows"]
    assert {row["source"] for row in rows} == {"dose over volume"}
    doses = [float(row["values"]["dose_Gy"]) for row in rows]
    assert min(doses) < 0.5
    assert 15 < answer["number"]["value"] < max(doses)


def test_of_a_limit_of_bed_and_one_of_eqd2_the_lower_counts() -> None:
    """30 Gy EQD2 are 54 Gy BED at alpha/beta 2.5 Gy, above the 40 Gy BED; 20 Gy are 36 Gy, below them."""
    left = []
    for amount_Gy in (30.0, 20.0):
        eqd2 = replace(BED, of="EQD2", amount_Gy=amount_Gy)
        plan = replace(WHOLE, limits=(eqd2, BED))
        (summed,) = volumes(given().dvh(*even(DOSE_Gy)).beam(*even(2.0)), plan).sums
        assert summed.limit == (BED if amount_Gy > 25 else eqd2)
        assert summed.left is not None
        left.append(summed.left.bed_Gy)
    assert left[0] - left[1] == pytest.approx(4.0)
