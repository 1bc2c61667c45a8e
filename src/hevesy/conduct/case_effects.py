"""What doses of a case stand beside: limits, biological effect, effective dose."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.conduct.case_activity import NOTHING, Told, activity_of, labels
from hevesy.conduct.case_by_table import Place
from hevesy.errors import CannotAnswerError, DeliveryError, RuleError
from hevesy.files.tissue_weights import read_tissue_weights
from hevesy.nuclides.library import emissions
from hevesy.study.case import Case, CaseEffect, EffectiveDose, refuse_weights
from hevesy.study.limits import Limit, Met, met
from hevesy.treat.dose_rate import Course, DoseRate
from hevesy.treat.dose_uncertainty import Inputs
from hevesy.treat.drawn_effect import drawn_bed_Gy
from hevesy.treat.effect import EffectOfOrgan, ExternalBeam, Tissue, effect_of, eqd2_Gy
from hevesy.treat.fit import SEED, Fitted
from hevesy.treat.kinetics import of_half_life
from hevesy.treat.organ_dose import OrganDose, SourceActivity, nearest

Floats = NDArray[np.float64]
OWN_CURVE = 0.9
"""Of a dose: what an organ's own activity brings of it, at least, for its curve to stand for all of it unsaid."""
CURVES, DRAWS = 1_000, 10_000
"""Curves fitted again, and draws of dose and curve: each curve is taken several times."""
DETERMINISTIC_Gy = 0.5
"""From here on tissues react (ICRP Publication 118): no diagnostic dose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstLimit:
    """A dose beside a limit that has a source."""

    limit: Limit
    dose: OrganDose
    missing: bool = False
    """Whether a part of the dose is missing: a lower bound."""
    above: bool = False
    """Whether a part of the dose is an upper bound."""

    @property
    def reached(self) -> float:
        """The dose over the limit."""
        return self.dose.dose_Gy / self.limit.amount_Gy

    @property
    def met(self) -> Met:
        """Whether the dose keeps to the limit."""
        known = self.dose.known
        interval = None if known is None else (known.lower_Gy, known.upper_Gy)
        return met(self.limit.amount_Gy, self.dose.dose_Gy, interval, missing=self.missing, above=self.above)

    @property
    def verdict(self) -> str:
        """Below or above, with what the uncertainty leaves open."""
        more = self.dose.dose_Gy > self.limit.amount_Gy
        if self.missing and not more:
            return "not told: the dose is a lower bound"
        if self.above and more:
            return "not told: the dose is an upper bound"
        told = "above" if more else "below"
        if self.dose.known is None:
            return f"{told}; how surely is not known"
        return f"{told}, but within the interval of 95 %" if self.met == "not told" else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a case when its doses are laid beside something: doses by name, what they are uncertain by."""

    doses: Mapping[str, OrganDose]
    inputs: Mapping[str, Inputs]
    """By name of the dose."""
    sources: Sequence[SourceActivity]
    fitted: Sequence[Fitted]
    missing: Collection[str]
    """Doses that are lower bounds."""
    above: Collection[str]
    """Doses that are upper bounds."""


def against_limits(limits: Sequence[Limit], known: Known) -> tuple[AgainstLimit, ...]:
    """Doses beside their limits. Refused: a limit of what has no dose."""
    return tuple(
        AgainstLimit(
            limit=one,
            dose=_dose(known.doses, one.region, "limit"),
            missing=one.region in known.missing,
            above=one.region in known.above,
        )
        for one in limits
    )


def _dose(doses: Mapping[str, OrganDose], name: str, of: str) -> OrganDose:
    if name not in doses:
        raise CannotAnswerError(f"{of}: {name!r} has no dose here; {nearest(name, doses)}")
    return doses[name]


def effect(case: Case, asked: CaseEffect, known: Known) -> tuple[EffectOfOrgan, Told]:
    """BED of an organ's own curve, its dose spread over the curve's phases by what each brings.

    Its standard error and interval by draws of dose and curve together: what is too long is too much.
    """
    dose = _dose(known.doses, asked.organ, "effect")
    of_others = {one.name for one in known.sources if one.target not in (None, asked.organ)}
    measured = {asked.organ, *(one.name for one in known.sources if one.target == asked.organ)} - of_others
    curve = next((one for one in known.fitted if one.region in measured), None)
    rate = _rate(case, asked, dose.dose_Gy, curve)
    shares = [one.activity_MBq / case.administered_MBq for one in case.given]
    tissue = Tissue(alpha_beta_Gy=asked.alpha_beta_Gy, repair_half_life_h=asked.repair_half_life_h, source=asked.source)
    external = [
        ExternalBeam(dose_Gy=one.dose_Gy, fractions=one.fractions, interval_h=one.interval_h) for one in asked.external
    ]
    course = Course(
        rates=tuple(replace(rate, doses_Gy=tuple(share * one for one in rate.doses_Gy)) for share in shares),
        at_h=tuple(one.at_h for one in case.given),
    )
    found = replace(
        effect_of(asked.organ, course, tissue, external=external, limit=asked.limit),
        missing=asked.organ in known.missing,
        above=asked.organ in known.above,
    )
    warnings: tuple[str, ...] = ()
    if dose.own_share is not None and dose.own_share < OWN_CURVE:
        elsewhere = f"{100 * (1 - dose.own_share):.3g} % of the dose come from elsewhere"
        warnings = (f"{asked.organ}: {elsewhere} and are taken to follow its own curve",)
    if dose.known is None:
        return found, Told(warnings=warnings)
    doses_Gy, coefficients, rates_per_h = _drawn(case, asked, dose, rate, curve, known.inputs[asked.organ])
    drawn = drawn_bed_Gy(
        doses_Gy, coefficients, rates_per_h, tissue, shares=shares, at_h=course.at_h, external=external
    )
    low, high = np.quantile(drawn, (0.025, 0.975))
    error = float(drawn.std(ddof=1))
    return replace(
        found,
        standard_error_Gy=error,
        eqd2_standard_error_Gy=eqd2_Gy(error, tissue.alpha_beta_Gy),
        bed_interval_Gy=(float(low), float(high)),
        because=(*found.because, _how(asked, curve, len(drawn))),
    ), Told(warnings=warnings)


def _how(asked: CaseEffect, curve: Fitted | None, count: int) -> str:
    if curve is not None:
        of = "dose and curve are drawn together"
    elif asked.half_life_uncertainty is not None:
        of = "dose and half-life are drawn apart"
    else:
        of = "the dose is drawn, its half-life counts as known"
    return f"standard error and interval by {count:,} draws: {of}; alpha over beta and repair count as known"


def _drawn(
    case: Case, asked: CaseEffect, dose: OrganDose, rate: DoseRate, curve: Fitted | None, inputs: Inputs
) -> tuple[Floats, Floats, Floats]:
    """Draws of the dose (count), and of its curve's coefficients and rates (count, phases); none is below decay's."""
    chance = np.random.default_rng(SEED)
    if curve is not None:
        count = CURVES if curve.drawn_h is None else len(curve.drawn_h)  # those of a Monte Carlo error are there
        coefficients, rates = curve.drawn_curves(count, SEED)
        taken = chance.choice(count, size=inputs.draws)
        tia_h = (coefficients / rates).sum(axis=-1)
        doses_Gy = inputs.drawn_Gy(dose.terms, {activity_of(curve.region): (tia_h / curve.tia_h)[taken]})
        return doses_Gy[:DRAWS], coefficients[taken[:DRAWS]], rates[taken[:DRAWS]]
    doses_Gy = inputs.drawn_Gy(dose.terms, {})[:DRAWS]
    width = math.sqrt(math.log1p((asked.half_life_uncertainty or 0.0) ** 2))
    longer = np.exp(width * chance.standard_normal((len(doses_Gy), 1)) - width**2 / 2)
    decay_per_h = math.log(2) / labels(case)[0].half_life_h
    return doses_Gy, np.ones_like(longer), np.maximum(rate.rates_per_h / longer, decay_per_h)


def _rate(case: Case, asked: CaseEffect, dose_Gy: float, curve: Fitted | None) -> DoseRate:
    """The dose rate of all that was given, as of one administration."""
    if curve is None and asked.half_life_h is None:
        raise CannotAnswerError(f"effect: {asked.organ} has no curve fitted: its half_life must be told")
    if curve is None:
        assert asked.half_life_h is not None
        of_half_life(asked.half_life_h, labels(case)[0].half_life_h)  # refuses one that is longer than the nuclide's
        return DoseRate(doses_Gy=(dose_Gy,), half_lives_h=(asked.half_life_h,))
    if asked.half_life_h is not None:
        raise CannotAnswerError(f"effect: {asked.organ} has a curve of its own: a half_life is not told beside it")
    phases = [c / rate for c, rate in zip(curve.function.coefficients, curve.function.rates_per_h, strict=True)]
    return DoseRate(
        doses_Gy=tuple(dose_Gy * one / sum(phases) for one in phases), half_lives_h=curve.function.half_lives_h
    )


def effective_mSv(case: Case, organs: Sequence[OrganDose], place: Place) -> tuple[float | None, Told]:
    """Effective dose of a reference person, where it is asked for and says something."""
    asked, (treated, _) = case.effective_dose, labels(case)
    if asked is None:
        return None, NOTHING
    doses = {one.name: one for one in organs}
    weighted = [weight * _dose(doses, name, "effective_dose").dose_Gy for name, weight in _weights(asked, place)]
    if emissions(treated.name).alpha_keV > 0:
        raise CannotAnswerError("effective_dose: alphas weigh 20 in it and are not told apart here")
    if organs and organs[0].dose_Gy > DETERMINISTIC_Gy:
        most = organs[0]
        raise CannotAnswerError(
            f"effective_dose: {most.name} receives {most.dose_Gy:.3g} Gy, where tissues react (0.5 Gy, ICRP 118): "
            "effective dose is for diagnostic activities alone"
        )
    blocked = "blocked" if asked.thyroid_blocked else "not blocked"
    because = (
        f"effective dose: {_work(asked)}; of a reference person, not of this patient; thyroid {blocked}",
        "effective dose: of this phantom's sex alone; that of ICRP is the mean of both",
    )
    warnings: tuple[str, ...] = ()
    if not asked.thyroid_blocked and treated.name.startswith("I-"):
        warnings = ("the thyroid was not blocked: iodide that is set free makes its dose the largest",)
    return 1000 * sum(weighted), Told(because=because, warnings=warnings)


def _work(asked: EffectiveDose) -> str:
    return asked.source if asked.weights_file is None else f"{asked.source}, weights of {asked.weights_file}"


def _weights(asked: EffectiveDose, place: Place) -> tuple[tuple[str, float], ...]:
    """Tissue weights as typed, or of their file."""
    if asked.weights_file is None:
        return asked.weights
    weights = read_tissue_weights(place(asked.weights_file))
    try:
        refuse_weights(weights)
    except RuleError as error:
        raise DeliveryError(f"{asked.weights_file}: weights {error.rule}") from None
    return weights
