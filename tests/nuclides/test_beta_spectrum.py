"""Beta spectra: known mean energies, limits and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.nuclides.beta_spectrum import ELECTRON_keV, grid_keV, mean_keV, shape
from hevesy.nuclides.library import emissions
from tests.conftest import reference


def mean_of(endpoint: float, z: int, a: int, sign: int, forbidden: int = 0) -> float:
    grid = grid_keV(endpoint)
    return mean_keV(grid, shape(grid, endpoint, z, a, sign, forbidden))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("endpoint", "z", "a", "sign", "forbidden", "published"),
    [
        (633.5, 8, 18, 1, 0, 249.8),  # F-18
        (1710.66, 16, 32, -1, 0, 695.5),  # P-32
        (2278.7, 40, 90, -1, 1, 932.4),  # Y-90, unique forbidden
        (1501.0, 39, 89, -1, 1, 587.1),  # Sr-89, unique forbidden
        (606.3, 54, 131, -1, 0, 191.6),  # I-131, the main branch
        (1899.1, 30, 68, 1, 0, 836.0),  # Ga-68, the main branch
    ],
)
def test_mean_energies_are_the_published_ones(
    endpoint: float, z: int, a: int, sign: int, forbidden: int, published: float
) -> None:
    """Means of the Table of Radionuclides (BIPM Monographie-5) for its endpoints, to 0.3 %."""
    assert mean_of(endpoint, z, a, sign, forbidden) == pytest.approx(published, rel=0.003)


@given(st.floats(20, 4000))
def test_without_charge_the_shape_is_phase_space(endpoint: float) -> None:
    energy = np.linspace(0.05, 0.95, 19) * endpoint
    w, w0 = 1 + energy / ELECTRON_keV, 1 + endpoint / ELECTRON_keV
    p2 = w**2 - 1
    for forbidden, factor in (
        (0, 1.0),
        (1, p2 + (w0 - w) ** 2),
        (2, p2**2 + 10 / 3 * p2 * (w0 - w) ** 2 + (w0 - w) ** 4),
    ):
        ratio = shape(energy, endpoint, 0, 1, -1, forbidden) / (np.sqrt(p2) * w * (w0 - w) ** 2 * factor)
        assert ratio == pytest.approx(np.full(19, ratio[0]), rel=1e-9)


@given(st.floats(50, 3000), st.integers(1, 88))
def test_the_nucleus_draws_electrons_back_and_pushes_positrons_out(endpoint: float, z: int) -> None:
    assert (
        mean_of(endpoint, z, 2 * z + 5, -1) < mean_of(endpoint, 0, 2 * z + 5, -1) < mean_of(endpoint, z, 2 * z + 5, 1)
    )


def test_nothing_lies_outside_the_endpoint() -> None:
    assert shape(np.array([-1.0, 700.0]), 606.3, 54, 131, -1).tolist() == [0, 0]


def test_a_spectrum_without_energy_is_refused() -> None:
    with pytest.raises(ValueError, match="endpoint of a beta spectrum is positive, got -3"):
        shape(np.array([1.0]), -3, 54, 131, -1)
    with pytest.raises(ValueError, match=r"lies in 0\.\.2, got 3"):
        shape(np.array([1.0]), 3, 54, 131, -1, 3)


def test_the_spectrum_of_iodine_131_is_that_of_icrp_107() -> None:
    """Share of betas below energies, against the tabulated spectrum, to 0.4 % of all betas."""
    from hevesy.files.icrp107 import read_icrp107

    ours, theirs = emissions("I-131").spectra[0], read_icrp107(reference("icrp"), "I-131").spectra[0]
    grid = np.linspace(0, 600, 601)
    below = []
    for one in (ours, theirs):
        density = np.interp(grid, one.energy_keV, one.per_keV)
        below.append(np.cumsum(density) / np.sum(density))
    assert np.max(np.abs(below[0] - below[1])) < 0.004
