"""A study's doses by the plan's S table, by blood, and by what regions leave: each against a law written differently."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from hevesy.conduct.dosed import MarrowDosed
from hevesy.conduct.region_dose import RegionDose
from hevesy.nuclides.library import emissions, nuclide
from hevesy.study.facts.dosimetry import BloodSample, RegionMass
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.treatment import Administration
from hevesy.study.limits import Limit
from hevesy.study.protocol import DosimetryPlan, DosimetryRegion, SValuesDeclared
from hevesy.study.protocol.marrow import MarrowByBlood
from hevesy.study.protocol.s_values import SPair, TableMass
from tests.conduct.test_dosed import (
    CALIBRATED,
    INJECTED,
    PLAN,
    S_LIVER,
    SHARE,
    TREATED,
    Facts,
    T124_h,
    T131_h,
    TIA_h,
    TIMES_h,
    dose,
    effective_h,
    found,
    liver,
    subject,
)

TABLE_g, OWN_g = 1800.0, 1500.0
TABLE = SValuesDeclared(
    table="made up", masses="with blood", daughters="none matter", alpha_weight=1.0, nuclide="I-131",
    uncertainty_percent=10.0,
    pairs=(
        SPair(target="Liver", source="Liver", s_mGy_per_MBq_per_s=2e-5),
        SPair(target="Liver", source="Kidneys", s_mGy_per_MBq_per_s=3e-7),
    ),
    table_masses=(TableMass(region="Liver", mass_g=TABLE_g),),
)  # fmt: skip
ORGANS = (
    DosimetryRegion(name="liver", phantom="Liver"),
    DosimetryRegion(name="kidneys", phantom="Kidneys"),
    DosimetryRegion(name="lesion 1", kind="lesion"),
)
BY_TABLE = replace(PLAN, regions=ORGANS, s_values=TABLE)
MARROW = MarrowByBlood(region="marrow", ratio_is="by haematocrit", ratio_uncertainty_percent=20.0)
BY_BLOOD = replace(PLAN, regions=(DosimetryRegion(name="marrow"), *PLAN.regions), marrow=MARROW)
MARROW_g, S_MARROW, PER_mL, PLASMA_h = 1100.0, 2e-5, 1 / 5000, 60.0
"""Blood of 5 L that keeps what was injected with a biological half-life of 60 h."""


def both() -> Facts:
    return Facts().injected().curve().curve("kidneys").treated()


def weighed(facts: Facts, mass_g: float = OWN_g, **more: Any) -> Facts:
    usual: dict[str, Any] = {"holds": "with blood", "uncertainty_percent": 4.0, "region": "liver"}
    return facts.add(RegionMass, mass_g=mass_g, **(usual | more))


def said(of: RegionDose | str | None) -> str:
    assert isinstance(of, str), of
    return of


def blood_MBq_per_mL(hours: float) -> float:
    return 74.0 * PER_mL * 2 ** (-hours * (1 / PLASMA_h + 1 / T124_h))


def sampled(facts: Facts, hours: tuple[float, ...] = TIMES_h, **more: Any) -> Facts:
    for hour in hours:
        usual: dict[str, Any] = {
            "start": INJECTED + timedelta(hours=hour), "nuclide": "I-124", "of": "whole blood", "decay": "as measured",
            "activity_MBq_per_mL": blood_MBq_per_mL(hour), "uncertainty_percent": 5.0, "haematocrit_percent": 40.0,
        }  # fmt: skip
        facts.add(BloodSample, **(usual | more))
    return facts


def marrow(facts: Facts, plan: DosimetryPlan = BY_BLOOD) -> MarrowDosed:
    found = subject(facts, plan).regions[0].by_blood
    assert found is not None
    return found


def with_marrow(**more: Any) -> Facts:
    facts = Facts().injected().curve("marrow").treated().s("marrow", "marrow", S_MARROW)
    return sampled(facts, **more).add(RegionMass, region="marrow", mass_g=MARROW_g, uncertainty_percent=3.0)


BLOOD_TIA_h = PER_mL / (math.log(2) * (1 / PLASMA_h + 1 / T131_h))
"""Of I-131, in a mL."""


# by the plan's table


def test_the_tables_S_value_is_scaled_to_the_subjects_mass_electrons_by_1_over_mass_photons_by_its_two_thirds() -> None:
    """MIRD 11: all energy of electrons stays, so that their S is energy over mass; what is left of 2e-5 is photons'."""
    given = dose(liver(weighed(both()), BY_TABLE).foreseen)
    electrons = emissions("I-131").electron_keV * 1.602176634e-16 * 1e9 / (TABLE_g / 1e3)  # mGy/(MBq s)
    photons = 2e-5 - electrons
    assert 0 < photons < electrons
    ratio = TABLE_g / OWN_g
    own = electrons * ratio + photons * ratio ** (2 / 3)
    assert dict(given.by_source_Gy) == pytest.approx(
        {"liver": 0.740 * TIA_h * 3600 * own, "kidneys": 0.740 * TIA_h * 3600 * 3e-7}, rel=1e-6
    )
    assert given.way == "the plan's table, scaled to its mass"
    assert any("1500 g, Liver in the table 1800 g" in told for told in given.because)
    assert any("MIRD Pamphlet 11" in told for told in given.because)


def test_the_uncertainty_of_the_table_is_shared_by_its_values_and_that_of_the_mass_counts_by_its_power() -> None:
    """Relative variance by hand: camera 3 %, table 10 %, mass 4 % by its power in the self dose, fits by their parts."""
    one = liver(weighed(both()), BY_TABLE)
    given, fit = dose(one.foreseen), one.before.fitted
    assert fit is not None
    assert fit.tia_standard_error_h is not None
    assert given.known is not None
    relative = fit.tia_standard_error_h / fit.tia_h
    parts = {name: part / given.dose_Gy for name, part in given.by_source_Gy}
    up, down = (dose(liver(weighed(both(), OWN_g * by), BY_TABLE).foreseen).dose_Gy for by in (1.001, 0.999))
    power = math.log(up / down) / math.log(1.001 / 0.999)
    fits = relative**2 * (parts["liver"] ** 2 + parts["kidneys"] ** 2)
    expected = math.sqrt(0.03**2 + 0.1**2 + (0.04 * power) ** 2 + fits)
    assert given.known.propagated_Gy / given.dose_Gy == pytest.approx(expected, rel=1e-4)


def test_a_pair_of_the_subjects_own_anatomy_stands_before_the_tables() -> None:
    given = dose(liver(weighed(both().s("liver", "liver", S_LIVER)), BY_TABLE).foreseen)
    parts = dict(given.by_source_Gy)
    assert parts["liver"] == pytest.approx(0.740 * TIA_h * 3600 * S_LIVER, rel=1e-6)
    assert parts["kidneys"] == pytest.approx(0.740 * TIA_h * 3600 * 3e-7, rel=1e-6)
    assert given.way == "own anatomy, the plan's table from elsewhere"


def test_a_share_of_electrons_that_the_table_tells_stands_in_place_of_the_one_worked_out() -> None:
    pair = replace(TABLE.pairs[0], electron_share=0.5)
    plan = replace(BY_TABLE, s_values=replace(TABLE, pairs=(pair, TABLE.pairs[1])))
    parts = dict(dose(liver(weighed(both()), plan).foreseen).by_source_Gy)
    ratio = TABLE_g / OWN_g
    own = 2e-5 * (0.5 * ratio + 0.5 * ratio ** (2 / 3))
    assert parts["liver"] == pytest.approx(0.740 * TIA_h * 3600 * own, rel=1e-6)


def test_a_mass_that_was_not_measured_leaves_the_table_as_it_stands_and_says_so() -> None:
    given = dose(liver(both(), BY_TABLE).foreseen)
    assert dict(given.by_source_Gy)["liver"] == pytest.approx(0.740 * TIA_h * 3600 * 2e-5, rel=1e-6)
    assert given.way == "the plan's table, as it stands"
    assert any("its mass was not measured: the dose is of the table's Liver (1800 g)" in one for one in given.warnings)


def test_a_lesion_is_a_sphere_whatever_the_table_has() -> None:
    facts = Facts().injected().curve("lesion 1").treated()
    facts.add(RegionMass, region="lesion 1", mass_g=10.0, uncertainty_percent=10.0)
    given = dose(subject(facts, BY_TABLE).regions[2].foreseen)
    assert given.way == "a sphere of its mass"
    assert given.bound == "lower bound"


@pytest.mark.parametrize(
    ("facts", "table", "why"),
    [
        (lambda: weighed(both(), holds=None), TABLE, "does not say whether its blood is weighed (holds)"),
        (lambda: weighed(both(), holds="parenchyma"), TABLE, "is of parenchyma alone and the table's masses are with"),
        (lambda: weighed(both(), 1.5), TABLE, "it weighs 1.5 g (row 14), and Liver in the table 1800 g: is one of them"),
        (lambda: weighed(both()), replace(TABLE, table_masses=()), "what Liver weighs in the plan's table is not told"),
        (
            lambda: weighed(both()),
            replace(TABLE, pairs=TABLE.pairs[1:], table_masses=()),
            "the plan's table (made up) has none of 'Liver' from 'Liver'",
        ),
        (
            lambda: weighed(both()),
            replace(TABLE, pairs=(replace(TABLE.pairs[0], s_mGy_per_MBq_per_s=2e-2),)),
            "and a decay of I-131 has",
        ),
        (
            lambda: weighed(both()),
            replace(TABLE, pairs=(replace(TABLE.pairs[0], s_mGy_per_MBq_per_s=2e-8),)),
            "organs keep little of the energy of their own electrons",
        ),
    ],
)  # fmt: skip
def test_what_the_table_cannot_tell_of_a_subject_has_no_dose_and_says_why(
    facts: Callable[[], Facts], table: SValuesDeclared, why: str
) -> None:
    assert why in said(liver(facts(), replace(BY_TABLE, s_values=table)).foreseen)


def test_a_name_that_no_pair_has_is_told_with_the_nearest() -> None:
    plan = replace(BY_TABLE, regions=(*ORGANS, DosimetryRegion(name="left kidney", phantom="Kidney")))
    told = said(subject(both().curve("left kidney"), plan).regions[3].foreseen)
    assert "has none of 'Kidney' from 'Kidney'; nearest are Kidneys" in told


def test_a_source_without_a_pair_and_a_pair_whose_source_was_not_measured_make_a_lower_bound() -> None:
    limit = Limit(region="liver", amount_Gy=1e3, source="x")
    one = liver(weighed(both().curve("lesion 1")), replace(BY_TABLE, limits=(limit,)))
    assert dose(one.foreseen).without == ("lesion 1 (no S value)",)
    assert one.limits[0].met == "part is missing"
    alone = dose(liver(weighed(Facts().injected().curve().treated()), BY_TABLE).foreseen)
    assert alone.without == ("kidneys (not measured or not fitted)",)


def test_daughters_that_matter_are_refused_or_make_a_lower_bound() -> None:
    """Of Pb-212 nearly all energy is its daughters'; it is measured and treats here."""
    half_life_h = nuclide("Pb-212").half_life_h

    def of(daughters: Any) -> RegionDose | str:
        facts = Facts().add(Administration, start=TREATED, administered_MBq=740.0)
        for hours in (1.0, 4.0, 10.0, 20.0):
            activity = 740.0 * SHARE * 2 ** (-hours / half_life_h)
            start = TREATED + timedelta(hours=hours)
            facts.measured(hours, start=start, nuclide="Pb-212", activity_MBq=activity)
        table = replace(TABLE, daughters=daughters, nuclide="Pb-212", pairs=(replace(TABLE.pairs[0]),))
        plan = replace(BY_TABLE, measured="Pb-212", s_values=table)
        return found(weighed(facts), plan, "Pb-212").subjects[0].regions[0].foreseen

    assert "the plan says of its S values that no daughters matter, and those of Pb-212 do" in said(of("none matter"))
    assert any("daughters of Pb-212" in one for one in dose(of("nuclide alone")).without)
    assert not any("daughters" in one for one in dose(of("with daughters")).without)


def test_the_remainder_is_the_tables_body_less_the_regions_by_mass() -> None:
    """MIRD: S(rest) m(rest) = S(body) m(body) - S(liver) m(liver)."""
    body_g = 70_000.0
    pairs = (
        SPair(target="Liver", source="Liver", s_mGy_per_MBq_per_s=2e-5),
        SPair(target="Liver", source="Tot Body", s_mGy_per_MBq_per_s=8e-7),
    )
    masses = (TableMass(region="Liver", mass_g=TABLE_g), TableMass(region="Tot Body", mass_g=body_g))
    table = replace(TABLE, total_body="Tot Body", pairs=pairs, table_masses=masses)
    rest = DosimetryRegion(name="rest", kind="remainder")
    plan = replace(BY_TABLE, regions=(ORGANS[0], rest), s_values=table)
    given = dose(liver(weighed(Facts().injected().curve().curve("rest").treated(), TABLE_g), plan).foreseen)
    alone = replace(plan, s_values=replace(table, table_masses=masses[:1]))
    facts = weighed(Facts().injected().curve().curve("rest").treated(), TABLE_g)
    assert "[[dosimetry.s_values.mass]]" in "; ".join(dose(liver(facts, alone).foreseen).warnings)
    s_rest = (8e-7 * body_g - 2e-5 * TABLE_g) / (body_g - TABLE_g)
    assert dict(given.by_source_Gy)["rest"] == pytest.approx(0.740 * TIA_h * 3600 * s_rest, rel=1e-6)


# marrow by blood


def test_marrow_by_blood_is_the_closed_form_of_its_concentration_ratio_mass_and_S() -> None:
    """Sgouros 1993: 0.19 / (1 - 0.40) of the concentration in blood, in the subject's own mass."""
    by_blood = marrow(with_marrow())
    given = dose(by_blood.foreseen)
    ratio = 0.19 / 0.6
    expected = 0.740 * BLOOD_TIA_h * ratio * MARROW_g * 3600 * S_MARROW
    assert by_blood.before.fitted is not None
    assert by_blood.before.fitted.tia_h == pytest.approx(BLOOD_TIA_h, rel=1e-6)
    assert given.dose_Gy == pytest.approx(expected, rel=1e-6)
    images = dose(subject(with_marrow(), BY_BLOOD).regions[0].foreseen)
    assert images.dose_Gy == pytest.approx(0.740 * TIA_h * 3600 * S_MARROW, rel=1e-6)
    assert by_blood.given is None


def test_marrow_by_blood_takes_the_tables_S_value_scaled_to_its_own_mass() -> None:
    """Half by electrons, a table of 1300 g: c m (S/2) (1300/m + (1300/m)^(2/3)); of the mass a third of a power is left."""
    pair = SPair(target="R-marrow", source="R-marrow", s_mGy_per_MBq_per_s=1.5e-5, electron_share=0.5)
    table = replace(TABLE, pairs=(pair,), table_masses=(TableMass(region="R-marrow", mass_g=1300.0),))
    region = DosimetryRegion(name="marrow", phantom="R-marrow")
    plan = replace(BY_BLOOD, regions=(region, *PLAN.regions), s_values=table)
    facts = sampled(Facts().injected().treated().curve("marrow"))
    facts.add(RegionMass, region="marrow", mass_g=MARROW_g, holds="with blood", uncertainty_percent=3.0)
    given = dose(marrow(facts, plan).foreseen)
    ratio = 1300 / MARROW_g
    own = 1.5e-5 / 2 * (ratio + ratio ** (2 / 3))
    assert given.dose_Gy == pytest.approx(0.740 * BLOOD_TIA_h * 0.19 / 0.6 * MARROW_g * 3600 * own, rel=1e-6)
    assert given.known is not None
    photons = ratio ** (2 / 3) / (ratio + ratio ** (2 / 3))
    assert dict(given.known.parts)["volume"] == pytest.approx(0.03 * photons / 3, rel=1e-6)
    assert "does not say whether its blood" in said(marrow(_unsaid(facts), plan).foreseen)


def _unsaid(facts: Facts) -> Facts:
    """The same, the marrow's mass without its convention."""
    facts.facts[-1] = replace(facts.facts[-1], holds=None)
    return facts


def test_the_mass_falls_out_of_the_dose_by_blood_and_its_uncertainty_with_it() -> None:
    """Twice the marrow holds twice the activity and takes half of each decay: fit, ratio and S alone are left."""
    by_blood = marrow(with_marrow())
    given, fit = dose(by_blood.foreseen), by_blood.before.fitted
    assert fit is not None
    assert fit.tia_standard_error_h is not None
    assert given.known is not None
    expected = math.sqrt((fit.tia_standard_error_h / fit.tia_h) ** 2 + 0.2**2 + 0.02**2)
    assert given.known.propagated_Gy / given.dose_Gy == pytest.approx(expected, rel=1e-6)


def test_plasma_and_blood_and_corrected_decay_tell_the_same() -> None:
    whole = dose(marrow(with_marrow()).foreseen).dose_Gy
    plasma, corrected = Facts().injected().curve("marrow").treated(), Facts().injected().curve("marrow").treated()
    for hours in TIMES_h:
        told = blood_MBq_per_mL(hours)
        sampled(plasma, (hours,), of="plasma", activity_MBq_per_mL=told / 0.6)
        back = told * 2 ** (hours / T124_h)
        sampled(corrected, (hours,), decay="decay-corrected", corrected_to=INJECTED, activity_MBq_per_mL=back)
    for facts in (plasma, corrected):
        facts.s("marrow", "marrow", S_MARROW).add(RegionMass, region="marrow", mass_g=MARROW_g)
        assert dose(marrow(facts).foreseen).dose_Gy == pytest.approx(whole, rel=1e-6)


def test_a_ratio_that_is_told_needs_no_haematocrit() -> None:
    plan = replace(BY_BLOOD, marrow=MarrowByBlood(region="marrow", ratio_is="told", ratio=1.0, ratio_source="x"))
    by_blood = marrow(with_marrow(haematocrit_percent=None), plan)
    expected = 0.740 * BLOOD_TIA_h * MARROW_g * 3600 * S_MARROW
    assert dose(by_blood.foreseen).dose_Gy == pytest.approx(expected, rel=1e-6)
    assert any("ratio of marrow to blood has no uncertainty told" in one for one in dose(by_blood.foreseen).warnings)


def test_where_the_disease_is_in_the_marrow_blood_is_a_lower_bound_that_keeps_no_limit_and_may_exceed_one() -> None:
    limit = Limit(region="marrow", amount_Gy=1e3, source="x")
    for disease, bound, met in ((False, None, "kept"), (True, "lower bound", "part is missing")):
        plan = replace(BY_BLOOD, disease_in_marrow=disease, limits=(limit,))
        by_blood = marrow(with_marrow(), plan)
        assert dose(by_blood.foreseen).bound == bound
        assert by_blood.limits[0].met == met
        assert subject(with_marrow(), plan).regions[0].limits[0].met == "kept"
    low = replace(limit, amount_Gy=1e-3)
    plan = replace(BY_BLOOD, disease_in_marrow=True, limits=(low,))
    assert marrow(with_marrow(), plan).limits[0].met == "exceeded"


def test_blood_of_the_label_that_treats_is_told_beside_that_foreseen() -> None:
    facts = with_marrow()
    for hours in TIMES_h:
        activity = 740.0 * PER_mL * 2 ** (-hours * (1 / PLASMA_h + 1 / T131_h))
        start = TREATED + timedelta(hours=hours)
        sampled(facts, (hours,), start=start, nuclide="I-131", activity_MBq_per_mL=activity)
    by_blood = marrow(facts)
    assert dose(by_blood.given).dose_Gy == pytest.approx(dose(by_blood.foreseen).dose_Gy, rel=1e-6)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (lambda: with_marrow(hours=(-1.0, *TIMES_h)), "no injection of I-124 is recorded before the measurement of"),
        (
            lambda: with_marrow().injected(INJECTED + timedelta(hours=30)),
            "follows 2 injections of I-124 (2016-05-02 and 2016-05-03)",
        ),
        (lambda: with_marrow(of="plasma", haematocrit_percent=None), "and no haematocrit is told"),
        (lambda: with_marrow(haematocrit_percent=None), "is by haematocrit, and no blood sample tells one"),
        (
            lambda: sampled(with_marrow(), (72.0,), of="plasma"),
            "samples are of plasma (row 16) and whole blood (row 10)",
        ),
        (lambda: sampled(with_marrow(), (24.0,)), "two samples of blood are of one time, 24 h after the injection"),
        (lambda: with_marrow(uncertainty_percent=None), "has no uncertainty: nothing tells what it weighs"),
        (
            lambda: with_marrow(activity_MBq_per_mL=15.0),
            "15 MBq in a mL of blood at 4 h (row 10): all that decay has left",
        ),
        (
            lambda: sampled(with_marrow(), (72.0,), decay="decay-corrected", corrected_to=INJECTED),
            "measurements of blood are as measured",
        ),
        (lambda: with_marrow(nuclide="Lu-177"), "no blood sample of I-124 was delivered"),
        (
            lambda: sampled(Facts().injected().curve("marrow").treated().s("marrow", "marrow", S_MARROW)),
            "the mass of its red marrow is not told",
        ),
        (lambda: with_marrow(hours=(4.0,)), "1 point, and mono has 2 parameters"),
    ],
)
def test_blood_that_tells_nothing_has_no_dose_and_says_why(facts: Callable[[], Facts], why: str) -> None:
    assert why in said(marrow(facts()).foreseen)


def test_haematocrits_that_differ_are_averaged_and_it_is_said() -> None:
    facts = Facts().injected().curve("marrow").treated()
    for place, hours in enumerate(TIMES_h):
        sampled(facts, (hours,), haematocrit_percent=36.0 + 2 * place)
    by_blood = marrow(facts.s("marrow", "marrow", S_MARROW).add(RegionMass, region="marrow", mass_g=MARROW_g))
    assert by_blood.before.measured is not None
    assert by_blood.before.measured.haematocrit == pytest.approx(0.40)
    assert any("haematocrit 40 %, the mean of 5 from 36 to 44 %" in one for one in by_blood.before.measured.warnings)
    assert any("mean of 5" in one for one in dose(by_blood.foreseen).because)


def test_a_concentration_in_a_smaller_unit_is_said_to_be_hardly_any() -> None:
    by_blood = marrow(with_marrow(activity_MBq_per_mL=1e-6))
    assert by_blood.before.measured is not None
    assert any("hardly any of the injected is in it" in one for one in by_blood.before.measured.warnings)


def test_what_the_label_that_treats_cannot_tell_is_not_taken_for_not_measured() -> None:
    """Measured twice at a time after the therapy: no dose by it, and why; nothing measured: nothing is said."""
    facts = Facts().injected().curve().treated().s("liver", "liver", S_LIVER)
    assert liver(facts).given is None
    for _ in range(2):
        facts.measured(24.0, start=TREATED + timedelta(hours=24), nuclide="I-131", activity_MBq=100.0)
    assert "two measurements of liver are of one time" in said(liver(facts).given)


def test_samples_that_the_plan_makes_nothing_of_are_noted() -> None:
    one = subject(with_marrow(), replace(BY_BLOOD, marrow=None))
    assert one.regions[0].by_blood is None
    assert any("5 blood samples play no part" in note for note in one.notes)
    other = subject(with_marrow(nuclide="Lu-177"), BY_BLOOD)
    assert any("Lu-177 is neither measured nor treated with" in note for note in other.notes)


# what regions leave

LEFT = DosimetryRegion(name="rest", kind="remainder", remainder_by="what regions leave")
BY_LEFT = replace(PLAN, regions=(*PLAN.regions, LEFT))


def test_what_regions_leave_is_all_that_is_not_in_them_and_an_upper_bound() -> None:
    """With nothing excreted the decays in a region and in what it leaves are all there are: T / ln 2 of the injected."""
    dense = tuple(float(one) for one in range(2, 250, 8))
    facts = Facts().injected().treated().s("liver", "liver", S_LIVER).s("liver", "rest", 1e-6)
    for hours in dense:
        facts.measured(hours)
    plan = replace(BY_LEFT, regions=(PLAN.regions[0], replace(LEFT, model="bi")))
    one, rest = subject(facts, plan).regions
    assert one.before.fitted is not None
    assert rest.before.fitted is not None
    whole_h = T131_h / math.log(2)
    assert one.before.fitted.tia_h + rest.before.fitted.tia_h == pytest.approx(whole_h, rel=0.02)
    assert not any("together hold" in note for note in subject(facts, plan).notes), "they are all there is"
    given = dose(one.foreseen)
    assert given.above == ("rest",)
    assert given.bound == "upper bound"
    assert any("what regions leave with nothing excreted" in told for told in given.warnings)


def test_an_upper_bound_exceeds_no_limit_and_keeps_one() -> None:
    facts = Facts().injected().curve().treated().s("liver", "liver", S_LIVER).s("liver", "rest", 1e-6)
    for limit_Gy, met in ((1e3, "kept"), (1e-3, "part is an upper bound")):
        plan = replace(BY_LEFT, limits=(Limit(region="liver", amount_Gy=limit_Gy, source="x"),))
        (held,) = liver(facts, plan).limits
        assert held.met == met


def test_a_region_that_was_measured_and_has_no_curve_leaves_nothing_that_can_be_told() -> None:
    facts = Facts().injected().curve().curve("lesion 1", uncertainty_percent=None)
    assert "lesion 1 was measured and has no curve" in said(subject(facts, BY_LEFT).regions[2].foreseen)
    assert "measured in any region" in said(subject(Facts().injected().curve("other"), BY_LEFT).regions[2].foreseen)
    other = Facts().injected().curve().measured(30.0, "lesion 1")
    assert "was measured at other times" in said(subject(other, BY_LEFT).regions[2].foreseen)


def test_a_remainder_that_was_measured_stands_as_measured() -> None:
    one = subject(Facts().injected().curve().curve("rest"), BY_LEFT).regions[2]
    assert one.before.fitted is not None
    assert one.before.left_by == ()


# cameras

SECOND = replace(CALIBRATED, row=903, camera="SPECT", uncertainty_percent=8.0)


def test_a_curve_of_two_cameras_hangs_on_both_by_what_its_integral_changes_with_each() -> None:
    """Two points of one phase: their logarithms by hand; all of it is by both, a power of 1 together."""
    facts = Facts(CALIBRATED, SECOND).injected().treated().s("liver", "liver", S_LIVER)
    facts.measured(24.0).measured(96.0, camera="SPECT")
    one = liver(facts)
    given, fit = dose(one.foreseen), one.before.fitted
    assert fit is not None
    assert given.known is not None

    def tia_h(first: float, second: float) -> float:
        biological = math.log(first / second) / 72 - math.log(2) / T124_h
        rate = biological + math.log(2) / T131_h
        return first * math.exp((biological + math.log(2) / T124_h) * 24) / rate

    shares = [SHARE * 2 ** (-hours / effective_h(T124_h)) for hours in (24.0, 96.0)]
    step = 1e-5
    power = [
        math.log(tia_h(shares[0] * math.exp(step * a), shares[1] * math.exp(step * b)) / tia_h(*shares)) / step
        for a, b in ((1, 0), (0, 1))
    ]
    assert sum(power) == pytest.approx(1, rel=1e-3)
    calibration = dict(given.known.parts)["calibration"]
    assert calibration == pytest.approx(math.hypot(0.03 * power[0], 0.08 * power[1]), rel=2e-3)


def test_a_camera_calibrated_again_between_two_scans_hangs_on_both_calibrations() -> None:
    """As two cameras do: what is not known of one calibration says nothing of the next."""
    again = replace(CALIBRATED, row=903, on=date(2016, 5, 5), uncertainty_percent=8.0)
    by = []
    for other, camera in ((again, "PET"), (SECOND, "SPECT")):
        facts = Facts(CALIBRATED, other).injected().treated().s("liver", "liver", S_LIVER)
        known = dose(liver(facts.measured(24.0).measured(96.0, camera=camera)).foreseen).known
        assert known is not None
        by.append(dict(known.parts)["calibration"])
    assert by[0] == pytest.approx(by[1], rel=1e-9)


def test_one_camera_counts_once_and_one_that_was_not_calibrated_counts_not() -> None:
    def parts(*of_study: Fact) -> dict[Any, float]:
        facts = Facts(*of_study).injected().curve(camera="SPECT").treated().s("liver", "liver", S_LIVER)
        known = dose(liver(facts).foreseen).known
        assert known is not None
        return dict(known.parts)

    assert parts(CALIBRATED, SECOND)["calibration"] == pytest.approx(0.08)
    assert "calibration" not in parts(CALIBRATED)


def test_what_regions_leave_falls_where_a_calibration_rises() -> None:
    """The remainder hangs on the camera by minus what the regions hold over what they leave."""
    facts = Facts().injected().curve().treated().s("rest", "rest", 1e-6)
    one, _, rest = subject(facts, BY_LEFT).regions
    assert one.before.fitted is not None
    assert rest.before.fitted is not None
    known = dose(rest.foreseen).known
    assert known is not None
    expected = 0.03 * one.before.fitted.tia_h / rest.before.fitted.tia_h
    assert dict(known.parts)["calibration"] == pytest.approx(expected, rel=1e-9)
