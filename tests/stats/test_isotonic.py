"""Isotonic regression against the pool-adjacent-violators algorithm, which works differently."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.stats.isotonic import isotonic_rows


def pooled(values: list[float], weights: list[float]) -> list[float]:
    """Ayer et al., Ann Math Stat 1955;26:641, block by block."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / total, total, before[2] + block[2])
        blocks.append(block)
    return [value for value, _, size in blocks for _ in range(size)]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 100)), min_size=1, max_size=9))
def test_the_fit_is_that_of_pooling(pairs: list[tuple[float, float]]) -> None:
    values, weights = [value for value, _ in pairs], [weight for _, weight in pairs]
    found = isotonic_rows(np.array([values]), np.array([weights]))[0]
    assert found == pytest.approx(pooled(values, weights), abs=1e-9)


def test_places_without_weight_are_left_out() -> None:
    found = isotonic_rows(np.array([[0.4, 0.9, 0.2, 0.5]]), np.array([[1.0, 0.0, 1.0, 1.0]]))[0]
    assert found[[0, 2, 3]] == pytest.approx([0.3, 0.3, 0.5])
    assert found[1] == -np.inf


def test_shapes_and_weights_are_checked() -> None:
    with pytest.raises(ValueError, match="one shape"):
        isotonic_rows(np.zeros((1, 2)), np.zeros((1, 3)))
    with pytest.raises(ValueError, match="negative"):
        isotonic_rows(np.zeros((1, 1)), np.array([[-1.0]]))
