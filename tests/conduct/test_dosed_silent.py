"""Records that would give a wrong dose in silence: no dose and why, or a sentence beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from hevesy.blocks.section import numbers_in
from hevesy.conduct.dosed import DosedRegion
from hevesy.readout.sections.dosimetry import dosimetry
from hevesy.render.text import as_text
from hevesy.study.dates import PartialDate
from hevesy.study.facts.camera import RecoverySphere
from hevesy.study.facts.dosimetry import DeliveredDose, ExternalCourse, RegionMass
from hevesy.study.facts.treatment import Administration
from hevesy.study.limits import Limit
from hevesy.study.protocol.dosimetry import DosimetryRegion, SValuesDeclared
from tests.conduct.test_dosed import (
    CALIBRATED,
    INJECTED,
    LIVER,
    PLAN,
    S_LIVER,
    SHARE,
    TREATED,
    Facts,
    T131_h,
    TIA_h,
    TIMES_h,
    dose,
    effective_h,
    found,
    liver,
    subject,
)


def facts(MBq: float = 74.0, **measured: Any) -> Facts:
    return Facts().injected(MBq=MBq).curve(**measured).treated()


def whole(MBq: float = 74.0, **measured: Any) -> Facts:
    return facts(MBq, **measured).s("liver", "liver", S_LIVER)


def weighed(of: Facts, mass_g: float, **more: Any) -> Facts:
    return of.add(RegionMass, region="liver", mass_g=mass_g, **more)


def warnings(one: DosedRegion) -> str:
    """Of the dose, beside those of its curve."""
    return "; ".join(told for told in dose(one.foreseen).warnings if told not in one.before.warnings)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: whole(MBq=0.074), "more than decay has left of it"),
        (lambda: whole(activity_MBq=None, injected_percent=90.0), "0.9 of the injected at 96 h"),
        (
            lambda: whole(decay="decay-corrected", corrected_to=INJECTED + timedelta(days=60)),
            "more than decay has left",
        ),
        (lambda: whole().treated(), "two administrations begin at one time"),
        (lambda: weighed(facts().s("liver", "liver", 100 * S_LIVER), 1700.0), "a decay gives it 3.08e+04 keV"),
    ],
)
def test_what_cannot_be_has_no_dose_and_says_why(made: Callable[[], Facts], why: str) -> None:
    told = liver(made()).foreseen
    assert isinstance(told, str)
    assert why in told


def test_an_uncertainty_that_is_not_told_is_not_taken_for_none() -> None:
    assert warnings(liver(weighed(whole(), 1700.0, uncertainty_percent=5.0))) == ""
    assert "its mass has no uncertainty told" in warnings(liver(weighed(whole(), 1700.0)))
    one = liver(facts().s("liver", "liver", S_LIVER, uncertainty_percent=None))
    assert "S from liver has no uncertainty told" in warnings(one)


def test_of_two_masses_the_later_is_taken_and_it_is_said() -> None:
    told = weighed(whole(), 1500.0, on=date(2016, 6, 1), uncertainty_percent=5.0)
    one = subject(weighed(told, 1700.0, on=date(2016, 5, 1), uncertainty_percent=5.0))
    mass = one.regions[0].mass
    assert mass is not None
    assert mass.mass_g == 1500
    assert any("told more than once: 1500 g" in note for note in one.notes)


def test_decay_corrected_to_long_before_the_injection_is_said() -> None:
    """A wrong day: the activities become those of 500 h later."""
    one = liver(whole(decay="decay-corrected", corrected_to=INJECTED - timedelta(hours=500)))
    assert one.before.measured is not None
    assert any("500 h before the injection" in told for told in one.before.measured.warnings)
    one = liver(whole(decay="decay-corrected", corrected_to=INJECTED))
    assert one.before.measured is not None
    assert not any("before the injection" in told for told in one.before.measured.warnings)


def test_alphas_that_are_weighed_are_no_absorbed_dose() -> None:
    declared = SValuesDeclared(table="OLINDA", masses="parenchyma", daughters="nuclide alone", alpha_weight=5)
    told = Facts().injected().curve().treated().s("liver", "liver", S_LIVER, nuclide="At-211")
    one = found(told, replace(PLAN, s_values=declared), "At-211").subjects[0].regions[0]
    assert "alphas times 5: this is no absorbed dose" in warnings(one)
    beta = liver(whole(), replace(PLAN, s_values=replace(declared, alpha_weight=1)))
    assert warnings(beta) == ""


def test_what_is_missing_of_a_dose_stands_beside_its_limit() -> None:
    from hevesy.study.limits import Limit

    plan = replace(PLAN, limits=(Limit(region="liver", amount_Gy=30.0, source="x"),))
    (held,) = liver(whole().curve("lesion 1"), plan).limits
    assert any("lesion 1 (no S value)" in told for told in held.because)


def test_regions_do_not_share_the_noise_of_their_points() -> None:
    """Two of the same points: with one seed for both the draws of the sum would be wider than propagation says."""
    told = facts().curve("lesion 1").s("liver", "liver", S_LIVER).s("liver", "lesion 1", S_LIVER)
    known = dose(liver(told).foreseen).known
    assert known is not None
    assert known.drawn_Gy == pytest.approx(known.propagated_Gy, rel=0.07)
    assert np.isfinite(known.upper_Gy)


def treated_curve(facts: Facts, **more: Any) -> Facts:
    """Measured after the therapy too, on another camera."""
    for hours in TIMES_h:
        told = 740 * SHARE * 2 ** (-hours / effective_h(T131_h))
        usual: dict[str, Any] = {
            "start": TREATED + timedelta(hours=hours),
            "nuclide": "I-131",
            "activity_MBq": told,
            "camera": "SPECT",
        }
        facts.measured(hours, **(usual | more))
    return facts


def test_what_is_to_know_of_the_curve_after_therapy_stands_beside_its_dose_and_its_limit() -> None:
    """SPECT is nowhere calibrated: the 3.0 % of the PET are not in the dose that the limit is held against."""
    limit = Limit(region="liver", amount_Gy=50.0, source="someone")
    facts = treated_curve(Facts().injected().curve().treated().s("liver", "liver", S_LIVER))
    made = found(facts, replace(PLAN, limits=(limit,)))
    one = made.subjects[0].regions[0]
    rule = "SPECT is calibrated for I-131 nowhere in the record"
    assert any(rule in told for told in dose(one.given).warnings)
    assert any(rule in told for told in one.limits[0].because)
    section = dosimetry(made)
    assert section is not None
    assert f"by the label that treats, liver: {rule}" in as_text([section])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_each_lesion_has_the_uncertainty_of_its_own_recovery_whichever_comes_last(order: tuple[int, int]) -> None:
    """Spheres of 10 and 13 mm are known to 20 %, of 28 and 37 mm to 4 %; both lesions are of one phantom."""
    spheres = [
        RecoverySphere(row=901 + place, on=date(2016, 4, 25), camera="PET", diameter_mm=mm, recovery=told,
                       uncertainty_percent=percent, source="NEMA")
        for place, (mm, told, percent) in enumerate([(10, 0.4, 20), (13, 0.55, 15), (28, 0.85, 4), (37, 0.9, 3)])
    ]  # fmt: skip
    facts = Facts(CALIBRATED, *spheres).injected().treated()
    for name, mass_g in (("small", 0.8), ("large", 20.0)):
        facts.curve(name, recovery_corrected=False, activity_MBq=0.1)
        facts.add(RegionMass, region=name, mass_g=mass_g, uncertainty_percent=5.0)
    regions = [DosimetryRegion(name=name, kind="lesion") for name in ("small", "large")]
    made = subject(facts, replace(PLAN, regions=tuple(regions[place] for place in order)))
    for one in made.regions:
        known = dose(one.foreseen).known
        assert known is not None
        expected = {"small": 0.20, "large": 0.04}[one.name]
        assert dict(known.parts)["recovery"] == pytest.approx(expected, rel=1e-9)


def test_what_names_no_region_of_the_plan_is_told_and_a_site_elsewhere_is_not() -> None:
    """A beam of 20 Gy to "Liver" is not in the BED of "liver", nor is its mass taken: each said, with the row."""
    facts = whole().add(RegionMass, region="Liver", mass_g=1500.0).s("Livr", "liver", S_LIVER)
    facts.add(ExternalCourse, region="LIVER", dose_Gy=20.0, fractions=10)
    facts.add(ExternalCourse, region="left femur", dose_Gy=8.0, fractions=1)
    facts.add(DeliveredDose, region="liver ", dose_Gy=1.0, of="predicted", nuclide="I-131", program="P")
    notes = subject(facts, replace(PLAN, regions=(LIVER,))).notes
    last = facts.facts[-1].row
    assert notes == (
        f"the mass of 'Liver' (row {last - 4}) is of no region of the plan and plays no part; nearest is liver",
        f"the S value of 'Livr' from 'liver' (row {last - 3}) is of no region of the plan and plays no part; nearest "
        "is liver",
        f"the external beam to 'LIVER' (row {last - 2}) is in no dose of the plan's liver: is it the same?",
        f"the dose of 'liver ' by others (row {last}) is of no region of the plan and plays no part; nearest is liver",
    )


def test_a_camera_written_another_way_is_told_with_the_one_that_is_calibrated() -> None:
    one = liver(whole(camera="pet"))
    assert "pet is calibrated for I-124 nowhere in the record, and PET is: is it the same?" in str(one.before.warnings)
    assert "is it the same" not in str(liver(whole(camera="gamma 7")).before.warnings)


def test_an_uncertainty_told_as_a_share_of_1_is_doubted() -> None:
    """0.03 and 0.05 where 3 and 5 % are meant: intervals would be a hundred times too narrow."""
    small = replace(CALIBRATED, uncertainty_percent=0.03)
    made = Facts(small).injected().curve(uncertainty_percent=0.05).treated().s("liver", "liver", S_LIVER)
    one = subject(weighed(made, 1700.0, uncertainty_percent=0.04))
    share = "is it a share of 1 in place of percent?"
    assert one.notes == (
        f"the activity of row 3 and 4 more is known to 0.05 %: {share}",
        f"the mass of row 10 is known to 0.04 %: {share}",
    )
    assert any(told.endswith(f"(row 900) is known to 0.03 %: {share}") for told in one.regions[0].before.warnings)
    assert subject(weighed(whole(), 1700.0, uncertainty_percent=4.0)).notes == ()


def test_no_limit_is_kept_by_the_dose_of_a_GBq_that_nobody_was_given() -> None:
    """Infused with an activity that is not told: 4 Gy for a GBq say nothing of a limit of 50 Gy."""
    facts = Facts().injected().curve().s("liver", "liver", S_LIVER).add(Administration, start=TREATED)
    one = subject(facts, replace(PLAN, limits=(Limit(region="liver", amount_Gy=50.0, source="someone"),)))
    assert dose(one.regions[0].foreseen).basis == "a GBq"
    assert one.regions[0].limits == ()
    assert one.notes[1] == "no limit is held: doses are for a GBq, and not for what was given or is planned"


def test_the_points_and_the_curve_that_a_limit_is_held_against_are_shown() -> None:
    """740 MBq times 0.2 after 24 h at the effective half-life: 136 MBq of I-131, each with its own number and row."""
    facts = treated_curve(Facts().injected().curve().treated().s("liver", "liver", S_LIVER))
    section = dosimetry(found(facts))
    assert section is not None
    numbers = {one.id: one for one in numbers_in([section])}
    point = numbers["dosimetry-D-01-after-liver-at-24h"]
    assert point.value == pytest.approx(740 * SHARE * 2 ** (-24 / effective_h(T131_h)), rel=1e-9)
    assert point.rows != numbers["dosimetry-D-01-liver-at-24h"].rows
    assert numbers["dosimetry-D-01-after-liver-tia"].value == pytest.approx(TIA_h, rel=1e-6)
    assert "time-integrated activity of I-131, by I-131" in as_text([section])
    alone = dosimetry(found(whole()))
    assert alone is not None
    assert not any("-after-" in one.id for one in numbers_in([alone]))


def test_an_S_value_in_a_larger_unit_has_no_dose() -> None:
    """Gy for mGy: a liver of 1700 g would keep 0.16 % of 190 keV of electrons; a lesion of 6 g likewise nothing."""
    told = liver(weighed(facts().s("liver", "liver", S_LIVER / 1e3), 1700.0)).foreseen
    assert "of 1700 g it keeps 0.16 % of the energy of its own electrons and alphas" in str(told)
    small = Facts().injected().curve("lesion 1", activity_MBq=0.1).treated().s("lesion 1", "lesion 1", 5e-6)
    one = subject(small.add(RegionMass, region="lesion 1", mass_g=6.0)).regions[1]
    assert "the S value, its unit or the mass is another" in str(one.foreseen)
    doubtful = dose(liver(weighed(facts().s("liver", "liver", S_LIVER / 4), 1700.0)).foreseen)
    assert any("it keeps 40 %" in one for one in doubtful.warnings)


def test_a_phantom_that_was_measured_later_or_whose_spheres_are_exchanged_is_told() -> None:
    def lesion(on: date, *recoveries: float) -> str:
        spheres = [
            RecoverySphere(row=901 + place, on=on, camera="PET", diameter_mm=mm, recovery=told,
                           uncertainty_percent=5.0, source="NEMA")
            for place, (mm, told) in enumerate(zip((10, 37), recoveries, strict=True))
        ]  # fmt: skip
        made = Facts(CALIBRATED, *spheres).injected().treated()
        made.curve("lesion 1", activity_MBq=0.1, recovery_corrected=False)
        one = subject(made.add(RegionMass, region="lesion 1", mass_g=6.0)).regions[1]
        return "; ".join(dose(one.foreseen).warnings)

    before = date(2016, 4, 25)
    assert "recovery on PET" not in lesion(before, 0.4, 0.9)
    assert "recovery on PET was measured on 2016-12-01, after the measurement of 2016-05-08" in lesion(
        date(2016, 12, 1), 0.4, 0.9
    )
    assert "recovery on PET falls from 0.9 at 10 mm to 0.4 at 37 mm (rows 901 and 902)" in lesion(before, 0.9, 0.4)


def test_a_calibration_known_to_the_month_may_be_after_what_was_measured() -> None:
    month = replace(CALIBRATED, on=PartialDate(year=2016, month=5))
    told = liver(Facts(month).injected().curve().treated().s("liver", "liver", S_LIVER)).before.warnings
    assert any(
        one.startswith("PET was calibrated on 2016-05, perhaps after the measurement of 2016-05-02") for one in told
    )


def test_a_dose_by_others_of_another_label_is_told_and_not_shown_beside_ours() -> None:
    made = whole().add(DeliveredDose, region="liver", dose_Gy=0.1, of="predicted", nuclide="I-124", program="P")
    one = subject(made)
    assert one.regions[0].told == ()
    assert one.notes == (f"the dose of 'liver' by others (row {made.row}) is of I-124: it stands beside none",)
