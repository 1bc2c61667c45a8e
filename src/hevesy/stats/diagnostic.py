"""A test against the truth in a table of two by two: its measures with intervals, and without verification of all."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri

from hevesy.errors import RuleError
from hevesy.stats.proportion import Interval, clopper_pearson, wilson

ShareInterval = Literal["exact", "wilson"]
"""How limits of a share are made: Clopper and Pearson's or Wilson's."""
_BY: dict[str, Callable[[int, int, float], Interval]] = {"exact": clopper_pearson, "wilson": wilson}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """An estimate with its limits; what cannot be told is None, and `because` says why."""

    estimate: float | None
    lower: float | None
    upper: float | None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A test against the truth: found and missed of those with it, false alarms and all-clears of those without."""

    tp: int
    fn: int
    fp: int
    tn: int

    def __post_init__(self) -> None:
        for name in ("tp", "fn", "fp", "tn"):
            count = getattr(self, name)
            if count != int(count) or count < 0:
                raise RuleError(f"{name} must be a whole number from 0, got {count}")

    @property
    def n(self) -> int:
        """All of them."""
        return self.tp + self.fn + self.fp + self.tn


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a table of two by two says; shares with limits by one method, ratios on the scale of their logarithms."""

    sensitivity: Measure
    specificity: Measure
    ppv: Measure
    npv: Measure
    lr_positive: Measure
    lr_negative: Measure
    youden: Measure
    accuracy: Measure
    odds_ratio: Measure
    prevalence: Measure
    apparent_prevalence: Measure
    number_needed: Measure
    """To test for one more found than falsely called: 1 / Youden's index."""


NO_TUMOUR, TUMOUR = "nobody without it by the truth", "nobody with it by the truth"


def measures(counts: Counts, level: float = 0.95, by: ShareInterval = "wilson") -> Measures:
    """Every measure of a table of two by two.

    Youden's index has the sums of the limits of its two shares, as epiR has them: wider than they need be.

    >>> found = measures(Counts(tp=12, fn=1, fp=5, tn=7))
    >>> round(found.youden.lower, 4), round(found.lr_negative.upper, 4)
    (-0.0136, 0.9202)

    Errors: a level outside 0..1.
    Source: as epiR::epi.tests; likelihood ratios: Simel, Samsa and Matchar, J Clin Epidemiol 1991;44:763; odds ratio:
    Woolf, Ann Hum Genet 1955;19:251.
    """
    tp, fn, fp, tn = counts.tp, counts.fn, counts.fp, counts.tn
    sensitivity = share(tp, tp + fn, level, by, TUMOUR)
    specificity = share(tn, tn + fp, level, by, NO_TUMOUR)
    youden = _youden(sensitivity, specificity)
    return Measures(
        sensitivity=sensitivity,
        specificity=specificity,
        ppv=share(tp, tp + fp, level, by, "no answer of the test is positive"),
        npv=share(tn, tn + fn, level, by, "no answer of the test is negative"),
        lr_positive=_ratio((tp, tp + fn), (fp, fp + tn), level, "it has no false alarm"),
        lr_negative=_ratio((fn, tp + fn), (tn, fp + tn), level, "it gives nobody the all-clear"),
        youden=youden,
        accuracy=share(tp + tn, counts.n, level, by, "nobody was counted"),
        odds_ratio=_odds(counts, level),
        prevalence=share(tp + fn, counts.n, level, by, "nobody was counted"),
        apparent_prevalence=share(tp + fp, counts.n, level, by, "nobody was counted"),
        number_needed=_number_needed(youden),
    )


def share(x: int, n: int, level: float, by: ShareInterval, why_not: str) -> Measure:
    """X of n with limits; of nobody it cannot be told, and `why_not` says why."""
    if n == 0:
        return Measure(estimate=None, lower=None, upper=None, because=f"cannot be told: {why_not}")
    limits = _BY[by](x, n, level)
    return Measure(estimate=x / n, lower=limits.lower, upper=limits.upper)


def _untold(why: str) -> Measure:
    return Measure(estimate=None, lower=None, upper=None, because=f"cannot be told: {why}")


def _ratio(above: tuple[int, int], below: tuple[int, int], level: float, none_below: str) -> Measure:
    """A ratio of two shares of different subjects, limits on the scale of its logarithm."""
    for (_, n), why in ((above, TUMOUR), (below, NO_TUMOUR)):
        if n == 0:
            return _untold(why)
    if below[0] == 0:
        return _untold(f"{none_below}, and the ratio has no limit")
    estimate = above[0] / above[1] / (below[0] / below[1])
    if above[0] == 0:
        return Measure(estimate=0.0, lower=None, upper=None, because="of a ratio of 0 the limits cannot be told")
    error = math.sqrt(1 / above[0] - 1 / above[1] + 1 / below[0] - 1 / below[1])
    return _on_logarithms(estimate, error, level)


def _odds(counts: Counts, level: float) -> Measure:
    cells = (counts.tp, counts.fn, counts.fp, counts.tn)
    if min(cells) == 0:
        return _untold("one of the four counts is 0")
    estimate = counts.tp * counts.tn / (counts.fn * counts.fp)
    return _on_logarithms(estimate, math.sqrt(sum(1 / cell for cell in cells)), level)


def _on_logarithms(estimate: float, error: float, level: float) -> Measure:
    z = float(ndtri(1 - (1 - level) / 2))
    return Measure(estimate=estimate, lower=estimate * math.exp(-z * error), upper=estimate * math.exp(z * error))


def _youden(sensitivity: Measure, specificity: Measure) -> Measure:
    parts = (sensitivity, specificity)
    if missing := [one.because for one in parts if one.estimate is None]:
        return Measure(estimate=None, lower=None, upper=None, because=missing[0])
    sums = (sum(getattr(one, name) for one in parts) - 1 for name in ("estimate", "lower", "upper"))
    estimate, lower, upper = sums
    return Measure(estimate=estimate, lower=lower, upper=upper)


def _number_needed(youden: Measure) -> Measure:
    if youden.estimate is None or youden.lower is None or youden.upper is None:
        return youden
    if youden.estimate <= 0:
        return _untold("the test finds no more with it than it falsely calls without it")
    upper = 1 / youden.lower if youden.lower > 0 else None
    because = "" if upper is not None else "no upper limit: Youden's index may be 0"
    return Measure(estimate=1 / youden.estimate, lower=1 / youden.upper, upper=upper, because=because)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Sensitivity and specificity corrected for those whose truth was not looked for, and as they seem without."""

    sensitivity: Measure
    specificity: Measure
    sensitivity_standard_error: float | None
    specificity_standard_error: float | None
    apparent: Counts
    """Of those whose truth is known."""
    verified: int
    not_verified: int


def begg_greenes(
    verified: Counts, positive_unverified: int, negative_unverified: int, level: float = 0.95
) -> Corrected:
    """Sensitivity and specificity where the truth was looked for in some only, by the test's answer alone.

    Whether it was looked for may hang on the test's answer, on nothing else that tells of the truth: then what those
    looked at say of an answer holds for all who had it. Limits on the scale of the logits; of a corrected share of 0 or
    1 they cannot be told.

    >>> found = begg_greenes(Counts(tp=231, fn=27, fp=32, tn=54), 166, 140)
    >>> round(found.sensitivity.estimate, 4), round(found.specificity.estimate, 4)
    (0.8365, 0.7384)

    Errors: counts that are not whole numbers from 0, a level outside 0..1.
    Source: Begg and Greenes, Biometrics 1983;39:207 (the variances of their equations for the logits).
    """
    for name, count in (("positive_unverified", positive_unverified), ("negative_unverified", negative_unverified)):
        if count != int(count) or count < 0:
            raise RuleError(f"{name} must be a whole number from 0, got {count}")
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    positive, negative = verified.tp + verified.fp, verified.fn + verified.tn
    every = (positive + positive_unverified, negative + negative_unverified)
    sides = []
    for with_it in (True, False):
        # of each answer: how many verified, how many of them on this side, how many had it in all
        own = (verified.tp, verified.fn) if with_it else (verified.tn, verified.fp)
        of = ((positive, every[0]), (negative, every[1])) if with_it else ((negative, every[1]), (positive, every[0]))
        sides.append(_corrected(own, of, level))
    (sensitivity, sensitivity_error), (specificity, specificity_error) = sides
    return Corrected(
        sensitivity=sensitivity,
        specificity=specificity,
        sensitivity_standard_error=sensitivity_error,
        specificity_standard_error=specificity_error,
        apparent=verified,
        verified=verified.n,
        not_verified=positive_unverified + negative_unverified,
    )


def _corrected(
    own: tuple[int, int], of: tuple[tuple[int, int], tuple[int, int]], level: float
) -> tuple[Measure, float | None]:
    """A share by the first answer against the second: those on a side among the verified, and verified and all of each.

    Returns the measure and its standard error.
    """
    for verified, every in of:
        if every and not verified:
            return _untold("of one answer of the test nobody's truth is known"), None
    likely = [own[k] / of[k][0] * of[k][1] if of[k][1] else 0.0 for k in (0, 1)]
    if sum(likely) == 0:
        return _untold("nobody is on this side by the truth"), None
    estimate = likely[0] / sum(likely)
    if not 0 < estimate < 1:
        return Measure(
            estimate=estimate, lower=None, upper=None, because="of a corrected share of 0 or 1 no limits can be told"
        ), None
    n = of[0][1] + of[1][1]
    # of the logit: of how the answers fall, and of the truth within each answer
    variance = n / (of[0][1] * of[1][1])
    variance += sum((of[k][0] - own[k]) / (of[k][0] * own[k]) for k in (0, 1))
    z, logit, error = float(ndtri(1 - (1 - level) / 2)), math.log(estimate / (1 - estimate)), math.sqrt(variance)
    lower, upper = (1 / (1 + math.exp(-(logit + sign * z * error))) for sign in (-1, 1))
    return Measure(estimate=estimate, lower=lower, upper=upper), estimate * (1 - estimate) * error
