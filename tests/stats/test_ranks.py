"""Rank sums against every way to choose a group, SciPy and R; Holm against R."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from hevesy.errors import RuleError
from hevesy.stats.ranks import can_rank, holm, rank_sums
from hevesy.stats.rates import rate_ratio

FEW = st.lists(st.integers(0, 4), min_size=1, max_size=5)


def by_every_choice(first: list[int], second: list[int]) -> float:
    """The same share counted one choice at a time, with ranks told by how many values lie below and beside."""
    every = [*first, *second]
    ranks = [sum(other < value for other in every) + (every.count(value) + 1) / 2 for value in every]
    mean = len(first) * (len(every) + 1) / 2
    seen = abs(sum(ranks[: len(first)]) - mean)
    sums = [sum(ranks[place] for place in chosen) for chosen in combinations(range(len(every)), len(first))]
    return sum(abs(one - mean) >= seen for one in sums) / len(sums)


@given(FEW, FEW)
def test_a_rank_sum_is_the_share_of_all_choices_as_far_from_the_mean(first: list[int], second: list[int]) -> None:
    found = rank_sums({"first": first, "second": second})
    assert found["first"].p_value == pytest.approx(by_every_choice(first, second), abs=1e-12)
    assert found["second"].p_value == found["first"].p_value
    pairs = [(1.0 if one > other else 0.5 if one == other else 0.0) for one in first for other in second]
    assert found["first"].above == pytest.approx(sum(pairs) / len(pairs))


@given(FEW, FEW, FEW)
def test_each_group_stands_against_all_the_others(first: list[int], second: list[int], third: list[int]) -> None:
    found = rank_sums({"first": first, "second": second, "third": third})
    assert found["second"].p_value == pytest.approx(by_every_choice(second, [*first, *third]), abs=1e-12)


def test_without_ties_it_is_what_r_and_scipy_say() -> None:
    first, second = [1.1, 0.3, 2.2], [3.5, 4.1, 0.9, 5.2, 6.6, 7.3]
    found = rank_sums({"first": first, "second": second})["first"].p_value
    assert found == pytest.approx(0.09523809524, abs=1e-10)  # R 4.2.2, wilcox.test
    ours, theirs = [one * one for one in range(12)], [one * one + 30.5 for one in range(25)]
    expected = mannwhitneyu(ours, theirs, method="exact").pvalue
    assert rank_sums({"a": ours, "b": theirs})["a"].p_value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("groups", "rule"),
    [
        ({"a": [1.0]}, "two groups or more"),
        ({"a": [1.0], "b": []}, "two groups or more have values, got [1, 0]"),
        ({"a": [1.0], "b": [float("nan")]}, "finite"),
        ({"a": [1.0] * 400, "b": [2.0] * 400}, "too large for exact ranks"),
    ],
)
def test_what_cannot_be_ranked_is_refused(groups: dict[str, list[float]], rule: str) -> None:
    with pytest.raises(RuleError) as refusal:
        rank_sums(groups)
    assert rule in str(refusal.value)


def test_a_small_group_beside_many_can_be_ranked_and_two_large_ones_not() -> None:
    assert can_rank([10, 1000])
    assert not can_rank([400, 400])


def test_holm_raises_as_r_does() -> None:
    """R 4.2.2, p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.2), "holm")."""
    assert holm([0.01, 0.04, 0.03, 0.005, 0.2]) == pytest.approx([0.040, 0.090, 0.090, 0.025, 0.200], abs=1e-12)
    assert holm([]) == ()
    with pytest.raises(RuleError, match=r"0\.\.1, got 1\.5"):
        holm([1.5])


@pytest.mark.parametrize("shape", [1.0, 3.0])
def test_events_of_one_subject_come_together_and_only_ranks_of_subjects_allow_for_it(shape: float) -> None:
    """Subjects of one law at two centres, unequal by a gamma: where there is no difference, 5 % may seem to differ."""
    random, by_events, by_ranks, studies = np.random.default_rng(1), 0, 0, 600
    for _ in range(studies):
        months = random.uniform(1, 8, 24)
        events = random.poisson(1.1 * months * random.gamma(shape, 1 / shape, 24))
        here, others = ((int(events[part].sum()), float(months[part].sum())) for part in (slice(8), slice(8, None)))
        by_events += rate_ratio(here, others).p_value <= 0.05
        rates = [float(rate) for rate in events / months]
        by_ranks += rank_sums({"here": rates[:8], "others": rates[8:]})["here"].p_value <= 0.05
    assert by_events > 0.2 * studies
    assert by_ranks < 0.075 * studies  # 5 % and three standard errors
