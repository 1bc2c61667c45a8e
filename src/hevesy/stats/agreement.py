"""Agreement of readers: the kappa family, intraclass correlation, and limits of agreement of two measurements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri, ndtri, stdtrit

from hevesy.errors import RuleError
from hevesy.stats.words import KappaWeights

Floats = NDArray[np.float64]
Scale = Literal["nominal", "ordinal", "interval"]
"""What a difference of two ratings means: nothing but that they differ, their order, their distance."""
LARGEST = 1e150
"""What a rating may be at most, so that its square is a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Agreement beyond chance with its error and interval, and the shares agreed on, as observed and by chance."""

    estimate: float
    standard_error: float
    lower: float
    upper: float
    observed: float
    expected: float
    n: int


def _within(level: float) -> float:
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    return 1 - (1 - level) / 2


def _two(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    """Two measurements of each subject."""
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 1 or one.shape != two.shape:
        raise RuleError(f"two readings of the same subjects are needed, got {one.shape} and {two.shape}")
    if len(one) < 2:
        raise RuleError(f"two or more subjects are needed, got {len(one)}")
    _refuse_beyond(one, two)
    return one, two


def _refuse_beyond(*ratings: Floats) -> None:
    """Refuse ratings that are missing, infinite, or so large that nothing can be told of their squares."""
    for rated in ratings:
        beyond = rated[~(np.abs(rated) <= LARGEST)]
        if beyond.size:
            raise RuleError(f"every rating is a finite number, at most {LARGEST:g}, got {beyond[0]:g}")


def cohen_kappa(
    first: ArrayLike, second: ArrayLike, weights: KappaWeights = "unweighted", level: float = 0.95
) -> Agreement:
    """Kappa of two readers; weighted by the distance between their ratings, or by its square, where asked.

    The error is that of large samples, without the hypothesis that they agree by chance. Refused is one rating
    throughout: by chance the readers would then agree as well.

    >>> round(cohen_kappa([1, 1, 2, 2], [1, 1, 2, 1]).estimate, 4)
    0.5

    Source: Cohen, Educ Psychol Meas 1960;20:37 and Psychol Bull 1968;70:213; error: Fleiss, Cohen and Everitt, Psychol
    Bull 1969;72:323.
    """
    one, two = _two(first, second)
    upper, n = _within(level), len(one)
    values, places = np.unique(np.concatenate([one, two]), return_inverse=True)
    table = np.zeros((len(values), len(values)))
    np.add.at(table, (places[:n], places[n:]), 1 / n)
    scale: Scale = "nominal" if weights == "unweighted" else "interval"
    alike = _alike(values, scale, power=1 if weights == "linear" else 2)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float((table * alike).sum()), float(rows @ alike @ columns)
    if expected > 1 - 1e-12:
        raise RuleError(f"every rating is {values[0]:g}: by chance the readers would agree as well")
    kappa = (observed - expected) / (1 - expected)
    marginal = (alike @ columns)[:, None] + (rows @ alike)[None, :]
    square = float((table * (alike - marginal * (1 - kappa)) ** 2).sum()) - (kappa - expected * (1 - kappa)) ** 2
    error = math.sqrt(max(square, 0.0) / n) / (1 - expected)
    half = error * float(ndtri(upper))
    return Agreement(
        estimate=kappa,
        standard_error=error,
        lower=max(-1.0, kappa - half),
        upper=min(1.0, kappa + half),
        observed=observed,
        expected=expected,
        n=n,
    )


def _alike(values: Floats, scale: Scale, counts: Floats | None = None, power: int = 2) -> Floats:
    """How much each two ratings agree, 1 to 0: by being equal, by the ranks between them, or by their distance."""
    if scale == "nominal" or len(values) < 2:
        return np.eye(len(values))
    if scale == "ordinal" and counts is not None:
        middle = np.cumsum(counts) - counts / 2
        apart = np.abs(middle[:, None] - middle[None, :])
    else:
        apart = np.abs(values[:, None] - values[None, :])
    return np.asarray(1 - (apart / apart.max()) ** power, dtype=np.float64)


def adjusted_kappa(
    first: ArrayLike, second: ArrayLike, categories: int | None = None, level: float = 0.95
) -> Agreement:
    """Kappa of two readers adjusted for prevalence and bias (PABAK): chance gives each category alike.

    `categories`: how many there are to choose from; without it as many as were used, two at least.

    >>> round(adjusted_kappa([1, 1, 2, 2], [1, 1, 2, 1]).estimate, 4)
    0.5

    Source: Byrt, Bishop and Carlin, J Clin Epidemiol 1993;46:423; more than two: Brennan and Prediger, Educ Psychol
    Meas 1981;41:687.
    """
    one, two = _two(first, second)
    used = len(np.unique(np.concatenate([one, two])))
    q = max(used, 2) if categories is None else categories
    if q < max(used, 2):
        raise RuleError(f"{used} categories were used, got {q} to choose from; two are the fewest")
    n, observed = len(one), float((one == two).mean())
    kappa, error = (q * observed - 1) / (q - 1), q / (q - 1) * math.sqrt(observed * (1 - observed) / n)
    half = error * float(ndtri(_within(level)))
    return Agreement(
        estimate=kappa,
        standard_error=error,
        lower=max(-1.0, kappa - half),
        upper=min(1.0, kappa + half),
        observed=observed,
        expected=1 / q,
        n=n,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Counted:
    """How many readers put each subject (n, first axis) into each category (q), and how much categories are alike."""

    counts: Floats
    alike: Floats
    values: Floats

    @property
    def readers(self) -> Floats:
        """Ratings of each subject."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.float64)

    @property
    def pairs(self) -> Floats:
        """Of each subject, the agreement of ordered pairs of its ratings, added up."""
        return np.asarray((self.counts * (self.counts @ self.alike - 1)).sum(axis=1), dtype=np.float64)


def _counted(ratings: ArrayLike, scale: Scale, paired_only: bool) -> _Counted:
    rated = np.asarray(ratings, dtype=np.float64)
    if rated.ndim != 2 or rated.shape[1] < 2:
        raise RuleError(f"ratings of subjects by two or more readers are needed, got shape {rated.shape}")
    if np.isinf(rated).any():
        raise RuleError("every rating is a finite number; one that is missing is nan")
    given = (~np.isnan(rated)).sum(axis=1)
    rated = rated[given >= (2 if paired_only else 1)]
    if (given >= 2).sum() < 2:
        raise RuleError(f"two or more subjects with two ratings are needed, got {int((given >= 2).sum())}")
    values = np.unique(rated[~np.isnan(rated)])
    if len(values) < 2:
        raise RuleError(f"every rating is {values[0]:g}: by chance the readers would agree as well")
    counts = (rated[:, :, None] == values).sum(axis=1).astype(np.float64)
    return _Counted(counts=counts, alike=_alike(values, scale, counts.sum(axis=0)), values=values)


def _judged(
    beyond: Floats, expected: Floats, whole: tuple[float, float], level: float, small: float = 0.0
) -> Agreement:
    """The coefficient with its linearised error, from each subject's agreement beyond chance and share of chance.

    `small`: the share of what is not agreed on that a small sample hides from it.
    """
    agreed, chance = whole
    n = len(beyond)
    kappa = (agreed - chance) / (1 - chance)
    own = (beyond - 2 * (1 - kappa) * (expected - chance)) / (1 - chance)
    error = math.sqrt(float(((own - kappa) ** 2).sum()) / (n * (n - 1)))
    agreed += small * (1 - agreed)
    estimate, half = (agreed - chance) / (1 - chance), error * float(stdtrit(n - 1, _within(level)))
    return Agreement(
        estimate=estimate,
        standard_error=error,
        lower=max(-1.0, estimate - half),
        upper=min(1.0, estimate + half),
        observed=agreed,
        expected=chance,
        n=n,
    )


def _beyond_chance(counted: _Counted, chance: float) -> tuple[Floats, float]:
    """Of each subject how far its pairs of ratings agree beyond chance, and how far all do.

    A subject of one rating says nothing of it; the others are scaled so that the mean over all subjects is theirs.
    """
    r, paired = counted.readers, counted.readers >= 2
    own = counted.pairs[paired] / (r[paired] * (r[paired] - 1))
    beyond = np.zeros(len(r))
    beyond[paired] = (own - chance) * (len(r) / len(own))
    return beyond, float(own.mean())


def fleiss_kappa(ratings: ArrayLike, scale: Scale = "nominal", level: float = 0.95) -> Agreement:
    """Kappa of several readers, ratings (subjects, readers), nan where one is missing; chance: the shares of all.

    >>> round(fleiss_kappa([[1, 1, 1], [2, 2, 2], [1, 1, 2]]).estimate, 4)
    0.55

    Source: Fleiss, Psychol Bull 1971;76:378; error and missing ratings: Gwet, Handbook of Inter-Rater Reliability, 4th
    ed, 2014, ch 5.
    """
    counted = _counted(ratings, scale, paired_only=False)
    shares = counted.counts / counted.readers[:, None]
    common = shares.mean(axis=0)
    toward = (counted.alike @ common + counted.alike.T @ common) / 2
    chance = float(common @ counted.alike @ common)
    beyond, agreed = _beyond_chance(counted, chance)
    return _judged(beyond, shares @ toward, (agreed, chance), level)


def gwet_coefficient(ratings: ArrayLike, scale: Scale = "nominal", level: float = 0.95) -> Agreement:
    """Gwet's coefficient of several readers, ratings (subjects, readers): AC1 of a nominal scale, AC2 of another.

    Chance counts only ratings that are hard to make, so that agreement on a common category is not taken for chance.

    >>> round(gwet_coefficient([[1, 1, 1], [2, 2, 2], [1, 1, 2]]).estimate, 4)
    0.561

    Source: Gwet, Br J Math Stat Psychol 2008;61:29.
    """
    counted = _counted(ratings, scale, paired_only=False)
    shares = counted.counts / counted.readers[:, None]
    common, q = shares.mean(axis=0), len(counted.values)
    weight = float(counted.alike.sum()) / (q * (q - 1))
    chance = weight * float((common * (1 - common)).sum())
    beyond, agreed = _beyond_chance(counted, chance)
    return _judged(beyond, weight * (shares @ (1 - common)), (agreed, chance), level)


def krippendorff_alpha(ratings: ArrayLike, scale: Scale = "nominal", level: float = 0.95) -> Agreement:
    """Krippendorff's alpha of several readers, ratings (subjects, readers); a subject with one rating is left out.

    >>> round(krippendorff_alpha([[1, 1, 1], [2, 2, 2], [1, 1, 2]]).estimate, 4)
    0.6

    Source: Krippendorff, Content Analysis, 3rd ed, 2013, ch 12; error: Gwet 2014 (as of `fleiss_kappa`).
    """
    counted = _counted(ratings, scale, paired_only=True)
    r = counted.readers
    mean = float(r.mean())
    common = counted.counts.sum(axis=0) / r.sum()
    toward = (counted.alike @ common + counted.alike.T @ common) / 2
    pairs = counted.pairs / (mean * (r - 1))
    agreed, off = float(pairs.mean()), (r - mean) / mean
    chance = float(common @ counted.alike @ common)
    expected = counted.counts @ toward / mean - chance * off
    return _judged(pairs - agreed * off - chance, expected, (agreed, chance), level, small=1 / float(r.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intraclass:
    """One form of the intraclass correlation, (model, k): estimate and limits."""

    form: str
    estimate: float
    lower: float
    upper: float


def intraclass(ratings: ArrayLike, level: float = 0.95) -> tuple[Intraclass, ...]:
    """The six forms of the intraclass correlation of ratings (subjects, readers).

    (1,1): each subject by readers of its own; (2,1): readers drawn from many, their bias counts; (3,1): these readers,
    their bias does not count; (1,k), (2,k), (3,k): of the mean of the k readers. Intervals by F.

    Refused are fewer than two subjects or readers, missing ratings, subjects and readers that do not vary.

    Source: Shrout and Fleiss, Psychol Bull 1979;86:420; McGraw and Wong, Psychol Methods 1996;1:30.
    """
    rated, upper = np.asarray(ratings, dtype=np.float64), _within(level)
    if rated.ndim != 2 or min(rated.shape) < 2:
        raise RuleError(f"ratings of two or more subjects by two or more readers are needed, got shape {rated.shape}")
    _refuse_beyond(rated)
    n, k = rated.shape
    of_subjects, of_readers, mean = rated.mean(axis=1), rated.mean(axis=0), rated.mean()
    rest = rated - of_subjects[:, None] - of_readers[None, :] + mean
    between = k * float(((of_subjects - mean) ** 2).sum()) / (n - 1)
    readers = n * float(((of_readers - mean) ** 2).sum()) / (k - 1)
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    within = float(((rated - of_subjects[:, None]) ** 2).sum()) / (n * (k - 1))
    smallest = 1e-20 * max(1.0, float(np.abs(rated).max()) ** 2)
    if between <= smallest:
        raise RuleError("the subjects do not differ: no correlation within them can be told")
    one = _one_way("1", between, within, (n - 1, n * (k - 1)), k, upper)
    three = _one_way("3", between, error, (n - 1, (n - 1) * (k - 1)), k, upper)
    two = _two_way(between, readers, error, n, k, upper)
    return one[0], two[0], three[0], one[1], two[1], three[1]


def _one_way(
    form: str, between: float, within: float, df: tuple[int, int], k: int, upper: float
) -> tuple[Intraclass, Intraclass]:
    """A form whose ratio of mean squares has an F of its own: single and mean."""
    low, high = within * float(fdtri(*df, upper)), within / float(fdtri(df[1], df[0], upper))
    single = [(between - one) / (between + (k - 1) * one) for one in (within, low, high)]
    mean = [(between - one) / between for one in (within, low, high)]
    return tuple(
        Intraclass(form=f"({form},{size})", estimate=part[0], lower=part[1], upper=part[2])
        for size, part in (("1", single), ("k", mean))
    )  # type: ignore[return-value]  # two of them


def _two_way(
    between: float, readers: float, error: float, n: int, k: int, upper: float
) -> tuple[Intraclass, Intraclass]:
    """Readers drawn from many, whose bias counts: limits with degrees of freedom by Satterthwaite."""
    estimate = (between - error) / (between + (k - 1) * error + k * (readers - error) / n)
    of_readers, of_error = k * estimate, n * (1 + (k - 1) * estimate) - k * estimate
    whole = of_readers * readers + of_error * error
    parts = (of_readers * readers) ** 2 + (of_error * error) ** 2 / (n - 1)
    df = (k - 1) * whole**2 / parts if parts > 0 else math.inf
    if error <= 0 and readers <= 0:
        low = high = estimate
    else:
        below, above = float(fdtri(n - 1, df, upper)), float(fdtri(df, n - 1, upper))
        rest = k * readers + (k * n - k - n) * error
        low = n * (between - below * error) / (below * rest + n * between)
        high = n * (above * between - error) / (rest + n * above * between)
    return tuple(
        Intraclass(form=f"(2,{size})", estimate=_mean_of(estimate, times), lower=_mean_of(low, times),
                   upper=_mean_of(high, times))
        for size, times in (("1", 1), ("k", k))
    )  # type: ignore[return-value]  # fmt: skip


def _mean_of(single: float, k: int) -> float:
    """The correlation of means of k (Spearman and Brown)."""
    return single * k / (1 + (k - 1) * single)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Between which most differences of two measurements lie, second from first, each limit with its interval."""

    bias: float
    sd: float
    lower: float
    upper: float
    bias_interval: tuple[float, float]
    lower_interval: tuple[float, float]
    upper_interval: tuple[float, float]
    subjects: int
    pairs: int


def limits_of_agreement(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of agreement of one measurement of each subject by two methods: mean and 1.96 SD of first less second.

    Source: Bland and Altman, Lancet 1986;327:307; intervals of the limits with an error of sqrt(3/n) SD.
    """
    one, two = _two(first, second)
    apart, n = one - two, len(one)
    sd = float(apart.std(ddof=1))
    return _limits(float(apart.mean()), sd, sd / math.sqrt(n), math.sqrt(3 / n) * sd, (n, n), n - 1, level)


def limits_with_repeats(subjects: Sequence[str], first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of agreement where subjects were measured several times, in pairs, and what was measured varies.

    Of pairs of measurements made together: SD of a difference from the variance between and within subjects (analysis
    of variance). The intervals are by the method of variance estimates recovery.

    Refused are fewer than two subjects and a study without a subject of two pairs.

    Source: Bland and Altman, J Biopharm Stat 2007;17:571; intervals: Zou, Stat Methods Med Res 2013;22:630.
    """
    one, two = _two(first, second)
    if len(subjects) != len(one):
        raise RuleError(f"every pair has its subject, got {len(subjects)} for {len(one)} pairs")
    names, of = np.unique(np.asarray(subjects), return_inverse=True)
    counts, apart = np.bincount(of).astype(np.float64), one - two
    n, total = len(names), len(apart)
    if n < 2 or total == n:
        raise RuleError(f"two or more subjects, one of them with two pairs, are needed, got {n} and {total} pairs")
    means = np.bincount(of, apart) / counts
    within = float(((apart - means[of]) ** 2).sum()) / (total - n)
    mean = float(apart.mean())
    between = float((counts * (means - mean) ** 2).sum()) / (n - 1)
    size = (total - float((counts**2).sum()) / total) / (n - 1)
    sd = math.sqrt(max((between - within) / size, 0.0) + within)
    return _recovered(means, counts, within, max((between - within) / size, 0.0), mean, sd, level)


def limits_of_constant(first: Sequence[ArrayLike], second: Sequence[ArrayLike], level: float = 0.95) -> Limits:
    """Limits of agreement where each subject's value is constant, and measured several times by each method.

    `first`, `second`: of each subject its measurements, as many as there are. SD of a difference of single
    measurements: that of the subjects' means, with what averaging took away added.

    Source: Bland and Altman, J Biopharm Stat 2007;17:571; intervals: Zou, Stat Methods Med Res 2013;22:630.
    """
    if len(first) != len(second) or len(first) < 2:
        raise RuleError(f"two or more subjects by both methods are needed, got {len(first)} and {len(second)}")
    both = [[np.asarray(one, dtype=np.float64) for one in method] for method in (first, second)]
    if any(one.size < 1 or not np.isfinite(one).all() for method in both for one in method):
        raise RuleError("every subject has one finite measurement or more by each method")
    n, noise = len(first), []
    for method in both:
        df = sum(one.size for one in method) - n
        square = sum(float(((one - one.mean()) ** 2).sum()) for one in method)
        noise.append((square / df if df else 0.0, sum(1 / one.size for one in method) / n, df))
    if not any(df for *_, df in noise):
        raise RuleError("nobody was measured twice by a method")
    apart = np.array([a.mean() - b.mean() for a, b in zip(*both, strict=True)])
    of_means, mean = float(apart.var(ddof=1)), float(apart.mean())
    variance = of_means + sum(square * (1 - share) for square, share, _ in noise)
    upper = _within(level)
    away = float(ndtri(0.975))
    parts = [(of_means, n - 1), *((square * (1 - share), df) for square, share, df in noise if df)]
    low, high = _recovered_variance(variance, parts, upper)
    half = float(stdtrit(n - 1, upper)) * math.sqrt(of_means / n)
    return _around(mean, math.sqrt(variance), half, (low, high), away, (n, n))


def _recovered(
    means: Floats, counts: Floats, within: float, between: float, mean: float, sd: float, level: float
) -> Limits:
    """Intervals from those of the variance of means of subjects and of that within, by their chi-squares."""
    n, upper = len(means), _within(level)
    harmonic = n / float((1 / counts).sum())
    of_means = float(means.var(ddof=1))
    parts = [(of_means, n - 1), ((1 - 1 / harmonic) * within, int(counts.sum()) - n)]
    low, high = _recovered_variance(sd**2, parts, upper)
    total = float(counts.sum())
    error = math.sqrt((between * float((counts**2).sum()) / total + within) / total)
    half = float(stdtrit(n - 1, upper)) * error
    return _around(mean, sd, half, (low, high), float(ndtri(0.975)), (n, int(total)))


def _recovered_variance(variance: float, parts: Sequence[tuple[float, int]], upper: float) -> tuple[float, float]:
    """Limits of a sum of variances, each with its degrees of freedom."""
    from scipy.special import chdtri

    below = sum((part * (1 - df / float(chdtri(df, 1 - upper)))) ** 2 for part, df in parts)
    above = sum((part * (df / float(chdtri(df, upper)) - 1)) ** 2 for part, df in parts)
    return max(0.0, variance - math.sqrt(below)), variance + math.sqrt(above)


def _around(
    mean: float, sd: float, half: float, variance: tuple[float, float], away: float, counted: tuple[int, int]
) -> Limits:
    low, high = (away * math.sqrt(one) for one in variance)
    inner, outer = math.hypot(half, away * sd - low), math.hypot(half, high - away * sd)
    return Limits(
        bias=mean,
        sd=sd,
        lower=mean - away * sd,
        upper=mean + away * sd,
        bias_interval=(mean - half, mean + half),
        lower_interval=(mean - away * sd - outer, mean - away * sd + inner),
        upper_interval=(mean + away * sd - inner, mean + away * sd + outer),
        subjects=counted[0],
        pairs=counted[1],
    )


def _limits(
    mean: float, sd: float, error: float, error_of_limit: float, counted: tuple[int, int], df: int, level: float
) -> Limits:
    t, away = float(stdtrit(df, _within(level))), float(ndtri(0.975)) * sd
    half, of_limit = t * error, t * error_of_limit
    return Limits(
        bias=mean,
        sd=sd,
        lower=mean - away,
        upper=mean + away,
        bias_interval=(mean - half, mean + half),
        lower_interval=(mean - away - of_limit, mean - away + of_limit),
        upper_interval=(mean + away - of_limit, mean + away + of_limit),
        subjects=counted[0],
        pairs=counted[1],
    )
