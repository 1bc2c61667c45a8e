"""Linear mixed models by restricted maximum likelihood: a random start per subject, or any covariance of occasions.

The responses y of all subjects have the mean X b and the covariance V = sum of theta_k V_k, block by block of subjects,
where the V_k are known: for a random start of each subject a block of ones and the identity, for an unstructured
covariance of occasions one matrix for each of its elements.

Sources: H. D. Patterson and R. Thompson, Biometrika 1971;58:545 (restricted likelihood); F. E. Satterthwaite, Biom
Bull 1946;2:110, and A. Kuznetsova et al., J Stat Softw 2017;82(13) (degrees of freedom of several rows); M. G. Kenward
and J. H. Roger, Biometrics 1997;53:983 (adjusted covariance and tests), as in U. Halekoh and S. Hojsgaard, J Stat Softw
2014;59(9).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import fdtrc, stdtr, stdtrit

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
DegreesOfFreedom = Literal["satterthwaite", "kenward-roger", "residual"]
"""How the degrees of freedom of a contrast are reckoned; Kenward and Roger also widen its error."""

_RATIOS = np.concatenate([[0.0], np.logspace(-4, 8, 25)])
"""Variance of subjects over that of a scan, between which a maximum is looked for."""
_MOST_STEPS = 500
_TOO_FEW = "the responses are too few for the degrees of freedom that are asked for"
_NOT_DETERMINED = "the responses do not determine a covariance of their occasions: too few subjects were seen on all"
_NOT_TOLD = "the responses do not tell the variance of subjects from that of a scan: there are too few"


class Sums(NamedTuple):
    """X'V^-1 X, shape (p, p), X'V^-1 y, shape (p,), y'V^-1 y and log det V, for a V up to a factor."""

    information: Floats
    moment: Floats
    square: float | Floats
    log_det: float | Floats


class Profiled(NamedTuple):
    """The best coefficients and factor for a V up to a factor.

    `value` is -2 log restricted likelihood up to a constant.
    """

    value: Floats
    beta: Floats
    information: Floats
    variance: Floats


def profiled(sums: Sums, free: int) -> Profiled:
    """Coefficients and the factor of V at which the restricted likelihood is highest; `free` is n - p.

    Of several V at once, all have a leading dimension.
    """
    beta: Floats = np.linalg.solve(sums.information, sums.moment[..., None]).astype(np.float64)
    explained = (sums.moment[..., None, :] @ beta)[..., 0, 0]
    variance = np.maximum((sums.square - explained) / free, 1e-300)
    value = free * np.log(variance) + sums.log_det + np.linalg.slogdet(sums.information)[1]
    return Profiled(value, beta[..., 0], sums.information, variance)


def log_likelihood(value: float | Floats, free: int) -> float:
    """The restricted log likelihood of a profiled value, with its constants."""
    return -0.5 * (float(value) + free * (1 + math.log(2 * math.pi)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A weighted sum of coefficients with its standard error, t, two-sided p and interval."""

    estimate: float
    standard_error: float
    df: float
    t: float
    p_value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FTest:
    """A test that several weighted sums of coefficients are all 0."""

    numerator_df: int
    denominator_df: float
    f: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedFit:
    """A fitted model: coefficients, shape (p,), and their covariance; `adjusted` is Kenward and Roger's.

    `components` are the theta_k. `at_boundary`: the variance of subjects is 0, as no larger one fits better.
    """

    coefficients: Floats
    covariance: Floats
    adjusted: Floats
    components: tuple[float, ...]
    at_boundary: bool
    log_likelihood: float
    subjects: int
    scans: int
    free: int
    slopes: Floats
    """How the covariance of the coefficients changes with each component, shape (k, p, p)."""
    observed: Floats
    """Covariance of the components by the curvature of the likelihood, shape (k, k)."""
    expected: Floats
    """The same by the curvature that is expected."""

    @property
    def criterion(self) -> float:
        """-2 log restricted likelihood."""
        return -2 * self.log_likelihood

    def contrast(self, weights: ArrayLike, df: DegreesOfFreedom = "satterthwaite", level: float = 0.95) -> Contrast:
        """The sum of coefficients with these weights, shape (p,)."""
        row = np.asarray(weights, dtype=np.float64)
        if not 0 < level < 1:
            raise RuleError(f"level must lie between 0 and 1, got {level}")
        if not row.any():
            raise RuleError("a contrast has a weight that is not 0")
        estimate = float(row @ self.coefficients)
        covariance = self.adjusted if df == "kenward-roger" else self.covariance
        variance = float(row @ covariance @ row)
        freedom = {"satterthwaite": self._satterthwaite, "kenward-roger": self._kenward_roger_of_one}
        degrees = freedom[df](row) if df in freedom else float(self.free)
        if not (variance > 0 and degrees > 0):
            raise RuleError(_TOO_FEW)
        error = math.sqrt(variance)
        t = estimate / error
        half = float(stdtrit(degrees, (1 + level) / 2)) * error
        return Contrast(
            estimate=estimate,
            standard_error=error,
            df=degrees,
            t=t,
            p_value=2 * float(stdtr(degrees, -abs(t))),
            lower=estimate - half,
            upper=estimate + half,
        )

    def tested(self, rows: ArrayLike, df: DegreesOfFreedom = "satterthwaite") -> FTest:
        """The test that all sums of coefficients are 0, weights of shape (q, p).

        Satterthwaite's degrees of freedom of several rows depend a little on which rows say the same.
        """
        weights = np.atleast_2d(np.asarray(rows, dtype=np.float64))
        q = int(np.linalg.matrix_rank(weights))
        if q < len(weights):
            raise RuleError("the rows of a test say each something of its own")
        match df:
            case "satterthwaite":
                f, degrees = self._f_satterthwaite(weights)
            case "kenward-roger":
                f, degrees = self._f_kenward_roger(weights)
            case _:
                f, degrees = self._wald(weights, self.covariance), float(self.free)
        if not (0 <= f < math.inf and degrees > 0):
            raise RuleError(_TOO_FEW)
        return FTest(numerator_df=q, denominator_df=degrees, f=f, p_value=float(fdtrc(q, degrees, f)))

    def _wald(self, weights: Floats, covariance: Floats) -> float:
        found = weights @ self.coefficients
        return float(found @ np.linalg.solve(weights @ covariance @ weights.T, found)) / len(weights)

    def _satterthwaite(self, row: Floats) -> float:
        slope = np.einsum("p,kpq,q->k", row, self.slopes, row)
        return 2 * float(row @ self.covariance @ row) ** 2 / float(slope @ self.observed @ slope)

    def _f_satterthwaite(self, weights: Floats) -> tuple[float, float]:
        _, directions = np.linalg.eigh(weights @ self.covariance @ weights.T)
        degrees = np.array([self._satterthwaite(row) for row in directions.T @ weights])
        f, q = self._wald(weights, self.covariance), len(weights)
        if np.ptp(degrees) < 1e-8:
            return f, float(degrees.mean())
        if degrees.min() <= 2:
            return f, 2.0
        expected = float((degrees / (degrees - 2)).sum())
        return f, 2 * expected / (expected - q)

    def _shares(self, weights: Floats) -> tuple[float, float]:
        """Kenward and Roger's A1 and A2."""
        theta = weights.T @ np.linalg.solve(weights @ self.covariance @ weights.T, weights)
        parts = np.einsum("pq,kqr->kpr", theta, self.slopes)
        traces = np.einsum("kpp->k", parts)
        return (
            float(traces @ self.expected @ traces),
            float(np.einsum("kl,kpq,lqp->", self.expected, parts, parts)),
        )

    def _kenward_roger_of_one(self, row: Floats) -> float:
        return 2 / self._shares(row[None, :])[0]

    def _f_kenward_roger(self, weights: Floats) -> tuple[float, float]:
        f, q = self._wald(weights, self.adjusted), len(weights)
        first, second = self._shares(weights)
        if q == 1:
            return f, 2 / first
        b = (first + 6 * second) / (2 * q)
        g = ((q + 1) * first - (q + 4) * second) / ((q + 2) * second)
        below = 3 * q + 2 * (1 - g)
        v0, v1, v2 = (1 + g / below * b), (1 - (q - g) / below * b), (1 - (q + 2 - g) / below * b)
        v0 = 0.0 if abs(v0) < 1e-10 else v0
        left = 1 - second / q
        narrowed = 1.0 if max(abs(left), abs(v1)) < 1e-14 or v1 == 0 else left / v1
        # v2 is 0 where the degrees of freedom are 4, as of three subjects at three times
        over = narrowed**2 * v0 - v2
        if over == 0:
            raise RuleError(_TOO_FEW)
        degrees = 4 + (q + 2) * v2 / over
        scale = 1.0 if abs(degrees - 2) < 1e-2 else degrees * left / (degrees - 2)
        return scale * f, degrees


def random_start(subject: Sequence[str], design: ArrayLike, response: ArrayLike) -> MixedFit:
    """Each subject has its own start: components are the variance of subjects and that of a scan of one of them.

    `design` has shape (n, p), `response` (n,). Where every subject has one scan the two cannot be told apart: then
    there is one component, of both together. The ratio of the variances is the best of all maxima of the profiled
    likelihood, found from its slope.

    >>> fit = random_start(["a", "a", "b", "b", "c", "c"], [[1.0, 0], [0, 1]] * 3, [1.0, 2, 3, 3.5, 2, 4])
    >>> [round(one, 4) for one in fit.components]
    [0.75, 0.2917]
    """
    rows, y, of_subject = _checked(subject, design, response)
    if len(of_subject) < 2:
        raise RuleError(f"two subjects or more are needed, got {len(of_subject)}")
    sizes = sorted({len(own) for own in of_subject})
    alone = sizes == [1]
    groups = [np.array([own for own in of_subject if len(own) == size]) for size in sizes]
    begun: Floats = np.linalg.lstsq(rows, y, rcond=None)[0].astype(np.float64)
    y = y - rows @ begun
    blocks = [
        _Block(rows[places], y[places], np.array([np.eye(size)] if alone else [np.ones((size, size)), np.eye(size)]))
        for size, places in zip(sizes, groups, strict=True)
    ]
    free = rows.shape[0] - rows.shape[1]
    _refuse_exact(y, free, rows @ begun)
    if alone:
        return _fit(blocks, np.array([float(y @ y) / free]), begun, free)
    if free < 2:
        raise RuleError(_NOT_TOLD)
    ratio, scan = _best_ratio(blocks, free)
    return _fit(blocks, np.array([ratio * scan, scan]), begun, free)


def unstructured(subject: Sequence[str], occasion: Sequence[int], design: ArrayLike, response: ArrayLike) -> MixedFit:
    """Any covariance between occasions (numbered from 0), the same for all subjects: a model for repeated measures.

    Components are the variances and covariances of occasions in the order (0, 0), (0, 1), ..., (1, 1), ...
    Refused are two responses of a subject on one occasion, two occasions on which no subject was seen both times, and
    what does not determine the covariance.
    """
    rows, y, of_subject = _checked(subject, design, response)
    when = np.asarray(occasion, dtype=np.int64)
    if when.shape != y.shape or (len(when) and when.min() < 0):
        raise RuleError(f"every response has its occasion, numbered from 0, got {when.size} of {y.size}")
    occasions = int(when.max()) + 1
    pairs = [(first, second) for first in range(occasions) for second in range(first, occasions)]
    seen: dict[tuple[int, ...], list[NDArray[np.int64]]] = {}
    for own in of_subject:
        ordered = own[np.argsort(when[own], kind="stable")]
        key = tuple(when[ordered].tolist())
        if len(set(key)) < len(key):
            raise RuleError(f"{subject[own[0]]} has two responses on one occasion")
        seen.setdefault(key, []).append(ordered)
    for first, second in pairs:
        if not any(first in key and second in key for key in seen):
            raise RuleError(f"no subject has responses on occasions {first + 1} and {second + 1}")
    begun: Floats = np.linalg.lstsq(rows, y, rcond=None)[0].astype(np.float64)
    y = y - rows @ begun
    free = rows.shape[0] - rows.shape[1]
    _refuse_exact(y, free, rows @ begun)
    units = np.array([_unit(occasions, first, second) for first, second in pairs])
    blocks = [
        _Block(rows[places], y[places], units[:, key][:, :, key])
        for key, found in sorted(seen.items())
        for places in [np.array(found)]
    ]
    theta = _scored(blocks, units, np.array([float(y @ y) / free * (one == two) for one, two in pairs]))
    return _fit(blocks, theta, begun, free)


class _Block(NamedTuple):
    """Subjects of one pattern: design (m, s, p), response (m, s), and the parts of their covariance (k, s, s)."""

    design: Floats
    response: Floats
    parts: Floats


class _Curvature(NamedTuple):
    """At some components: what `profiled` needs, and the slope and curvature of -2 log restricted likelihood."""

    sums: Sums
    beta: Floats
    covariance: Floats
    value: float
    """-2 log restricted likelihood, with its constants."""
    slope: Floats
    expected: Floats
    observed: Floats
    weighted: Floats
    """X'V^-1 V_k V^-1 X, shape (k, p, p)."""
    crossed: Floats
    """X'V^-1 V_k V^-1 V_l V^-1 X, shape (k, l, p, p)."""


def _checked(
    subject: Sequence[str], design: ArrayLike, response: ArrayLike
) -> tuple[Floats, Floats, list[NDArray[np.int64]]]:
    """Design, response and the places of each subject; what makes no model is refused."""
    rows, y = np.asarray(design, dtype=np.float64), np.asarray(response, dtype=np.float64)
    if rows.ndim != 2 or y.ndim != 1 or not len(subject) == len(rows) == len(y):
        raise RuleError(
            f"subjects, rows of the design and responses are of one number, got {len(subject)}, {len(rows)}, {y.size}"
        )
    if not (np.isfinite(rows).all() and np.isfinite(y).all()):
        raise RuleError("every response is a finite number; leave out what is missing")
    if len(rows) <= rows.shape[1]:
        raise RuleError(
            f"more responses than coefficients are needed, got {len(rows)} responses of {rows.shape[1]} coefficients"
        )
    if np.linalg.matrix_rank(rows) < rows.shape[1]:
        raise RuleError("the design determines its coefficients: no column is 0 or made of others")
    places: dict[str, list[int]] = {}
    for place, one in enumerate(subject):
        places.setdefault(one, []).append(place)
    return rows, y, [np.array(own) for own in places.values()]


def _refuse_exact(residual: Floats, free: int, fitted: Floats) -> None:
    """Refuse responses that do not vary about their means: there is nothing to estimate an error from."""
    size = max(float(np.abs(fitted).max()), 1e-300)
    if math.sqrt(float(residual @ residual) / free) < 1e-12 * size:
        raise RuleError("the responses do not vary about their means: there is no error to estimate")


def _unit(size: int, first: int, second: int) -> Floats:
    found = np.zeros((size, size))
    found[first, second] = found[second, first] = 1.0
    return found


def _best_ratio(blocks: Sequence[_Block], free: int) -> tuple[float, float]:
    """Variance of subjects over that of a scan, and the latter, at the highest restricted likelihood."""
    sizes = np.array([block.response.shape[1] for block in blocks], dtype=np.float64)
    counts = np.array([len(block.response) for block in blocks], dtype=np.float64)
    columns, totals = [block.design.sum(axis=1) for block in blocks], [block.response.sum(axis=1) for block in blocks]
    xx = sum(np.einsum("msp,msq->pq", block.design, block.design) for block in blocks)
    xy = sum(np.einsum("msp,ms->p", block.design, block.response) for block in blocks)
    yy = sum(float((block.response**2).sum()) for block in blocks)
    ss = np.array([one.T @ one for one in columns])
    st = np.array([one.T @ total for one, total in zip(columns, totals, strict=True)])
    tt = np.array([float(total @ total) for total in totals])

    def at(ratios: Floats) -> tuple[Profiled, Floats]:
        """What is best at each ratio, and the slopes of its value."""
        ratio = ratios[:, None]
        weight, growing = ratio / (1 + ratio * sizes), 1 / (1 + ratio * sizes) ** 2
        found = profiled(
            Sums(
                xx - np.tensordot(weight, ss, 1),
                xy - weight @ st,
                yy - weight @ tt,
                np.log1p(ratio * sizes) @ counts,
            ),
            free,
        )
        b = found.beta
        less = tt - 2 * b @ st.T + ((b @ ss) * b).sum(axis=2).T
        spread = np.linalg.inv(found.information).reshape(len(ratios), -1) @ ss.reshape(len(ss), -1).T
        slope = (sizes / (1 + ratio * sizes)) @ counts
        return found, slope - (growing * (less / found.variance[:, None] + spread)).sum(axis=1)

    def slope_at(ratio: float) -> float:
        return float(at(np.array([ratio]))[1][0])

    slopes = at(_RATIOS)[1]
    maxima = [0.0] if slopes[0] >= 0 else []
    for place in np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0)).tolist():
        known = dict(zip(_RATIOS[place : place + 2].tolist(), slopes[place : place + 2].tolist(), strict=True))
        low, high = known
        maxima.append(float(brentq(lambda one, ends=known: ends[one] if one in ends else slope_at(one), low, high,
                                   xtol=1e-300, rtol=1e-13)))  # fmt: skip
    if not maxima:
        raise RuleError("the scans of a subject do not differ beyond their means: there is no error of a scan")
    found = at(np.array(maxima))[0]
    best = int(found.value.argmin())
    return maxima[best], float(found.variance[best])


def _curved(blocks: Sequence[_Block], theta: Floats, free: int) -> _Curvature:
    """Likelihood, slope and curvature at some components; a covariance that is none raises LinAlgError."""
    inverses = []
    log_det = 0.0
    for block in blocks:
        lower = np.linalg.cholesky(np.tensordot(theta, block.parts, 1))
        log_det += 2 * len(block.response) * float(np.log(np.diag(lower)).sum())
        half = np.linalg.inv(lower)
        inverses.append(half.T @ half)
    scaled = [np.einsum("st,mtp->msp", inverse, block.design) for block, inverse in zip(blocks, inverses, strict=True)]
    information = sum(np.einsum("msp,msq->pq", block.design, a) for block, a in zip(blocks, scaled, strict=True))
    moment = sum(np.einsum("msp,ms->p", a, block.response) for block, a in zip(blocks, scaled, strict=True))
    covariance = np.linalg.inv(information)
    covariance = (covariance + covariance.T) / 2
    beta = covariance @ moment
    k, p = len(theta), len(beta)
    weighted, crossed, traces = np.zeros((k, p, p)), np.zeros((k, k, p, p)), np.zeros((k, k))
    slope, square, tilted, quadratic = np.zeros(k), 0.0, np.zeros((k, p)), np.zeros((k, k))
    for block, inverse, a in zip(blocks, inverses, scaled, strict=True):
        left = block.response - block.design @ beta
        e = left @ inverse
        square += float((left * e).sum())
        turned = np.einsum("kst,mtp->kmsp", block.parts, a)
        weighted += np.einsum("msp,kmsq->kpq", a, turned)
        crossed += np.einsum("kmsp,lmsq->klpq", np.einsum("st,kmtp->kmsp", inverse, turned), turned)
        own = np.einsum("st,ktu->ksu", inverse, block.parts)
        traces += len(block.response) * np.einsum("ksu,lus->kl", own, own)
        pushed = np.einsum("kst,mt->kms", block.parts, e)
        slope += len(block.response) * np.einsum("kss->k", own) - np.einsum("ms,kms->k", e, pushed)
        quadratic += np.einsum("kms,lms->kl", pushed @ inverse, pushed)
        tilted += np.einsum("msp,kms->kp", a, pushed)
    slope -= np.einsum("pq,kqp->k", covariance, weighted)
    within = np.einsum("pq,kqr->kpr", covariance, weighted)
    expected = traces - 2 * np.einsum("pq,klqp->kl", covariance, crossed) + np.einsum("kpq,lqp->kl", within, within)
    observed = 2 * (quadratic - tilted @ covariance @ tilted.T) - expected
    value = square + log_det + float(np.linalg.slogdet(information)[1]) + free * math.log(2 * math.pi)
    sums = Sums(information, moment, square, log_det)
    return _Curvature(sums, beta, covariance, value, slope, expected, observed, weighted, crossed)


def _scored(blocks: Sequence[_Block], units: Floats, theta: Floats) -> Floats:
    """The components of an unstructured covariance by Fisher's scoring, halved where it would leave what is allowed."""
    free = sum(block.response.size for block in blocks) - blocks[0].design.shape[2]
    here = _curved(blocks, theta, free)
    for _ in range(_MOST_STEPS):
        step = _step(here, theta, units)
        if step is None:
            break
        gain = float(-step @ here.slope)
        if gain < 1e-20 * max(1.0, abs(here.value)):
            return theta
        share = 1.0
        while (onward := _allowed(blocks, units, theta + share * step, free)) is None or onward.value > (
            here.value + 1e-12 * abs(here.value)
        ):
            share /= 2
            if share < 1e-9:
                if gain < 1e-9:  # no step within rounding goes further
                    return theta
                raise RuleError(_NOT_DETERMINED)
        theta, here = theta + share * step, onward
    raise RuleError(_NOT_DETERMINED)


def _step(here: _Curvature, theta: Floats, units: Floats) -> Floats | None:
    """Where to from here, by the curvature that is, or else the one expected; None where neither says it."""
    variances = np.diag(np.tensordot(theta, units, 1))
    size = np.array([np.sqrt(variances[unit.any(axis=1)]).mean() ** 2 for unit in units])
    both = [curvature * np.outer(size, size) for curvature in (here.observed, here.expected)]
    if np.linalg.cond(both[1]) > 1e12:
        return None
    upward = np.linalg.eigvalsh(both[0])
    scaled = both[0] if upward[0] > 1e-3 * upward[-1] else both[1]
    return np.asarray(-size * np.linalg.solve(scaled, here.slope * size))


def _allowed(blocks: Sequence[_Block], units: Floats, theta: Floats, free: int) -> _Curvature | None:
    try:
        np.linalg.cholesky(np.tensordot(theta, units, 1))
        return _curved(blocks, theta, free)
    except np.linalg.LinAlgError:
        return None


def _certain(curvature: Floats) -> bool:
    """Whether a curvature is that of a maximum in every direction, whatever the units of the components."""
    diagonal = np.diag(curvature)
    if not (np.isfinite(curvature).all() and (diagonal > 0).all()):
        return False
    size = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(curvature / np.outer(size, size))[0] > 1e-9)


def _fit(blocks: Sequence[_Block], theta: Floats, begun: Floats, free: int) -> MixedFit:
    """The fit at the components that are best."""
    at = _curved(blocks, theta, free)
    covariance, k = at.covariance, len(theta)
    inner = [k - 1] if (boundary := k == 2 and theta[0] == 0) else list(range(k))
    curved = at.observed[np.ix_(inner, inner)]
    if not (_certain(at.expected) and _certain(curved)):
        raise RuleError(_NOT_TOLD if k < 3 else _NOT_DETERMINED)
    expected: Floats = 2 * np.linalg.inv(at.expected).astype(np.float64)
    observed = np.zeros((k, k))
    observed[np.ix_(inner, inner)] = 2 * np.linalg.inv(curved)
    once = np.einsum("kpq,lqs->klps", at.weighted @ covariance, at.weighted)
    excess = np.einsum("kl,klpq->pq", expected, at.crossed - once)
    adjusted = covariance + 2 * covariance @ excess @ covariance
    return MixedFit(
        coefficients=at.beta + begun,
        covariance=covariance,
        adjusted=(adjusted + adjusted.T) / 2,
        components=tuple(theta.tolist()),
        at_boundary=bool(boundary),
        log_likelihood=-at.value / 2,
        subjects=sum(len(block.response) for block in blocks),
        scans=sum(block.response.size for block in blocks),
        free=free,
        slopes=covariance @ at.weighted @ covariance,
        observed=observed,
        expected=expected,
    )
