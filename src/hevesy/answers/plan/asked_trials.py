"""Trials that are simulated: how many, from which seed, who computes them, and the calendar they are played on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from hevesy.answers.asked import Machine, Whole
from hevesy.answers.plan.asked_calendar import AskedCalendar
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.errors import QuestionError

if TYPE_CHECKING:
    from hevesy.plan.escalation.scenario import Accrual
    from hevesy.workers import Workers

Trials = Annotated[int | None, Whole("Simulate so many trials.", least=1)]
Seed = Annotated[int, Whole("Of the simulation.", least=0)]
Processes = Annotated[int, Whole("Processes.", least=1, most=256)]
Scheduler = Annotated[str | None, Machine("Address of a Dask scheduler.")]
ON_THE_CALENDAR = {
    "rolling-six": ("_trials_of_rolling_six",),
    "titecrm": ("_trials_of_tite_crm",),
    "titeboin": ("_trials_of_tite_boin",),
}
"""Designs that are simulated on the calendar whatever is said of arrivals, each with the loop of `kernels.trials` that
its trials need."""
COMPLETE = ("_trials_complete",)
"""The loop of every other design on the calendar."""
WITHOUT = ("_walk", "_outcomes")
"""The loops of trials without a calendar."""
NO_CALENDAR = "exact results know no calendar; say how many trials to simulate (⟦trials⟧)"


def workers_of(count: int, scheduler: str | None) -> Workers:
    """Who computes the trials."""
    from hevesy.workers import Dask, Processes, Serial

    if scheduler is not None:
        return Dask(scheduler)
    return Processes(count) if count > 1 else Serial()


def accrual_of(by: AskedDesign, calendar: AskedCalendar, *, needed: bool) -> tuple[Accrual | None, list[str]]:
    """How subjects come, and what is said of it; None where no calendar was asked for and none is needed."""
    if calendar.arrivals_per_d is None and not needed:
        if calendar.given:
            raise QuestionError("stagger, dropout, screen failure and backfill need ⟦arrivals⟧", "arrivals")
        return None, []
    window_d = by.window(calendar=True)
    assert window_d is not None
    accrual, told = calendar.accrual(window_d, by.window_told()[0])
    told.append(
        f"DLTs show by the law {calendar.onset}; who comes while accrual is closed goes elsewhere; "
        "the duration ends with the last decision"
    )
    return accrual, told
