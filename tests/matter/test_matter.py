"""Photon coefficients and stopping powers against the NIST tables (facts quoted with their table)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.matter.alpha import alpha_range_g_per_cm2, alpha_share_within
from hevesy.matter.ct import Calibration
from hevesy.matter.electron import collision_stopping, csda_range_g_per_cm2, radiative_stopping
from hevesy.matter.material import material, materials, mixture
from hevesy.matter.photon import coefficients, klein_nishina_cm2, recoil_share

WATER = material("water")


@pytest.mark.parametrize(
    ("energy_keV", "attenuation"),
    [
        (10, 5.329),
        (20, 0.8096),
        (30, 0.3756),
        (60, 0.2059),
        (100, 0.1707),
        (200, 0.1370),
        (500, 0.09687),
        (1000, 0.07072),
        (2000, 0.04942),
        (3000, 0.03969),
    ],
)
def test_attenuation_of_water(energy_keV: float, attenuation: float) -> None:
    """J. H. Hubbell and S. M. Seltzer, NISTIR 5632 (1995), water, liquid: within 0.5 %."""
    assert coefficients(WATER, np.array([float(energy_keV)])).total[0] == pytest.approx(attenuation, rel=0.005)


def test_energy_absorption_of_water_at_the_line_of_iodine_131() -> None:
    """0.03257 cm2/g at 364.5 keV (NISTIR 5632, interpolated), within 0.5 %."""
    assert coefficients(WATER, np.array([364.5])).energy_absorption[0] == pytest.approx(0.03257, rel=0.005)


@pytest.mark.parametrize(("energy_keV", "attenuation"), [(30, 1.331), (100, 0.1855), (500, 0.09022), (1000, 0.06567)])
def test_attenuation_of_cortical_bone(energy_keV: float, attenuation: float) -> None:
    """NISTIR 5632, cortical bone (ICRU 44): within 1 %."""
    assert coefficients(material("cortical bone"), np.array([float(energy_keV)])).total[0] == pytest.approx(
        attenuation, rel=0.01
    )


@pytest.mark.parametrize(
    ("energy_keV", "stopping"), [(10, 22.56), (100, 4.115), (200, 2.793), (500, 2.034), (1000, 1.849)]
)
def test_collision_stopping_power_of_water(energy_keV: float, stopping: float) -> None:
    """ESTAR (NISTIR 4999), water, liquid: within 0.5 %."""
    assert collision_stopping(WATER, np.array([float(energy_keV)]))[0] == pytest.approx(stopping, rel=0.005)


@pytest.mark.parametrize(
    ("energy_keV", "range_g_per_cm2"), [(100, 0.01431), (500, 0.1766), (1000, 0.4367), (2000, 0.9785)]
)
def test_ranges_in_water(energy_keV: float, range_g_per_cm2: float) -> None:
    """ESTAR (NISTIR 4999), water, liquid: within 0.5 %."""
    assert csda_range_g_per_cm2(WATER, energy_keV) == pytest.approx(range_g_per_cm2, rel=0.005)


def test_radiative_stopping_is_a_small_share() -> None:
    """ESTAR gives 0.0128 MeV cm2/g at 1 MeV, where the estimate is good to 15 %."""
    assert radiative_stopping(WATER, np.array([1000.0]))[0] == pytest.approx(0.0128, rel=0.15)


def test_positrons_lose_more_at_low_and_less_at_high_energies() -> None:
    """ICRU Report 37, table 12.6: the ratio falls through 1 near 350 keV."""
    energy = np.array([20.0, 100.0, 1000.0])
    ratio = collision_stopping(WATER, energy, 1) / collision_stopping(WATER, energy)
    assert ratio[0] > 1.03
    assert ratio[1] > 1.01
    assert ratio[2] < 1


@given(st.floats(1, 3000))
def test_an_average_of_materials_lies_between_them(energy_keV: float) -> None:
    energy = np.array([energy_keV])
    half = mixture("half", {"water": 0.5, "cortical bone": 0.5}, 1.4)
    both = [coefficients(material(name), energy).total[0] for name in ("water", "cortical bone")]
    assert coefficients(half, energy).total[0] == pytest.approx(sum(both) / 2, rel=1e-9)


@given(st.floats(1, 3000))
def test_a_free_electron_takes_less_than_all(energy_keV: float) -> None:
    """Thomson's cross section bounds Klein and Nishina's; the recoil share is that of a backscattered photon at most."""
    energy = np.array([energy_keV])
    k = energy_keV / 510.99895
    assert klein_nishina_cm2(energy)[0] < 6.6524588e-25
    assert 0 < recoil_share(energy)[0] < 2 * k / (1 + 2 * k)


def test_compositions_add_up() -> None:
    for name in materials():
        assert sum(share for _, share in material(name).fractions) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("energy_keV", [0.5, 4001.0, float("nan")])
def test_energies_outside_the_tables_are_refused(energy_keV: float) -> None:
    with pytest.raises(RuleError, match=r"lie in 1\.\.4000 keV, got"):
        coefficients(WATER, np.array([energy_keV]))
    if not np.isnan(energy_keV):
        assert collision_stopping(WATER, np.array([energy_keV]))[0] > 0
    with pytest.raises(RuleError, match="electron energies"):
        collision_stopping(WATER, np.array([0.01]))


def test_alphas_in_water() -> None:
    """ICRU Report 49: 885 MeV cm2/g at 5 MeV; ranges rise and the energy left within the range is all of it."""
    simpson = (1 / 1034 + 4 / 952.7 + 1 / 884.8) / 6
    assert alpha_range_g_per_cm2(5000.0) - alpha_range_g_per_cm2(4000.0) == pytest.approx(simpson, rel=1e-3)
    assert 36e-4 < alpha_range_g_per_cm2(5000.0) < 39e-4
    step = alpha_range_g_per_cm2(5010.0) - alpha_range_g_per_cm2(4990.0)
    assert 0.02 / step == pytest.approx(884.8, rel=0.005)
    radii = np.linspace(0, 40e-4, 400)
    share = alpha_share_within(5000.0, radii)
    assert share[0] == pytest.approx(0, abs=1e-9)
    assert share[-1] == pytest.approx(1, abs=1e-9)
    assert (np.diff(share) >= 0).all()
    with pytest.raises(RuleError, match="alpha energies"):
        alpha_range_g_per_cm2(2e4)


def test_unknown_materials_and_impossible_mixtures_are_refused() -> None:
    with pytest.raises(RuleError, match=r"nearest are .*cortical bone"):
        material("corticl bone")
    with pytest.raises(ValueError, match="add up to 1"):
        mixture("odd", {"water": 0.7}, 1.0)
    with pytest.raises(ValueError, match="add up to 1"):
        mixture("odd", {"water": float("nan")}, 1.0)
    with pytest.raises(ValueError, match="positive, got -1"):
        mixture("odd", {"water": 1.0}, -1.0)


def test_ct_numbers_become_density_and_tissue() -> None:
    """Water at 0 HU is 1.018 g/cm3 of soft tissue in Schneider's fit, air at -1000 is 0.00121."""
    calibration = Calibration()
    assert calibration.density_g_per_cm3(np.array([0.0, -1000.0])).tolist() == pytest.approx([1.018, 0.00121], abs=2e-3)
    assert [calibration.tissues[place][1] for place in calibration.tissue(np.array([-1000.0, -700, -80, 40, 300, 1200]))] == [
        "air", "lung", "adipose", "soft tissue", "spongiosa", "cortical bone",
    ]  # fmt: skip
    with pytest.raises(RuleError, match="got 5000"):
        calibration.density_g_per_cm3(np.array([5000.0]))
    with pytest.raises(RuleError, match="got 5000"):
        calibration.tissue(np.array([5000.0]))
    with pytest.raises(RuleError, match="got nan"):
        calibration.tissue(np.array([np.nan]))
    for density in (((0, 1), (0, 2)), ((0, 1), (float("nan"), 2))):
        with pytest.raises(RuleError, match="rise strictly"):
            Calibration(density=density)
    for other in (((0, 1), (1, 0)), ((0, 1), (1, float("nan")))):
        with pytest.raises(RuleError, match=r"densities lie in 0.001..20"):
            Calibration(density=other)


@given(st.lists(st.floats(-1024, 3071), min_size=2, max_size=2, unique=True))
def test_density_rises_with_the_ct_number(pair: list[float]) -> None:
    low, high = sorted(pair)
    found = Calibration().density_g_per_cm3(np.array([low, high]))
    assert found[0] <= found[1]
