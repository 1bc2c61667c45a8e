"""Growth of tumours on the logarithmic scale: rate of one, and a mixed model of many animals in groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri

from hevesy.errors import RuleError

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
    for place in np.flatnonzero(~np.isfinite(t) | ~np.isfinite(v) | (v < 0))[:1]:
        raise RuleError(
            f"a volume is 0 or more on a finite day, got {v[place]} on {t[place]} (measurement {place + 1})"
        )
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
    t, v = np.asarray(day, dtype=np.float64), np.asarray(volume_mm3, dtype=np.float64)
    if not len(animal) == len(group) == len(t) == len(v):
        raise RuleError(
            f"animals, groups, days and volumes are lists of one length, got {len(animal)}, {len(group)}, {len(t)}, "
            f"{len(v)}"
        )
    for place in np.flatnonzero(~np.isfinite(t) | ~np.isfinite(v) | (v < 0))[:1]:
        raise RuleError(
            f"a volume is 0 or more on a finite day, got {v[place]} on {t[place]} (measurement {place + 1})"
        )
    used = np.flatnonzero(v > 0)
    names = list(dict.fromkeys(group))
    belongs: dict[str, str] = {}
    for one, own in zip(animal, group, strict=True):
        if belongs.setdefault(one, own) != own:
            raise RuleError(f"{one} is in two groups, {belongs[one]} and {own}")
    y = np.log(v[used])
    x = np.zeros((len(used), 2 * len(names)))
    rows: dict[str, list[int]] = {}
    for place, original in enumerate(used.tolist()):
        number = names.index(group[original])
        x[place, 2 * number], x[place, 2 * number + 1] = 1.0, t[original]
        rows.setdefault(animal[original], []).append(place)
    blocks = [np.array(own) for own in rows.values()]
    if np.linalg.matrix_rank(x) < x.shape[1] or len(used) <= x.shape[1]:
        raise RuleError("every group needs volumes above 0 on two days or more")
    days = t[used]

    def sums(parameters: Floats) -> tuple[float, Floats, Floats, float]:
        """-2 log restricted likelihood (up to a constant), coefficients, information, residual variance.

        From logs of two sd ratios.
        """
        start, rate = np.exp(2 * np.clip(parameters, -12, 12))
        information, moment, square, log_det = np.zeros((x.shape[1],) * 2), np.zeros(x.shape[1]), 0.0, 0.0
        for own in blocks:
            z = np.column_stack([np.ones(len(own)), days[own]])
            covariance = np.eye(len(own)) + z @ np.diag([start, rate]) @ z.T
            lower = np.linalg.cholesky(covariance)
            a, b = np.linalg.solve(lower, x[own]), np.linalg.solve(lower, y[own])
            information += a.T @ a
            moment += a.T @ b
            square += float(b @ b)
            log_det += 2 * float(np.log(np.diag(lower)).sum())
        beta = np.linalg.solve(information, moment)
        free = len(y) - x.shape[1]
        variance = max((square - float(beta @ moment)) / free, 1e-300)
        value = free * math.log(variance) + log_det + float(np.linalg.slogdet(information)[1])
        return value, np.asarray(beta, dtype=np.float64), information, variance

    best = min(
        (minimize(lambda p: sums(p)[0], begin, method="Nelder-Mead",
                  options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})
         for begin in ([0.0, -3.0], [-3.0, -5.0], [1.0, -2.0])),
        key=lambda found: float(found.fun),
    )  # fmt: skip
    value, beta, information, variance = sums(best.x)
    errors = variance * np.linalg.inv(information)
    ratio = np.exp(np.clip(best.x, -12, 12))
    free = len(y) - x.shape[1]
    found = []
    for number, name in enumerate(names):
        slope, error = float(beta[2 * number + 1]), math.sqrt(errors[2 * number + 1, 2 * number + 1])
        difference = None if number == 0 else slope - float(beta[1])
        of_difference = None if difference is None else math.sqrt(error**2 + errors[1, 1])
        found.append(
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
    return MixedGrowth(
        groups=tuple(found),
        sd_start=float(ratio[0] * math.sqrt(variance)),
        sd_rate=float(ratio[1] * math.sqrt(variance)),
        sd_residual=math.sqrt(variance),
        log_likelihood=-0.5 * (value + free * (1 + math.log(2 * math.pi))),
        animals=len(blocks),
        measurements=len(y),
    )
