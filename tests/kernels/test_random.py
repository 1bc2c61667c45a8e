"""Philox against the known answers published with it (Random123, kat_vectors) and against laws of uniform numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from hevesy.kernels.random import philox, stream, two_uniforms, uniform

KNOWN = [
    ((0, 0, 0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 6, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def plain(c: list[int], k: list[int]) -> list[int]:
    """The rounds as the paper writes them, in whole numbers."""
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


@njit
def block(a: int, b: int, c: int, d: int, k: int, m: int) -> tuple[int, int, int, int]:
    return philox(np.uint32(a), np.uint32(b), np.uint32(c), np.uint32(d), np.uint32(k), np.uint32(m))


@njit
def one(seed: int, number: int, trial: int, index: int) -> float:
    return uniform(np.uint64(seed), number, trial, index)


@njit
def pair(seed: int, number: int, trial: int, index: int) -> tuple[float, float]:
    return two_uniforms(np.uint64(seed), number, trial, index)


@pytest.mark.parametrize(("words", "answer"), KNOWN)
def test_known_answers(words: tuple[int, ...], answer: tuple[int, ...]) -> None:
    assert block(*words) == answer
    assert tuple(plain(list(words[:4]), list(words[4:]))) == answer


def test_uniform_numbers_are_the_halves_of_blocks() -> None:
    seed, trial = 0x0123456789ABCDEF, 2**33 + 5
    words = plain([3, trial & 0xFFFFFFFF, trial >> 32, 17], [seed & 0xFFFFFFFF, seed >> 32])
    expected = ((words[0] << 21 | words[1] >> 11) / 2**53, (words[2] << 21 | words[3] >> 11) / 2**53)
    assert pair(seed, 17, trial, 3) == expected
    assert (one(seed, 17, trial, 6), one(seed, 17, trial, 7)) == expected


def test_streams_differ_and_are_uniform() -> None:
    drawn = np.array(
        [
            [one(7, stream(purpose, scenario), trial, 0) for trial in range(4000)]
            for purpose in ("tolerance", "onset")
            for scenario in (0, 1)
        ]
    )
    assert np.abs(np.corrcoef(drawn) - np.eye(4)).max() < 4 / 4000**0.5
    assert np.abs(drawn.mean(axis=1) - 0.5).max() < 4 * (1 / 12 / 4000) ** 0.5
    counts = np.array([np.histogram(row, bins=20, range=(0, 1))[0] for row in drawn])
    assert (((counts - 200) ** 2 / 200).sum(axis=1) < 52).all(), "chi-square with 19 degrees of freedom, 1 in 10,000"


def test_streams_of_scenarios_do_not_overlap() -> None:
    assert len({stream(purpose, scenario) for purpose in ("tolerance", "late") for scenario in range(50)}) == 100
    with pytest.raises(ValueError, match="scenarios"):
        stream("onset", -1)
