"""Dose coefficients and retention of iodide against those that ICRP's data viewer prints with two digits."""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import numpy as np
import pytest

from hevesy.errors import RuleError
from hevesy.files.icrp107 import has_icrp107, icrp107_half_life_h, read_icrp107
from hevesy.files.icrp133 import read_icrp133
from hevesy.files.icrp_models import read_biokinetic_model, read_tissue_weights
from hevesy.nuclides.library import emissions, nuclide
from hevesy.radiation.s_values import SMatrix, s_matrix
from hevesy.radiation.words import Phantom
from hevesy.study.biokinetics import BiokineticModel
from hevesy.treat.compartments import COMMITTED_h, Compartments, blocked, compartments
from hevesy.treat.dose_coefficients import (
    ALPHA_WEIGHT,
    TISSUES,
    DoseCoefficients,
    check_weights,
    decays_by_region,
    dose_coefficients,
    effective_mSv_per_MBq,
)
from tests.conftest import reference

Route = Literal["inj", "ing"]
ROW: dict[tuple[Route, Phantom], int] = {("inj", "AM"): 4, ("inj", "AF"): 5, ("ing", "AM"): 6, ("ing", "AF"): 7}
"""Lines of a .dat file, from 0, in which the coefficients of a route and a sex stand."""
Sv_per_Bq = 1e-9
"""Of a mSv/MBq."""
EQUAL_SHARE = 0.87


@cache
def model(name: str, route: Route) -> BiokineticModel:
    """Iodide as ICRP Publication 137 has it."""
    return read_biokinetic_model(reference(f"icrp/{name}_{route}.inp"))


@cache
def followed(name: str, route: Route) -> Compartments:
    """Its linear system, with half-lives of ICRP 107 where they are at hand."""
    folder, told = reference("icrp"), model(name, route)
    half_lives = {
        one: icrp107_half_life_h(folder, one) if has_icrp107(folder, one) else nuclide(one).half_life_h
        for one in told.nuclides
    }
    return compartments(told, half_lives, lambda parent, daughter: 0.011759)


@cache
def matrix(name: str, phantom: Phantom) -> SMatrix:
    """S with alphas weighted by 20."""
    folder = reference("icrp")
    emitted = read_icrp107(folder, name) if has_icrp107(folder, name) else emissions(name)
    return s_matrix(read_icrp133(folder, phantom), emitted, alpha_weight=ALPHA_WEIGHT)


@cache
def coefficients(name: str, route: Route, phantom: Phantom) -> DoseCoefficients:
    """Dose coefficients over 50 years."""
    told = model(name, route)
    integrals = followed(name, route).integral_h(COMMITTED_h)
    matrices = {one: matrix(one, phantom) for one in told.nuclides}
    return dose_coefficients(told, integrals, matrices, read_tissue_weights(reference("icrp/wT.txt")))


def printed(name: str) -> list[list[str]]:
    """Rows of ICRP's coefficients; the values of tissues begin in the fourth column."""
    return [line.split("\t") for line in reference(f"icrp/{name}.dat").read_text(encoding="utf-8").splitlines()]


def apart(value: float, told: str) -> int:
    """By how many units of its second digit a value, rounded to two, differs from a printed one."""
    if float(told) == 0:
        return 0 if value == 0 else 99
    unit = 10.0 ** (math.floor(math.log10(float(told))) - 1)
    return round((float(f"{value:.1e}") - float(told)) / unit)


Case = tuple[str, Route, Phantom, str]


def compared() -> dict[Case, tuple[float, str]]:
    """Our equivalent dose in Sv/Bq and ICRP's as printed, by nuclide, route, sex and tissue; those that are 0 apart."""
    found: dict[Case, tuple[float, str]] = {}
    for name in ("I-131", "I-124"):
        rows = printed(name)
        for (route, phantom), row in ROW.items():
            ours = coefficients(name, route, phantom).by_tissue_mSv_per_MBq
            for (tissue, value), told in zip(ours.items(), rows[row][3:], strict=True):
                found[name, route, phantom, tissue] = (value * Sv_per_Bq, told)
    return found


def test_equivalent_doses_are_icrps_to_two_digits() -> None:
    differ = [apart(*both) for both in compared().values()]
    assert len(differ) == 2 * 4 * len(TISSUES) == 232
    assert sum(one == 0 for one in differ) / len(differ) >= EQUAL_SHARE
    assert sum(one == 0 for one in differ) == 215
    assert all(abs(one) <= 1 for one in differ)


def test_what_differs_is_one_factor_for_all_but_the_oral_mucosa() -> None:
    """One number brings all 208 values within ICRP's rounding: 1.6e-13 J for a MeV, or a few 1e-5 less.

    That ICRP counts 1.6e-13 J is inferred from this, not read anywhere of Publication 137; ICRP Publication 30 has it
    in its formula. With it 97 % of all are equal.
    """
    factors = []
    for (*_, tissue), (ours, told) in compared().items():
        if tissue != "oral mucosa" and float(told) > 0:
            half = 10.0 ** (math.floor(math.log10(float(told))) - 1) / 2
            factors.append(((float(told) - half) / ours, (float(told) + half) / ours))
    least, most = max(low for low, _ in factors), min(high for _, high in factors)
    assert len(factors) == 232 - 8 - 8 * 2
    assert 0.9985 < least < most < 0.9987
    rounded = 1.6e-13 / 1.602176634e-13
    assert rounded == pytest.approx((least + most) / 2, abs=5e-5)
    differ = [apart(ours * rounded, told) for ours, told in compared().values()]
    assert sum(one == 0 for one in differ) / len(differ) >= 0.95
    assert all(abs(one) <= 1 for one in differ)


@pytest.mark.parametrize("route", ["inj", "ing"])
@pytest.mark.parametrize("name", ["I-131", "I-124"])
def test_effective_dose_is_icrps_to_two_digits(name: str, route: Route) -> None:
    found = effective_mSv_per_MBq(coefficients(name, route, "AM"), coefficients(name, route, "AF"))
    assert apart(found * Sv_per_Bq, printed(name)[ROW[route, "AM"]][1]) == 0


@pytest.mark.parametrize("route", ["inj", "ing"])
@pytest.mark.parametrize("name", ["I-131", "I-124"])
def test_retention_is_icrps_to_two_digits(name: str, route: Route) -> None:
    """Whole body in every row; thyroid in all but the few whose third digit rounds the other way."""
    told = model(name, route)
    lines = [
        line.split("\t") for line in reference(f"icrp/{name}_{route}.dat").read_text(encoding="utf-8").splitlines()
    ]
    first = next(place for place, line in enumerate(lines) if line[0].startswith("Time"))
    rows = [line for line in lines[first + 1 :] if len(line) > 5]
    shares = followed(name, route).at([24 * float(row[0]) for row in rows])
    inside = np.array([one.nuclide == name and not one.excreted for one in told.compartments])
    thyroid = np.array([one.nuclide == name and one.region == "Thyroid" for one in told.compartments])
    body = [apart(float(share @ inside), row[1]) for share, row in zip(shares, rows, strict=True) if row[1] != "-"]
    neck = [apart(float(share @ thyroid), row[5]) for share, row in zip(shares, rows, strict=True) if row[5] != "-"]
    assert len(body) > 130
    assert set(body) == {0}
    assert sum(one == 0 for one in neck) >= len(neck) - 2
    assert max(map(abs, neck)) <= 1


def test_what_is_blocked_goes_elsewhere() -> None:
    """No uptake of the thyroid leaves the thyroid what iodide elsewhere gives it, and makes the bladder's dose larger."""
    open_, told = model("I-124", "inj"), {"I-124": 100.224}
    shut = blocked(open_, "Thyroid", 0.0)
    before, after = (
        decays_by_region(one, compartments(one, told, lambda *_: 0.0).integral_h(), "I-124") for one in (open_, shut)
    )
    assert after["Thyroid"] == 0
    assert after["UB-cont"] > before["UB-cont"]
    half = decays_by_region(
        blocked(open_, "Thyroid", 0.5),
        compartments(blocked(open_, "Thyroid", 0.5), told, lambda *_: 0.0).integral_h(),
        "I-124",
    )
    assert after["Thyroid"] < half["Thyroid"] < before["Thyroid"]
    with pytest.raises(RuleError, match="nothing comes into 'Thyroids'"):
        blocked(open_, "Thyroids", 0.0)
    with pytest.raises(RuleError, match="a share of 0 to 1 is left, got 2"):
        blocked(open_, "Thyroid", 2.0)


def test_weights_and_regions_that_do_not_fit_are_refused() -> None:
    weights = read_tissue_weights(reference("icrp/wT.txt"))
    check_weights(weights, {name: name not in ("Ovaries", "Testes", "Prostate", "Uterus") for name in weights})
    with pytest.raises(RuleError, match="add up to 1"):
        check_weights(weights, dict.fromkeys(weights, True))
    told = model("I-124", "inj")
    integrals = followed("I-124", "inj").integral_h()
    with pytest.raises(RuleError, match="tissue weights name Nose"):
        dose_coefficients(told, integrals, {"I-124": matrix("I-124", "AM")}, {**weights, "Nose": 0.1})
    unweighted = s_matrix(read_icrp133(reference("icrp"), "AM"), read_icrp107(reference("icrp"), "I-124"))
    with pytest.raises(RuleError, match="weighs alphas by 20, the S matrix has 1"):
        dose_coefficients(told, integrals, {"I-124": unweighted}, weights)
