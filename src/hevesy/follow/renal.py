"""Renal function over the years after treatment.

Estimated glomerular filtration rate from creatinine, its fall and its slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hevesy.errors import RuleError
from hevesy.study.dates import DAYS_PER_YEAR
from hevesy.study.facts.laboratory import Lab
from hevesy.study.protocol import Sex
from hevesy.study.subject import Subject
from hevesy.units import factor_of

CREATININE_g_per_mol = 113.12
NAMES = ("creatinine", "creat", "serum creatinine", "creatinine increased")
SUSTAINED_FALL, SUSTAINED_OVER_d = 0.40, 28
"""Of the baseline, and days between the two values that show it: as KDIGO-based trials define a renal endpoint."""
SLOPE_OVER_d, SLOPE_VALUES = 180, 3
"""A slope needs so many values over so long."""
STAGES = ((90.0, "G1"), (60.0, "G2"), (45.0, "G3a"), (30.0, "G3b"), (15.0, "G4"), (0.0, "G5"))
"""KDIGO 2024: lower bounds, mL/min/1.73 m2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltrationRate:
    """Estimated filtration rate at a day (mL/min/1.73 m2)."""

    on: date
    egfr: float
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RenalCourse:
    """Filtration rates of a subject; what cannot be said is None and `because` tells why."""

    subject: str
    baseline: FiltrationRate | None
    later: tuple[FiltrationRate, ...]
    slope_per_year: float | None
    """Least squares over the values from the baseline on, mL/min/1.73 m2 a year."""
    sustained_fall_on: date | None
    """First of two values in a row, four weeks or more apart, that lie 40 % or more below the baseline."""
    because: tuple[str, ...]

    @property
    def last(self) -> FiltrationRate | None:
        """The last value after treatment."""
        return self.later[-1] if self.later else None

    @property
    def change_percent(self) -> float | None:
        """Of the last value from the baseline."""
        if self.baseline is None or not self.later:
            return None
        return 100 * (self.later[-1].egfr - self.baseline.egfr) / self.baseline.egfr

    @property
    def could_show_fall(self) -> bool:
        """Whether there is a baseline, and two later values four weeks or more apart."""
        return (
            self.baseline is not None
            and bool(self.later)
            and (self.later[-1].on - self.later[0].on).days >= SUSTAINED_OVER_d
        )

    @property
    def rows(self) -> tuple[int, ...]:
        """Every row behind the course."""
        return (*((self.baseline.row,) if self.baseline is not None else ()), *(one.row for one in self.later))


def egfr(creatinine_mg_per_dL: float, age_a: float, sex: Sex) -> float:
    """Estimated glomerular filtration rate (mL/min/1.73 m2) by CKD-EPI 2021, without race.

    >>> round(egfr(1.0, 60, "M")), round(egfr(1.0, 60, "F"))
    (86, 64)

    Source: L. A. Inker et al., N Engl J Med 2021;385:1737, table S9 of its appendix (creatinine alone).
    """
    if not 0 < creatinine_mg_per_dL < float("inf"):
        raise RuleError(f"creatinine is above 0 mg/dL, got {creatinine_mg_per_dL}")
    if not 18 <= age_a <= 120:
        raise RuleError(f"CKD-EPI 2021 is for adults, 18 to 120 years, got {age_a:g}")
    scale, power, factor = (0.7, -0.241, 1.012) if sex == "F" else (0.9, -0.302, 1.0)
    ratio = creatinine_mg_per_dL / scale
    return float(142 * min(ratio, 1.0) ** power * max(ratio, 1.0) ** -1.200 * 0.9938**age_a * factor)


def stage(egfr_value: float) -> str:
    """Category of a filtration rate.

    >>> stage(59.9), stage(60)
    ('G3a', 'G2')
    """
    return next(name for least, name in STAGES if egfr_value >= least)


def creatinine_mg_per_dL(value: float, unit: str | None) -> float:
    """Creatinine from mass or molar units; a unit of neither kind is refused."""
    try:
        return value * factor_of(unit, "mass_concentration") * 100
    except RuleError as by_mass:
        try:
            return value * factor_of(unit, "molar_concentration") * CREATININE_g_per_mol / 10
        except RuleError as by_amount:
            raise RuleError(f"{by_mass}; {by_amount}") from None


def renal_course(subject: Subject) -> RenalCourse | None:
    """Filtration rates from every creatinine of a subject (age as enrolled, and the days since).

    None where none was delivered.
    """
    measured = [lab for lab in subject.of(Lab) if lab.test.strip().casefold() in NAMES and isinstance(lab.on, date)]
    first = subject.day_1
    if not measured or first is None:
        return None
    told: list[str] = []
    age, sex = subject.enrolment.age_a, subject.enrolment.sex
    values: list[FiltrationRate] = []
    if age is None or sex is None:
        told.append("age or sex is not recorded: no filtration rate can be estimated")
    else:
        for lab in measured:
            on = lab.on if isinstance(lab.on, date) else first
            try:
                creatinine = creatinine_mg_per_dL(lab.value, lab.unit) if lab.value is not None else None
                if creatinine is not None:
                    found = egfr(creatinine, age + (on - first).days / DAYS_PER_YEAR, sex)
                    values.append(FiltrationRate(on=on, egfr=found, row=lab.row))
            except ValueError as error:
                told.append(f"{on}: {error}")
    values.sort(key=lambda one: (one.on, one.row))
    before = [one for one in values if one.on <= first]
    later = tuple(one for one in values if one.on > first)
    baseline = before[-1] if before else None
    if values and baseline is None:
        told.append("no creatinine before treatment: a fall from baseline cannot be stated")
    followed = [*([baseline] if baseline is not None else []), *later]
    return RenalCourse(
        subject=subject.id,
        baseline=baseline,
        later=later,
        slope_per_year=_slope(followed, told),
        sustained_fall_on=_sustained(baseline, later),
        because=tuple(told),
    )


def _slope(values: Sequence[FiltrationRate], told: list[str]) -> float | None:
    if len(values) < SLOPE_VALUES or (values[-1].on - values[0].on).days < SLOPE_OVER_d:
        told.append(f"a slope needs {SLOPE_VALUES} values over {SLOPE_OVER_d} days")
        return None
    years = [(one.on - values[0].on).days / DAYS_PER_YEAR for one in values]
    middle, level = sum(years) / len(years), sum(one.egfr for one in values) / len(values)
    spread = sum((year - middle) ** 2 for year in years)
    return sum((year - middle) * (one.egfr - level) for year, one in zip(years, values, strict=True)) / spread


def _sustained(baseline: FiltrationRate | None, later: Sequence[FiltrationRate]) -> date | None:
    if baseline is None:
        return None
    limit = (1 - SUSTAINED_FALL) * baseline.egfr * (1 + 1e-9)
    for place, one in enumerate(later):
        run = []
        for other in later[place:]:
            if other.egfr > limit:
                break
            run.append(other)
        if run and (run[-1].on - one.on).days >= SUSTAINED_OVER_d:
            return one.on
    return None
