"""Simulated trials: within four standard errors of the exact results, the same on any workers, honest about bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hevesy.plan.escalation import crm
from hevesy.plan.escalation.blrm import BLRM, LogisticPrior
from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.design import CountDesign
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.onset import NadirOnset, UniformOnset, WeibullOnset, quantiles, shares
from hevesy.plan.escalation.scenario import Accrual, OrganToxicity, Scenario
from hevesy.plan.escalation.simulate import Simulated, simulate
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.plan.escalation.tite import TITECRM, Restraint
from hevesy.study.protocol import Escalation
from hevesy.workers import Dask, Processes
from tests.plan.escalation.test_three_plus_three import SCENARIOS


def designs(levels: int) -> dict[str, CountDesign]:
    prior = crm.skeleton(0.06, 0.25, max(1, levels - 2), levels)
    logistic = LogisticPrior(mean=(-1.0, 0.0), sd=(1.5, 0.8), correlation=0.0, reference_dose=float(levels))
    return {
        "3+3": three_plus_three("no-de-escalation", levels),
        "3+3 down": three_plus_three("de-escalation", levels),
        "modified": three_plus_three("modified", levels),
        **{
            name: design_named(Escalation(design=name, cohort_size=3, target=0.25, n_max=24), levels).complete()
            for name in ("boin", "keyboard", "mtpi", "mtpi2", "i3+3")
        },
        "crm": crm.CRM(prior=prior, target=0.25, n_max=24),
        "blrm": BLRM(doses=tuple(float(dose) for dose in range(1, levels + 1)), prior=logistic, n_max=18),
    }


def close(found: Simulated, exact: object) -> None:
    for name in ("selected", "n", "dlt"):
        told = getattr(exact, {"n": "mean_n", "dlt": "mean_dlt"}.get(name, name))
        for estimate, value in zip(getattr(found, name), told, strict=True):
            if value * found.trials >= 100:  # below, the standard error of so rare a thing is itself a guess
                assert abs(estimate.mean - value) <= 4 * estimate.standard_error + 1e-12, name


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_walks_agree_with_exact_results(scenario: str) -> None:
    p = SCENARIOS[scenario]
    for number, (name, design) in enumerate(designs(len(p)).items()):
        found = simulate(design, Scenario(name=scenario, p=p), trials=400_000, seed=11, scenario_number=number)
        close(found, operating_characteristics(design, p))
        assert found.duration_d is None, name


def test_the_calendar_does_not_change_what_a_design_of_complete_outcomes_does() -> None:
    p = SCENARIOS["A"]
    for design in (three_plus_three("modified", 6), designs(6)["boin"]):
        rough = Accrual(window_d=85, per_d=0.05, stagger_d=7, screen_failure=0.2, dropout=0.2)
        found = simulate(design, Scenario(name="A", p=p), trials=40_000, seed=3, accrual=rough)
        # who drops out is replaced, but a DLT comes before half of the dropouts: among the evaluable it is more frequent
        evaluable = [rate * 0.9 / (rate * 0.9 + (1 - rate) * 0.8) for rate in p]
        close(found, operating_characteristics(design, evaluable))
        assert found.duration_d is not None
        assert found.duration_d.mean > 85


def test_patients_who_differ_act_like_their_mean() -> None:
    """A design that counts cannot tell a spread of sensitivities from its mean rate, so the exact result holds."""
    marrow = OrganToxicity(organ="red marrow", dose_50_Gy=2.2, slope=4.0, Gy_per_GBq=0.35, cv=0.4, dosimetry_cv=0.15)
    activities = (1.5, 2.5, 3.7, 5.0)
    by_activity = marrow.prescribed_by_activity("activity", activities, UniformOnset())
    by_dose = marrow.prescribed_by_dose(
        "dose", [activity * marrow.Gy_per_GBq for activity in activities], UniformOnset()
    )
    draws = np.random.default_rng(1).lognormal(0, np.sqrt(np.log1p(0.4**2)), 400_000)
    for activity, rate in zip(activities, by_activity.p, strict=True):
        dose = activity * 0.35 * draws
        assert rate == pytest.approx((1 / (1 + (2.2 / dose) ** 4)).mean(), abs=0.003), "the same by drawing patients"
    assert by_dose.p[0] < by_activity.p[0], "less spread, fewer DLTs below the dose of one half"
    design = designs(4)["boin"]
    for scenario in (by_activity, by_dose):
        close(simulate(design, scenario, trials=60_000, seed=5), operating_characteristics(design, scenario.p))


def test_one_worker_and_many_give_the_same_sums() -> None:
    design, scenario = designs(6)["boin"], Scenario(name="A", p=SCENARIOS["A"])
    alone = simulate(design, scenario, trials=100_000, seed=1)
    assert simulate(design, scenario, trials=100_000, seed=1, block=777).sha256 == alone.sha256
    assert simulate(design, scenario, trials=100_000, seed=1, workers=Processes(2)).sha256 == alone.sha256
    assert simulate(design, scenario, trials=100_000, seed=2).sha256 != alone.sha256
    assert simulate(design, scenario, trials=100_000, seed=1, scenario_number=1).sha256 != alone.sha256


@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_gives_the_same_sums() -> None:
    distributed = pytest.importorskip("distributed")
    design = TITECRM(prior=(0.06, 0.11, 0.17, 0.25, 0.34, 0.43), target=0.25, window_d=85, n_max=18)
    scenario, accrual = Scenario(name="A", p=SCENARIOS["A"]), Accrual(window_d=85, per_d=0.07)
    alone = simulate(design, scenario, trials=3000, seed=1, accrual=accrual)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        found = simulate(
            design, scenario, trials=3000, seed=1, accrual=accrual, workers=Dask(cluster.scheduler_address), block=500
        )
    assert found.sha256 == alone.sha256


def test_common_random_numbers_make_designs_comparable() -> None:
    """Two designs that do the same meet the same patients and give the same sums."""
    scenario = Scenario(name="A", p=SCENARIOS["A"])
    boin = designs(6)["boin"]
    same = IntervalDesign(rule=BOIN(target=0.25), levels=6, n_max=24)
    assert simulate(boin, scenario, trials=5000, seed=9).sha256 == simulate(same, scenario, trials=5000, seed=9).sha256


@pytest.mark.parametrize("law", [UniformOnset(), WeibullOnset(shape=3.5, peak_d=42), NadirOnset(nadir_d=45)])
def test_quantiles_of_onset_laws_are_the_inverse_of_their_shares(law: UniformOnset) -> None:
    at = quantiles(law, 85)
    assert (np.diff(at) >= 0).all()
    assert np.asarray(law.share_by(at * 85, 85)) == pytest.approx(np.linspace(0, 1, len(at)), abs=2e-4)
    assert shares(law, 85)[[0, -1]].tolist() == [0, 1]


def test_a_nadir_law_has_its_peak_at_the_nadir() -> None:
    days = np.linspace(0, 85, 851)
    for law in (WeibullOnset(shape=3.5, peak_d=42), NadirOnset(nadir_d=42)):
        assert days[np.diff(law.share_by(days, 85)).argmax()] == pytest.approx(42, abs=0.3)


def test_what_cannot_be_simulated_is_refused() -> None:
    scenario = Scenario(name="A", p=SCENARIOS["A"])
    tite = TITECRM(prior=(0.06, 0.11, 0.17, 0.25, 0.34, 0.43), target=0.25, window_d=85)
    with pytest.raises(ValueError, match="needs the accrual"):
        simulate(tite, scenario, trials=10, seed=1)
    with pytest.raises(ValueError, match="window is 85"):
        simulate(tite, scenario, trials=10, seed=1, accrual=Accrual(window_d=28, per_d=1))
    with pytest.raises(ValueError, match="at least one trial"):
        simulate(designs(6)["boin"], scenario, trials=0, seed=1)
    with pytest.raises(ValueError, match="too few"):
        simulate(designs(6)["boin"], scenario, trials=10, seed=1, accrual=Accrual(window_d=28, given_d=(1, 2, 3)))
    with pytest.raises(ValueError, match="each of 6 levels"):
        simulate(designs(6)["boin"], Scenario(name="D", p=SCENARIOS["D"]), trials=10, seed=1)
    for words, change in (
        ("window", {"window_d": 0}),
        ("either", {"per_d": 0}),
        ("shares", {"dropout": 1.0}),
        ("order", {"per_d": 0, "given_d": (2, 1)}),
    ):
        with pytest.raises(ValueError, match=words):
            Accrual(**({"window_d": 85, "per_d": 1} | change))


def test_waiting_for_the_pending_takes_longer() -> None:
    scenario = Scenario(name="A", p=SCENARIOS["A"], onset=WeibullOnset(shape=3.5, peak_d=42))
    free = TITECRM(prior=(0.06, 0.11, 0.17, 0.25, 0.34, 0.43), target=0.25, window_d=85, n_max=18)
    accrual = Accrual(window_d=85, per_d=0.1)
    durations = [
        simulate(replace(free, restraint=restraint), scenario, trials=2000, seed=4, accrual=accrual).duration_d
        for restraint in (Restraint(), Restraint(max_pending=3))
    ]
    assert durations[0] is not None
    assert durations[1] is not None
    assert durations[0].mean + 50 < durations[1].mean
    slow = simulate(
        replace(free, restraint=Restraint(follow_up_n=2, follow_up_d=60)),
        scenario,
        trials=2000,
        seed=4,
        accrual=accrual,
    )
    quick = simulate(free, scenario, trials=2000, seed=4, accrual=accrual)
    assert slow.n[0].mean > quick.n[0].mean + 0.5, "held at the lowest level until two have been followed"


def test_trials_without_a_graph_are_those_of_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    from hevesy.plan.escalation import simulate as module

    marrow = OrganToxicity(organ="red marrow", dose_50_Gy=2.2, slope=4.0, Gy_per_GBq=0.35, cv=0.4, dosimetry_cv=0.15)
    worlds = (
        Scenario(name="A", p=SCENARIOS["A"]),
        marrow.prescribed_by_activity("marrow", (1, 2, 3, 4, 5, 6), UniformOnset()),
    )
    for name, design in designs(6).items():
        for world in worlds:
            walked = simulate(design, world, trials=3000, seed=8)
            monkeypatch.setattr(module, "_too_large", lambda one: one)
            assert simulate(design, world, trials=3000, seed=8, block=700).sha256 == walked.sha256, name
            monkeypatch.undo()


def test_a_design_too_large_for_exact_results_is_simulated() -> None:
    large = IntervalDesign(rule=BOIN(target=0.25), levels=6, cohort_size=1, n_max=60)
    found = simulate(large, Scenario(name="A", p=SCENARIOS["A"]), trials=2000, seed=8)
    assert sum(one.mean for one in found.selected) == pytest.approx(1)
    assert found.subjects.mean <= 60
