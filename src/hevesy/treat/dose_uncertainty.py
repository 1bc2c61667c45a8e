"""How well a dose is known: the law of propagation with covariance, and the same by drawing every input.

A dose is a sum of terms, one a source; a term is a product of powers of inputs (calibration, volume, counts, S) about
their best values, and what one input does to several factors (a volume to counts, recovery and mass) is one exponent.
That is the covariance of the factors. Each input is positive and drawn log-normally with its relative standard
uncertainty; a fitted curve brings its own draws.

Source: J. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456 (EANM guidance), for the chain and its
covariances; JCGM 101:2008 for the draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
Part = Literal["calibration", "recovery", "volume", "activity", "marrow", "S", "nuclide", "statistics"]
DRAWS, SEED = 20_000, 131
AGREES = 0.03
"""A larger difference between the two standard errors marks the analytic one."""
FWHM_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Input:
    """A quantity about its best value: relative standard uncertainty, and its own draws where a fit brings them.

    Draws may be any number; they are picked anew for each input, so that two fits drawn from one seed stay independent.
    Those of one `group` were drawn together and are picked together, which keeps their correlation.
    """

    name: str
    part: Part
    relative: float
    draws: Floats | None = field(default=None, repr=False)
    group: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.relative < math.inf:
            raise RuleError(f"{self.name}: a relative uncertainty is 0 or more, got {self.relative:g}")
        if self.group is not None and self.draws is None:
            raise RuleError(f"{self.name}: inputs of a group have the draws that they were drawn with")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A division by recovery, 1 / (1 + (half / volume)^power), whose three parts are inputs."""

    half_mL: float
    power: float
    volume_mL: float
    volume: str
    half: str
    power_name: str

    @property
    def value(self) -> float:
        """Recovery at the best values."""
        return float(1 / (1 + (self.half_mL / self.volume_mL) ** self.power))

    def exponents(self) -> tuple[tuple[str, float], ...]:
        """Of the activity, divided by recovery, in volume, half volume and power: first order."""
        lost = 1 - self.value
        of_power = lost * self.power * math.log(self.half_mL / self.volume_mL)
        return ((self.volume, -lost * self.power), (self.half, lost * self.power), (self.power_name, of_power))

    def over_best(self, of: Mapping[str, Floats]) -> Floats:
        """1 / recovery over its best value, for drawn inputs."""
        ratio = self.half_mL * of[self.half] / (self.volume_mL * of[self.volume])
        return np.asarray((1 + ratio ** (self.power * of[self.power_name])) * self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What one source brings to a dose, and the powers of the inputs in it."""

    source: str
    dose_Gy: float
    exponents: tuple[tuple[str, float], ...] = ()
    recovered: Recovered | None = None

    def sensitivities(self) -> dict[str, float]:
        """Relative change of the term by a relative change of each input, first order."""
        found: dict[str, float] = {}
        own = self.recovered.exponents() if self.recovered is not None else ()
        for name, power in (*self.exponents, *own):
            found[name] = found.get(name, 0.0) + power
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How well a dose is known (Gy, k = 1): by propagation, by draws, its interval of 95 %, and where it comes from.

    `parts` are relative and independent: their squares add to the square of the whole. `believed` is whether both ways
    agree; where they do not, draws are to be believed.
    """

    propagated_Gy: float
    drawn_Gy: float
    lower_Gy: float
    upper_Gy: float
    parts: tuple[tuple[Part, float], ...]
    believed: bool

    @property
    def standard_error_Gy(self) -> float:
        """By propagation where both ways agree, else by draws."""
        return self.propagated_Gy if self.believed else self.drawn_Gy


class Inputs:
    """The inputs of a case and their correlations, with one set of draws for all its doses."""

    def __init__(
        self,
        inputs: Sequence[Input],
        correlations: Mapping[tuple[str, str], float] | None = None,
        *,
        draws: int = DRAWS,
        seed: int = SEED,
    ) -> None:
        self.inputs = {one.name: one for one in inputs}
        if len(self.inputs) != len(inputs):
            raise RuleError("two inputs of a dose have one name")
        self.draws, self._seed = draws, seed
        names = list(self.inputs)
        self.correlation = np.eye(len(names))
        for (first, second), value in (correlations or {}).items():
            row, column = names.index(first), names.index(second)
            self.correlation[row, column] = self.correlation[column, row] = value
        self._covaried = _with_groups(self.correlation, inputs)
        self._drawn: dict[str, Floats] | None = None
        self._places: dict[str, NDArray[np.int64]] = {}
        self._factors: dict[object, Floats] = {}

    def known(self, terms: Sequence[Term]) -> Known | None:
        """How well the sum of terms is known; None where it is nothing or no input tells."""
        dose_Gy = sum(one.dose_Gy for one in terms)
        if dose_Gy <= 0 or not any(one.relative for one in self.inputs.values()):
            return None
        parts = self._parts(terms, dose_Gy)
        propagated = math.sqrt(sum(one * one for one in parts.values())) * dose_Gy
        drawn = np.zeros(self.draws)
        for one in terms:
            drawn += one.dose_Gy * self._factor(one)
        by_draws = float(drawn.std(ddof=1))
        below = round(0.025 * self.draws)
        ordered = np.partition(drawn, (below, -below - 1))
        return Known(
            propagated_Gy=propagated,
            drawn_Gy=by_draws,
            lower_Gy=float(ordered[below]),
            upper_Gy=float(ordered[-below - 1]),
            parts=tuple((part, value) for part, value in parts.items() if value > 0),
            believed=abs(propagated - by_draws) <= AGREES * by_draws,
        )

    def _parts(self, terms: Sequence[Term], dose_Gy: float) -> dict[Part, float]:
        names = list(self.inputs)
        slope = dict.fromkeys(names, 0.0)
        for one in terms:
            for name, power in one.sensitivities().items():
                slope[name] += power * one.dose_Gy / dose_Gy
        errors = np.array([slope[name] * self.inputs[name].relative for name in names])
        found: dict[Part, float] = {}
        for part in dict.fromkeys(one.part for one in self.inputs.values()):
            own = np.where([self.inputs[name].part == part for name in names], errors, 0.0)
            found[part] = math.sqrt(max(float(own @ self._covaried @ own), 0.0))
        return found

    def _factor(self, term: Term) -> Floats:
        key = (term.exponents, term.recovered)
        if key not in self._factors:
            self._factors[key] = self._factor_of(term, self.drawn())
        return self._factors[key]

    def _factor_of(self, term: Term, of: Mapping[str, Floats]) -> Floats:
        factor = np.ones(self.draws)
        for name, power in term.exponents:
            factor = factor * (of[name] if power == 1 else of[name] ** power)
        return factor * term.recovered.over_best(of) if term.recovered is not None else factor

    def drawn_Gy(self, terms: Sequence[Term], instead: Mapping[str, Floats]) -> Floats:
        """Draws of the sum of terms; those of the inputs `instead` (over their best values) take their place."""
        of = {**self.drawn(), **instead}
        drawn = np.zeros(self.draws)
        for one in terms:
            drawn += one.dose_Gy * self._factor_of(one, of)
        return drawn

    def drawn(self) -> dict[str, Floats]:
        """Draws of every input over its best value, positive, of mean 1."""
        if self._drawn is None:
            chance = np.random.default_rng(self._seed)
            normal = chance.standard_normal((self.draws, len(self.inputs)))
            values, vectors = np.linalg.eigh(self.correlation)
            normal = normal @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
            self._drawn = {}
            for place, one in enumerate(self.inputs.values()):
                width = math.sqrt(math.log1p(one.relative**2))
                if one.draws is None:
                    self._drawn[one.name] = np.exp(width * normal[:, place] - width * width / 2)
                else:
                    self._drawn[one.name] = one.draws[self._picked(one.group or one.name, len(one.draws), chance)]
        return self._drawn

    def _picked(self, group: str, count: int, chance: np.random.Generator) -> NDArray[np.int64]:
        """Which of so many draws are taken, the same for all inputs of a group."""
        if group not in self._places:
            whole = count == self.draws
            self._places[group] = chance.permutation(count) if whole else chance.choice(count, size=self.draws)
        return self._places[group]


def _with_groups(correlation: Floats, inputs: Sequence[Input]) -> Floats:
    """The correlations told, and those of draws that were made together."""
    found = correlation.copy()
    for group in dict.fromkeys(one.group for one in inputs if one.group is not None):
        places = [place for place, one in enumerate(inputs) if one.group == group]
        drawn = [one.draws for one in inputs if one.group == group and one.draws is not None]
        found[np.ix_(places, places)] = np.atleast_2d(np.corrcoef(np.stack(drawn)))
    return found


def volume_uncertainty(volume_mL: float, voxel_cm: float, resolution_cm: float) -> float:
    """Relative standard uncertainty of the volume of a region outlined on an image, as of a sphere.

    Two edges lie anywhere within their voxels (a^2/12 each) and are as wide as the image is blurred (sigma^2 each).

    >>> round(volume_uncertainty(10.0, 0.48, 1.0), 3)
    0.709
    """
    diameter_cm = math.cbrt(6 * volume_mL / math.pi)
    of_diameter_cm = math.sqrt(voxel_cm**2 / 6 + 2 * (resolution_cm / FWHM_PER_SIGMA) ** 2)
    return 3 * of_diameter_cm / diameter_cm


def counts_by_volume(volume_mL: float, resolution_cm: float, recovery: float | None = None) -> float:
    """Power of an outline's volume in the counts inside it: what the image has at the edge over the mean inside.

    Of a sphere filled evenly, blurred by a Gaussian of that full width at half maximum; `recovery` is the mean inside
    as measured, else it is that of the same sphere. Goes to 1/2 where the sphere is large.

    >>> round(counts_by_volume(1e6, 0.5), 3)
    0.501
    """
    x = _width(volume_mL, resolution_cm)
    edge = 0.5 * math.erf(x) + math.expm1(-x * x) / (x * math.sqrt(math.pi))
    return edge / (sphere_recovery(volume_mL, resolution_cm) if recovery is None else recovery)


def sphere_recovery(volume_mL: float, resolution_cm: float) -> float:
    """Share of a sphere's activity that a Gaussian blur leaves inside its outline.

    >>> round(sphere_recovery(10.0, 1.0), 3)
    0.633
    """
    x = _width(volume_mL, resolution_cm)
    gone = 3 - math.exp(-x * x) + 2 * math.expm1(-x * x) / (x * x)
    return math.erf(x) - gone / (x * math.sqrt(math.pi))


def _width(volume_mL: float, resolution_cm: float) -> float:
    """Diameter over the resolution, in the units of the error function."""
    return 2 * math.sqrt(math.log(2)) * math.cbrt(6 * volume_mL / math.pi) / resolution_cm
