"""Designs side by side on the same virtual patients.

Exact where a design permits it, and how long each takes by simulation; which level is the right one to select.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.design import DescribedDesign
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.scenario import Accrual, Scenario
from hevesy.plan.escalation.simulate import Estimate, simulate
from hevesy.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A design in a scenario.

    Selection ("none" first) and counts by level are exact (standard error 0) where `exact`; the duration is simulated,
    and None without a calendar.
    """

    design: str
    scenario: str
    exact: bool
    selected: tuple[Estimate, ...]
    n: tuple[Estimate, ...]
    dlt: tuple[Estimate, ...]
    subjects: Estimate
    dlts: Estimate
    duration_d: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueMTD:
    """Which level is to be selected at a target (0: none of them), and the one whose rate is nearest to it.

    They are two: the first is the highest that is not above the target. Both None: `because`.
    """

    level: int | None
    nearest: int | None
    because: str


def true_mtd(p: Sequence[float], target: float | None) -> TrueMTD:
    """The right level under true DLT rates; rates that do not increase, and no target, have none.

    >>> found = true_mtd([0.1, 0.2, 0.27], 0.25)
    >>> found.level, found.nearest
    (2, 3)
    """
    if target is None:
        return TrueMTD(level=None, nearest=None, because="no target was given: no level is the right one")
    if any(after < before for before, after in pairwise(p)):
        return TrueMTD(level=None, nearest=None, because="the DLT rates do not increase: no level is the right one")
    level = sum(rate <= target for rate in p)
    nearest = 1 + min(range(len(p)), key=lambda place: (round(abs(p[place] - target), 12), place))
    told = f"level {level} ({p[level - 1]:g}) is the highest not above the target {target:g}"
    if not level:
        told = f"every level is above the target {target:g}: none is the right selection"
    return TrueMTD(level=level, nearest=nearest, because=told)


def compare(
    designs: Mapping[str, DescribedDesign],
    scenarios: Sequence[Scenario],
    accrual: Accrual | None,
    trials: int | None,
    seed: int,
    workers: Workers | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Compared]:
    """Every design in every scenario, by the same seed: patient by patient the same luck.

    Without `trials` everything is exact; a design that cannot be is refused. With them what has no exact result, and
    the duration on the calendar (`accrual`), is simulated; `progress` is told the trials of the present simulation.
    """
    for number, scenario in enumerate(scenarios):
        for name, design in designs.items():
            exact = _exact(name, design, scenario, accrual, trials)
            if trials is None or (exact is not None and accrual is None):
                assert exact is not None
                yield exact
                continue
            found = simulate(
                design, scenario, trials, seed, accrual, workers, scenario_number=number, progress=progress
            )
            yield Compared(
                design=name,
                scenario=scenario.name,
                exact=exact is not None,
                selected=found.selected if exact is None else exact.selected,
                n=found.n if exact is None else exact.n,
                dlt=found.dlt if exact is None else exact.dlt,
                subjects=found.subjects if exact is None else exact.subjects,
                dlts=found.dlts if exact is None else exact.dlts,
                duration_d=found.duration_d,
            )


def _exact(
    name: str, design: DescribedDesign, scenario: Scenario, accrual: Accrual | None, trials: int | None
) -> Compared | None:
    """Selection and counts without Monte Carlo error; None where they are to be simulated."""
    others_treated = accrual is not None and (accrual.dropout > 0 or accrual.backfill > 0)
    if trials is not None and (design.needs_calendar or others_treated):
        return None
    try:
        complete = design.complete()
    except RuleError as error:
        raise RuleError(f"{name}: {error.args[0]}", field="trials") from error
    try:
        found = operating_characteristics(complete, scenario.p)
    except CannotAnswerError as error:
        if trials is not None:
            return None
        raise CannotAnswerError(f"{name}: {error.args[0]}") from error
    return Compared(
        design=name,
        scenario=scenario.name,
        exact=True,
        selected=tuple(Estimate(chance, 0.0) for chance in found.selected),
        n=tuple(Estimate(mean, 0.0) for mean in found.mean_n),
        dlt=tuple(Estimate(mean, 0.0) for mean in found.mean_dlt),
        subjects=Estimate(found.expected_n, 0.0),
        dlts=Estimate(sum(found.mean_dlt), 0.0),
        duration_d=None,
    )
