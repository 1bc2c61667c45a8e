"""Simulated studies of readers whose truth is known, and how often an interval holds it.

Ratings by the model of Roe and Metz (Acad Radiol 1997;4:298): effects of readers, cases and what they do together, with
and without the modality, all normal. Truths of five-point ratings and of agreement follow from the normal law, by
quadrature where they need it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from hevesy.stats.agreement import (
    cohen_kappa,
    fleiss_kappa,
    gwet_coefficient,
    intraclass,
    krippendorff_alpha,
    limits_of_agreement,
    limits_of_constant,
    limits_with_repeats,
)
from hevesy.stats.froc import figures_of_marks
from hevesy.stats.merit import figures_of_ratings
from hevesy.stats.reader import obuchowski_rockette
from hevesy.stats.words import CaseCovariance

Floats = NDArray[np.float64]
MODALITIES, READERS = ("MRI", "PET"), ("1", "2", "3", "4")
POINTS = (-0.3, 0.4, 1.0, 1.7)
"""Where latent ratings become five points."""
SIZES = (12, 25, 36)
DISEASED = {12: 7, 25: 15, 36: 22}
"""As in the own reader study: 22 of 36 diseased."""


class Effects(NamedTuple):
    """Variances of reader, reader by modality, case, case by modality, reader by case, and the rest."""

    reader: float
    reader_modality: float
    case: float
    case_modality: float
    reader_case: float
    rest: float


STRUCTURES = {
    "cases vary (HL)": Effects(0.0055, 0.0055, 0.3, 0.3, 0.2, 0.2),
    "readers vary (LH)": Effects(0.03, 0.03, 0.1, 0.1, 0.2, 0.6),
}
SHIFTS = {"alike (0.86, 0.86)": (1.5, 1.5), "apart (0.75, 0.90)": (0.95, 1.81)}
"""How far diseased cases are rated above healthy ones in each modality, and the areas that gives, about."""


def ratings(
    rng: np.random.Generator, effects: Effects, shift: tuple[float, float], diseased: NDArray[np.bool_]
) -> Floats:
    """Latent ratings (2, 4, n); readers are drawn anew for the diseased and the healthy, as in the model."""
    r, n = len(READERS), len(diseased)
    sick = diseased.astype(int)
    of_reader = rng.normal(0, math.sqrt(effects.reader), (1, r, 2)) + rng.normal(
        0, math.sqrt(effects.reader_modality), (2, r, 2)
    )
    found = of_reader[:, :, sick] + np.asarray(shift)[:, None, None] * sick
    for variance, shape in (
        (effects.case, (1, 1, n)),
        (effects.case_modality, (2, 1, n)),
        (effects.reader_case, (1, r, n)),
        (effects.rest, (2, r, n)),
    ):
        found = found + rng.normal(0, math.sqrt(variance), shape)
    return np.asarray(found, dtype=np.float64)


def as_points(latent: Floats) -> Floats:
    """Five-point ratings of latent ones."""
    return (np.searchsorted(POINTS, latent) + 1).astype(np.float64)


def area_of_points(shift: float, variance: float) -> float:
    """The expected area of five-point ratings."""
    edges = np.array([-np.inf, *POINTS, np.inf])
    well, ill = (np.diff(ndtr((edges - middle) / math.sqrt(variance))) for middle in (0.0, shift))
    return float((ill * (np.cumsum(well) - well / 2)).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Of simulated intervals: how many hold the truth, lie above it, lie below it, and cannot be told."""

    trials: int
    holds: int
    above: int
    below: int
    untold: int

    @property
    def share(self) -> float:
        """Of those that can be told, how many hold the truth."""
        return self.holds / (self.trials - self.untold)

    @property
    def error(self) -> float:
        """The standard error of the share."""
        return math.sqrt(self.share * (1 - self.share) / (self.trials - self.untold))


Interval = tuple[float | None, float | None]
Found = Mapping[str, tuple[float, Interval]]
"""By name of an interval its truth and its limits."""


def counted(trials: int, one: Callable[[], Found]) -> dict[str, Covered]:
    """What became of the intervals of so many simulated studies."""
    seen: dict[str, list[int]] = {}
    for _ in range(trials):
        for name, (truth, (lower, upper)) in one().items():
            place = (
                3
                if lower is None or upper is None
                else 1
                if lower > truth + 1e-12
                else 2
                if upper < truth - 1e-12
                else 0
            )
            seen.setdefault(name, [0, 0, 0, 0])[place] += 1
    return {
        name: Covered(trials=trials, holds=counts[0], above=counts[1], below=counts[2], untold=counts[3])
        for name, counts in seen.items()
    }


def reader_study(seed: int, n: int, structure: str, shifts: str) -> Callable[[], Found]:
    """A study of five-point ratings: intervals of areas, their difference, and the difference in sensitivity."""
    rng, effects, shift = np.random.default_rng(seed), STRUCTURES[structure], SHIFTS[shifts]
    diseased = np.arange(n) < DISEASED[n]
    areas = [area_of_points(one, sum(effects)) for one in shift]
    sensitive = [float(ndtr((one - POINTS[2]) / math.sqrt(sum(effects)))) for one in shift]

    def one() -> Found:
        rated = as_points(ratings(rng, effects, shift, diseased))
        found: dict[str, tuple[float, Interval]] = {}
        methods: tuple[CaseCovariance, ...] = ("delong", "jackknife", "unbiased")
        for method in methods:
            figures = figures_of_ratings(rated, diseased, modalities=MODALITIES, readers=READERS, covariance=method)
            analysis = obuchowski_rockette(figures)
            apart, first = analysis.differences[0], analysis.modalities[0]
            found[f"difference in AUC, {method}"] = areas[0] - areas[1], (apart.lower, apart.upper)
            if method == "jackknife":
                found["AUC of a modality, jackknife"] = areas[0], (first.lower, first.upper)
                found["the same on the scale of the logit"] = areas[0], (first.lower_logit, first.upper_logit)
        figures = figures_of_ratings(
            rated, diseased, modalities=MODALITIES, readers=READERS, merit="sensitivity", threshold=4
        )
        apart = obuchowski_rockette(figures).differences[0]
        found["difference in sensitivity"] = sensitive[0] - sensitive[1], (apart.lower, apart.upper)
        return found

    return one


def froc_study(seed: int, n: int) -> Callable[[], Found]:
    """Marks in two modalities that are alike: the interval of the difference in the area under the wAFROC curve."""
    rng = np.random.default_rng(seed)
    counts = np.where(np.arange(n) < DISEASED[n], 1 + np.arange(n) % 3 // 2, 0)
    of_lesion = np.repeat(np.arange(n), counts)
    weights = 1 / counts[of_lesion]

    def one() -> Found:
        ease = rng.normal(0, 0.5, len(of_lesion))
        seen = rng.random((2, 4, len(of_lesion))) < ndtr(0.8 + ease + rng.normal(0, 0.2, (2, 4, 1)))
        rated = np.where(seen, np.round(rng.normal(3.5 + ease, 1, seen.shape)), -np.inf)
        marks = rng.poisson(0.6 * np.exp(rng.normal(0, 0.3, (2, 4, 1))), (2, 4, n))
        highest = np.array([rng.normal(2, 1, k).max() if k else -np.inf for k in marks.ravel()]).reshape(2, 4, n)
        figures = figures_of_marks(np.round(highest), rated, of_lesion, weights, modalities=MODALITIES, readers=READERS)
        apart = obuchowski_rockette(figures).differences[0]
        return {"difference in wAFROC": (0.0, (apart.lower, apart.upper))}

    return one


WITHIN, CUTS = 0.5, (-0.6, 0.6)
"""Of the agreement of three-point ratings: variance of a reading about its case (of variance 1), and where points end."""


def _shares(nodes: Floats) -> Floats:
    """The shares of the three points given the case, (nodes, 3)."""
    below = ndtr((np.array(CUTS) - nodes[:, None]) / math.sqrt(WITHIN))
    return np.column_stack([below[:, 0], below[:, 1] - below[:, 0], 1 - below[:, 1]])


def true_agreement() -> dict[str, float]:
    """The coefficients of all cases and readers that there could be."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    of_case, weights = _shares(np.asarray(nodes)), np.asarray(weights) / math.sqrt(2 * math.pi)
    both = (of_case * weights[:, None]).T @ of_case
    common = both.sum(axis=0)
    same, square = np.eye(3), 1 - (np.subtract.outer(np.arange(3), np.arange(3)) / 2) ** 2
    middle = np.cumsum(common) - common / 2
    order = 1 - (np.subtract.outer(middle, middle) / (middle[2] - middle[0])) ** 2

    def beyond(alike: Floats, chance: float | None = None) -> float:
        expected = float(common @ alike @ common) if chance is None else chance
        return (float((both * alike).sum()) - expected) / (1 - expected)

    return {
        "kappa": beyond(same),
        "kappa, quadratic weights": beyond(square),
        "Fleiss' kappa": beyond(same),
        "Gwet's AC1": beyond(same, float((common * (1 - common)).sum()) / 2),
        "Krippendorff's alpha, ordinal": beyond(order),
    }


def agreement_study(seed: int, n: int) -> Callable[[], Found]:
    """Three-point ratings of n cases by four readers who differ by nothing but chance."""
    rng, truth = np.random.default_rng(seed), true_agreement()

    def one() -> Found:
        latent = rng.normal(size=(n, 1)) + rng.normal(0, math.sqrt(WITHIN), (n, 4))
        rated = np.searchsorted(CUTS, latent).astype(np.float64)
        found = {
            "kappa": cohen_kappa(rated[:, 0], rated[:, 1]),
            "kappa, quadratic weights": cohen_kappa(rated[:, 0], rated[:, 1], "quadratic"),
            "Fleiss' kappa": fleiss_kappa(rated),
            "Gwet's AC1": gwet_coefficient(rated),
            "Krippendorff's alpha, ordinal": krippendorff_alpha(rated, "ordinal"),
        }
        return {name: (truth[name], (each.lower, each.upper)) for name, each in found.items()}

    return one


def measured_study(seed: int, n: int) -> Callable[[], Found]:
    """A measurement of n cases by four readers with a bias of their own: intraclass correlations and limits."""
    rng = np.random.default_rng(seed)
    case, reader, rest = 1.0, 0.1, 0.3
    apart = math.sqrt(2 * rest)

    def one() -> Found:
        rated = (
            rng.normal(0, 1, (n, 1)) + rng.normal(0, math.sqrt(reader), (1, 4)) + rng.normal(0, math.sqrt(rest), (n, 4))
        )
        forms = {form.form: (form.lower, form.upper) for form in intraclass(rated)}
        bias = rng.normal(0, 1)
        limits = limits_of_agreement(bias + rng.normal(0, apart, n), np.zeros(n))
        alone = intraclass(rng.normal(0, 1, (n, 1)) + rng.normal(0, math.sqrt(reader + rest), (n, 4)))[0]
        return {
            "ICC(1,1)": (case / (case + reader + rest), (alone.lower, alone.upper)),
            "ICC(2,1)": (case / (case + reader + rest), forms["(2,1)"]),
            "ICC(3,1)": (case / (case + rest), forms["(3,1)"]),
            "bias (Bland and Altman)": (bias, limits.bias_interval),
            "lower limit of agreement": (bias - 1.959963984540054 * apart, limits.lower_interval),
        }

    return one


def repeated_study(seed: int, n: int) -> Callable[[], Found]:
    """Two methods measured n subjects three times: in pairs, the value varying, and twice each, the value constant."""
    rng = np.random.default_rng(seed)
    between, within, noise = 0.5, 1.0, (0.4, 0.8)
    varying = 1.959963984540054 * math.sqrt(between + within)
    constant = 1.959963984540054 * math.sqrt(between + sum(noise))
    subjects = [str(one) for one in np.repeat(np.arange(n), 3)]

    def one() -> Found:
        apart = np.repeat(rng.normal(0, math.sqrt(between), n), 3) + rng.normal(0, math.sqrt(within), 3 * n)
        pairs = limits_with_repeats(subjects, apart, np.zeros(3 * n))
        own = rng.normal(0, math.sqrt(between), (n, 1))
        first, second = (rng.normal(0, math.sqrt(each), (n, 2)) for each in noise)
        twice = limits_of_constant(list(first + own), list(second))
        return {
            "bias, pairs of a varying value": (0.0, pairs.bias_interval),
            "lower limit of agreement, pairs of a varying value": (-varying, pairs.lower_interval),
            "bias, repeats of a constant value": (0.0, twice.bias_interval),
            "lower limit of agreement, repeats of a constant value": (-constant, twice.lower_interval),
        }

    return one


def everything(trials: int, seed: int = 16) -> Iterator[tuple[str, int, dict[str, Covered]]]:
    """Every kind of study at every size: what it is, how many cases, and what became of its intervals."""
    for n in SIZES:
        for structure in STRUCTURES:
            for shifts in SHIFTS:
                yield f"{structure}, {shifts}", n, counted(trials, reader_study(seed, n, structure, shifts))
        yield "marks, alike", n, counted(trials, froc_study(seed, n))
        yield "three points, four readers", n, counted(trials, agreement_study(seed, n))
        yield "a measurement, four readers", n, counted(trials, measured_study(seed, n))
        yield "two methods with repeats", n, counted(trials, repeated_study(seed, n))
