"""What every design must keep, whatever happens: the one consistency test that all of them pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.design import CountDesign, DescribedDesign, notation, parse_history
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.paths import paths
from hevesy.study.outcomes import CohortOutcome
from hevesy.study.protocol import VARIANTS, Escalation, LogisticModel
from hevesy.study.protocol.designs import in_protocols

EVERY = [
    Escalation(
        design=name,
        variant=variant,
        cohort_size=3,
        target=None if variant else 0.25,
        n_max=None if variant else 18,
        skeleton=(0.12, 0.25, 0.4) if name in ("crm", "titecrm") else (),
        logistic=LogisticModel(mean=(-0.8, 0.0), sd=(1.2, 0.6), correlation=0.0, reference_dose=3.0)
        if name == "blrm"
        else None,
        a_plus_b=(3, 3, 1, 1, 1) if name == "a-plus-b" else None,
    )
    for name in in_protocols()
    for variant in (VARIANTS if name == "three-plus-three" else (None,))
]
COMPLETE = [plan for plan in EVERY if plan.design not in ("rolling-six", "titecrm", "titeboin")]
DOSES = (1.0, 2.0, 3.0)


def named(plan: Escalation, levels: int) -> DescribedDesign:
    return design_named(plan, levels, DOSES[:levels], window_d=85)


def complete(plan: Escalation, levels: int) -> CountDesign:
    return named(plan, levels).complete()


@pytest.mark.parametrize("plan", EVERY, ids=lambda plan: f"{plan.design}-{plan.variant}")
@given(outcomes=st.lists(st.lists(st.sampled_from(["N", "T", "P30", "U", "X"]), min_size=1, max_size=6), max_size=8))
def test_every_design_is_consistent(plan: Escalation, outcomes: list[list[str]]) -> None:
    """The next step is a level that exists, or the trial is over; pending subjects make it wait; a DLT never helps."""
    design = named(plan, 3)
    history: tuple[CohortOutcome, ...] = ()
    for drawn in outcomes:
        decision = design.decide(history)
        assert decision.because
        assert (decision.level is None) == (decision.action == "stop")
        assert decision.mtd is None or (decision.action == "stop" and 1 <= decision.mtd <= design.levels)
        assert decision.open_places >= 0
        if decision.action == "stop" or decision.open_places == 0:
            break
        assert 1 <= (decision.level or 0) <= design.levels
        letters = drawn[: decision.open_places]
        history = (*history, *parse_history(f"{decision.level}{''.join(letters)}"))
        assert parse_history(notation(history)) == history
        after = design.decide(history)
        waiting = sum(cohort.pending + cohort.undetermined for cohort in history)
        if plan in COMPLETE:
            assert (after.action == "wait") == (waiting > 0)
        elif plan.design != "rolling-six" and any(cohort.undetermined for cohort in history):
            assert after.action == "wait"
        if "N" in letters and not waiting:
            worse = letters.copy()
            worse[worse.index("N")] = "T"
            after_worse = design.decide((*history[:-1], *parse_history(f"{decision.level}{''.join(worse)}")))
            assert (after_worse.level or 0) <= (after.level or 0) or after.action == "stop"


@pytest.mark.parametrize("plan", COMPLETE, ids=lambda plan: f"{plan.design}-{plan.variant}")
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_probabilities_of_every_design_add_up(plan: Escalation, p: list[float]) -> None:
    plan = replace(plan, skeleton=plan.skeleton[: len(p)])
    found = operating_characteristics(complete(plan, len(p)), p)
    assert sum(found.selected) == pytest.approx(1)
    assert all(n >= dlt - 1e-12 >= -1e-12 for n, dlt in zip(found.mean_n, found.mean_dlt, strict=True))
    assert list(found.mean_dlt) == pytest.approx([n * rate for n, rate in zip(found.mean_n, p, strict=True)])


@pytest.mark.parametrize("plan", COMPLETE, ids=lambda plan: f"{plan.design}-{plan.variant}")
def test_states_and_paths_agree(plan: Escalation) -> None:
    """Probability carried over states equals probability added over every path, and decide() agrees with both."""
    rates = (0.1, 0.25, 0.4)
    design = complete(plan, 3)
    every = paths(design, 8, rates)
    assert sum(path.probability or 0 for path in every) == pytest.approx(1)
    over = [path for path in every if path.level is None]
    if len(over) == len(every):
        found = operating_characteristics(design, rates)
        for level in range(4):
            assert sum(path.probability or 0 for path in over if (path.mtd or 0) == level) == pytest.approx(
                found.selected[level], abs=1e-12
            )
    for path in every[:40]:
        history = parse_history(
            " ".join(f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True))
        )
        decision = design.decide(history)
        assert (decision.level, decision.mtd) == (path.level, path.mtd)
