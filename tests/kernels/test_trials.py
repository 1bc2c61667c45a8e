"""Compiled trials against a slow reference written from the specification by somebody who did not see them, trial by trial.

Both are given the same uniform numbers, so every subject, day and decision must agree; and whole simulations against
exact operating characteristics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numba import njit

from hevesy.kernels import trials as kernel
from hevesy.kernels.random import PURPOSES, uniform
from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.design import CountDesign, DescribedDesign, one_step
from hevesy.plan.escalation.interval import ANSWERS, select_mtd
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.onset import NadirOnset, OnsetLaw, UniformOnset, WeibullOnset, quantiles
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.scenario import Accrual, Scenario
from hevesy.plan.escalation.simulate import prepared
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.plan.escalation.tite import TITEBOIN, TITECRM, Restraint
from hevesy.study.protocol import Escalation
from tests.references import trial_calendar

SEED = 20_261_121
A = (0.05, 0.10, 0.17, 0.25, 0.38, 0.52)
C = (0.25, 0.38, 0.50, 0.60, 0.70)
SKELETON = (0.06, 0.11, 0.17, 0.25, 0.34, 0.43)
BOIN25 = design_named(Escalation(design="boin", variant=None, cohort_size=3, target=0.25, n_max=30), 6)


@njit
def drawn(seed: int, number: int, trial: int, index: int) -> float:
    return uniform(np.uint64(seed), number, trial, index)


UNIFORM = UniformOnset()


@dataclass(frozen=True)
class Case:
    name: str
    design: DescribedDesign
    p: tuple[float, ...]
    accrual: Accrual
    law: OnsetLaw = UNIFORM
    trials: int = 120


QUIET = Accrual(window_d=85, per_d=2 / 85)
FAST = Accrual(window_d=85, per_d=6 / 85)
ROUGH = Accrual(window_d=85, per_d=4 / 85, stagger_d=3, screen_failure=0.2, dropout=0.15)
WEIBULL, NADIR = WeibullOnset(shape=3.5, peak_d=42), NadirOnset(nadir_d=45)
TITE_CRM = TITECRM(prior=SKELETON, target=0.25, window_d=85, n_max=24)
TITE_BOIN = TITEBOIN(rule=BOIN(target=0.25), levels=6, window_d=85, n_max=30)
CASES = [
    Case("3+3", three_plus_three("no-de-escalation", 6), A, QUIET),
    Case("3+3 with dropouts", three_plus_three("de-escalation", 5), C, ROUGH, WEIBULL),
    Case("BOIN", BOIN25, A, FAST, NADIR),
    Case("BOIN with dropouts", BOIN25, A, replace(ROUGH, dropout=0.4)),
    Case("3+3 with backfill", three_plus_three("no-de-escalation", 6), A, replace(FAST, backfill=6)),
    Case(
        "BOIN with backfill, rough",
        BOIN25,
        A,
        replace(ROUGH, per_d=15 / 85, backfill=5, backfill_limit=0.2),
        NADIR,
        400,
    ),
    Case("rolling six", RollingSix(levels=6), A, FAST, WEIBULL),
    Case("rolling six, toxic", RollingSix(levels=5), C, QUIET),
    Case("rolling six, rough", RollingSix(levels=6), A, ROUGH, NADIR, 400),
    Case("rolling six, many dropouts", RollingSix(levels=5), C, replace(ROUGH, dropout=0.5, per_d=20 / 85), NADIR, 400),
    Case("TITE-CRM", TITE_CRM, A, FAST, trials=60),
    Case("TITE-CRM in cohorts", replace(TITE_CRM, cohort_size=3), A, QUIET, WEIBULL, 60),
    Case("TITE-CRM, rough", replace(TITE_CRM, cohort_size=2, restraint=Restraint(max_pending=4)), A, ROUGH, NADIR, 60),
    Case("TITE-BOIN", TITE_BOIN, A, FAST, trials=300),
    Case("TITE-BOIN, toxic", replace(TITE_BOIN, levels=5), C, QUIET, WEIBULL, 300),
    Case("TITE-BOIN, rough", TITE_BOIN, A, ROUGH, NADIR, 300),
    Case(
        "TITE-BOIN, many dropouts",
        replace(TITE_BOIN, levels=5),
        C,
        replace(ROUGH, dropout=0.5, per_d=20 / 85),
        NADIR,
        300,
    ),
]


def reference_trial(case: Case, trial: int) -> trial_calendar.Outcome:
    table = quantiles(case.law, case.accrual.window_d)
    setting = trial_calendar.Setting(
        p=case.p,
        late=(0.1,) * len(case.p),
        window_d=case.accrual.window_d,
        onset_fraction=lambda v: float(np.interp(v, np.linspace(0, 1, len(table)), table)),
        arrivals_per_d=case.accrual.per_d,
        stagger_d=case.accrual.stagger_d,
        screen_failure=case.accrual.screen_failure,
        dropout=case.accrual.dropout,
        n_max=getattr(case.design, "n_max", 0),
        backfill=case.accrual.backfill,
        backfill_limit=case.accrual.backfill_limit,
    )

    def u(purpose: str, index: int) -> float:
        return drawn(SEED, PURPOSES[purpose], trial, index)

    match case.design:
        case RollingSix():
            return trial_calendar.rolling_six(setting, u)
        case TITECRM(prior=prior, target=target, cohort_size=size, restraint=restraint):
            return trial_calendar.titecrm(setting, u, prior, target, size, restraint.max_pending or None)
        case TITEBOIN(rule=rule, cohort_size=size):
            return trial_calendar.titeboin(
                setting, u, rule.target, size, lambda counts: select_mtd(counts, rule.target)
            )
        case design:
            return reference_complete(design.complete(), setting, u)


def reference_complete(
    design: CountDesign, setting: trial_calendar.Setting, u: trial_calendar.Uniform
) -> trial_calendar.Outcome:
    def step(counts: trial_calendar.Counts, level: int, last_dlt: int) -> tuple[int | None, int, int | None]:
        after = one_step(design, counts, level, last_dlt)
        return after.level, after.open_places, after.mtd

    return trial_calendar.complete(setting, u, design.start, design.cohort_size, step)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_trial_is_that_of_the_reference(case: Case) -> None:
    levels = len(case.p)
    task = prepared(case.design, Scenario(name="", p=case.p, late=(0.1,) * levels, onset=case.law), SEED, case.accrual)
    assert task.kind is not None
    for trial in range(case.trials):
        told = reference_trial(case, trial)
        sums = kernel.on_calendar(
            task.kind, levels, task.graph, task.tite, task.calendar, task.toxicity, task.luck, task.capacity, trial, 1
        )
        assert int(np.flatnonzero(sums[: levels + 1])[0]) == told.selected, trial
        rows = {row: tuple(sums[kernel.of_level(row, levels)]) for row in (kernel.N, kernel.DLT, kernel.LATE_DLT)}
        assert rows == {kernel.N: told.n, kernel.DLT: told.dlt, kernel.LATE_DLT: told.late}, trial
        assert sums[kernel.of_trial(kernel.NOT_EVALUABLE, levels)] == told.not_evaluable, trial
        assert sums[kernel.of_trial(kernel.NOT_SCREENED_IN, levels)] == told.screened_out, trial
        days = sums[kernel.of_trial(kernel.DURATION, levels)] / kernel.TICKS_PER_DAY
        assert days == pytest.approx(told.duration_d, abs=1 / 1024), trial
        if told.cohorts:
            assert sums[kernel.of_trial(kernel.COHORTS, levels)] == told.cohorts, trial


def test_a_level_is_eliminated_where_the_rule_says_so() -> None:
    assert ANSWERS[kernel.ELIMINATED] == "X"
