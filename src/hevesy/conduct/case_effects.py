"""What doses of a case stand beside: limits, biological effect, effective dose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hevesy.conduct.case_activity import NOTHING, Told, labels
from hevesy.errors import CannotAnswerError
from hevesy.nuclides.library import emissions
from hevesy.study.case import Case, CaseEffect
from hevesy.study.limits import Limit, Met, met
from hevesy.treat.dose_rate import Course, DoseRate
from hevesy.treat.effect import DoseErrors, EffectOfOrgan, ExternalBeam, Tissue, effect_of
from hevesy.treat.fit import Fitted
from hevesy.treat.kinetics import of_half_life
from hevesy.treat.organ_dose import OrganDose, SourceActivity, nearest

OWN_CURVE = 0.9
"""Of a dose: what an organ's own activity brings of it, at least, for its curve to stand for all of it unsaid."""
DETERMINISTIC_Gy = 0.5
"""From here on tissues react (ICRP Publication 118): no diagnostic dose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstLimit:
    """A dose beside a limit that has a source."""

    limit: Limit
    dose: OrganDose
    lower_bound: bool = False

    @property
    def reached(self) -> float:
        """The dose over the limit."""
        return self.dose.dose_Gy / self.limit.amount_Gy

    @property
    def met(self) -> Met:
        """Whether the dose keeps to the limit."""
        known = self.dose.known
        interval = None if known is None else (known.lower_Gy, known.upper_Gy)
        return met(self.limit.amount_Gy, self.dose.dose_Gy, interval, whole=not self.lower_bound)

    @property
    def verdict(self) -> str:
        """Below or above, with what the uncertainty leaves open."""
        above = self.dose.dose_Gy > self.limit.amount_Gy
        if self.lower_bound and not above:
            return "not told: the dose is a lower bound"
        told = "above" if above else "below"
        if self.dose.known is None:
            return f"{told}; how surely is not known"
        return f"{told}, but within the interval of 95 %" if self.met == "not told" else told


def against_limits(
    limits: Sequence[Limit], doses: Mapping[str, OrganDose], lower_bounds: Collection[str]
) -> tuple[AgainstLimit, ...]:
    """Doses beside their limits. Refused: a limit of what has no dose."""
    return tuple(
        AgainstLimit(limit=one, dose=_dose(doses, one.region, "limit"), lower_bound=one.region in lower_bounds)
        for one in limits
    )


def _dose(doses: Mapping[str, OrganDose], name: str, of: str) -> OrganDose:
    if name not in doses:
        raise CannotAnswerError(f"{of}: {name!r} has no dose here; {nearest(name, doses)}")
    return doses[name]


def effect(
    case: Case,
    told: CaseEffect,
    doses: Mapping[str, OrganDose],
    sources: Sequence[SourceActivity],
    fitted: Sequence[Fitted],
) -> tuple[EffectOfOrgan, Told]:
    """BED of an organ's own curve, its dose spread over the curve's phases by what each brings."""
    dose = _dose(doses, told.organ, "effect")
    measured = {told.organ, *(one.name for one in sources if one.target == told.organ)}
    curve = next((one for one in fitted if one.region in measured), None)
    errors = None
    if dose.standard_error_Gy is not None:
        errors = DoseErrors(relative_dose=min(dose.standard_error_Gy / dose.dose_Gy, 0.999))
    found = effect_of(
        told.organ,
        Course(rates=(_rate(case, told, dose.dose_Gy, curve),)),
        Tissue(alpha_beta_Gy=told.alpha_beta_Gy, repair_half_life_h=told.repair_half_life_h, source=told.source),
        external=[
            ExternalBeam(dose_Gy=one.dose_Gy, fractions=one.fractions, interval_h=one.interval_h)
            for one in told.external
        ],
        limit=told.limit,
        errors=errors,
    )
    if dose.own_share is None or dose.own_share >= OWN_CURVE:
        return found, NOTHING
    elsewhere = f"{100 * (1 - dose.own_share):.3g} % of the dose come from elsewhere"
    return found, Told(warnings=(f"{told.organ}: {elsewhere} and are taken to follow its own curve",))


def _rate(case: Case, told: CaseEffect, dose_Gy: float, curve: Fitted | None) -> DoseRate:
    """The dose rate of one administration."""
    if curve is None and told.half_life_h is None:
        raise CannotAnswerError(f"effect: {told.organ} has no curve fitted: its half_life must be told")
    if curve is None:
        assert told.half_life_h is not None
        of_half_life(told.half_life_h, labels(case)[0].half_life_h)  # refuses one that is longer than the nuclide's
        return DoseRate(doses_Gy=(dose_Gy,), half_lives_h=(told.half_life_h,))
    if told.half_life_h is not None:
        raise CannotAnswerError(f"effect: {told.organ} has a curve of its own: a half_life is not told beside it")
    phases = [c / rate for c, rate in zip(curve.function.coefficients, curve.function.rates_per_h, strict=True)]
    return DoseRate(
        doses_Gy=tuple(dose_Gy * one / sum(phases) for one in phases), half_lives_h=curve.function.half_lives_h
    )


def effective_mSv(case: Case, organs: Sequence[OrganDose]) -> tuple[float | None, Told]:
    """Effective dose of a reference person, where it is asked for and says something."""
    asked, (treated, _) = case.effective_dose, labels(case)
    if asked is None:
        return None, NOTHING
    doses = {one.name: one for one in organs}
    weighted = [weight * _dose(doses, name, "effective_dose").dose_Gy for name, weight in asked.weights]
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
        f"effective dose: {asked.source}; of a reference person, not of this patient; thyroid {blocked}",
        "effective dose: of this phantom's sex alone; that of ICRP is the mean of both",
    )
    warnings: tuple[str, ...] = ()
    if not asked.thyroid_blocked and treated.name.startswith("I-"):
        warnings = ("the thyroid was not blocked: iodide that is set free makes its dose the largest",)
    return 1000 * sum(weighted), Told(because=because, warnings=warnings)
