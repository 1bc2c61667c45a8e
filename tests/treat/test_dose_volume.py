"""Curves of dose and volume and the equivalent uniform dose: known distributions, laws, published definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.treat.dose_volume import dose_volume

doses = st.lists(st.floats(0.01, 200.0), min_size=1, max_size=60)
parameters = st.floats(-30, 30).filter(lambda a: abs(a) > 0.05)


def test_an_even_spread_of_doses_has_its_shares_on_a_straight_line() -> None:
    """Doses even from 0 to 100 Gy: D of x % is 100 - x, V of d is 100 - d; the mean is the middle."""
    found = dose_volume((np.arange(100_000) + 0.5) / 1000, 0.064)
    for share in (2, 5, 50, 95, 98):
        assert found.at_least_Gy(share) == pytest.approx(100 - share, abs=2e-3)
        assert found.percent_with(share) == pytest.approx(100 - share, abs=2e-3)
    assert found.mean_Gy == pytest.approx(50)
    assert found.volume_mL == pytest.approx(6400)


@pytest.mark.parametrize("a", [-10.0, -0.5, 1.0, 2.0, 8.0])
def test_the_equivalent_uniform_dose_of_an_even_spread_is_its_integral(a: float) -> None:
    """Of doses even from 20 to 60 Gy: (the integral of d^a over the range, by 40)^(1/a), in closed form."""
    found = dose_volume(20 + 40 * (np.arange(200_000) + 0.5) / 200_000, 1.0)
    closed = ((60 ** (a + 1) - 20 ** (a + 1)) / (a + 1) / 40) ** (1 / a)
    assert found.eud_Gy(a) == pytest.approx(closed, rel=1e-6)


def test_the_equivalent_uniform_dose_of_two_halves() -> None:
    """Half of a tumour at 60 Gy and half at 30 Gy, a = -10: 2^(1/10) x 30 x (1 + 2^-10)^(-1/10) Gy."""
    found = dose_volume([60.0, 30.0], 1.0)
    assert found.eud_Gy(-10) == pytest.approx(30 * (2 / (1 + 2.0**-10)) ** 0.1)
    assert dose_volume([0.0, 30.0], 1.0).eud_Gy(-10) == 0.0
    assert dose_volume([0.0, 0.0], 1.0).eud_Gy(3) == 0.0


@given(doses, parameters, parameters)
def test_the_equivalent_uniform_dose_lies_within_the_doses_and_rises_with_its_parameter(
    given_Gy: list[float], one: float, other: float
) -> None:
    """The inequality of power means."""
    found = dose_volume(given_Gy, 1.0)
    low, high = sorted((one, other))
    assert min(given_Gy) * (1 - 1e-9) <= found.eud_Gy(low) <= max(given_Gy) * (1 + 1e-9)
    assert found.eud_Gy(low) <= found.eud_Gy(high) * (1 + 1e-9)
    assert found.eud_Gy(1) == pytest.approx(found.mean_Gy)


@given(doses, st.floats(0.1, 100))
def test_a_dose_of_a_share_is_received_by_that_share_and_a_larger_one_by_less(
    given_Gy: list[float], share: float
) -> None:
    found = dose_volume(given_Gy, 1.0)
    dose = found.at_least_Gy(share)
    assert found.percent_with(dose) >= share - 1e-6
    assert found.percent_with(math.nextafter(dose, math.inf)) < share + 1e-6
    at, percent = found.curve(50)
    assert percent.tolist() == pytest.approx([found.percent_with(one) for one in at.tolist()])
    assert percent[0] == 100


def test_what_are_no_doses_is_refused() -> None:
    for wrong, rule in (([], "a voxel or more"), ([-1.0], "0 or more"), ([math.nan], "finite")):
        with pytest.raises(RuleError, match=rule):
            dose_volume(wrong, 1.0)
    with pytest.raises(RuleError, match="a volume"):
        dose_volume([1.0], 0.0)
    found = dose_volume([1.0, 2.0], 1.0)
    for share in (0.0, 101.0):
        with pytest.raises(RuleError, match=f"got {share:g}"):
            found.at_least_Gy(share)
    for a in (0.0, math.inf):
        with pytest.raises(RuleError, match="not 0"):
            found.eud_Gy(a)
