"""Multi-reader multi-case studies: what modalities differ by, for these readers and cases or for others like them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, expit, fdtrc, logit, ndtr, ndtri, stdtr, stdtrit

from hevesy.errors import RuleError
from hevesy.stats.merit import Figures, pair_moments, refuse_few
from hevesy.stats.words import Effect

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Variance components of Obuchowski and Rockette, estimated without bounds: one may be negative.

    `cov1`: one reader, two modalities; `cov2`: two readers, one modality; `cov3`: two of both. What one reader, one
    modality or fixed cases do not give is None.
    """

    reader: float | None
    modality_reader: float | None
    error: float
    cov1: float | None
    cov2: float | None
    cov3: float | None

    def correlation(self, covariance: float | None) -> float | None:
        """A covariance in units of the error variance."""
        return None if covariance is None or not self.error else covariance / self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalityEstimate:
    """A modality, from its own readings alone: mean over the readers and its interval (None: cannot be told).

    `df` is None where the normal law is used. `lower` and `upper` lie around the mean alike and end at 0 and 1, as
    other programs have them; in small studies they are too narrow, those on the scale of the logit are not
    (docs/validation/readers.md). These are None also where the mean is 0 or 1.
    """

    modality: str
    estimate: float
    ms_reader: float | None
    cov2: float | None
    standard_error: float | None
    df: float | None
    lower: float | None
    upper: float | None
    lower_logit: float | None
    upper_logit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalityDifference:
    """The first modality less the second, with interval and test (None: cannot be told)."""

    first: str
    second: str
    estimate: float
    standard_error: float | None
    df: float | None
    lower: float | None
    upper: float | None
    statistic: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualModalities:
    """The test of all modalities being equal: F on df1 and df2 (None: no limit, F times df1 is chi-square)."""

    ms_modality: float
    ms_modality_reader: float | None
    denominator: float
    statistic: float | None
    df1: int
    df2: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReaderAnalysis:
    """What a multi-reader multi-case study says of its modalities."""

    figures: Figures
    readers: Effect
    cases: Effect
    level: float
    components: Components | None
    """None: the cases are fixed."""
    equality: EqualModalities | None
    """None: there is one modality."""
    modalities: tuple[ModalityEstimate, ...]
    differences: tuple[ModalityDifference, ...]

    @property
    def cannot_tell(self) -> bool:
        """Whether nothing varied that an interval or a test of the modalities could be made of."""
        told = self.equality.p_value if self.equality else self.modalities[0].standard_error
        return told is None


def obuchowski_rockette(
    figures: Figures, *, readers: Effect = "random", cases: Effect = "random", level: float = 0.95
) -> ReaderAnalysis:
    """Analysis of a factorial study by Obuchowski and Rockette, degrees of freedom by Hillis.

    Random readers and cases speak for others of their kind; fixed ones for themselves alone. Differences of covariances
    that make an error smaller than the readers' own count as 0. Intervals of a modality end at 0 and 1.

    Refused are one reader who is to be random, readers and cases both fixed, a level outside 0..1.

    Source: Obuchowski and Rockette, Commun Stat Simul 1995;24:285; Hillis, Stat Med 2007;26:596 (degrees of freedom),
    Stat Med 2014;33:330 (one modality).
    """
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    if readers == cases == "fixed":
        raise RuleError("readers and cases cannot both be fixed: nothing is then left to vary", field="readers")
    if len(figures.readers) < 2 and readers == "random":
        raise RuleError(
            f"one reader ({figures.readers[0]}) says nothing of other readers: two or more are needed, or readers that "
            "are fixed (the answer is then of this reader alone)",
            field="readers",
        )
    squares = _squares(figures.estimates)
    components = None if cases == "fixed" else _components(figures, squares)
    equality = _equality(figures, squares, components, readers) if len(figures.modalities) > 1 else None
    return ReaderAnalysis(
        figures=figures,
        readers=readers,
        cases=cases,
        level=level,
        components=components,
        equality=equality,
        modalities=tuple(_modality(figures, at, readers, cases, level) for at in range(len(figures.modalities))),
        differences=_differences(figures, equality, level) if equality else (),
    )


class _Squares(NamedTuple):
    """Mean squares of a table of modalities and readers (None: it has too few)."""

    modality: float | None
    reader: float | None
    modality_reader: float | None


def _squares(table: Floats) -> _Squares:
    t, r = table.shape
    by_modality, by_reader, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
    rest = table - by_modality[:, None] - by_reader[None, :] + mean
    return _Squares(
        modality=None if t < 2 else r * float(((by_modality - mean) ** 2).sum()) / (t - 1),
        reader=None if r < 2 else t * float(((by_reader - mean) ** 2).sum()) / (r - 1),
        modality_reader=None if t < 2 or r < 2 else float((rest**2).sum()) / ((t - 1) * (r - 1)),
    )


def _components(figures: Figures, squares: _Squares) -> Components:
    t, r = figures.estimates.shape
    one_modality = np.eye(t, dtype=np.bool_)[:, None, :, None]
    one_reader = np.eye(r, dtype=np.bool_)[None, :, None, :]

    def mean(where: Flags) -> float | None:
        among = figures.covariance[np.broadcast_to(where, figures.covariance.shape)]
        return float(among.mean()) if among.size else None

    error = float(np.einsum("trtr->tr", figures.covariance).mean())
    cov1, cov2 = mean(~one_modality & one_reader), mean(one_modality & ~one_reader)
    cov3 = mean(~one_modality & ~one_reader)
    reader = modality_reader = None
    if squares.modality_reader is not None and squares.reader is not None:
        c1, c2, c3 = cov1 or 0.0, cov2 or 0.0, cov3 or 0.0
        reader = (squares.reader - squares.modality_reader) / t - c1 + c3
        modality_reader = squares.modality_reader - error + c1 + (c2 - c3)
    elif squares.reader is not None:
        reader = squares.reader - error + (cov2 or 0.0)
    return Components(reader=reader, modality_reader=modality_reader, error=error, cov1=cov1, cov2=cov2, cov3=cov3)


def _equality(figures: Figures, squares: _Squares, components: Components | None, readers: Effect) -> EqualModalities:
    t, r = figures.estimates.shape
    between, within = squares.modality or 0.0, squares.modality_reader
    more = max((components.cov2 or 0.0) - (components.cov3 or 0.0), 0.0) if components else 0.0
    df2 = None
    if readers == "fixed" and components:
        denominator = components.error - (components.cov1 or 0.0) + (r - 1) * more
    else:
        denominator = (within or 0.0) + r * more
        if within and _varies(within, figures):
            df2 = (denominator / within) ** 2 * ((t - 1) * (r - 1))
    told = _varies(denominator, figures)
    statistic = between / denominator if told else None
    return EqualModalities(
        ms_modality=between,
        ms_modality_reader=within,
        denominator=denominator,
        statistic=statistic,
        df1=t - 1,
        df2=df2 if told else None,
        p_value=None if statistic is None else _f_tail(t - 1, df2, statistic),
    )


def _varies(variance: float, figures: Figures) -> bool:
    """Whether a variance is more than what rounding leaves of none."""
    return variance > 1e-24 * max(1.0, float(np.abs(figures.estimates).max()) ** 2)


def _f_tail(df1: int, df2: float | None, statistic: float) -> float:
    return float(chdtrc(df1, df1 * statistic) if df2 is None else fdtrc(df1, df2, statistic))


def _quantile(df: float | None, level: float) -> float:
    upper = 1 - (1 - level) / 2
    return float(ndtri(upper) if df is None else stdtrit(df, upper))


def _differences(figures: Figures, equality: EqualModalities, level: float) -> tuple[ModalityDifference, ...]:
    r, means = len(figures.readers), figures.estimates.mean(axis=1)
    told = equality.statistic is not None
    error, df = math.sqrt(2 / r * equality.denominator) if told else None, equality.df2
    found = []
    for first, second in combinations(range(len(means)), 2):
        apart = float(means[first] - means[second])
        statistic = apart / error if error else None
        half = error * _quantile(df, level) if error else None
        tail = None
        if statistic is not None:
            tail = 2 * float(ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic)))
        found.append(
            ModalityDifference(
                first=figures.modalities[first],
                second=figures.modalities[second],
                estimate=apart,
                standard_error=error,
                df=df,
                lower=None if half is None else apart - half,
                upper=None if half is None else apart + half,
                statistic=statistic,
                p_value=tail,
            )
        )
    return tuple(found)


def _modality(figures: Figures, at: int, readers: Effect, cases: Effect, level: float) -> ModalityEstimate:
    own, spread = figures.estimates[at], figures.covariance[at, :, at, :]
    r, mean = len(own), float(own.mean())
    among = float(own.var(ddof=1)) if r > 1 else None
    cov2 = None
    if cases == "random" and r > 1:
        cov2 = float(spread[~np.eye(r, dtype=np.bool_)].mean())
    shared, df = max(cov2 or 0.0, 0.0), None
    if readers == "fixed":
        variance = (float(np.diag(spread).mean()) + (r - 1) * shared) / r
    else:
        variance = ((among or 0.0) + r * shared) / r
        if among and _varies(among, figures):
            df = (r * variance / among) ** 2 * (r - 1)
    told = _varies(variance, figures)
    error = math.sqrt(variance) if told else None
    half = error * _quantile(df, level) if error else None
    on_logit = half / (mean * (1 - mean)) if half is not None and 0 < mean < 1 else None
    return ModalityEstimate(
        modality=figures.modalities[at],
        estimate=mean,
        ms_reader=among,
        cov2=cov2,
        standard_error=error,
        df=df if told else None,
        lower=None if half is None else max(0.0, mean - half),
        upper=None if half is None else min(1.0, mean + half),
        lower_logit=None if on_logit is None else float(expit(logit(mean) - on_logit)),
        upper_logit=None if on_logit is None else float(expit(logit(mean) + on_logit)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceShares:
    """Unbiased variance components of a mean area or a difference of two, each for one reader and one case of a class.

    `variance` is theirs together for the readers and cases of the study; a component, and even their sum, may come out
    below 0 (`standard_error` is then None).
    """

    of: str
    reader: float
    diseased: float
    healthy: float
    diseased_healthy: float
    reader_diseased: float
    reader_healthy: float
    reader_diseased_healthy: float
    variance: float
    standard_error: float | None


def u_statistic(
    ratings: ArrayLike, diseased: ArrayLike, *, modalities: Sequence[str], readers: Sequence[str]
) -> tuple[VarianceShares, ...]:
    """One-shot analysis of areas: each modality, then each difference of two, as one U-statistic of readers and cases.

    Ratings (t, r, n), diseased (n); two or more readers and cases of each class.

    Source: Gallas, Acad Radiol 2006;13:353; Gallas, Bandos, Samuelson and Wagner, Commun Stat Theory 2009;38:2586.
    """
    rated, ill = np.asarray(ratings, dtype=np.float64), np.asarray(diseased, dtype=np.bool_)
    t, r, n1, n0 = len(modalities), len(readers), int(ill.sum()), int((~ill).sum())
    if r < 2:
        raise RuleError(f"two or more readers are needed, got {r}")
    refuse_few(ill, "auc")
    moments = pair_moments(rated.reshape(t * r, len(ill)), ill).reshape(4, t, r, t, r)
    one = np.einsum("itrur->itu", moments) / r
    two = (moments.sum(axis=(2, 4)) - one * r) / (r * (r - 1))
    found = [_shares_of(name, one[:, at, at], two[:, at, at], r, n1, n0) for at, name in enumerate(modalities)]
    for first, second in combinations(range(t), 2):
        name = f"{modalities[first]} - {modalities[second]}"
        found.append(_shares_of(name, _apart(one, first, second), _apart(two, first, second), r, n1, n0))
    return tuple(found)


def _apart(moments: Floats, first: int, second: int) -> Floats:
    """Moments of the difference of two modalities, (4), from those of each two, (4, t, t)."""
    own = moments[:, first, first] + moments[:, second, second]
    return np.asarray(own - moments[:, first, second] - moments[:, second, first], dtype=np.float64)


def _shares_of(of: str, one: Floats, two: Floats, r: int, n1: int, n0: int) -> VarianceShares:
    """Components from moments of one reader and of two, each (4): a pair, a diseased, a healthy, no case is shared."""
    reader, diseased, healthy = one[3] - two[3], two[1] - two[3], two[2] - two[3]
    both = two[0] - two[1] - two[2] + two[3]
    reader_diseased, reader_healthy = one[1] - one[3] - diseased, one[2] - one[3] - healthy
    everything = one[0] - one[1] - one[2] + one[3] - both
    of_cases = diseased / n1 + healthy / n0 + both / (n1 * n0)
    of_readers = reader + reader_diseased / n1 + reader_healthy / n0 + everything / (n1 * n0)
    variance = float(of_cases + of_readers / r)
    return VarianceShares(
        of=of,
        reader=float(reader),
        diseased=float(diseased),
        healthy=float(healthy),
        diseased_healthy=float(both),
        reader_diseased=float(reader_diseased),
        reader_healthy=float(reader_healthy),
        reader_diseased_healthy=float(everything),
        variance=variance,
        standard_error=math.sqrt(variance) if variance > 0 else None,
    )
