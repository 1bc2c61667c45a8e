"""Right-censored survival by the conventions of R's survival package (Therneau, 3.8).

Times are in whatever unit the caller uses throughout; nothing here knows days. "Not reached" is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri

from hevesy.errors import RuleError
from hevesy.stats.words import IntervalType

Floats = NDArray[np.float64]

_TIE = float(np.sqrt(np.finfo(float).eps))
"""Within this of the wanted probability the curve counts as being exactly there (R: sqrt(.Machine$double.eps))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalCurve:
    """Kaplan-Meier estimate: one row per distinct time, nan where a limit is not defined (log-log at S = 0 or 1)."""

    time: Floats
    n_risk: Floats
    n_event: Floats
    n_censored: Floats
    survival: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    level: float

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.n_event.sum() + self.n_censored.sum())

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.n_event.sum())

    def at_risk(self, time: float) -> int:
        """How many are under observation just before a time; nobody beyond the last observation."""
        return int(self.n_risk[np.searchsorted(self.time, time)]) if time <= self.time[-1] else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """Time by which a fraction `p` has had the event, with limits; None is "not reached"."""

    p: float
    estimate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapQuantile:
    """A quantile with limits by the bootstrap, and in how many replicates it was not reached; None is "not reached"."""

    p: float
    estimate: float | None
    lower: float | None
    upper: float | None
    replicates: int
    not_reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """Survival at a given time with its standard error and limits; None where R gives NA."""

    time: float
    n_risk: int
    survival: float
    standard_error: float | None
    lower: float | None
    upper: float | None
    beyond_follow_up: bool = False
    """Nobody was watched so long, and somebody had not had the event: the last value is carried on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """Area under the curve to `tau`; `beyond_follow_up` says that the curve had to be extended flat to get there."""

    tau: float
    estimate: float
    standard_error: float
    beyond_follow_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMeanDifference:
    """Difference of two restricted means (first less second), its standard error, limits and two-sided p."""

    tau: float
    estimate: float
    standard_error: float
    lower: float
    upper: float
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Log-rank test, weighted by S(t-)^rho and stratified where asked.

    Observed and expected (weighted) events per group.
    """

    n: tuple[int, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi_square: float
    degrees_of_freedom: int
    p_value: float


def checked_times(
    time: ArrayLike, observed: ArrayLike, entry: ArrayLike | None = None
) -> tuple[Floats, NDArray[np.bool_], Floats | None]:
    """Times, whether the event was seen, and times of entry, refused where they cannot be.

    Entry None: all from the start.
    """
    times = np.asarray(time, dtype=float)
    events = np.asarray(observed)
    if times.ndim != 1 or events.shape != times.shape:
        raise RuleError(
            f"time and observed must be two lists of one length, got shapes {times.shape} and {events.shape}"
        )
    if times.size == 0:
        raise RuleError("a survival curve needs at least one subject, got none")
    for place in np.flatnonzero(~np.isfinite(times) | (times < 0))[:1]:
        raise RuleError(f"a time must be finite and not negative, got {times[place]} (subject {place + 1})")
    for place in np.flatnonzero((events != 0) & (events != 1))[:1]:
        raise RuleError(f"observed must be 0 or 1, got {events[place]} (subject {place + 1})")
    if entry is None:
        return settled(times), events.astype(bool), None
    entries = np.asarray(entry, dtype=float)
    if entries.shape != times.shape:
        raise RuleError(f"time and entry must be two lists of one length, got shapes {times.shape} and {entries.shape}")
    for place in np.flatnonzero(~(entries < times))[:1]:
        raise RuleError(
            f"entry comes before exit, got entry {entries[place]} and exit {times[place]} (subject {place + 1})"
        )
    both = settled(np.concatenate((times, entries)))
    times, entries = both[: len(times)], both[len(times) :]
    for place in np.flatnonzero(~(entries < times))[:1]:
        raise RuleError(f"entry and exit are one time but for rounding, {times[place]} (subject {place + 1})")
    return times, events.astype(bool), entries


SAME_TIME = float(np.finfo(float).eps) ** 0.5
"""Times that differ by no more than this, or by this share of the mean time, differ by rounding only."""


def settled(times: Floats) -> Floats:
    """Times of which those that are equal but for rounding are equal.

    Source: as R's survival takes them by default (Therneau, vignette "Round off error and tied times").

    >>> len(set(settled(np.array([0.3, 0.1 + 0.2, 0.4])).tolist()))
    2
    """
    if np.array_equal(times, np.rint(times)):
        return times  # whole numbers are exact
    distinct = np.unique(times)
    if len(distinct) < 2:
        return times
    steps = np.diff(distinct)
    mean = float(np.mean(np.abs(distinct)))
    same = (steps <= SAME_TIME) | (steps <= SAME_TIME * mean)
    if not same.any():
        return times
    first = np.concatenate(([True], ~same))
    stands_for = distinct[first][np.cumsum(first) - 1]
    return np.asarray(stands_for[np.searchsorted(distinct, times)])


def checked_labels(labels: ArrayLike, what: str) -> NDArray[np.str_]:
    """Labels of subjects as text; a missing one is refused, since its subject would drop out."""
    found = [None if one is None or one != one else one for one in np.asarray(labels, dtype=object).tolist()]
    for place, one in enumerate(found):
        if one is None or str(one).strip() == "":
            raise RuleError(f"every subject has one {what}, got none (subject {place + 1})")
    return np.array([f"{one:g}" if isinstance(one, float) else str(one) for one in found])


def kaplan_meier(
    time: ArrayLike,
    observed: ArrayLike,
    level: float = 0.95,
    *,
    entry: ArrayLike | None = None,
    interval: IntervalType = "log-log",
) -> SurvivalCurve:
    """Product-limit estimate with Greenwood standard errors; limits on the log-log scale unless another is asked for.

    `time` and `observed` (True or 1: the event was seen; False or 0: censored) have one entry per subject; `entry` is
    the time from which each is under observation (left truncation).

    >>> kaplan_meier([57, 90, 160, 201], [1, 1, 1, 0]).survival.tolist()
    [0.75, 0.5, 0.25, 0.25]

    Source: Kaplan and Meier, J Am Stat Assoc 1958;53:457; limits: Borgan and Liestol, Scand J Stat 1990;17:35.
    """
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    times, events, entries = checked_times(time, observed, entry)
    order = np.argsort(times)
    ordered, seen = times[order], events[order]
    later = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    if len(later) + 1 == len(ordered):
        distinct, left, n_event = ordered, np.ones(len(ordered)), seen.astype(np.float64)
        n_risk = np.arange(len(ordered), 0, -1, dtype=np.float64)
    else:
        first = np.concatenate(([0], later))
        distinct, left = ordered[first], np.diff(first, append=len(ordered)).astype(np.float64)
        n_event = np.add.reduceat(seen, first, dtype=np.float64)
        n_risk = len(ordered) - first.astype(np.float64)
    if entries is not None:
        n_risk -= len(ordered) - np.searchsorted(np.sort(entries), distinct, side="left")
    survival: Floats = np.cumprod((n_risk - n_event) / n_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        se_of_log = np.sqrt(np.cumsum(n_event / (n_risk * (n_risk - n_event))))
        lower, upper = _limits(survival, se_of_log, float(ndtri(1 - (1 - level) / 2)), interval)
        standard_error = survival * se_of_log
    gone = survival == 0
    return SurvivalCurve(
        time=distinct,
        n_risk=n_risk,
        n_event=n_event,
        n_censored=left - n_event,
        survival=survival,
        standard_error=np.where(gone, np.nan, standard_error),
        lower=np.where(gone, np.nan, lower),
        upper=np.where(gone, np.nan, upper),
        level=level,
    )


def _limits(survival: Floats, se_of_log: Floats, z: float, interval: IntervalType) -> tuple[Floats, Floats]:
    """Limits on a scale on which they are symmetric.

    They are nan where the scale does not reach (S = 0, and S = 1 but for log and plain).
    """
    s, half = survival, z * se_of_log
    match interval:
        case "plain":
            return np.maximum(s - half * s, 0), np.minimum(s + half * s, 1)
        case "log":
            return s * np.exp(-half), np.minimum(s * np.exp(half), 1)
        case "log-log":
            log = np.log(s)
            ratio = np.exp(half / log)
            limits = np.exp(log / ratio), np.exp(log * ratio)
        case "logit":
            wide = half / (1 - s)
            limits = 1 / (1 + (1 - s) / s * np.exp(wide)), 1 / (1 + (1 - s) / s * np.exp(-wide))
        case "arcsin":
            wide = half / 2 * np.sqrt(s / (1 - s))
            angle = np.arcsin(np.sqrt(s))
            limits = np.sin(np.maximum(angle - wide, 0)) ** 2, np.sin(np.minimum(angle + wide, np.pi / 2)) ** 2
        case _:
            raise RuleError(f"intervals are log-log, log, plain, logit or arcsin, got {interval!r}")
    return np.where(s == 1, np.nan, limits[0]), np.where(s == 1, np.nan, limits[1])


def quantile(curve: SurvivalCurve, p: float = 0.5) -> Quantile:
    """Time by which a fraction `p` has had the event; where S(t) = 1 - p exactly, the midpoint of the flat stretch.

    The limits are where the limits of the curve cross. Source: R survival 3.8, quantile.survfit.

    >>> quantile(kaplan_meier([85, 113, 127, 183], [1, 1, 1, 0])).estimate
    120.0
    """
    if not 0 < p < 1:
        raise RuleError(f"a quantile's p must lie between 0 and 1, got {p}")
    return Quantile(
        p=p,
        estimate=_crossing(curve.time, curve.survival, p),
        lower=_crossing(curve.time, curve.lower, p),
        upper=_crossing(curve.time, curve.upper, p),
    )


def _crossing(time: Floats, survival: Floats, p: float) -> float | None:
    """First time at which 1 - survival reaches p, or the middle of the stretch on which it equals p."""
    with np.errstate(invalid="ignore"):
        reached, beyond = survival <= 1 - p + _TIE, survival <= 1 - p - _TIE
    at = int(reached.argmax())
    if not reached[at]:
        return None
    after = int(beyond.argmax())
    if beyond[after]:
        return float((time[at] + time[after]) / 2)
    if np.isnan(survival[-1]):
        # R has no end to the stretch here: the limit ends before the curve does.
        return None
    return float((time[at] + time[-1]) / 2)


def bootstrap_quantile(
    time: ArrayLike, observed: ArrayLike, p: float = 0.5, level: float = 0.95, replicates: int = 10_000, seed: int = 131
) -> BootstrapQuantile:
    """Quantile with limits by drawing subjects again (percentile method); "not reached" counts as later than any time.

    The same seed gives the same limits however many threads work.

    Source: Efron, J Am Stat Assoc 1981;76:312.
    """
    from hevesy.kernels.bootstrap import resampled_quantiles
    from hevesy.kernels.random import stream

    times, events, _ = checked_times(time, observed)
    if not 0 < level < 1 or not 0 < p < 1:
        raise RuleError(f"level and p must lie between 0 and 1, got {level} and {p}")
    if replicates < 100:
        raise RuleError(f"limits need 100 replicates or more, got {replicates}")
    order = np.lexsort((~events, times))
    found = np.empty(replicates)
    resampled_quantiles(
        times[order], events[order].astype(np.int64), p, _TIE, np.uint64(seed), stream("bootstrap"), 0, found
    )
    ranked = np.sort(np.where(np.isnan(found), np.inf, found))
    tail = (1 - level) / 2
    lower, upper = (float(ranked[min(int(share * replicates), replicates - 1)]) for share in (tail, 1 - tail))
    return BootstrapQuantile(
        p=p,
        estimate=quantile(kaplan_meier(times, events), p).estimate,
        lower=lower if np.isfinite(lower) else None,
        upper=upper if np.isfinite(upper) else None,
        replicates=replicates,
        not_reached=int(np.isnan(found).sum()),
    )


def survival_at(curve: SurvivalCurve, time: float) -> Landmark:
    """Survival at `time`.

    Beyond the last observation the last value is carried on, with nobody at risk (`beyond_follow_up`).

    >>> survival_at(kaplan_meier([57, 90, 160, 201], [1, 1, 1, 0]), 100).survival
    0.5
    """
    if not np.isfinite(time):
        raise RuleError(f"a time must be finite, got {time}")
    last = int(np.searchsorted(curve.time, time, side="right")) - 1
    n_risk = curve.at_risk(time)
    if last < 0:
        return Landmark(time=time, n_risk=n_risk, survival=1.0, standard_error=0.0, lower=1.0, upper=1.0)
    return Landmark(
        time=time,
        n_risk=n_risk,
        survival=float(curve.survival[last]),
        standard_error=_or_none(curve.standard_error[last]),
        lower=_or_none(curve.lower[last]),
        upper=_or_none(curve.upper[last]),
        beyond_follow_up=bool(time > curve.time[-1] and curve.survival[-1] > 0),
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def restricted_mean(curve: SurvivalCurve, tau: float) -> RestrictedMean:
    """Restricted mean survival time to `tau` with its standard error.

    >>> restricted_mean(kaplan_meier([30, 60, 90, 150], [1, 1, 1, 1]), 120).estimate
    75.0

    Source: Klein and Moeschberger, Survival Analysis, 2003, section 4.5.
    """
    if not 0 < tau < np.inf:
        raise RuleError(f"tau must be positive and finite, got {tau}")
    inside = curve.time < tau
    edges = np.concatenate(([0.0], curve.time[inside], [tau]))
    heights = np.concatenate(([1.0], curve.survival[inside]))
    areas = np.diff(edges) * heights
    area_after = np.cumsum(areas[::-1])[::-1][1:]
    n, d = curve.n_risk[inside], curve.n_event[inside]
    left = n * (n - d)
    weight = np.divide(d, left, out=np.zeros_like(d), where=left > 0)
    return RestrictedMean(
        tau=tau,
        estimate=float(areas.sum()),
        standard_error=float(np.sqrt(np.sum(area_after**2 * weight))),
        beyond_follow_up=bool(tau > curve.time[-1] and curve.survival[-1] > 0),
    )


def follow_up(time: ArrayLike, observed: ArrayLike, level: float = 0.95) -> Quantile:
    """Median follow-up by the reverse Kaplan-Meier method: being censored is the event.

    Source: Schemper and Smith, Control Clin Trials 1996;17:343.
    """
    times, events, _ = checked_times(time, observed)
    return quantile(kaplan_meier(times, ~events, level))


def restricted_mean_difference(first: SurvivalCurve, second: SurvivalCurve, tau: float) -> RestrictedMeanDifference:
    """Restricted mean of one group less that of another, at the level of the first curve.

    `p` is None where nothing varies.

    >>> a, b = kaplan_meier([30, 60, 90, 150], [1, 1, 1, 1]), kaplan_meier([20, 40, 60, 80], [1, 1, 1, 1])
    >>> restricted_mean_difference(a, b, 120).estimate
    25.0

    Source: P. Royston and M. K. B. Parmar, Stat Med 2011;30:2409.
    """
    one, other = restricted_mean(first, tau), restricted_mean(second, tau)
    estimate, error = one.estimate - other.estimate, float(np.hypot(one.standard_error, other.standard_error))
    half = float(ndtri(1 - (1 - first.level) / 2)) * error
    return RestrictedMeanDifference(
        tau=tau,
        estimate=estimate,
        standard_error=error,
        lower=estimate - half,
        upper=estimate + half,
        p_value=float(chdtrc(1, (estimate / error) ** 2)) if error > 0 else None,
    )


def _observed_and_expected(
    groups: Sequence[tuple[Floats, NDArray[np.bool_]]], rho: float
) -> tuple[Floats, Floats, Floats]:
    """Weighted events seen and expected by group, shape (k,), and their covariance, of one stratum with an event."""
    distinct = np.unique(np.concatenate([times[events] for times, events in groups]))
    at_risk = np.array([times.size - np.searchsorted(np.sort(times), distinct) for times, _ in groups], dtype=float)
    died = np.array(
        [np.bincount(np.searchsorted(distinct, t[e]), minlength=distinct.size) for t, e in groups], dtype=float
    )
    n, d = at_risk.sum(axis=0), died.sum(axis=0)
    weight = np.concatenate(([1.0], np.cumprod((n - d) / n)[:-1])) ** rho
    share = at_risk / n
    factor = weight**2 * np.divide(d * (n - d), n - 1, out=np.zeros_like(d), where=n > 1)
    return died @ weight, share @ (d * weight), np.diag(share @ factor) - (share * factor) @ share.T


def log_rank(
    groups: Sequence[tuple[ArrayLike, ArrayLike]], *, rho: float = 0.0, strata: Sequence[ArrayLike] | None = None
) -> LogRank:
    """Log-rank test of two or more groups, each given as (time, observed).

    `rho` weights each event by the pooled S(t-)^rho (1: Peto's modification of Wilcoxon's test); `strata` names each
    subject's stratum, in the order of the groups.

    Source: Peto and Peto, J R Stat Soc A 1972;135:185, with the hypergeometric variance; Harrington and Fleming,
    Biometrika 1982;69:553.
    """
    if len(groups) < 2:
        raise RuleError(f"a log-rank test needs at least two groups, got {len(groups)}")
    arrays = [checked_times(time, observed)[:2] for time, observed in groups]
    together = settled(np.concatenate([times for times, _ in arrays]))
    ends = np.cumsum([times.size for times, _ in arrays])
    arrays = [(together[end - events.size : end], events) for end, (_, events) in zip(ends, arrays, strict=True)]
    labels = [
        np.full(times.size, "") if strata is None else checked_labels(strata[place], "stratum")
        for place, (times, _) in enumerate(arrays)
    ]
    for place, ((times, _), own) in enumerate(zip(arrays, labels, strict=True)):
        if own.shape != times.shape:
            raise RuleError(
                f"every subject has one stratum, got {own.size} for {times.size} subjects (group {place + 1})"
            )
    observed_events, expected = np.zeros(len(groups)), np.zeros(len(groups))
    covariance = np.zeros((len(groups), len(groups)))
    for stratum in np.unique(np.concatenate(labels)):
        inside = [
            (times[own == stratum], events[own == stratum]) for (times, events), own in zip(arrays, labels, strict=True)
        ]
        if any(events.any() for _, events in inside):
            of_stratum = _observed_and_expected(inside, rho)
            observed_events += of_stratum[0]
            expected += of_stratum[1]
            covariance += of_stratum[2]
    if not observed_events.any():
        raise RuleError("a log-rank test needs at least one event, got none")
    # a group that is gone before the first event has nothing to say
    counted = np.flatnonzero(expected > 0)
    degrees = len(counted) - 1
    if degrees < 1:
        raise RuleError("a log-rank test needs two groups that are at risk at an event")
    kept = counted[:-1]
    difference = (observed_events - expected)[kept]
    chi_square = float(difference @ np.linalg.pinv(covariance[np.ix_(kept, kept)]) @ difference)
    return LogRank(
        n=tuple(times.size for times, _ in arrays),
        observed=tuple(observed_events.tolist()),
        expected=tuple(expected.tolist()),
        chi_square=chi_square,
        degrees_of_freedom=degrees,
        p_value=float(chdtrc(degrees, chi_square)),
    )
