"""Cox regression, concordance and competing risks against definitions written out, and laws."""

from __future__ import annotations

import csv
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from hevesy.errors import CannotAnswerError
from hevesy.stats import competing, proportion, regression, survival
from hevesy.stats.growth import growth_rate
from hevesy.stats.indirect import odds_ratio
from hevesy.stats.words import Ties
from tests.conftest import reference
from tests.references import cox_by_hand

cases = st.lists(
    st.tuples(st.integers(0, 3), st.integers(4, 9), st.integers(0, 1), st.integers(0, 4)), min_size=6, max_size=14
).filter(lambda rows: sum(row[2] for row in rows) >= 3 and len({row[3] for row in rows}) > 1)


@given(cases, st.sampled_from(["efron", "breslow", "exact"]), st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_fit_is_the_top_of_the_likelihood_written_out(
    rows: list[tuple[int, int, int, int]], ties: Ties, late: bool
) -> None:
    """Entry, exit, event, one covariate; ties of up to all; derivative by differences is zero, curvature is the information."""
    entry, time, event, x = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    if not late:
        entry = np.full_like(entry, -1.0)
    try:
        fit = regression.cox(time, event, x[:, None], ["x"], entry=entry if late else None, ties=ties)
    except CannotAnswerError:
        return
    by_hand = [(a, b, int(c), d) for a, b, c, d in zip(entry, time, event, x, strict=True)]
    beta, step = fit.coefficients[0].log_hazard_ratio, 1e-3
    low, middle, high = (cox_by_hand.log_likelihood(by_hand, at, ties) for at in (beta - step, beta, beta + step))
    assert fit.log_likelihood == pytest.approx(middle, rel=1e-10)
    assert fit.null_log_likelihood == pytest.approx(cox_by_hand.log_likelihood(by_hand, 0.0, ties), rel=1e-10)
    curvature = -(high - 2 * middle + low) / step**2
    assert abs((high - low) / (2 * step)) < 1e-3 * max(curvature, 1e-3) + 1e-5
    assert 1 / fit.covariance[0, 0] == pytest.approx(curvature, rel=1e-3, abs=1e-5)
    expected = cox_by_hand.concordant_share(by_hand, beta)
    if expected is not None:
        assert regression.concordance(fit).estimate == pytest.approx(expected, abs=1e-12)


def test_the_robust_covariance_of_repeated_bladder_tumours() -> None:
    """The conditional model of Prentice, Williams and Peterson in the documentation of R's survival: naive and robust standard errors."""
    with reference("survival/datasets/bladder2.csv").open() as file:
        rows = list(csv.DictReader(file))
    column = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    fit = regression.cox(
        column["stop"],
        column["event"],
        np.column_stack([column[name] for name in ("rx", "size", "number")]),
        ["rx", "size", "number"],
        entry=column["start"],
        strata=column["enum"],
        cluster=column["id"],
    )
    published = [(-0.33349, 0.21617, 0.20479), (-0.00849, 0.07276, 0.06164), (0.11962, 0.05334, 0.05139)]
    for one, values in zip(fit.coefficients, published, strict=True):
        assert (one.log_hazard_ratio, one.standard_error, one.robust_standard_error) == pytest.approx(values, abs=6e-6)


def test_proportional_hazards_of_lung_cancer() -> None:
    """The table in the documentation of cox.zph (survival 3.8): age 0.188, sex 2.305, ph.ecog 2.054, in all 4.464."""
    with reference("survival/datasets/lung.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["ph.ecog"] not in ("", "NA")]
    x = [[float(row[name]) for name in ("age", "sex", "ph.ecog")] for row in rows]
    fit = regression.cox(
        [float(row["time"]) for row in rows], [int(row["event"]) for row in rows], x, ["age", "sex", "ph.ecog"]
    )
    found = regression.proportional_hazards(fit)
    assert [round(one.chi_square, 3) for one in found.values()] == [0.188, 2.305, 2.054, 4.464]
    assert [one.degrees_of_freedom for one in found.values()] == [1, 1, 1, 3]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_proportional_hazards_are_those_of_every_risk_set_summed_by_itself(
    ties: Ties, late: bool, grouped: bool, weighted: bool
) -> None:
    """Times in whole numbers, so that many are tied."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        n, p = 90, 3
        x = rng.normal(size=(n, p)) * (1, 10, 0.1)
        time = np.ceil(rng.exponential(12 * np.exp(0.4 * x[:, 0]))) + 5
        event = (rng.random(n) < 0.7).astype(float)
        entry = np.where(rng.random(n) < 0.6, 0.0, np.floor(rng.random(n) * time)) if late else np.full(n, -np.inf)
        stratum = rng.integers(0, 3, n).astype(float) if grouped else np.zeros(n)
        weight = rng.uniform(0.2, 3, n) if weighted else np.ones(n)
        fit = regression.cox(
            time,
            event,
            x,
            ["a", "b", "c"],
            entry=entry if late else None,
            strata=stratum if grouped else None,
            weights=weight if weighted else None,
            ties=ties,
        )
        found = [one.chi_square for one in regression.proportional_hazards(fit).values()]
        single, whole = cox_by_hand.changes_with_time(time, event, entry, stratum, weight, x, fit.estimates, ties)
        assert found == pytest.approx([*single, whole], rel=1e-9)


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), min_size=4, max_size=20).filter(
        lambda rows: any(c for _, c in rows)
    )
)
@settings(deadline=None)
def test_incidence_and_its_error_by_their_definitions(rows: list[tuple[int, int]]) -> None:
    """Shares add up with survival; the error is the root of the sum of squared derivatives by each subject's weight."""
    time, cause = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows])
    curve = competing.cumulative_incidence(time, cause)
    free = survival.kaplan_meier(time, cause > 0)
    assert curve.incidence.sum(1) + free.survival == pytest.approx(np.ones(len(curve.time)))
    for wanted in curve.causes:
        until = float(np.median(time))
        found = competing.incidence_at(curve, wanted, until)
        assert found.incidence == pytest.approx(cox_by_hand.incidence(time, cause, np.ones(len(rows)), wanted, until))
        slopes = []
        for one in range(len(rows)):
            ends = []
            for change in (-1e-5, 1e-5):
                weight = np.ones(len(rows))
                weight[one] += change
                ends.append(cox_by_hand.incidence(time, cause, weight, wanted, until))
            slopes.append((ends[1] - ends[0]) / 2e-5)
        assert found.standard_error == pytest.approx(math.sqrt(sum(slope**2 for slope in slopes)), abs=1e-6)


def test_grays_test_is_the_log_rank_test_where_nothing_competes() -> None:
    """Without other causes only the variance differs: the score is the log-rank test's, and both hold their level alike."""
    rng = np.random.default_rng(9)
    first = np.ceil(40 * rng.exponential(1.0, 120)), rng.integers(0, 2, 120)
    second = np.ceil(40 * rng.exponential(1.5, 130)), rng.integers(0, 2, 130)
    gray = competing.gray([first, second], 1)
    assert gray.chi_square == pytest.approx(survival.log_rank([first, second]).chi_square, rel=0.03)


def test_grays_test_holds_its_level() -> None:
    """600 samples of two equal groups, with another cause that differs between them: 5 % are below 0.05, within 3 standard errors."""
    rng = np.random.default_rng(10)
    below = 0
    for _ in range(600):
        groups = []
        for other in (0.5, 1.0):
            # cause 1 first, at the same incidence by time in both; the other cause may only come where cause 1 never does
            ours = rng.random(80) < 0.5
            time = np.where(ours, rng.exponential(1.0, 80), rng.exponential(other, 80))
            censored = rng.exponential(3.0, 80)
            groups.append((np.minimum(time, censored), np.where(censored < time, 0, np.where(ours, 1, 2))))
        below += competing.gray(groups, 1).p_value < 0.05
    assert below / 600 == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 600))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 2], [1, 0], [[1.0], [float("nan")]], ["x"]), "finite, got nan .x of subject 2"),
        (([1, 2], [1, 0], [[1.0], [1.0]], ["x"]), "x is the same for everyone"),
        (([1, 2], [0, 0], [[1.0], [2.0]], ["x"]), "at least one event"),
        (([1, 2, 3], [1, 1, 1], [[1.0, 2], [2, 4], [5, 10]], ["a", "b"]), "no separate effects"),
        (([1, 2, 3, 4], [1, 1, 0, 0], [[1.0], [1], [0], [0]], ["x"]), "rises without end in x"),
        (([1, 2], [1, 0], [[1.0], [2.0]], ["x", "y"]), "have shape .subjects, names., here .2, 2., got .2, 1."),
    ],
)
def test_what_cannot_be_fitted_is_said(
    arguments: tuple[list[float], list[int], list[list[float]], list[str]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        regression.cox(*arguments)


def test_a_risk_set_that_empties_and_fills_again_is_two_strata() -> None:
    """Those of 0 to 15 are gone before those of 100 to 115 enter, with covariates far apart: nothing of the first may linger."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 2)) + np.repeat([[0.0, 0.0], [40.0, -30.0]], 20, axis=0)
    time = np.concatenate([rng.uniform(1, 15, 20), rng.uniform(101, 115, 20)])
    entry, event = np.repeat([0.0, 100.0], 20), rng.random(40) < 0.8
    late = regression.cox(time, event, x, ["a", "b"], entry=entry)
    apart = regression.cox(time, event, x, ["a", "b"], strata=entry)
    assert late.estimates == pytest.approx(apart.estimates, rel=1e-6)
    assert late.covariance == pytest.approx(apart.covariance, rel=1e-6)


def test_robust_errors_do_not_depend_on_where_a_covariate_has_its_zero() -> None:
    rng = np.random.default_rng(6)
    year, cluster = rng.integers(2000, 2025, 80).astype(float), np.repeat(np.arange(40), 2)
    time = rng.exponential(np.exp(-0.4 * (year - 2012)))
    fits = [
        regression.cox(time, np.ones(80), (year - zero)[:, None], ["year"], cluster=cluster) for zero in (0.0, 2012.0)
    ]
    assert fits[0].coefficients[0].robust_standard_error == pytest.approx(
        fits[1].coefficients[0].robust_standard_error, rel=1e-6
    )
    with pytest.raises(ValueError, match="needs more than 1 clusters, got 1"):
        regression.cox(time, np.ones(80), year[:, None], ["year"], cluster=np.zeros(80))


def test_missing_labels_are_refused_and_a_group_gone_early_does_not_count() -> None:
    first, second = ([1, 2, 3, 4], [1, 1, 1, 1]), ([3, 5, 6, 7], [1, 1, 1, 1])
    with pytest.raises(ValueError, match=r"every subject has one stratum, got none \(subject 4\)"):
        survival.log_rank([first, second], strata=[[1, 1, 1, float("nan")], [1, 1, 1, 1]])
    mixed = survival.log_rank([first, second], strata=[[1, 1, 2, 2], ["1", "1", "2", "2"]])
    assert mixed.observed == (4.0, 4.0)
    third = survival.log_rank([first, second, ([0.5, 0.6], [0, 0])])
    assert third.degrees_of_freedom == 1
    assert third.chi_square == pytest.approx(survival.log_rank([first, second]).chi_square)


def test_levels_counts_and_times_that_cannot_be_are_refused() -> None:
    curve = survival.kaplan_meier([1, 2, 3], [1, 1, 0])
    for action, words in (
        (lambda: proportion.clopper_pearson(2.5, 8), "whole numbers, got x = 2.5"),  # type: ignore[arg-type]
        (lambda: survival.survival_at(curve, float("nan")), "a time must be finite, got nan"),
        (lambda: survival.restricted_mean(curve, float("inf")), "tau must be positive and finite"),
        (lambda: survival.bootstrap_quantile([1, 2], [1, 1], level=95), "between 0 and 1, got 95"),
        (
            lambda: competing.incidence_at(competing.cumulative_incidence([1, 2], [1, 2]), 1, 2, level=95),
            "level lies between 0 and 1",
        ),
        (lambda: odds_ratio([1, 0], None, (1, 2), level=95), "level must lie between 0 and 1, got 95"),
        (lambda: survival.log_rank([([1, 2], [0, 0]), ([3, 4], [1, 1])]), "two groups that are at risk at an event"),
        (lambda: growth_rate([0, 5, 10], [100, -5, 400]), "got -5.0 on 5.0 .measurement 2"),
        (lambda: growth_rate([0, float("nan"), 10], [100, 5, 400]), "on nan .measurement 2"),
    ):
        with pytest.raises(ValueError, match=words):
            action()


def test_times_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"entry comes before exit, got entry 3.0 and exit 2.0 \(subject 2\)"):
        survival.kaplan_meier([1, 2], [1, 1], entry=[0, 3])
    with pytest.raises(ValueError, match="got 'wide'"):
        survival.kaplan_meier([1, 2], [1, 1], interval="wide")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="censored"):
        competing.cumulative_incidence([1, 2], [1, -1])


WEIGHTED: dict[str, list[float]] = {
    "time": [1, 1, 2, 2, 2, 2, 3, 4, 5],
    "event": [1, 0, 1, 1, 1, 0, 0, 1, 0],
    "x": [2, 0, 1, 1, 0, 1, 0, 1, 0],
    "weight": [1, 2, 3, 4, 3, 2, 1, 2, 1],
}
"""The weighted data set of Therneau and Grambsch's validation chapter; its likelihood can be written down."""


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_weighted_fit_is_the_top_of_the_likelihood_written_down_by_hand(ties: Any) -> None:
    """Deaths at 1 (weight 1), 2 (3, 4 and 3, together or one after another) and 4 (2); r: hazard ratio of x."""

    def log_likelihood(beta: float) -> float:
        r = math.exp(beta)
        at_risk, dying = 11 * r + 5, 7 * r + 3
        parts = (0, 1 / 3, 2 / 3) if ties == "efron" else (0, 0, 0)
        second = sum(10 / 3 * math.log(at_risk - part * dying) for part in parts)
        return 11 * beta - math.log(r**2 + 11 * r + 7) - second - 2 * math.log(2 * r + 1)

    top = minimize_scalar(lambda beta: -log_likelihood(beta), bracket=(0, 2), tol=1e-12).x
    fit = regression.cox(
        WEIGHTED["time"],
        WEIGHTED["event"],
        [[one] for one in WEIGHTED["x"]],
        ["x"],
        weights=WEIGHTED["weight"],
        ties=ties,
    )
    assert fit.estimates[0] == pytest.approx(top, abs=1e-7)
    assert fit.log_likelihood == pytest.approx(log_likelihood(top), abs=1e-10)
    step = 1e-4
    curvature = -(log_likelihood(top + step) - 2 * log_likelihood(top) + log_likelihood(top - step)) / step**2
    assert 1 / fit.covariance[0, 0] == pytest.approx(curvature, rel=1e-5)
    if ties == "breslow":
        assert fit.estimates[0] == pytest.approx(0.85955744, abs=5e-9), "as survival's own tests print it"


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whole_weights_are_so_many_rows(data: st.DataObject) -> None:
    """With Breslow's ties, where a row of weight 3 is three rows; also entry, strata, proportional hazards."""
    n = data.draw(st.integers(8, 25))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    time, event, x = rng.integers(3, 12, n).astype(float), rng.integers(0, 2, n), rng.normal(size=(n, 2))
    event[:4] = 1
    weight, entry, stratum = rng.integers(1, 4, n), rng.integers(0, 3, n).astype(float), rng.integers(0, 2, n)
    often = np.repeat(np.arange(n), weight)
    try:
        fit = regression.cox(time, event, x, ["a", "b"], weights=weight, entry=entry, strata=stratum, ties="breslow")
    except CannotAnswerError:
        return
    rows = regression.cox(
        time[often], event[often], x[often], ["a", "b"], entry=entry[often], strata=stratum[often], ties="breslow"
    )
    assert fit.estimates == pytest.approx(rows.estimates, rel=1e-6, abs=1e-8)
    assert fit.covariance == pytest.approx(rows.covariance, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(rows.log_likelihood, rel=1e-9)


def test_a_likelihood_that_rises_without_end_is_refused_however_flat_it_gets() -> None:
    """Found by chance: coefficients of 367 and 538 whose curvature had not quite vanished."""
    rng = np.random.default_rng(8802)
    time, event, x = rng.integers(3, 12, 9).astype(float), rng.integers(0, 2, 9), rng.normal(size=(9, 2))
    event[:4] = 1
    weight, entry, stratum = rng.integers(1, 4, 9), rng.integers(0, 3, 9).astype(float), rng.integers(0, 2, 9)
    with pytest.raises(CannotAnswerError, match="rises without end"):
        regression.cox(time, event, x, ["a", "b"], weights=weight, entry=entry, strata=stratum, ties="breslow")


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1, 2], "every subject has one weight"),
        ([1, 0, 1, 1], "above 0, got 0 (subject 2)"),
        ([1, 1, math.nan, 1], "got nan (subject 3)"),
    ],
)
def test_weights_that_are_none_are_refused(weights: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        regression.cox([1, 2, 3, 4], [1, 1, 0, 1], [[0.0], [1.0], [0.0], [1.0]], ["x"], weights=weights)
    with pytest.raises(ValueError, match="not defined for exact ties"):
        regression.cox(
            [1, 2, 3, 4], [1, 1, 0, 1], [[0.0], [1.0], [0.0], [1.0]], ["x"], weights=[1, 1, 1, 1], ties="exact"
        )
