"""A cohort beside published arms: like for like, by counts that the printed percentages can stand for."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.check.published_arms import (
    Ours,
    PublishedArm,
    compare,
    predictive,
    probability_higher,
    published_arms,
    read_arms,
    smallest_convincing,
)
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
