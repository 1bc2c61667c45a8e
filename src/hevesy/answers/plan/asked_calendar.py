"""How subjects come and when their DLTs show: the fields of trials that are simulated on the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.asked import Numbers, Quantity, Read, Real, Text, Whole, numbers
from hevesy.errors import QuestionError, RuleError

if TYPE_CHECKING:
    from hevesy.plan.escalation.onset import NadirOnset, UniformOnset, WeibullOnset
    from hevesy.plan.escalation.scenario import Accrual


def _per_day(text: str) -> float:
    """Subjects a day, from a number of them and a time, as in 2/28d."""
    count, slash, time = text.partition("/")
    if not slash:
        raise RuleError(f"{text!r} is not subjects per time as in 2/28d")
    days = Quantity(dimension="time", unit="d").read(time)
    return Numbers().read(count)[0] / days if days else 0.0


def _rate(given: object) -> float:
    return float(numbers(float, least=0)(given)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCalendar:
    """The calendar: how subjects come, and when their DLTs show."""

    arrivals_per_d: Annotated[
        float | None,
        Read(
            "Subjects per time, as in 2/28d: trials are simulated on the calendar.",
            name="arrivals",
            reader=_per_day,
            of_value=_rate,
        ),
    ] = None
    onset: Annotated[str, Text("When DLTs show: uniform, weibull:DAY or nadir:DAY of the peak.")] = "uniform"
    stagger_d: Annotated[float | None, Quantity("Between two starts, as in 7d.", dimension="time", unit="d")] = None
    dropout: Annotated[float, Real("Share not evaluable, replaced.")] = 0.0
    screen_failure: Annotated[float, Real("Share of candidates not enrolled.")] = 0.0
    backfill: Annotated[
        int,
        Whole("While a cohort is watched, treat up to so many a level at cleared levels below.", least=0),
    ] = 0

    @property
    def given(self) -> tuple[str, ...]:
        """The fields that were given, but for the onset."""
        told = {
            "arrivals": self.arrivals_per_d is not None,
            "stagger": self.stagger_d is not None,
            "dropout": bool(self.dropout),
            "screen_failure": bool(self.screen_failure),
            "backfill": bool(self.backfill),
        }
        return tuple(name for name, given in told.items() if given)

    def law(self) -> UniformOnset | WeibullOnset | NadirOnset:
        """When DLTs show."""
        from hevesy.plan.escalation.onset import NadirOnset, UniformOnset, WeibullOnset

        if self.onset == "uniform":
            return UniformOnset()
        kind, _, day = self.onset.partition(":")
        if kind not in ("weibull", "nadir") or not day:
            raise QuestionError(f"{self.onset!r} is none of uniform, weibull:DAY, nadir:DAY", "onset")
        try:
            peak = Numbers().read(day)[0]
        except RuleError as error:
            raise QuestionError(str(error), "onset") from error
        return WeibullOnset(shape=3.5, peak_d=peak) if kind == "weibull" else NadirOnset(nadir_d=peak)

    def accrual(self, window_d: float, window_told: str) -> tuple[Accrual, list[str]]:
        """How subjects come, and what is said of it; two per window where nothing was."""
        from hevesy.plan.escalation.scenario import Accrual

        told, per_d = [], self.arrivals_per_d
        if per_d is None:
            per_d = 2 / window_d
            told.append(f"arrivals were not given: two per window of {window_d:g} days")
        told.append(f"Poisson arrivals, one every {1 / per_d:.4g} days, {window_told}" if per_d else "no arrivals")
        accrual = Accrual(
            window_d=window_d,
            per_d=per_d,
            stagger_d=self.stagger_d or 0.0,
            dropout=self.dropout,
            screen_failure=self.screen_failure,
            backfill=self.backfill,
        )
        return accrual, told
