"""Records that would give a wrong dose in silence: no dose and why, or a sentence beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from hevesy.conduct.dosed import DosedRegion
from hevesy.study.facts.dosimetry import RegionMass
from hevesy.study.protocol.dosimetry import SValuesDeclared
from tests.conduct.test_dosed import (
    INJECTED,
    PLAN,
    S_LIVER,
    Facts,
    dose,
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
    return "; ".join(dose(one.foreseen).warnings)


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
