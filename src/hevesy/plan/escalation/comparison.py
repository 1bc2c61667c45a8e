"""Designs side by side on the same virtual patients.

Exact where a design permits it, and how long each takes by simulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hevesy.plan.escalation.design import DescribedDesign
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.scenario import Accrual, Scenario
from hevesy.plan.escalation.simulate import Estimate, simulate
from hevesy.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A design in a scenario.

    Selection and counts are exact (standard error 0) where `exact`; the duration is simulated.
    """

    design: str
    scenario: str
    exact: bool
    selected: tuple[Estimate, ...]
    subjects: Estimate
    dlts: Estimate
    duration_d: Estimate


def compare(
    designs: Mapping[str, DescribedDesign],
    scenarios: Sequence[Scenario],
    accrual: Accrual,
    trials: int,
    seed: int,
    workers: Workers | None = None,
) -> tuple[Compared, ...]:
    """Every design in every scenario, by the same seed: patient by patient the same luck."""
    found = []
    for number, scenario in enumerate(scenarios):
        for name, design in designs.items():
            simulated = simulate(design, scenario, trials, seed, accrual, workers, scenario_number=number)
            assert simulated.duration_d is not None
            selected, subjects, dlts = simulated.selected, simulated.subjects, simulated.dlts
            exact = not design.needs_calendar and not accrual.dropout
            if exact:
                told = operating_characteristics(design.complete(), scenario.p)
                selected = tuple(Estimate(chance, 0.0) for chance in told.selected)
                subjects, dlts = Estimate(told.expected_n, 0.0), Estimate(sum(told.mean_dlt), 0.0)
            found.append(
                Compared(
                    design=name,
                    scenario=scenario.name,
                    exact=exact,
                    selected=selected,
                    subjects=subjects,
                    dlts=dlts,
                    duration_d=simulated.duration_d,
                )
            )
    return tuple(found)
