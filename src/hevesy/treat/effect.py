"""From absorbed dose to biological effect: BED and EQD2 of what a radionuclide and an external beam do together.

Everything here is linear-quadratic, with one half-life of repair and without regrowth; a dose is the mean of a region
unless it is a voxel's (`effect_volume`). BEDs of one tissue add up; absorbed doses at different rates do not.

Source: Dale, Br J Radiol 1985;58:515; the form of Baechler, Hobbs, Prideaux, Wahl and Sgouros, Med Phys 2008;35:1123;
incomplete repair between fractions: Thames, Int J Radiat Biol 1985;47:319.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hevesy.errors import RuleError
from hevesy.study.dose import LinearQuadratic
from hevesy.study.limits import USUAL_FRACTION_GY, Interval, Limit, Met, met
from hevesy.treat.dose_rate import Course, Floats, repair_per_h, together

STRAIGHT_GY = 10.0
"""In one fraction, up to which the linear-quadratic form is established."""
ALPHA_BETA_GY = (0.1, 100.0)
"""Of tissues and tumours: published values run from about 1 to 30 Gy."""
REPAIR_H = (0.01, 100.0)
"""Of tissues and tumours: published half-lives run from minutes to about 10 h."""


def bed_Gy(dose_Gy: float, organ: LinearQuadratic) -> float:
    """Biologically effective dose: D (1 + G D / (alpha/beta)), G the repair half-life over both half-lives together.

    >>> round(bed_Gy(20, LinearQuadratic(alpha_beta_Gy=2.5, repair_half_life_h=2.8, effective_half_life_h=50)), 2)
    28.48
    """
    return dose_Gy * (1 + _protracted(organ) * dose_Gy / organ.alpha_beta_Gy)


def dose_for_bed_Gy(bed_Gy: float, organ: LinearQuadratic) -> float:
    """The absorbed dose that has a biologically effective dose.

    >>> organ = LinearQuadratic(alpha_beta_Gy=2.5, repair_half_life_h=2.8, effective_half_life_h=50)
    >>> round(dose_for_bed_Gy(28.48, organ), 2)
    20.0
    """
    return _dose_of(bed_Gy, _protracted(organ) / organ.alpha_beta_Gy)


def _dose_of(bed_Gy: float, per_Gy: float) -> float:
    # the root of g D^2 + D = BED, written so that it does not cancel where g is small
    return 2 * bed_Gy / (1 + math.sqrt(1 + 4 * per_Gy * bed_Gy))


def _protracted(organ: LinearQuadratic) -> float:
    return organ.repair_half_life_h / (organ.repair_half_life_h + organ.effective_half_life_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """How a tissue responds: alpha over beta and its half-life of repair, with their standard errors and their source.

    Standard errors of 0 say that the values are taken as they are. Without a source nothing is decided on them.
    """

    alpha_beta_Gy: float
    repair_half_life_h: float
    alpha_beta_standard_error_Gy: float = 0.0
    repair_standard_error_h: float = 0.0
    source: str | None = None

    def __post_init__(self) -> None:
        for name, value, (low, high), unit in (
            ("alpha over beta", self.alpha_beta_Gy, ALPHA_BETA_GY, "Gy"),
            ("the half-life of repair", self.repair_half_life_h, REPAIR_H, "h"),
        ):
            if not low <= value <= high:
                raise RuleError(f"{name} lies in {low:g}..{high:g} {unit}, got {value:g} {unit}")
        for name, value, error in (
            ("alpha over beta", self.alpha_beta_Gy, self.alpha_beta_standard_error_Gy),
            ("the half-life of repair", self.repair_half_life_h, self.repair_standard_error_h),
        ):
            if not 0 <= error < value:
                raise RuleError(f"the standard error of {name} lies from 0 to below it, got {error:g} of {value:g}")


def eqd2_Gy(bed_Gy: float, alpha_beta_Gy: float) -> float:
    """The dose in fractions of 2 Gy, fully repaired between, that has a BED.

    >>> round(eqd2_Gy(100.0, 3.0), 6)
    60.0
    """
    return bed_Gy / (1 + USUAL_FRACTION_GY / alpha_beta_Gy)


def course_bed_Gy(course: Course, tissue: Tissue) -> float:
    """BED of a course of a radionuclide: its dose, and its quadratic part over alpha over beta.

    >>> from hevesy.treat.dose_rate import DoseRate
    >>> once = Course(rates=(DoseRate(doses_Gy=(20.0,), half_lives_h=(50.0,)),))
    >>> round(course_bed_Gy(once, Tissue(alpha_beta_Gy=2.5, repair_half_life_h=2.8)), 2)
    28.48
    """
    return course.dose_Gy + course.quadratic_Gy2(tissue.repair_half_life_h) / tissue.alpha_beta_Gy


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalBeam:
    """Fractions of one size to a tissue; with an interval what is unrepaired from one to the next counts.

    Without one, repair between fractions is complete. The dose is the tissue's, which is seldom the prescribed one.
    """

    dose_Gy: float
    fractions: int
    interval_h: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.dose_Gy < math.inf:
            raise RuleError(f"the dose of an external beam lies above 0 Gy, got {self.dose_Gy:g} Gy")
        if self.fractions < 1:
            raise RuleError(f"an external beam has a fraction or more, got {self.fractions}")
        if self.interval_h is not None and not 0 < self.interval_h < math.inf:
            raise RuleError(f"the interval between fractions lies above 0 h, got {self.interval_h:g} h")

    @property
    def fraction_Gy(self) -> float:
        """The dose of one fraction."""
        return self.dose_Gy / self.fractions

    def unrepaired(self, repair_half_life_h: float) -> float:
        """Thames' h: what the fractions before add to the quadratic part of one, on average; 0 if all is repaired."""
        if self.interval_h is None or self.fractions == 1:
            return 0.0
        kept, n = math.exp(-repair_per_h(repair_half_life_h) * self.interval_h), self.fractions
        # the sum over pairs: stable where the interval is short and all of it is kept
        return 2 / n * math.fsum((n - apart) * kept**apart for apart in range(1, n))

    def bed_Gy(self, tissue: Tissue) -> float:
        """BED of all fractions.

        >>> round(ExternalBeam(dose_Gy=60, fractions=30).bed_Gy(Tissue(alpha_beta_Gy=3, repair_half_life_h=1.5)), 6)
        100.0
        """
        more = 1 + self.unrepaired(tissue.repair_half_life_h)
        return self.dose_Gy * (1 + more * self.fraction_Gy / tissue.alpha_beta_Gy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a limit leaves for an external beam, all of it or what comes after that already given.

    `fractions` are whole fractions of `fraction_Gy`; the dose is theirs. Below 0 BED: the limit is exceeded by so much.
    """

    bed_Gy: float
    eqd2_Gy: float
    fraction_Gy: float
    fractions: int

    @property
    def dose_Gy(self) -> float:
        """The dose of the fractions."""
        return self.fractions * self.fraction_Gy


def left_under(limit: Limit, bed_Gy: float, tissue: Tissue, fraction_Gy: float = USUAL_FRACTION_GY) -> Left:
    """How many whole fractions of an external beam, fully repaired between, a limit leaves beside a BED.

    Refused: a tissue without a source, on which the figure would stand.

    >>> cord = Tissue(alpha_beta_Gy=2, repair_half_life_h=4, source="as planned")
    >>> left_under(Limit(region="cord", amount_Gy=50, of="EQD2", source="as planned"), 20.0, cord).fractions
    20
    """
    if tissue.source is None:
        raise RuleError("what a limit leaves stands on alpha over beta and repair: they need their source")
    if not 0 < fraction_Gy < math.inf:
        raise RuleError(f"a fraction lies above 0 Gy, got {fraction_Gy:g} Gy")
    left = limit.bed_Gy(tissue.alpha_beta_Gy) - bed_Gy
    one = fraction_Gy * (1 + fraction_Gy / tissue.alpha_beta_Gy)
    return Left(
        bed_Gy=left,
        eqd2_Gy=eqd2_Gy(left, tissue.alpha_beta_Gy),
        fraction_Gy=fraction_Gy,
        fractions=max(math.floor(left / one + 1e-9), 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseErrors:
    """What of a dose rate is uncertain: all its doses together, its half-lives one by one (relative standard errors).

    Of several administrations of one measured curve the same errors apply to each: they do not average out.
    `covariance_Gy2`, of the doses of one administration's parts, takes the place of the first.
    """

    relative_dose: float = 0.0
    relative_half_lives: tuple[float, ...] = ()
    covariance_Gy2: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        for value in (self.relative_dose, *self.relative_half_lives):
            if not 0 <= value < 1:
                raise RuleError(f"a relative standard error lies in 0..1, got {value:g}")
        if self.covariance_Gy2 and self.relative_dose:
            raise RuleError("give the standard error of the dose or the covariance of its parts, not both")
        if self.covariance_Gy2:
            matrix = np.array(self.covariance_Gy2)
            if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.allclose(matrix, matrix.T):
                raise RuleError("a covariance is a square of numbers, the same across its diagonal")
            if np.linalg.eigvalsh(matrix).min() < -1e-9 * np.abs(matrix).max():
                raise RuleError("a covariance has no negative variance in any direction")


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectOfOrgan:
    """What a course, and an external beam beside it, do to one organ with its own curve and its own response."""

    organ: str
    tissue: Tissue
    dose_Gy: float
    lea_catcheside: float
    course_bed_Gy: float
    external_bed_Gy: float | None
    standard_error_Gy: float | None
    """Of the BED in all; None: nothing was said to be uncertain."""
    eqd2_standard_error_Gy: float | None
    left: Left | None
    because: tuple[str, ...]
    limit: Limit | None = None
    bed_interval_Gy: Interval | None = None
    """Of the BED in all, 95 %; None: it was not worked out."""
    missing: bool = False
    """Whether a part of it is missing: a lower bound."""
    above: bool = False
    """Whether a part of it is an upper bound."""

    @property
    def met(self) -> Met | None:
        """Whether the effect in all keeps to its limit; None: it has none."""
        if self.limit is None:
            return None
        limit_Gy = self.limit.bed_Gy(self.tissue.alpha_beta_Gy)
        return met(limit_Gy, self.bed_Gy, self.bed_interval_Gy, missing=self.missing, above=self.above)

    @property
    def eqd2_interval_Gy(self) -> Interval | None:
        """Of the EQD2 in all, 95 %, of an alpha over beta that is known."""
        if self.bed_interval_Gy is None:
            return None
        low, high = (eqd2_Gy(one, self.tissue.alpha_beta_Gy) for one in self.bed_interval_Gy)
        return low, high

    @property
    def bed_Gy(self) -> float:
        """BED of the course and the external beam together."""
        return self.course_bed_Gy + (self.external_bed_Gy or 0.0)

    @property
    def eqd2_Gy(self) -> float:
        """The same in fractions of 2 Gy."""
        return eqd2_Gy(self.bed_Gy, self.tissue.alpha_beta_Gy)


def effect_of(
    organ: str,
    course: Course,
    tissue: Tissue,
    *,
    external: Sequence[ExternalBeam] = (),
    limit: Limit | None = None,
    fraction_Gy: float = USUAL_FRACTION_GY,
    errors: DoseErrors | None = None,
) -> EffectOfOrgan:
    """BED and EQD2 of one organ; with a limit, what it leaves for (more of) an external beam.

    The external beams count as repaired before and after the course: they stand weeks apart, or what they share of
    unrepaired damage is left out.
    """
    own, beams = course_bed_Gy(course, tissue), [beam.bed_Gy(tissue) for beam in external]
    error, eqd2_error = None, None
    if errors is not None or tissue.alpha_beta_standard_error_Gy or tissue.repair_standard_error_h:
        error, eqd2_error = standard_errors_Gy(course, tissue, errors or DoseErrors(), external)
    left = left_under(limit, own + sum(beams), tissue, fraction_Gy) if limit is not None else None
    return EffectOfOrgan(
        organ=organ,
        tissue=tissue,
        dose_Gy=course.dose_Gy,
        lea_catcheside=course.lea_catcheside(tissue.repair_half_life_h),
        course_bed_Gy=own,
        external_bed_Gy=sum(beams) if beams else None,
        standard_error_Gy=error,
        eqd2_standard_error_Gy=eqd2_error,
        left=left,
        limit=limit,
        because=tuple(_told(course, tissue, external)),
    )


def _told(course: Course, tissue: Tissue, external: Sequence[ExternalBeam]) -> list[str]:
    values = f"alpha over beta {tissue.alpha_beta_Gy:g} Gy, half-life of repair {tissue.repair_half_life_h:g} h"
    told = [f"{values}: {tissue.source or 'no source is named'}"]
    told.append("linear-quadratic with one half-life of repair; no regrowth during treatment is subtracted")
    if len(course.rates) > 1:
        gaps = sorted({round(b - a, 6) for a, b in zip(course.at_h, course.at_h[1:], strict=False)})
        words = f"{gaps[0]:g} h" if len(gaps) == 1 else f"{gaps[0]:g} to {gaps[-1]:g} h"
        told.append(
            f"{len(course.rates)} administrations, {words} apart: what is unrepaired from one to the next counts"
        )
    for beam in external:
        apart = "complete repair between fractions assumed"
        if beam.interval_h is not None:
            apart = (
                f"fractions {beam.interval_h:g} h apart, {beam.unrepaired(tissue.repair_half_life_h):.3g} unrepaired"
            )
        told.append(f"external beam of {beam.dose_Gy:g} Gy in {beam.fractions} fractions to the same tissue; {apart}")
    if large := [one for one in external if one.fraction_Gy > STRAIGHT_GY]:
        told.append(
            f"a fraction of {max(one.fraction_Gy for one in large):g} Gy: above about {STRAIGHT_GY:g} Gy the "
            "linear-quadratic form is not established (D. Brenner, Semin. Radiat. Oncol. 18 (2008) 234)"
        )
    if external:
        told.append("external beam and radionuclide count as far apart in time: no damage is unrepaired between them")
    lowest = min(one.lowest() for one in course.rates)
    if lowest[1] < -1e-9:
        told.append(
            f"the dose rate falls to {100 * lowest[1]:.2g} % of its largest at {lowest[0]:.3g} h: taken as rounding"
        )
    return told


def standard_errors_Gy(
    course: Course, tissue: Tissue, errors: DoseErrors, external: Sequence[ExternalBeam] = ()
) -> tuple[float, float]:
    """Standard errors of BED and of EQD2 to first order, from those of doses, half-lives, alpha over beta and repair.

    All of them are independent of one another, but for a covariance that is given. An external dose counts as known;
    the BED that it has does not where alpha over beta is uncertain.
    """
    size = max(len(one.doses_Gy) for one in course.rates)
    centre = np.concatenate([np.ones(2 * size), [1.0, 1.0]])
    covariance = np.zeros((len(centre), len(centre)))
    covariance[:size, :size] = _relative_covariance(course, errors, size)
    spread = [*_relative_half_lives(errors, size), tissue.alpha_beta_standard_error_Gy / tissue.alpha_beta_Gy,
              tissue.repair_standard_error_h / tissue.repair_half_life_h]  # fmt: skip
    covariance[size:, size:] = np.diag(np.square(spread))
    step = 1e-5
    moved = centre + step * np.concatenate([np.eye(len(centre)), -np.eye(len(centre))])
    found = np.stack(_at_factors(course, tissue, external, moved, size))
    slopes = (found[:, : len(centre)] - found[:, len(centre) :]) / (2 * step)
    bed, eqd2 = np.sqrt(np.einsum("ki,ij,kj->k", slopes, covariance, slopes))
    return float(bed), float(eqd2)


def drawn_Gy(
    course: Course, tissue: Tissue, errors: DoseErrors, external: Sequence[ExternalBeam] = (), *, count: int, seed: int
) -> tuple[Floats, Floats]:
    """Draws of BED and EQD2, each of shape (count,): the same errors without the first order.

    Factors of doses are normal (they may have either sign), those of half-lives, alpha over beta and repair lognormal
    with mean 1.
    """
    generator = np.random.default_rng(seed)
    size = max(len(one.doses_Gy) for one in course.rates)
    normal = generator.multivariate_normal(np.ones(size), _relative_covariance(course, errors, size), count)
    spread = np.array([*_relative_half_lives(errors, size), tissue.alpha_beta_standard_error_Gy / tissue.alpha_beta_Gy,
                       tissue.repair_standard_error_h / tissue.repair_half_life_h])  # fmt: skip
    sigma = np.sqrt(np.log1p(spread**2))
    lognormal = np.exp(sigma * generator.standard_normal((count, len(spread))) - sigma**2 / 2)
    return _at_factors(course, tissue, external, np.concatenate([normal, lognormal], axis=1), size)


def _relative_covariance(course: Course, errors: DoseErrors, size: int) -> Floats:
    """Of the factors of the parts' doses, the same in every administration."""
    if not errors.covariance_Gy2:
        return np.full((size, size), errors.relative_dose**2)
    if any(one.doses_Gy != course.rates[0].doses_Gy for one in course.rates) or len(errors.covariance_Gy2) != size:
        raise RuleError("a covariance of the parts' doses is that of one curve, which every administration repeats")
    doses = np.array(course.rates[0].doses_Gy)
    if not doses.all():
        raise RuleError("a part of no dose has no covariance")
    return np.array(errors.covariance_Gy2) / np.outer(doses, doses)


def _relative_half_lives(errors: DoseErrors, size: int) -> tuple[float, ...]:
    if errors.relative_half_lives and len(errors.relative_half_lives) != size:
        raise RuleError(f"every half-life has its standard error, got {len(errors.relative_half_lives)} for {size}")
    return errors.relative_half_lives or (0.0,) * size


def _at_factors(
    course: Course, tissue: Tissue, external: Sequence[ExternalBeam], factors: Floats, size: int
) -> tuple[Floats, Floats]:
    """BED and EQD2 with doses, half-lives, alpha over beta and repair times factors of shape (count, 2 size + 2)."""
    parts = np.concatenate([np.arange(len(one.doses_Gy)) for one in course.rates])
    alpha_beta = tissue.alpha_beta_Gy * factors[:, -2]
    mu = repair_per_h(tissue.repair_half_life_h) / factors[:, -1]
    doses = course.doses_Gy * factors[:, parts]
    rates = course.rates_per_h / factors[:, size + parts]
    quadratic = np.empty(len(factors))
    for first in range(0, len(factors), 2048):
        block = slice(first, first + 2048)
        kernel = together(rates[block], course.begins_h, mu[block])
        quadratic[block] = np.einsum("ki,kij,kj->k", doses[block], kernel, doses[block])
    bed = doses.sum(axis=1) + quadratic / alpha_beta
    for beam in external:
        bed = bed + beam.dose_Gy * (1 + (1 + _unrepaired(beam, mu)) * beam.fraction_Gy / alpha_beta)
    return bed, bed / (1 + USUAL_FRACTION_GY / alpha_beta)


def _unrepaired(beam: ExternalBeam, mu_per_h: ArrayLike) -> Floats:
    mu = np.asarray(mu_per_h, dtype=np.float64)
    if beam.interval_h is None:
        return np.zeros_like(mu)
    apart = np.arange(1, beam.fractions)
    weights = 2 * (beam.fractions - apart) / beam.fractions
    return np.asarray(np.exp(-beam.interval_h * apart * mu[:, None]) @ weights)
