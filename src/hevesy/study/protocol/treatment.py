"""What is given: dose levels and regimens, arms, what comes along with the treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import FieldError
from hevesy.study.declared import LARGEST_QUANTITY, Days, Dimension, Key, Name, Within, keep
from hevesy.study.dose import Dose

SurfaceFormula = Literal["Mosteller", "DuBois", "Haycock", "Gehan-George"]
"""Formulas of body surface area."""
MOST_FRACTIONS, MOST_DOSES = 100, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """How an activity is given: number of fractions, days between them, duration of each infusion."""

    fractions: Annotated[int, Within(1, MOST_FRACTIONS)] = 1
    interval_d: Annotated[int | None, Days()] = None
    infusion_h: Annotated[float | None, Dimension("time")] = None

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLevel:
    """A level of the escalation: its number from 1 and the dose of one fraction."""

    number: int
    dose: Annotated[Dose, Key("activity")]
    regimen: Annotated[Regimen, Key("")]

    def __post_init__(self) -> None:
        keep(self)
        if not self.dose.amount <= LARGEST_QUANTITY:
            raise FieldError("dose", f"is beyond every such quantity, got {self.dose}", self.dose)
        if (self.regimen.fractions > 1) != (self.regimen.interval_d is not None):
            rule = "the days between fractions are given exactly when there are several"
            raise FieldError("regimen.interval_d", rule, self.regimen.interval_d)

    @property
    def total(self) -> Dose:
        """The dose of all fractions together."""
        return self.dose.times(self.regimen.fractions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A group subjects are assigned to.

    Its code as delivered, its name, and its dose level and stratum in an escalation.
    """

    code: Annotated[str, Name()]
    name: Annotated[str, Name(200)]
    dose_level: int | None = None
    stratum: Annotated[str | None, Name()] = None

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThyroidBlock:
    """Thyroid blockade.

    Begun at least so long before the first activity, stopped no sooner than so long after the last.
    """

    start_before_h: Annotated[float, Dimension("time")]
    stop_after_d: Annotated[int, Days()]

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcomitantSchedule:
    """A drug given along.

    One dose of `dose_mg` every `every_d` days, `doses` times from day 1, in the arms named (empty: in all).
    """

    agent: Annotated[str, Name(200)]
    dose_mg: Annotated[float, Dimension("drug_mass")]
    every_d: Annotated[int, Days(1)]
    doses: Annotated[int, Within(1, MOST_DOSES)]
    arms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep(self)
