"""Cox's proportional hazards regression by the conventions of R's survival package (Therneau, 3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.stats.survival import checked_labels, checked_times, kaplan_meier
from hevesy.stats.words import Ties

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_STEPS, HALVINGS = 40, 30
CONVERGED = 1e-9
"""Relative gain in the logarithm of the likelihood at which R stops, and so do we: coefficients are good to about
1e-8."""
FLAT = 1e-6
"""Where the likelihood is this much less curved than without covariates it has flattened out, not come to a top."""
LARGEST = 50.0
"""No log hazard ratio per standard deviation is this large (e^50) unless the likelihood rises without end."""
UNSETTLED = 1e-2
"""Where the next step would still be longer than this (per standard deviation of the covariate), the likelihood has no
top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One covariate.

    Logarithm of its hazard ratio with standard error (robust where clusters were given), ratio with limits, Wald test.
    """

    name: str
    log_hazard_ratio: float
    standard_error: float
    robust_standard_error: float | None
    hazard_ratio: float
    lower: float
    upper: float
    z: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """A test with its statistic, degrees of freedom and p value."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Harrell's C.

    Share of comparable pairs in which the one at higher risk dies first, ties counting half; its standard error.
    """

    estimate: float
    standard_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a fit was made from, sorted by stratum and falling time."""

    time: Floats
    event: Ints
    entry: Floats
    late: bool
    stratum: Ints
    cluster: Ints | None
    covariates: Floats
    weight: Floats
    """Of the rows; 1 where none were given."""
    weighted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxFit:
    """A fitted Cox model; likelihoods without and with covariates, three tests that nothing matters."""

    coefficients: tuple[Coefficient, ...]
    covariance: Floats
    """Of the coefficients, from the information, shape (p, p)."""
    robust_covariance: Floats | None
    n: int
    events: int
    ties: Ties
    level: float
    null_log_likelihood: float
    log_likelihood: float
    likelihood_ratio: ChiSquare
    score: ChiSquare
    wald: ChiSquare
    rows: Rows

    @property
    def estimates(self) -> Floats:
        """Logarithms of the hazard ratios, shape (p,)."""
        return np.array([one.log_hazard_ratio for one in self.coefficients])


def cox(
    time: ArrayLike,
    observed: ArrayLike,
    covariates: ArrayLike,
    names: Sequence[str],
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Fit a Cox model; `covariates` of shape (n, p), `names` one for each column.

    `entry`: left truncation, or the start of an interval in which time-varying covariates hold; `strata`: labels of
    separate baseline hazards; `cluster`: labels of rows that belong together, for the robust (sandwich) covariance;
    `weights` of the rows, above 0: a weight is no number of subjects, so that errors are to be trusted with `cluster`
    only.

    >>> fit = cox([5, 8, 11, 13, 16, 20], [1, 1, 1, 0, 1, 1], [[1.0], [0], [1], [1], [0], [0]], ["treated"])
    >>> round(fit.coefficients[0].hazard_ratio, 3)
    2.303

    Sources: Cox, J R Stat Soc B 1972;34:187; Efron, J Am Stat Assoc 1977;72:557; Lin and Wei, J Am Stat Assoc
    1989;84:1074.
    """
    rows = _sorted(time, observed, covariates, names, entry, strata, cluster, weights)
    _check_asked(rows, ties, level)
    middle, scale = rows.covariates.mean(0), rows.covariates.std(0)
    for place in np.flatnonzero(scale == 0)[:1]:
        raise CannotAnswerError(f"{names[place]} is the same for everyone")
    top = _top(replace(rows, covariates=(rows.covariates - middle) / scale), names, ties)
    covariance = np.linalg.inv(top.information) / np.outer(scale, scale)
    estimates = top.beta / scale
    robust = None
    if rows.cluster is not None:
        centred = replace(rows, covariates=rows.covariates - middle)
        robust = _robust_covariance(centred, rows.cluster, estimates, covariance, ties)
    used, p = covariance if robust is None else robust, len(estimates)
    return CoxFit(
        coefficients=_coefficients(names, estimates, covariance, robust, level),
        covariance=covariance,
        robust_covariance=robust,
        n=len(rows.time),
        events=int(rows.event.sum()),
        ties=ties,
        level=level,
        null_log_likelihood=top.null_log_likelihood,
        log_likelihood=top.log_likelihood,
        likelihood_ratio=_test(2 * (top.log_likelihood - top.null_log_likelihood), p),
        score=_test(top.score_chi_square, p),
        wald=_test(float(estimates @ np.linalg.solve(used, estimates)), p),
        rows=rows,
    )


def _check_asked(rows: Rows, ties: Ties, level: float) -> None:
    if ties not in ("efron", "breslow", "exact"):
        raise RuleError(f"ties are treated by efron, breslow or exact, got {ties!r}")
    if rows.cluster is not None and ties == "exact":
        raise RuleError("a robust covariance is not defined for exact ties; use efron or breslow")
    if rows.weighted and ties == "exact":
        raise RuleError("weights are not defined for exact ties; use efron or breslow")
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    if not rows.event.any():
        raise CannotAnswerError("a Cox model needs at least one event, got none")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Top:
    """Where the likelihood is highest, of standardised covariates, and what it was without them."""

    beta: Floats
    log_likelihood: float
    information: Floats
    null_log_likelihood: float
    score_chi_square: float
    """Of the score test, which looks from where nothing matters."""


def _top(rows: Rows, names: Sequence[str], ties: Ties) -> _Top:
    """The top by Newton's steps; refused where covariates have no separate effects or the likelihood has no top."""
    p = rows.covariates.shape[1]
    beta = np.zeros(p)
    null, score, information = _likelihood(rows, beta, ties)
    # of standardised covariates each event adds about 1
    if np.linalg.matrix_rank(information, hermitian=True, tol=1e-9 * (rows.weight * rows.event).sum()) < p:
        raise CannotAnswerError(f"the covariates {', '.join(names)} have no separate effects where somebody dies")
    score_chi_square = float(score @ np.linalg.solve(information, score))
    at_first, now = np.diag(information), null
    for _ in range(MOST_STEPS):
        higher = _uphill(rows, ties, beta, now, _step(information, score))
        if higher is None:
            break
        before, (beta, now, score, information) = now, higher
        if not now or abs(1 - before / now) <= CONVERGED:
            break
    flat = (np.diag(information) < FLAT * at_first).any() or np.abs(beta).max() > LARGEST
    if flat or np.abs(_step(information, score)).max() > UNSETTLED * max(1.0, np.abs(beta).max()):
        worst = names[int(np.argmax(np.abs(beta)))]
        raise CannotAnswerError(
            f"the likelihood rises without end in {worst}: it tells who dies from who does not; "
            "there is no hazard ratio"
        )
    return _Top(
        beta=beta,
        log_likelihood=now,
        information=information,
        null_log_likelihood=null,
        score_chi_square=score_chi_square,
    )


def _uphill(
    rows: Rows, ties: Ties, beta: Floats, now: float, step: Floats
) -> tuple[Floats, float, Floats, Floats] | None:
    """Coefficients after a step, halved until the likelihood is no lower, with likelihood, score and information.

    None where there is no step, or the coefficients have become so large that there is no top.
    """
    if not np.isfinite(step).all():
        return None
    for _ in range(HALVINGS):
        after, score, information = _likelihood(rows, beta + step, ties)
        if np.isfinite(after) and after >= now - 1e-9 * (1 + abs(now)):
            return beta + step, after, score, information
        step = step / 2
    if np.abs(beta).max() > LARGEST:
        return None
    raise CannotAnswerError("the likelihood could not be made larger: check the covariates")


def _robust_covariance(rows: Rows, cluster: Ints, estimates: Floats, covariance: Floats, ties: Ties) -> Floats:
    """Lin and Wei's sandwich: the influence of each cluster on the coefficients, squared and summed."""
    p, clusters = len(estimates), int(cluster.max()) + 1
    if clusters <= p:
        raise CannotAnswerError(f"a robust covariance of {p} covariates needs more than {p} clusters, got {clusters}")
    influence = rows.weight[:, None] * _score_residuals(rows, estimates, ties) @ covariance
    summed = np.zeros((clusters, p))
    np.add.at(summed, cluster, influence)
    return np.asarray(summed.T @ summed)


def _coefficients(
    names: Sequence[str], estimates: Floats, covariance: Floats, robust: Floats | None, level: float
) -> tuple[Coefficient, ...]:
    used = covariance if robust is None else robust
    z0 = float(ndtri(1 - (1 - level) / 2))

    def ratio(log_ratio: float) -> float:
        with np.errstate(over="ignore"):
            return float(np.exp(log_ratio))

    coefficients = []
    for place, name in enumerate(names):
        error = float(np.sqrt(used[place, place]))
        z = float(estimates[place] / error)
        coefficients.append(
            Coefficient(
                name=name,
                log_hazard_ratio=float(estimates[place]),
                standard_error=float(np.sqrt(covariance[place, place])),
                robust_standard_error=None if robust is None else error,
                hazard_ratio=ratio(estimates[place]),
                lower=ratio(estimates[place] - z0 * error),
                upper=ratio(estimates[place] + z0 * error),
                z=z,
                p_value=float(chdtrc(1, z * z)),
            )
        )
    return tuple(coefficients)


def concordance(fit: CoxFit) -> Concordance:
    """How well the linear predictor orders the deaths, pairs within strata.

    The standard error from the influence of each row.

    Source: Therneau and Watson, The concordance statistic and the Cox model, Mayo Clinic technical report 85 (2017).
    """
    from hevesy.kernels.risk_sets import CONCORDANT, DISCORDANT, KINDS_OF_PAIRS, UNDECIDED, pairs

    if fit.rows.weighted:
        raise RuleError("concordance is not defined here for weighted rows")
    rows, predictor = fit.rows, fit.rows.covariates @ fit.estimates
    counted = np.zeros((len(rows.time), KINDS_OF_PAIRS))
    for stratum in range(int(rows.stratum.max()) + 1):
        own = np.flatnonzero(rows.stratum == stratum)
        values, rank = np.unique(predictor[own], return_inverse=True)
        time, entry = rows.time[own], rows.entry[own]
        counted[own] = pairs(
            time,
            rows.event[own],
            entry,
            rank,
            len(values),
            np.argsort(time, kind="stable"),
            np.argsort(entry, kind="stable"),
        )
    pairs_of = counted.sum(0) / 2
    whole = pairs_of[CONCORDANT] + pairs_of[DISCORDANT] + pairs_of[UNDECIDED]
    if whole == 0:
        raise CannotAnswerError("no pair can be compared")
    estimate = (pairs_of[CONCORDANT] + pairs_of[UNDECIDED] / 2) / whole
    influence = (counted[:, CONCORDANT] + counted[:, UNDECIDED] / 2 - estimate * counted.sum(1)) / whole
    if rows.cluster is not None:
        influence = np.bincount(rows.cluster, weights=influence)
    return Concordance(estimate=float(estimate), standard_error=float(np.sqrt((influence**2).sum())))


def proportional_hazards(fit: CoxFit) -> dict[str, ChiSquare]:
    """Test, by covariate and of all (`GLOBAL`), that coefficients do not change with 1 - S(t).

    The score test of that interaction.

    Source: Grambsch and Therneau, Biometrika 1994;81:515, with the exact variance.
    """
    if fit.ties == "exact":
        raise RuleError("proportional hazards are tested with ties by efron or breslow, not exact")
    rows = replace(fit.rows, covariates=fit.rows.covariates - fit.rows.covariates.mean(0))
    curve = kaplan_meier(rows.time, rows.event, entry=rows.entry if rows.late else None)
    before = np.searchsorted(curve.time, rows.time, side="left")
    g = 1 - np.concatenate([[1.0], curve.survival])[before]
    _, _, within = _likelihood(rows, fit.estimates, fit.ties)
    _, score, across = _likelihood(rows, fit.estimates, fit.ties, factor=g)
    _, _, both = _likelihood(rows, fit.estimates, fit.ties, factor=g * g)
    left = both - across @ np.linalg.solve(within, across)
    found = {
        one.name: _test(float(score[place] ** 2 / left[place, place]), 1) for place, one in enumerate(fit.coefficients)
    }
    found["GLOBAL"] = _test(float(score @ np.linalg.solve(left, score)), len(fit.coefficients))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Death:
    """One time of death in one stratum.

    Rows of those who die, means and variances of the risk set in each of the steps of tied deaths.
    """

    time: float
    stratum: int
    dying: Ints
    share: float
    """Mean weight of those who die."""
    weights: Floats
    """`share` / (sum of weights), by step, shape (d,)."""
    means: Floats
    variances: Floats
    sum_of_deaths: Floats


def _deaths(rows: Rows, estimates: Floats, ties: Ties) -> list[_Death]:
    """Every time of death with its risk set's moments.

    A plain walk, quadratic in the number of rows, for diagnostics.
    """
    predictor = rows.covariates @ estimates
    weight = rows.weight * np.exp(predictor - predictor.max())
    scale = float(np.exp(-predictor.max()))
    found = []
    for stratum in range(int(rows.stratum.max()) + 1):
        inside = rows.stratum == stratum
        for time in np.unique(rows.time[inside & (rows.event == 1)]):
            risk = np.flatnonzero(inside & (rows.time >= time) & (rows.entry < time))
            dying = np.flatnonzero(inside & (rows.time == time) & (rows.event == 1))
            part = np.arange(len(dying)) / len(dying) if ties == "efron" else np.zeros(len(dying))
            x, xd = rows.covariates[risk], rows.covariates[dying]
            s0 = weight[risk].sum() - part * weight[dying].sum()
            s1 = weight[risk] @ x - part[:, None] * (weight[dying] @ xd)
            s2 = (weight[risk, None] * x).T @ x - part[:, None, None] * ((weight[dying, None] * xd).T @ xd)
            means, share = s1 / s0[:, None], float(rows.weight[dying].mean())
            found.append(
                _Death(
                    time=float(time),
                    stratum=stratum,
                    dying=dying,
                    share=share,
                    weights=share * scale / s0,
                    means=means,
                    variances=s2 / s0[:, None, None] - means[:, :, None] * means[:, None, :],
                    sum_of_deaths=rows.weight[dying] @ xd,
                )
            )
    return found


def _score_residuals(rows: Rows, estimates: Floats, ties: Ties) -> Floats:
    """Each row's share of the score, shape (n, p)."""
    found = np.zeros_like(rows.covariates)
    risk_score = np.exp(rows.covariates @ estimates)
    for death in _deaths(rows, estimates, ties):
        inside = (rows.stratum == death.stratum) & (rows.time >= death.time) & (rows.entry < death.time)
        inside[death.dying] = False
        living = np.flatnonzero(inside)
        hazard, tilt = death.weights.sum(), death.weights @ death.means
        found[living] -= risk_score[living, None] * (rows.covariates[living] * hazard - tilt)
        count = len(death.dying)
        part = 1 - (np.arange(count) / count if ties == "efron" else np.zeros(count))
        hazard, tilt = (part * death.weights).sum(), (part * death.weights) @ death.means
        own = rows.covariates[death.dying]
        found[death.dying] += own - death.means.mean(0) - risk_score[death.dying, None] * (own * hazard - tilt)
    return found


def _likelihood(rows: Rows, beta: Floats, ties: Ties, factor: Floats | None = None) -> tuple[float, Floats, Floats]:
    """Logarithm of the partial likelihood, score and information.

    With `factor` by row, what each time of death adds times its factor.
    """
    from hevesy.kernels.risk_sets import exact_likelihood, partial_likelihood

    predictor = rows.covariates @ beta
    if ties == "exact":
        value, score, information = exact_likelihood(
            rows.time, rows.event, rows.stratum, rows.entry, rows.covariates, predictor
        )
    else:
        leave = np.lexsort((-rows.entry, rows.stratum)) if rows.late else np.zeros(0, np.int64)
        factor = np.ones_like(rows.time) if factor is None else factor
        value, score, information = partial_likelihood(
            rows.time,
            rows.event,
            rows.stratum,
            rows.entry,
            leave,
            rows.covariates,
            predictor,
            rows.weight,
            factor,
            ties == "efron",
        )
    return float(value), score, information


def _sorted(
    time: ArrayLike,
    observed: ArrayLike,
    covariates: ArrayLike,
    names: Sequence[str],
    entry: ArrayLike | None,
    strata: ArrayLike | None,
    cluster: ArrayLike | None,
    weights: ArrayLike | None,
) -> Rows:
    times, events, entries = checked_times(time, observed, entry)
    x = np.asarray(covariates, dtype=np.float64)
    if x.ndim != 2 or x.shape != (times.size, len(names)) or not names:
        raise RuleError(f"covariates have shape (subjects, names), here ({times.size}, {len(names)}), got {x.shape}")
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise RuleError(f"a covariate must be finite, got {x[row, column]} ({names[column]} of subject {row + 1})")
    labels = []
    for what, given in (("stratum", strata), ("cluster", cluster)):
        own = np.zeros(times.size) if given is None else checked_labels(given, what)
        if own.shape != times.shape:
            raise RuleError(f"every subject has one {what}, got {own.size} for {times.size} subjects")
        labels.append(np.unique(own, return_inverse=True)[1].astype(np.int64))
    case = np.ones(times.size) if weights is None else np.asarray(weights, dtype=np.float64)
    if case.shape != times.shape:
        raise RuleError(f"every subject has one weight, got {case.size} for {times.size} subjects")
    for place in np.flatnonzero(~(np.isfinite(case) & (case > 0)))[:1]:
        raise RuleError(f"a weight is finite and above 0, got {case[place]:g} (subject {place + 1})")
    order = np.lexsort((-times, labels[0]))
    late = entries is not None
    return Rows(
        time=times[order],
        event=events[order].astype(np.int64),
        entry=entries[order] if entries is not None else np.full(times.size, -np.inf),
        late=late,
        stratum=labels[0][order],
        cluster=labels[1][order] if cluster is not None else None,
        covariates=np.ascontiguousarray(x[order]),
        weight=case[order],
        weighted=weights is not None,
    )


def _step(information: Floats, score: Floats) -> Floats:
    """Newton's; where the information has lost its rank, infinitely long."""
    if not np.isfinite(information).all() or np.linalg.cond(information) > 1e15:
        return np.full_like(score, np.inf)
    return np.asarray(np.linalg.solve(information, score))


def _test(chi_square: float, degrees: int) -> ChiSquare:
    return ChiSquare(chi_square=chi_square, degrees_of_freedom=degrees, p_value=float(chdtrc(degrees, chi_square)))
