"""Growth of tumours on the logarithmic scale: rate of one, and a mixed model of many animals in groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri

from hevesy.errors import RuleError
from hevesy.stats.mixed import Profiled, Sums, log_likelihood, profiled

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """Mean growth rate of a group, its error, and the difference from the first group with p.

    Per day, of the natural logarithm.
    """

    group: str
    rate_per_day: float
    standard_error: float
    difference: float | None
    difference_error: float | None
    p_value: float | None
    doubling_time_d: float | None
    """None: it does not grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedGrowth:
    """A fit of log volumes.

    Each animal its own start and slope around its group's; standard deviations of these and of a measurement.
    """

    groups: tuple[GroupRate, ...]
    sd_start: float
    sd_rate: float
    sd_residual: float
    log_likelihood: float
    animals: int
    measurements: int


def growth_rate(day: ArrayLike, volume_mm3: ArrayLike) -> float:
    """Slope of the logarithm of the volume by least squares, per day; volumes of 0 are left out.

    >>> round(growth_rate([0, 5, 10], [100, 200, 400]), 4)
    0.1386
    """
    t, v = np.asarray(day, dtype=np.float64), np.asarray(volume_mm3, dtype=np.float64)
    _check_volumes(t, v)
    used = v > 0
    if used.sum() < 2 or np.ptp(t[used]) == 0:
        raise RuleError("a growth rate needs two volumes above 0 on two days")
    return float(np.polyfit(t[used], np.log(v[used]), 1)[0])


def mixed_growth(
    animal: Sequence[str], group: Sequence[str], day: ArrayLike, volume_mm3: ArrayLike, level: float = 0.95
) -> MixedGrowth:
    """Restricted maximum likelihood of a linear mixed model of log volumes, the first group named being the reference.

    Each animal has its own start and slope (independent of one another); all groups share the variances. Volumes of 0
    are left out.

    Source: N. M. Laird and J. H. Ware, Biometrics 1982;38:963.
    """
    from scipy.optimize import minimize

    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    model = _model(animal, group, day, volume_mm3)
    best = min(
        (minimize(lambda p: model.fitted(p).value, begin, method="Nelder-Mead",
                  options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})
         for begin in ([0.0, -3.0], [-3.0, -5.0], [1.0, -2.0])),
        key=lambda result: float(result.fun),
    )  # fmt: skip
    fitted = model.fitted(best.x)
    start, rate = np.exp(np.clip(best.x, -12, 12))
    return MixedGrowth(
        groups=_rates(model.groups, fitted, level),
        sd_start=float(start * math.sqrt(fitted.variance)),
        sd_rate=float(rate * math.sqrt(fitted.variance)),
        sd_residual=math.sqrt(fitted.variance),
        log_likelihood=log_likelihood(fitted.value, model.free),
        animals=len(model.of_animal),
        measurements=len(model.log_volume),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Model:
    """Volumes above 0, shape (n,), and the start and slope of each group that they belong to, shape (n, 2 groups)."""

    groups: tuple[str, ...]
    log_volume: Floats
    day: Floats
    design: Floats
    of_animal: tuple[NDArray[np.int64], ...]
    """Places of each animal's measurements."""

    @property
    def free(self) -> int:
        """Degrees of freedom of the residuals."""
        return int(self.design.shape[0] - self.design.shape[1])

    def fitted(self, parameters: Floats) -> Profiled:
        """From the logarithms of the standard deviations of starts and slopes over that of the residuals."""
        start, rate = np.exp(2 * np.clip(parameters, -12, 12))
        columns = self.design.shape[1]
        information, moment, square, log_det = np.zeros((columns,) * 2), np.zeros(columns), 0.0, 0.0
        for own in self.of_animal:
            z = np.column_stack([np.ones(len(own)), self.day[own]])
            covariance = np.eye(len(own)) + z @ np.diag([start, rate]) @ z.T
            lower = np.linalg.cholesky(covariance)
            a, b = np.linalg.solve(lower, self.design[own]), np.linalg.solve(lower, self.log_volume[own])
            information += a.T @ a
            moment += a.T @ b
            square += float(b @ b)
            log_det += 2 * float(np.log(np.diag(lower)).sum())
        return profiled(Sums(information, moment, square, log_det), self.free)


def _model(animal: Sequence[str], group: Sequence[str], day: ArrayLike, volume_mm3: ArrayLike) -> _Model:
    """The model of measurements; what makes none is refused."""
    t, v = np.asarray(day, dtype=np.float64), np.asarray(volume_mm3, dtype=np.float64)
    if not len(animal) == len(group) == len(t) == len(v):
        raise RuleError(
            f"animals, groups, days and volumes are lists of one length, got {len(animal)}, {len(group)}, {len(t)}, "
            f"{len(v)}"
        )
    _check_volumes(t, v)
    belongs: dict[str, str] = {}
    for one, own in zip(animal, group, strict=True):
        if belongs.setdefault(one, own) != own:
            raise RuleError(f"{one} is in two groups, {belongs[one]} and {own}")
    used, groups = np.flatnonzero(v > 0), list(dict.fromkeys(group))
    design = np.zeros((len(used), 2 * len(groups)))
    of_animal: dict[str, list[int]] = {}
    for place, original in enumerate(used.tolist()):
        number = groups.index(group[original])
        design[place, 2 * number], design[place, 2 * number + 1] = 1.0, t[original]
        of_animal.setdefault(animal[original], []).append(place)
    if np.linalg.matrix_rank(design) < design.shape[1] or len(used) <= design.shape[1]:
        raise RuleError("every group needs volumes above 0 on two days or more")
    return _Model(
        groups=tuple(groups),
        log_volume=np.log(v[used]),
        day=t[used],
        design=design,
        of_animal=tuple(np.array(own) for own in of_animal.values()),
    )


def _check_volumes(day: Floats, volume_mm3: Floats) -> None:
    for place in np.flatnonzero(~np.isfinite(day) | ~np.isfinite(volume_mm3) | (volume_mm3 < 0))[:1]:
        raise RuleError(
            f"a volume is 0 or more on a finite day, got {volume_mm3[place]} on {day[place]} (measurement {place + 1})"
        )


def _rates(groups: Sequence[str], fitted: Profiled, level: float) -> tuple[GroupRate, ...]:
    """The slope of each group, and how it differs from that of the first."""
    errors = fitted.variance * np.linalg.inv(fitted.information)
    rates = []
    for number, name in enumerate(groups):
        slope, error = float(fitted.beta[2 * number + 1]), math.sqrt(errors[2 * number + 1, 2 * number + 1])
        difference = None if number == 0 else slope - float(fitted.beta[1])
        of_difference = None if difference is None else math.sqrt(error**2 + errors[1, 1])
        rates.append(
            GroupRate(
                group=name,
                rate_per_day=slope,
                standard_error=error,
                difference=difference,
                difference_error=of_difference,
                p_value=None
                if difference is None or not of_difference
                else float(chdtrc(1, (difference / of_difference) ** 2)),
                doubling_time_d=math.log(2) / slope if slope > float(ndtri(1 - (1 - level) / 2)) * 1e-12 else None,
            )
        )
    return tuple(rates)
