"""Isotonic regression: the nearest estimates that never fall from one level to the next."""

from __future__ import annotations

from collections.abc import Sequence


def pool_adjacent_violators(values: Sequence[float], weights: Sequence[float]) -> tuple[float, ...]:
    """Weighted least-squares fit that does not decrease.

    >>> pool_adjacent_violators([0.1, 0.4, 0.2], [1, 1, 1])
    (0.1, 0.30000000000000004, 0.30000000000000004)

    Source: Ayer et al., Ann Math Stat 1955;26:641.
    """
    if len(values) != len(weights):
        raise ValueError(f"values and weights must be of one length, got {len(values)} and {len(weights)}")
    if any(weight <= 0 for weight in weights):
        raise ValueError("weights must be positive")
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / total, total, before[2] + block[2])
        blocks.append(block)
    return tuple(value for value, _, size in blocks for _ in range(size))
