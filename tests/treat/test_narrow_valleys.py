"""Fits and intervals whose valleys are narrower than the lattice that is scanned: against scipy's searches from many
starts (least_squares with bounds, SLSQP for the ends), whose figures stand here."""

from __future__ import annotations

import pytest

from hevesy.errors import RuleError
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.fit import Fitted, Sigma, fit_curve
from hevesy.treat.phases import Model

Points = tuple[float, ...]


def fitted(times: Points, shares: Points, errors: Points, half_life_h: float, model: Model, sigma: Sigma) -> Fitted:
    curve = TimeActivityCurve(
        region="r", nuclide="x", elapsed_h=times, activity_fractions=shares, standard_uncertainties=errors
    )
    return fit_curve(curve, physical_half_life_h=half_life_h, model=model, sigma=sigma)


TWO_FAST = (
    (20.94, 88.17, 235.9, 299.6, 347.1, 561.9, 815.0),
    (0.7468, 0.008991, 5.42e-07, 3.589e-09, 7.41e-09, 0.0, 4.258e-10),
    (0.01295, 0.000101, 1.356e-08, 1.028e-08, 9.19e-09, 5.125e-09, 4.581e-09),
)
UPTAKE_AND_TWO = (
    (0.6382, 1.175, 2.163, 3.981, 7.327, 13.49, 24.83, 45.7, 84.13, 154.9, 285.1),
    (0.1178, 0.1662, 0.1987, 0.2077, 0.2038, 0.1896, 0.1684, 0.1355, 0.09008, 0.04308, 0.01223),
    (0.00174,) * 11,
)
NEAR_EACH_OTHER = (
    (0.9978, 1.037, 7.746, 8.816, 12.63, 27.28, 28.8),
    (96.07, 95.01, 44.07, 38.73, 25.34, 4.666, 3.883),
    (1.782, 1.426, 0.295, 0.7352, 0.4451, 0.04939, 0.03791),
)


@pytest.mark.parametrize(
    ("points", "half_life_h", "sigma", "least"),
    [
        (TWO_FAST, 159.5, "known", 0.7612567678959422),
        (UPTAKE_AND_TWO, 67.0, "known", 1.4341879150599062),
        (NEAR_EACH_OTHER, 6.0, "unknown", 0.699923790955779),
    ],
    ids=["two fast", "uptake and two", "near each other"],
)
def test_a_narrow_valley_is_found(
    points: tuple[Points, Points, Points], half_life_h: float, sigma: Sigma, least: float
) -> None:
    assert fitted(*points, half_life_h, "tri", sigma).chi_square <= least * (1 + 1e-9)


LONG = (
    (20.13, 124.2, 131.7, 161.8, 183.8, 191.9, 217.6, 218.7, 245.4, 301.5, 433.9),
    (2.656, 0.3925, 0.3535, 0.2048, 0.1401, 0.1191, 0.07514, 0.07255, 0.0443, 0.01639, 0.001526),
    (0.04763, 0.00755, 0.004534, 0.00161, 0.002217, 0.0008835, 0.0006125, 0.0008001, 0.000754, 0.0002765, 2.191e-05),
)
SPLIT = (
    (9.323, 51.59, 73.84, 74.44, 119.8, 129.2, 138.3, 221.7, 283.5, 340.8),
    (0.9003, 0.6791, 0.6055, 0.6063, 0.436, 0.4101, 0.3863, 0.2224, 0.1484, 0.1049),
    (0.01076, 0.01088, 0.01017, 0.01176, 0.003727, 0.007861, 0.00273, 0.002103, 0.002539, 0.001583),
)


ALIKE = (
    (1.34, 63.16, 119.9, 131.4, 158.2, 297.4, 355.5, 385.3, 417.3, 449.4, 483.7),
    (0.01154, 0.0, 0.0005064, 0.0, 0.004085, 0.004554, 0.003915, 0.0007301, 0.0, 0.0, 0.0),
    (0.00353,) * 11,
)
"""The least integral is where one point alone is seen, and both parts look alike."""


@pytest.mark.parametrize(
    ("points", "half_life_h", "model", "ends_h"),
    [
        (LONG, 100.224, "tri", (188.110249, 223.500603)),
        (SPLIT, 159.5, "bi", (144.970965, 150.154733)),
        (ALIKE, 100.224, "bi", (0.01276815, 1.99876832)),
    ],
    ids=["long", "split", "alike"],
)
def test_an_interval_reaches_into_every_valley_within_the_limit(
    points: tuple[Points, Points, Points], half_life_h: float, model: Model, ends_h: tuple[float, float]
) -> None:
    found = fitted(*points, half_life_h, model, "known")
    assert (found.tia_lower_h, found.tia_upper_h) == pytest.approx(ends_h, rel=1e-6)


def test_an_interval_within_which_nothing_at_all_lies_begins_at_none() -> None:
    """One point of eight stands out: all curves, and none, lie within the limit of one degree of freedom."""
    times = (19.34, 198.4, 237.4, 404.9, 534.3, 667.8, 758.4)
    found = fitted(times, (0.5922, 0, 0, 0, 0, 1.28, 0), (0.7145,) * 7, 159.5, "tri", "unknown")
    assert found.tia_lower_h == 0
    assert found.chi_square <= 3.1816085945178467 * (1 + 1e-9)


def test_points_nearest_to_no_activity_at_all_are_refused() -> None:
    with pytest.raises(RuleError, match="r: of all curves of uptake-mono that without activity lies nearest"):
        fitted((0.0, 24.0, 48.0), (0.3, 0.0, 0.0), (0.1, 0.1, 0.1), 100.224, "uptake-mono", "known")
