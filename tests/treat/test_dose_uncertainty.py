"""How well a dose is known: propagation against draws, and the parts of the chain against integrals done otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from hevesy.treat.dose_uncertainty import (
    FWHM_PER_SIGMA,
    Input,
    Inputs,
    Recovered,
    Term,
    counts_by_volume,
    sphere_recovery,
    volume_uncertainty,
)
from tests.tiers import cases


def blurred(radius_cm: float, sigma_cm: float, at_cm: NDArray[np.float64]) -> NDArray[np.float64]:
    """A ball of activity 1 blurred by a Gaussian, along a radius, by summing shells (not by the closed form)."""
    shells = np.linspace(0, radius_cm, 20_001)
    middle = 0.5 * (shells[1:] + shells[:-1])
    width = shells[1] - shells[0]
    found = []
    for r in np.maximum(at_cm, 1e-9):
        # of a shell at s, the density at r: Gaussian of |r - s| less that of r + s, over r s
        near = np.exp(-((r - middle) ** 2) / (2 * sigma_cm**2)) - np.exp(-((r + middle) ** 2) / (2 * sigma_cm**2))
        found.append(float((middle / r * near).sum() * width / (sigma_cm * math.sqrt(2 * math.pi))))
    return np.array(found)


@pytest.mark.parametrize(("volume_mL", "resolution_cm"), [(0.5, 1.0), (10.0, 1.0), (10.0, 0.5), (300.0, 1.5)])
def test_recovery_and_edge_of_a_sphere_are_those_of_its_blurred_image(volume_mL: float, resolution_cm: float) -> None:
    radius = (3 * volume_mL / (4 * math.pi)) ** (1 / 3)
    sigma = resolution_cm / FWHM_PER_SIGMA
    r = np.linspace(0, radius, 801)
    image = blurred(radius, sigma, r)
    inside = float(np.trapezoid(image * r**2, r) * 3 / radius**3)
    assert sphere_recovery(volume_mL, resolution_cm) == pytest.approx(inside, rel=2e-5)
    assert counts_by_volume(volume_mL, resolution_cm) == pytest.approx(image[-1] / inside, rel=2e-5)


def test_recovery_of_a_sphere_is_that_of_voxels_blurred() -> None:
    step, radius, fwhm = 0.1, 1.5, 0.9
    axis = np.arange(-3.5, 3.5 + step / 2, step)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    inside = np.clip((radius - np.sqrt(x**2 + y**2 + z**2)) / step + 0.5, 0, 1)
    image = gaussian_filter(inside, fwhm / FWHM_PER_SIGMA / step)
    volume = float(inside.sum()) * step**3
    assert sphere_recovery(volume, fwhm) == pytest.approx(float((image * inside).sum() / inside.sum()), rel=0.01)


def test_an_outline_s_volume_is_as_uncertain_as_its_two_edges_are() -> None:
    """Edges anywhere within a voxel and blurred as the image is: drawn, a sphere at a time."""
    chance, diameter, voxel, fwhm = np.random.default_rng(5), 6.0, 0.4, 0.5
    edges = chance.uniform(-voxel / 2, voxel / 2, (2, 400_000)) + chance.normal(0, fwhm / FWHM_PER_SIGMA, (2, 400_000))
    drawn = 3 * (edges[0] - edges[1]).std() / diameter
    assert volume_uncertainty(math.pi * diameter**3 / 6, voxel, fwhm) == pytest.approx(drawn, rel=0.005)


def chain(
    volume: float, calibration: float, counts: float, tail: float, table: float, half: float, power: float
) -> tuple[Inputs, list[Term]]:
    """An organ with recovery, and what another brings to it, with the same calibration and table."""
    inputs = Inputs(
        [
            Input(name="calibration", part="calibration", relative=calibration),
            Input(name="organ: volume", part="volume", relative=volume),
            Input(name="organ: activity", part="activity", relative=counts),
            Input(name="other: activity", part="activity", relative=tail),
            Input(name="table", part="S", relative=table),
            Input(name="half", part="recovery", relative=half),
            Input(name="power", part="recovery", relative=power),
        ],
        {("half", "power"): -0.5},
    )
    recovered = Recovered(
        half_mL=2.0, power=0.9, volume_mL=12.0, volume="organ: volume", half="half", power_name="power"
    )
    own = Term(
        source="organ",
        dose_Gy=8.0,
        exponents=(
            ("calibration", 1.0),
            ("organ: activity", 1.0),
            ("table", 1.0),
            ("organ: volume", 0.7 - 0.95),
        ),
        recovered=recovered,
    )
    cross = Term(
        source="other", dose_Gy=2.0, exponents=(("calibration", 1.0), ("other: activity", 1.0), ("table", 1.0))
    )
    return inputs, [own, cross]


@given(
    *[st.floats(0.005, 0.15) for _ in range(2)],
    *[st.floats(0.005, 0.12) for _ in range(5)],
)
@settings(max_examples=cases(200))
def test_propagation_and_draws_agree_within_3_percent_of_sigma(
    volume: float, calibration: float, counts: float, tail: float, table: float, half: float, power: float
) -> None:
    """The bar of the guidance: inputs of up to 15 %, none within three standard errors of 0."""
    inputs, terms = chain(volume, calibration, counts, tail, table, half, power)
    known = inputs.known(terms)
    assert known is not None
    assert known.propagated_Gy == pytest.approx(known.drawn_Gy, rel=0.03)
    assert known.believed
    assert known.standard_error_Gy == known.propagated_Gy


def draw(relative: float, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """A quantity about 1."""
    return np.asarray(1 + relative * normal)


def test_propagation_is_that_of_the_whole_chain_drawn_step_by_step() -> None:
    """Counts over calibration and recovery, times S over mass: each quantity drawn, none of them as a power."""
    volume, calibration, counts, tail, table, half, power = 0.08, 0.04, 0.05, 0.06, 0.05, 0.08, 0.04
    inputs, terms = chain(volume, calibration, counts, tail, table, half, power)
    known = inputs.known(terms)
    assert known is not None
    chance = np.random.default_rng(7)
    z = chance.standard_normal((7, 2_000_000))
    z[6] = -0.5 * z[5] + math.sqrt(0.75) * z[6]
    v = draw(volume, z[0])
    recovery = 1 / (1 + (2.0 * draw(half, z[5]) / (12.0 * v)) ** (0.9 * draw(power, z[6])))
    best = 1 / (1 + (2.0 / 12.0) ** 0.9)
    measured = draw(counts, z[2]) * v**0.7
    own = 8.0 * draw(calibration, z[1]) * measured / (recovery / best) * draw(table, z[4]) / v**0.95
    cross = 2.0 * draw(calibration, z[1]) * draw(tail, z[3]) * draw(table, z[4])
    assert known.propagated_Gy == pytest.approx(float((own + cross).std()), rel=0.03)
    assert known.drawn_Gy == pytest.approx(float((own + cross).std()), rel=0.03)


def test_without_covariance_the_error_would_be_another() -> None:
    """A volume that is too small raises recovery's correction, lowers the counts and raises S: not independent."""
    inputs, terms = chain(0.12, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    known = inputs.known(terms[:1])
    assert known is not None
    lost = 1 - 1 / (1 + (2.0 / 12.0) ** 0.9)
    covariant = 0.12 * abs(0.7 - 0.95 - 0.9 * lost)
    independent = 0.12 * math.sqrt(0.7**2 + 0.95**2 + (0.9 * lost) ** 2)
    assert known.propagated_Gy / 8.0 == pytest.approx(covariant, rel=1e-12)
    assert covariant < 0.4 * independent


def test_parts_are_independent_and_make_the_whole() -> None:
    inputs, terms = chain(0.1, 0.03, 0.05, 0.08, 0.1, 0.08, 0.05)
    known = inputs.known(terms)
    assert known is not None
    assert math.sqrt(sum(value**2 for _, value in known.parts)) * 10.0 == pytest.approx(known.propagated_Gy)
    shared = dict(known.parts)
    assert shared["calibration"] == pytest.approx(0.03)
    assert shared["S"] == pytest.approx(0.1)
    assert shared["activity"] == pytest.approx(math.hypot(0.8 * 0.05, 0.2 * 0.08))


def test_where_the_two_ways_differ_draws_are_believed() -> None:
    inputs, terms = chain(0.9, 0.0, 0.6, 0.0, 0.0, 0.9, 0.0)
    known = inputs.known(terms)
    assert known is not None
    assert not known.believed
    assert known.standard_error_Gy == known.drawn_Gy != known.propagated_Gy


def test_draws_of_a_fit_are_used_as_they_are() -> None:
    skewed = np.random.default_rng(3).gamma(2.0, 0.5, 20_000)
    one = Inputs([Input(name="fit", part="activity", relative=0.1, draws=skewed)])
    known = one.known([Term(source="a", dose_Gy=2.0, exponents=(("fit", 1.0),))])
    assert known is not None
    assert not known.believed
    assert known.drawn_Gy == pytest.approx(2 * skewed.std(ddof=1))
    assert known.upper_Gy == pytest.approx(2 * np.quantile(skewed, 0.975), rel=1e-3)


@pytest.mark.parametrize("count", [500, 20_000])
def test_fits_drawn_from_one_seed_are_independent_in_a_dose(count: int) -> None:
    """Two organs measured at the same times draw the same noise: their sum is uncertain by a root of two, not by two."""
    alike = 1 + 0.1 * np.random.default_rng(3).standard_normal(count)
    two = Inputs([Input(name=name, part="activity", relative=0.1, draws=alike) for name in ("liver", "spleen")])
    known = two.known([Term(source=name, dose_Gy=1.0, exponents=((name, 1.0),)) for name in ("liver", "spleen")])
    assert known is not None
    assert known.drawn_Gy == pytest.approx(math.sqrt(2) * 0.1, rel=0.06)
    assert known.propagated_Gy == pytest.approx(math.sqrt(2) * 0.1)


def test_nothing_told_is_nothing_known() -> None:
    assert Inputs([]).known([Term(source="a", dose_Gy=2.0)]) is None


def test_the_edge_of_a_large_sphere_is_half_as_bright() -> None:
    assert counts_by_volume(1e7, 0.1) == pytest.approx(0.5, abs=1e-3)
    assert sphere_recovery(1e7, 0.1) == pytest.approx(1.0, abs=1e-3)


def test_what_was_drawn_together_stays_together() -> None:
    """Two regions of one body: what one has too much the other has too little, and their sum is known better."""
    chance = np.random.default_rng(5)
    a, b = chance.standard_normal((2, 2_000))
    one, other = 1 + 0.1 * a, 1 - 0.08 * a + 0.03 * b
    errors = float(one.std(ddof=1)), float(other.std(ddof=1))
    terms = [
        Term(source="x", dose_Gy=2.0, exponents=(("x", 1.0),)),
        Term(source="y", dose_Gy=3.0, exponents=(("y", 1.0),)),
    ]

    def known(group: str | None) -> tuple[float, float]:
        drawn = [
            Input(name=name, part="activity", relative=error, draws=of, group=group)
            for name, error, of in (("x", errors[0], one), ("y", errors[1], other))
        ]
        found = Inputs(drawn).known(terms)
        assert found is not None
        return found.propagated_Gy, found.drawn_Gy

    for found in known("points"):
        assert found == pytest.approx(float((2 * one + 3 * other).std(ddof=1)), rel=0.02)
    for found in known(None):
        assert found == pytest.approx(math.hypot(2 * errors[0], 3 * errors[1]), rel=0.02)
    with pytest.raises(ValueError, match="have the draws"):
        Input(name="x", part="activity", relative=0.1, group="points")
