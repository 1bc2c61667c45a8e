"""A cohort beside published arms, and times behind published curves."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.follow.benchmark import (
    Ours,
    PublishedArm,
    compare,
    predictive,
    probability_higher,
    published_arms,
    read_arms,
    smallest_convincing,
)
from hevesy.stats.digitised import reconstruct
from hevesy.stats.regression import cox
from hevesy.stats.survival import kaplan_meier, quantile, restricted_mean
from tests.conftest import reference

OURS = Ours(name="cohort 1", responders=1, n=4, response="CBR", prior_lines="4 (mean)", pfs="88.5 d (mean)")


def arms() -> dict[str, PublishedArm]:
    with reference("external/benchmark_rrmm.csv").open() as file:
        return {f"{arm.regimen}, {arm.trial}": arm for arm in read_arms(list(csv.DictReader(file)))}


def test_every_published_arm_can_be_put_beside_a_cohort_with_its_caveats() -> None:
    found = {name: compare(OURS, arm) for name, arm in arms().items()}
    assert len(found) == 22
    single = found["daratumumab mono, GEN501+SIRIUS pooled"]
    same = compare(replace(OURS, response="ORR"), arms()["daratumumab mono, GEN501+SIRIUS pooled"])
    assert same.responders == (46,)
    assert same.theirs is not None
    assert same.theirs.lower < 0.311 < same.theirs.upper
    assert any("ours is CBR, theirs ORR" in one for one in single.caveats)
    assert any("a mean stands beside a median" in one for one in single.caveats)
    assert any("more prior lines (5 against 4 (mean))" in one for one in single.caveats)
    assert any("4 subjects: rates from 1% to 81%" in one for one in single.caveats)
    assert (single.p_exact, single.p_against_point, single.p_higher) == (None, None, None), (
        "another definition: no p and no probability"
    )
    randomised = compare(replace(OURS, response="ORR"), arms()["carfilzomib+Rd, ASPIRE"])
    assert randomised.p_exact is None
    assert randomised.p_against_point is not None
    assert any("two arms (87.1 vs 66.7)" in one for one in randomised.caveats)
    assert any("fewer prior lines" in one for one in randomised.caveats)
    assert any("not verified (partly)" in one for one in found["daratumumab mono, SIRIUS MMY2002"].caveats)


def test_a_range_of_rates_is_said_to_be_one() -> None:
    arm = replace(next(iter(arms().values())), response_percent="30-40")
    assert any(
        "a range (30-40); its first number is taken" in one
        for one in compare(replace(OURS, response="ORR"), arm).caveats
    )


def test_clinical_benefit_is_held_against_clinical_benefit() -> None:
    """6 of 8 beside PANORAMA-2's 29 of 55: Fisher's p 0.282 (R 4.5.0); held against its response rate it had been 0.014."""
    ours = Ours(name="both cohorts", responders=6, n=8, response="CBR")
    for arm in (
        arms()["panobinostat+Vd, PANORAMA-2"],
        next(arm for arm in published_arms() if arm.trial == "PANORAMA-2"),
    ):
        found = compare(ours, arm)
        assert found.responders == (29,)
        assert found.p_exact == pytest.approx(0.282, abs=0.0005)


def test_a_trials_n_is_no_arms_n() -> None:
    nimbus = compare(replace(OURS, response="ORR"), arms()["pomalidomide+LoDex, MM-003 (NIMBUS)"])
    assert nimbus.p_exact is None
    assert any("the n printed is the trial's" in one for one in nimbus.caveats)


def test_what_ships_is_one_row_an_arm_with_figures_that_were_seen() -> None:
    shipped = published_arms()
    assert len(shipped) >= 8
    for arm in shipped:
        assert arm.n is not None
        assert not arm.of_two_arms
        assert arm.source
        assert not any("not verified" in one for one in compare(replace(OURS, response="ORR"), arm).caveats)
        assert not any(word in f"{arm.regimen} {arm.trial}".casefold() for word in ("clr", "iopofosine", "seed"))
        for definition in ("ORR", "CBR"):
            if arm.percent_of(definition):
                assert compare(replace(OURS, response=definition), arm).responders, (
                    arm.trial,
                    "the percentage fits the arm's own n",
                )


@given(st.integers(0, 8), st.integers(1, 8), st.integers(0, 30), st.integers(1, 30))
def test_the_posterior_probability_is_that_of_draws(x: int, n: int, y: int, m: int) -> None:
    x, y = min(x, n), min(y, m)
    rng = np.random.default_rng(5)
    ours = rng.beta(x + 0.5, n - x + 0.5, 40_000) > rng.beta(y + 0.5, m - y + 0.5, 40_000)
    assert probability_higher((x, n), (y, m)) == pytest.approx(ours.mean(), abs=0.012)
    assert probability_higher((x, n), (y, m)) + probability_higher((y, m), (x, n)) == pytest.approx(1, abs=1e-6)


def test_predictions_add_up_and_know_the_rule_of_succession() -> None:
    assert sum(predictive((3, 9), 12)) == pytest.approx(1)
    assert predictive((3, 9), 1, prior=(1.0, 1.0))[1] == pytest.approx(4 / 11)
    assert smallest_convincing(4, 0.5) is None


@pytest.mark.parametrize("with_events", [True, False])
def test_times_behind_a_curve_give_its_numbers_back(with_events: bool) -> None:
    """200 subjects, every step of their curve read to three digits, numbers at risk every 6 months: median, mean and hazard ratio return."""
    rng = np.random.default_rng(8)
    groups = []
    for rate in (12.0, 18.0):
        event, lost = rng.exponential(rate, 200), rng.uniform(6, 40, 200)
        time, seen = np.minimum(event, lost), event <= lost
        curve = kaplan_meier(time, seen)
        steps = curve.n_event > 0
        risk_time = np.arange(0, time.max(), 6.0)
        at_risk = [int((time >= one).sum()) for one in risk_time]
        found = reconstruct(
            curve.time[steps],
            np.round(curve.survival[steps], 3),
            risk_time,
            at_risk,
            int(seen.sum()) if with_events else None,
        )
        assert len(found.time) == 200
        assert found.largest_difference < 0.02
        ours = kaplan_meier(found.time, found.observed)
        assert quantile(ours).estimate == pytest.approx(quantile(curve).estimate, rel=0.03)
        assert restricted_mean(ours, 24).estimate == pytest.approx(restricted_mean(curve, 24).estimate, rel=0.01)
        assert abs(int(found.observed.sum()) - int(seen.sum())) <= 6
        groups.append((time, seen, found))
    true = cox(
        np.concatenate([g[0] for g in groups]),
        np.concatenate([g[1] for g in groups]),
        np.repeat([0.0, 1.0], 200)[:, None],
        ["b"],
    )
    back = cox(
        np.concatenate([g[2].time for g in groups]),
        np.concatenate([g[2].observed for g in groups]),
        np.repeat([0.0, 1.0], 200)[:, None],
        ["b"],
    )
    assert back.coefficients[0].log_hazard_ratio == pytest.approx(true.coefficients[0].log_hazard_ratio, abs=0.04)


def test_an_interval_without_a_step_still_loses_whom_the_numbers_say() -> None:
    """No point between 5 and 15: 10 and then 20 are lost there, without an event."""
    found = reconstruct([0, 1, 2, 20, 21], [1, 0.9, 0.8, 0.7, 0.6], [0, 5, 10, 15], [100, 70, 60, 40])
    for at, printed in ((5.0, 70), (10.0, 60), (15.0, 40)):
        assert int((found.time >= at).sum()) == printed
    assert len(found.time) == 100


@pytest.mark.parametrize(
    ("survival", "at_risk", "words"),
    [([1.0, 0.8, 0.9], [10], "falls from 1 to 0, got 0.9 at 3"), ([1.0, 0.8, -0.1], [10], "got -0.1 at 3")],
)
def test_curves_that_rise_are_refused(survival: list[float], at_risk: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        reconstruct([1, 2, 3], survival, [0], at_risk)
    with pytest.raises(ValueError, match="do not rise"):
        reconstruct([1, 2, 3], [1.0, 0.5, 0.4], [0, 2], [5, 9])
