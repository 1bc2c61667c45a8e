"""Curves fitted to measured activity: the model chosen, the time-integrated activity and how well it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri, stdtrit

from hevesy.errors import RuleError
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.kinetics import ExponentialSum
from hevesy.treat.least_squares import Best, inverse_of, nearest
from hevesy.treat.phases import FREE, LEAST_RATIO, MODELS, Family, Model
from hevesy.treat.profile import interval_h

Floats = NDArray[np.float64]
Sigma = Literal["known", "unknown"]
LEVEL = 0.95
SPARE = 2
"""Points beyond the free parameters that a model needs to be tried."""
MARKED_TAIL = 0.5
"""A larger share of decays after the last point is marked."""
NEAR = 3.0
"""Standard errors between a parameter and its bound, at least, for a covariance to be believed."""
STRAIGHT = 0.02
"""How far the width of the interval may be from that of a covariance, for a covariance to be believed."""
UNLIKELY = 0.01
"""Below this probability of the chi-square the points scatter more than their uncertainties say."""
TOO_CLOSE = 0.001
"""A chi-square so small has less than this probability: uncertainties were told too large, or of another kind."""
LEAST_WEIGHT_percent = 0.01
"""A weight below it is told so."""
LATE = 3
"""Points that tell how activity falls at last."""
DRAWS, SEED = 500, 131
SINGLE = "one point tells no half-life: take a single-time-point method (hanscheid) or half-lives of earlier patients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A model that was fitted: its integral, Akaike's criterion for few points (None: too few) and its weight.

    `probability` of so large a chi-square, where uncertainties are known and points are left over.
    """

    model: Model
    tia_h: float
    chi_square: float
    aicc: float | None
    weight: float
    probability: float | None

    @property
    def refuted(self) -> bool:
        """Whether the points scatter about it more than their uncertainties say."""
        return self.probability is not None and self.probability < UNLIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A fitted parameter with its standard error by covariance, and whether it lies near its bound."""

    name: str
    value: float
    standard_error: float | None
    near_bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A curve fitted to a region, of the label treated with; integrals in h (MBq h in the region for a MBq given).

    `tia_standard_error_h` is by covariance, or by Monte Carlo where a parameter lies near its bound or the interval is
    not as wide as the covariance says (`by`); None where the points leave none. The interval (95 %) is by profile
    likelihood.
    """

    region: str
    nuclide: str
    model: Model
    function: ExponentialSum
    measured: ExponentialSum
    """Of the label that was measured."""
    tia_h: float
    tia_standard_error_h: float | None
    by: Literal["covariance", "Monte Carlo"]
    tia_covariance_error_h: float | None
    tia_monte_carlo_h: float | None
    """The mean of fits to drawn curves, where a parameter lies near its bound; there it errs less than the fit."""
    tia_lower_h: float | None
    tia_upper_h: float | None
    tail_share: float
    tail_physical_h: float
    aicc: float | None
    models: tuple[Tried, ...]
    parameters: tuple[Parameter, ...]
    covariance: tuple[tuple[float, ...], ...] | None
    """Of the parameters, in their order."""
    residuals: tuple[float, ...]
    """Measured less fitted, over the standard uncertainty."""
    chi_square: float
    degrees: int
    sigma: Sigma
    because: tuple[str, ...]
    warnings: tuple[str, ...]
    best: _Solved = field(repr=False)
    drawn_h: Floats | None = field(default=None, repr=False, compare=False)
    """The integrals that a standard error by Monte Carlo is of; None of one by covariance."""
    drawn: Best | None = field(default=None, repr=False, compare=False)
    """The curves that these are of."""

    def draws_h(self, count: int, seed: int) -> Floats:
        """Integrals (count) of curves drawn about the fitted one and fitted again: a parametric bootstrap.

        Refused where nothing tells how far the points scatter.
        """
        return self.best.draws_h(self.best.about(self.best.scale), count, seed)

    def drawn_curves(self, count: int, seed: int) -> tuple[Floats, Floats]:
        """Coefficients (count, phases) and total rates per h (count, phases) of the curves that `draws_h` integrates.

        Of the label treated with, decay included; phases from the slowest on. Refused as `draws_h` is.
        """
        best, drawn = self.best, self.drawn
        if drawn is None or (count, seed) != (len(drawn.parts), SEED):
            drawn = best.drawn_again(best.about(best.scale), count, seed)
        return drawn.parts @ best.family.mixed, best.family.of_label(drawn.rates)

    def fitted_again(self, noise: Floats) -> tuple[Floats, Floats]:
        """Coefficients and total rates, as of `drawn_curves`, of fits to the fitted points with noise (count, points).

        Noise is of the shares as measured: for points that share it with those of other regions.
        """
        best = self.best
        drawn = best.drawn_again(lambda chance, count: noise, len(noise), SEED)
        return drawn.parts @ best.family.mixed, best.family.of_label(drawn.rates)

    def band(self, elapsed_h: Floats, count: int, seed: int) -> tuple[Floats, Floats] | None:
        """Limits (95 %) of the curve of the label measured at times (t), of curves drawn and fitted again.

        None where nothing tells how far the points scatter.
        """
        best, scale = self.best, self.best.scale
        if scale is None:
            return None
        drawn = best.drawn_again(best.about(scale), count, seed)
        phases = np.exp(-drawn.rates[:, None, :] * elapsed_h[:, None])
        curves = (phases * (drawn.parts @ best.family.mixed)[:, None, :]).sum(axis=-1)
        low, high = np.quantile(curves, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return low, high

    def residual_draws_h(self, count: int, seed: int) -> Floats:
        """The same with the residuals themselves, drawn with replacement: where their law is not known."""
        return self.best.draws_h(self.best.resampled(), count, seed)


def fit_curve(
    curve: TimeActivityCurve,
    *,
    physical_half_life_h: float,
    for_half_life_h: float | None = None,
    model: Model | None = None,
    sigma: Sigma = "known",
) -> Fitted:
    """Fit sums of exponentials to a curve, least squares weighted by its uncertainties; no biological rate is negative.

    `for_half_life_h`: of the label treated with, where it is another (the same biology, the other decay). Models of k
    free parameters are tried from k + 2 points on and one is chosen by AICc among those that the points do not refute;
    `model` names one instead.
    `sigma` "unknown": uncertainties say how points compare, their scale is found from the scatter.

    Refused: fewer points than a model has parameters (one point above all), an uncertainty of 0, a share below 0.
    Source: AICc: C. Hurvich and C. Tsai, Biometrika 76 (1989) 297; parameters counted as P. Kletting et al., Med. Phys.
    40 (2013) 102504.

    >>> times = (4.0, 24.0, 48.0, 96.0)
    >>> shares = tuple(0.2 * 2 ** (-t / 60) for t in times)
    >>> given = dict(region="liver", nuclide="I-124", elapsed_h=times, activity_fractions=shares)
    >>> curve = TimeActivityCurve(**given, standard_uncertainties=tuple(0.05 * one for one in shares))
    >>> round(fit_curve(curve, physical_half_life_h=100.224).tia_h, 6)
    17.31234
    """
    _refuse(curve, physical_half_life_h, for_half_life_h, model, sigma)
    label_h = physical_half_life_h if for_half_life_h is None else for_half_life_h
    tried = [
        _solved(curve, one, math.log(2) / physical_half_life_h, math.log(2) / label_h, sigma)
        for one in _to_try(len(curve.elapsed_h), model)
    ]
    criteria = [one.aicc for one in tried]
    weights = _weights(criteria)
    told = tuple(
        Tried(
            model=one.family.model,
            tia_h=one.tia_h,
            chi_square=one.chi_square,
            aicc=criterion,
            weight=weight,
            probability=one.probability,
        )
        for one, criterion, weight in zip(tried, criteria, weights, strict=True)
    )
    best = tried[max(range(len(tried)), key=lambda place: (not told[place].refuted, weights[place]))]
    return _fitted(curve, best, told, named=model is not None)


class _Solved(NamedTuple):
    """A model at its best: what every figure about it is made from."""

    family: Family
    measured: Floats
    parts: Floats
    rates: Floats
    chi_square: float
    sigma: Sigma

    @property
    def degrees(self) -> int:
        return len(self.measured) - FREE[self.family.model]

    @property
    def scale(self) -> float | None:
        """Of the uncertainties; None where it is unknown and no point is left to tell it."""
        if self.sigma == "known":
            return 1.0
        return math.sqrt(self.chi_square / self.degrees) if self.degrees else None

    @property
    def tia_h(self) -> float:
        return float(self.family.integrals_h(self.rates) @ self.parts)

    @property
    def aicc(self) -> float | None:
        n, k = len(self.measured), FREE[self.family.model]
        if n < k + SPARE:
            return None
        if self.sigma == "known":
            misfit = self.chi_square
        else:
            # a misfit that is rounding alone has no logarithm to speak of
            whole = float((self.measured / self.family.errors) @ (self.measured / self.family.errors))
            misfit = n * math.log(max(self.chi_square, 1e-24 * whole) / n)
        return misfit + 2 * k + 2 * k * (k + 1) / (n - k - 1)

    @property
    def probability(self) -> float | None:
        """Of so large a chi-square."""
        if self.sigma == "unknown" or not self.degrees:
            return None
        return float(chdtrc(self.degrees, self.chi_square))

    @property
    def fitted(self) -> Floats:
        return np.asarray((self.family.columns(self.rates) @ self.parts) * self.family.errors)

    def covariance(self) -> tuple[Floats, Floats]:
        """Of parts and logarithms of rates, for uncertainties as given, and the integral's derivatives by these."""
        slopes, integral = self.family.derivatives(self.parts, self.rates)
        return inverse_of(slopes.T @ slopes), integral

    def drawn(self, noise: _Noise, count: int, seed: int) -> Floats:
        """Points (count, n) about the fitted ones."""
        if count < 1:
            raise RuleError(f"draws are 1 or more, got {count}")
        return self.fitted + noise(np.random.default_rng(seed), count)

    def drawn_again(self, noise: _Noise, count: int, seed: int) -> Best:
        """Curves (count) drawn and fitted again."""
        return nearest(self.family, self.drawn(noise, count, seed), many=True)

    def draws_h(self, noise: _Noise, count: int, seed: int) -> Floats:
        return self.integrals_h(self.drawn_again(noise, count, seed))

    def integrals_h(self, of: Best) -> Floats:
        return np.asarray((self.family.integrals_h(of.rates) * of.parts).sum(axis=-1))

    def about(self, scale: float | None) -> _Noise:
        if scale is None:
            raise RuleError("no point is left to tell how far points scatter: there are as many parameters as points")
        return lambda chance, count: scale * self.family.errors * chance.standard_normal((count, len(self.measured)))

    def resampled(self) -> _Noise:
        if not self.degrees:
            raise RuleError("no point is left over to have a residual: there are as many parameters as points")
        left = (self.measured - self.fitted) / self.family.errors
        left = (left - left.mean()) * math.sqrt(len(left) / self.degrees)
        return lambda chance, count: self.family.errors * chance.choice(left, size=(count, len(left)))


class _Noise(Protocol):
    def __call__(self, chance: np.random.Generator, count: int) -> Floats: ...


def _refuse(
    curve: TimeActivityCurve, half_life_h: float, label_h: float | None, model: Model | None, sigma: Sigma
) -> None:
    for told in (half_life_h, half_life_h if label_h is None else label_h):
        if not 0 < told < math.inf:
            raise RuleError(f"a half-life lies above 0 h, got {told:g}")
    if sigma not in get_args(Sigma):
        raise RuleError(f"uncertainties are known or unknown in scale, got {sigma!r}")
    if model is not None and model not in MODELS:
        raise RuleError(f"{model!r} is none of {', '.join(MODELS)}", field="model")
    points, needed = len(curve.elapsed_h), FREE[model or "mono"]
    if points < needed:
        more = f": {SINGLE}" if points == 1 else ""
        told_points = f"{points} point{'s' * (points > 1)}"
        raise RuleError(f"{curve.region}: {told_points}, and {model or 'mono'} has {needed} parameters{more}")
    for time, share, error in zip(curve.elapsed_h, curve.activity_fractions, curve.standard_uncertainties, strict=True):
        if share < 0 or time < 0:
            raise RuleError(f"{curve.region} at {time:g} h: times and shares are 0 or more, got a share of {share:g}")
        if not 0 < error < math.inf:
            raise RuleError(f"{curve.region} at {time:g} h: an uncertainty lies above 0, got {error:g}")
    if not any(curve.activity_fractions):
        raise RuleError(f"{curve.region}: no point has activity, and nothing has no half-life")


def _to_try(points: int, named: Model | None) -> tuple[Model, ...]:
    if named is not None:
        return (named,)
    return tuple(one for one in MODELS if points >= FREE[one] + SPARE) or ("mono",)


def _solved(curve: TimeActivityCurve, model: Model, physical_per_h: float, label_per_h: float, sigma: Sigma) -> _Solved:
    family = Family(
        model=model,
        times_h=np.array(curve.elapsed_h),
        errors=np.array(curve.standard_uncertainties),
        physical_per_h=physical_per_h,
        label_per_h=label_per_h,
    )
    measured = np.array(curve.activity_fractions)
    best = nearest(family, measured[None])
    return _Solved(family, measured, best.parts[0], best.rates[0], float(best.chi_square[0]), sigma)


def _weights(criteria: Sequence[float | None]) -> list[float]:
    """Akaike weights; a model alone has all."""
    if len(criteria) == 1:
        return [1.0]
    known = [one for one in criteria if one is not None]
    raised = [math.exp(-(one - min(known)) / 2) for one in known]
    return [one / sum(raised) for one in raised]


def _fitted(curve: TimeActivityCurve, best: _Solved, tried: tuple[Tried, ...], named: bool) -> Fitted:
    family = best.family
    if not best.tia_h > 0:
        raise RuleError(
            f"{curve.region}: of all curves of {family.model} that without activity lies nearest to the points, and "
            "nothing has no half-life: are later activities lost, or is it another model?"
        )
    function = family.function(best.parts, best.rates)
    parameters, covariance, by_covariance = _known(best)
    error = by_covariance
    by: Literal["covariance", "Monte Carlo"] = "covariance"
    again: Best | None = None
    drawn_h: Floats | None = None
    lower, upper = _interval(best)
    why = _why_not(best, parameters, by_covariance, lower, upper)
    if why and best.scale:
        again = best.drawn_again(best.about(best.scale), DRAWS, SEED)
        drawn_h = best.integrals_h(again)
        error, by = float(drawn_h.std(ddof=1)), "Monte Carlo"
    drawn = None if drawn_h is None else float(drawn_h.mean())
    last = curve.elapsed_h[-1]
    tail = function.integral_h(last)
    because = [*_chosen(tried, len(curve.elapsed_h), named), *_because(best)]
    if drawn is not None and by_covariance is not None:
        because.append(
            f"standard error by Monte Carlo ({DRAWS} draws, mean {drawn:.4g} h): {why}; the covariance "
            f"({by_covariance:.3g} h) does not hold there"
        )
    return Fitted(
        region=curve.region,
        nuclide=curve.nuclide,
        model=family.model,
        function=function,
        measured=function.of(family.physical_per_h),
        tia_h=best.tia_h,
        tia_standard_error_h=error,
        by=by,
        tia_covariance_error_h=by_covariance,
        tia_monte_carlo_h=drawn,
        tia_lower_h=lower,
        tia_upper_h=upper,
        tail_share=tail / best.tia_h,
        tail_physical_h=function.integral_h(0.0, last) + float(function.at(last)) / family.label_per_h,
        aicc=best.aicc,
        models=tried,
        parameters=parameters,
        covariance=None if covariance is None else tuple(tuple(row) for row in covariance.tolist()),
        residuals=tuple(((best.measured - best.fitted) / family.errors).tolist()),
        chi_square=best.chi_square,
        degrees=best.degrees,
        sigma=best.sigma,
        because=tuple(because),
        warnings=_warnings(best, function, tail / best.tia_h, last),
        best=best,
        drawn_h=drawn_h,
        drawn=again,
    )


PART_NAMES = {
    "mono": ("share",),
    "uptake-mono": ("share",),
    "bi": ("slow share", "share at the start"),
    "tri": ("slow share", "middle share", "share at the start"),
}
RATE_NAMES = {1: ("",), 2: ("slow ", "fast "), 3: ("slow ", "middle ", "fast ")}


def _known(best: _Solved) -> tuple[tuple[Parameter, ...], Floats | None, float | None]:
    """Parameters, their covariance and the standard error of the integral by it."""
    family, scale = best.family, best.scale
    names = (
        *PART_NAMES[family.model],
        *(f"{one}biological rate per h" for one in RATE_NAMES[best.rates.size]),
    )
    values = np.concatenate([best.parts, best.rates - family.physical_per_h])
    if not scale:
        return tuple(Parameter(name=n, value=float(v), standard_error=None, near_bound=False)
                     for n, v in zip(names, values, strict=True)), None, None  # fmt: skip
    by_logs, integral = best.covariance()
    by_logs = scale**2 * by_logs
    turned = np.concatenate([np.ones(best.parts.size), best.rates])
    covariance = turned[:, None] * by_logs * turned
    errors = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    near = _near(best, by_logs, values, errors)
    parameters = tuple(
        Parameter(name=n, value=float(v), standard_error=float(e), near_bound=bool(b))
        for n, v, e, b in zip(names, values, errors, near, strict=True)
    )
    return parameters, covariance, math.sqrt(max(float(integral @ by_logs @ integral), 0.0))


def _near(best: _Solved, by_logs: Floats, values: Floats, errors: Floats) -> NDArray[np.bool_]:
    """Which parameters lie within some standard errors of a bound: 0, the next slower rate, the fastest seen."""
    count, family = best.parts.size, best.family
    near = values < NEAR * errors
    logs, spread = family.logs_of(best.rates), by_logs[count:, count:]
    for place in range(1, logs.size):
        own = spread[place - 1 : place + 1, place - 1 : place + 1]
        apart = math.sqrt(max(float(own.trace() - 2 * own[0, 1]), 0.0))
        near[count + place] |= logs[place] - logs[place - 1] - math.log(LEAST_RATIO) < NEAR * apart
    fastest = math.sqrt(max(float(spread[-1, -1]), 0.0))
    near[-1] |= math.log(family.fastest_per_h / best.rates[-1]) < NEAR * fastest
    return np.asarray(near)


def _why_not(
    best: _Solved,
    parameters: Sequence[Parameter],
    by_covariance: float | None,
    lower: float | None,
    upper: float | None,
) -> str:
    """Why a standard error by covariance does not hold; empty where it does."""
    near = [one.name for one in parameters if one.near_bound]
    if near:
        return f"{', '.join(near)} within {NEAR:g} standard errors of a bound"
    if not by_covariance or lower is None or upper is None:
        return ""
    wide = (upper - lower) / 2 / by_covariance
    straight = math.sqrt(float(chdtri(1, 1 - LEVEL)))
    if best.sigma == "unknown":
        straight = float(stdtrit(best.degrees, (1 + LEVEL) / 2))
    if abs(wide / straight - 1) <= STRAIGHT:
        return ""
    return f"the interval is {wide / straight:.3g} times as wide as the covariance says"


def _interval(best: _Solved) -> tuple[float | None, float | None]:
    """By profile likelihood: chi-square where uncertainties are known, else F (t squared)."""
    if best.sigma == "known":
        limit = best.chi_square + float(chdtri(1, 1 - LEVEL))
    elif best.degrees:
        limit = best.chi_square * (1 + float(stdtrit(best.degrees, (1 + LEVEL) / 2)) ** 2 / best.degrees)
    else:
        return None, None
    lower, upper = interval_h(best.family, best.measured, limit, best.rates)
    # of points that lie on a member, scale unknown, rounding leaves no member within the limit, or the best one outside
    return max(min(lower, best.tia_h), 0.0), max(upper, best.tia_h)


def _chosen(tried: Sequence[Tried], points: int, named: bool) -> tuple[str, ...]:
    (first, *more) = tried
    needs = f"{first.model} has {FREE[first.model]} free parameters and is tested from {FREE[first.model] + SPARE} on"
    if points < FREE[first.model] + SPARE and not more:
        how = "the model was named" if named else "the simplest model was taken"
        return (f"{how} and the choice was not tested: {points} points, and {needs}",)
    if named:
        return (f"the model was named ({first.model}); no other was tried",)
    if not more:
        return (f"{points} points allow no other model than {first.model} to be tried (uptake-mono needs 5)",)
    weighed = ", ".join(f"{one.model} {_percent(one.weight)} %" for one in tried)
    chosen = f"model by AICc, weights: {weighed}; a model is tried from {SPARE} points beyond its parameters on"
    aside = [one.model for one in tried if one.refuted]
    if not aside or len(aside) == len(tried):
        return (chosen,)
    return (chosen, f"set aside, as the points scatter about it too far (chi-square, below 1 %): {', '.join(aside)}")


def _percent(weight: float) -> str:
    return f"{100 * weight:.3g}" if 100 * weight >= LEAST_WEIGHT_percent else f"below {LEAST_WEIGHT_percent:g}"


def _because(best: _Solved) -> tuple[str, ...]:
    family = best.family
    weighed = "points are weighted by their standard uncertainties (k = 1)"
    scale = "as known" if best.sigma == "known" else "of unknown scale, which the scatter about the curve gives"
    told = [
        "biological rates are 0 or more by construction; no phase faster than 4 half-lives up to the first point",
        f"{weighed}, {scale}",
    ]
    if family.label_per_h != family.physical_per_h:
        told.append(
            f"label exchanged: the same biology, half-life {math.log(2) / family.label_per_h:.6g} h in place of "
            f"{math.log(2) / family.physical_per_h:.6g} h"
        )
    law = "chi-square" if best.sigma == "known" else "F"
    told.append(f"interval of 95 % by profile likelihood ({law}) of the model chosen")
    return tuple(told)


def _too_slow(best: _Solved) -> tuple[str, ...]:
    """A sentence where the last points fall more slowly than their nuclide decays."""
    late, family, scale = best.measured[-LATE:], best.family, best.scale or 1.0
    if len(late) < 2 or not (late > 0).all():
        return ()
    times, errors = family.times_h[-LATE:], scale * family.errors[-LATE:] / late
    weights = 1 / errors**2
    middle = float(weights @ times / weights.sum())
    spread = float(weights @ (times - middle) ** 2)
    rate = -float((weights * (times - middle)) @ np.log(late)) / spread
    if rate > family.physical_per_h - NEAR / math.sqrt(spread):
        return ()
    return (
        f"the last {len(late)} points fall more slowly than their nuclide decays ({rate:.3g} against "
        f"{family.physical_per_h:.3g} per h): is more still taken up, or were they corrected for decay?",
    )


def _warnings(
    best: _Solved,
    function: ExponentialSum,
    tail: float,
    last_h: float,
) -> tuple[str, ...]:
    told = []
    if tail > MARKED_TAIL:
        told.append(
            f"{100 * tail:.3g} % of the decays lie after the last point ({last_h:g} h): the fit alone tells them"
        )
    chance = best.probability
    if chance is not None and chance < UNLIKELY:
        told.append(
            f"points scatter about {best.family.model} more than their uncertainties say (chi-square "
            f"{best.chi_square:.3g} of {best.degrees} degrees of freedom, probability {chance:.2g}): name a model "
            "with more phases, or are the uncertainties larger?"
        )
    if best.sigma == "known" and chance is not None and chance > 1 - TOO_CLOSE:
        told.append(
            f"points lie far closer to {best.family.model} than their uncertainties say (chi-square "
            f"{best.chi_square:.3g} of {best.degrees} degrees of freedom): were relative uncertainties given in place "
            "of those of the share?"
        )
    if best.sigma == "known" and not best.degrees:
        told.append("as many parameters as points: nothing tells whether the model fits")
    told += _too_slow(best)
    if float(function.at(0.0)) > 1:
        told.append(f"the curve begins at {float(function.at(0.0)):.3g} of the administered, more than was given")
    return tuple(told)
