"""What is true in a simulated world.

DLT rates, when DLTs show, and where the rates come from a dose to an organ, each subject's own.

Two designs, one on activity per body surface and one on absorbed dose, are compared on the same virtual patients: a
patient's sensitivity, the dose to the marrow per activity and luck are drawn by the patient's place in the trial.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.errors import RuleError
from hevesy.plan.escalation.exact import checked_rates
from hevesy.plan.escalation.onset import OnsetLaw, UniformOnset


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """DLT rates by level within the window and after it, and when the DLTs show.

    With `spread`, the rate of a subject is expit(`intercept` + spread[0] z0 + spread[1] z1) with that subject's own
    standard normal z; z0 belongs to the patient (dose per activity), z1 to the measurement (dosimetry). `p` is then its
    mean.
    """

    name: str
    p: tuple[float, ...]
    late: tuple[float, ...] = ()
    onset: OnsetLaw = UniformOnset()  # noqa: RUF009 - a frozen value
    intercept: tuple[float, ...] = ()
    spread: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        checked_rates(self.p, len(self.p))
        if self.late:
            checked_rates(self.late, len(self.p))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganToxicity:
    """P(DLT) of a patient as a function of the absorbed dose to a limiting organ: logistic in its logarithm.

    `dose_50_Gy` is the dose at which half of the patients have a DLT, `slope` the change in log odds for a change of 1
    in the natural logarithm of the dose. `Gy_per_GBq` is the median dose per activity, `cv` its spread from patient to
    patient (lognormal), `dosimetry_cv` that of a patient's measured dose around the true one. Doses may equally be BED.
    """

    organ: str
    dose_50_Gy: float
    slope: float
    Gy_per_GBq: float
    cv: float
    dosimetry_cv: float

    def __post_init__(self) -> None:
        if min(self.dose_50_Gy, self.slope, self.Gy_per_GBq) <= 0 or min(self.cv, self.dosimetry_cv) < 0:
            raise RuleError(f"dose, slope and dose per activity are positive and spreads not negative, got {self}")

    def prescribed_by_activity(
        self, name: str, activities_GBq: Sequence[float], onset: OnsetLaw, cycles: int = 1
    ) -> Scenario:
        """Levels of activity, the same for every patient of a level (given `cycles` times).

        The dose is whatever it turns out to be.
        """
        doses = [activity * cycles * self.Gy_per_GBq for activity in activities_GBq]
        return self._scenario(name, doses, (self.slope * _log_sd(self.cv), 0.0), onset)

    def prescribed_by_dose(self, name: str, doses_Gy: Sequence[float], onset: OnsetLaw) -> Scenario:
        """Levels of absorbed dose: each patient's activity is chosen by dosimetry, whose error remains."""
        return self._scenario(name, doses_Gy, (0.0, self.slope * _log_sd(self.dosimetry_cv)), onset)

    def _scenario(self, name: str, doses_Gy: Sequence[float], spread: tuple[float, float], onset: OnsetLaw) -> Scenario:
        if not doses_Gy or min(doses_Gy) <= 0:
            raise RuleError(f"doses are positive, got {', '.join(f'{dose:g}' for dose in doses_Gy) or 'none'}")
        intercept = tuple(self.slope * math.log(dose / self.dose_50_Gy) for dose in doses_Gy)
        return Scenario(
            name=name,
            p=tuple(_mean_rate(x, math.hypot(*spread)) for x in intercept),
            onset=onset,
            intercept=intercept,
            spread=spread,
        )


def _log_sd(cv: float) -> float:
    """Standard deviation of the logarithm of a lognormal quantity with this coefficient of variation."""
    return math.sqrt(math.log1p(cv**2))


def _mean_rate(intercept: float, spread: float) -> float:
    """Mean of expit(intercept + spread z) over a standard normal z, by the trapezoidal rule."""
    z = np.linspace(-9, 9, 361)
    weights = np.exp(-(z**2) / 2)
    return float((weights / (1 + np.exp(-(intercept + spread * z)))).sum() / weights.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """How subjects come, and for how long each is watched for a DLT.

    Arrivals are Poisson with `per_d` a day while accrual is open, or given as days; who comes while it is closed goes
    elsewhere. `stagger_d`: days between two starts; `screen_failure`: share not enrolled; `dropout`: share of those
    without DLT before who leave within the window, are not evaluable and are replaced.

    `backfill`: while a whole cohort is being watched, who comes is given the highest level below that is open, up to so
    many a level and while the share with a DLT there is below `backfill_limit`. They are treated, counted and have DLTs
    beside the escalation: its decisions rest on the cohorts alone. Those who leave are not replaced.
    """

    window_d: float
    per_d: float = 0.0
    given_d: tuple[float, ...] = ()
    stagger_d: float = 0.0
    screen_failure: float = 0.0
    dropout: float = 0.0
    backfill: int = 0
    backfill_limit: float = 1 / 3

    def __post_init__(self) -> None:
        if self.window_d <= 0:
            raise RuleError(f"a window is longer than 0 days, got {self.window_d:g}")
        if (self.per_d > 0) == bool(self.given_d):
            raise RuleError("give either a rate of arrivals above 0 a day or the days themselves")
        if any(b < a for a, b in zip(self.given_d, self.given_d[1:], strict=False)):
            raise RuleError("days of arrival are given in order")
        if self.backfill < 0 or not 0 < self.backfill_limit <= 1:
            raise RuleError(
                f"backfill is not negative and its limit lies in 0..1, got {self.backfill} and {self.backfill_limit:g}"
            )
        if self.stagger_d < 0 or not 0 <= self.screen_failure < 1 or not 0 <= self.dropout < 1:
            raise RuleError(
                "a stagger is not negative and shares lie in 0..1 (1 excluded), "
                f"got {self.stagger_d:g}, {self.screen_failure:g}, {self.dropout:g}"
            )
