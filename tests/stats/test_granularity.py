"""GRIM, GRIMMER and possible samples against brute force, and the figures of company releases."""

from __future__ import annotations

import itertools
import statistics
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.stats.granularity import grim, grimmer, interval, mean_of_times, possible_samples


@pytest.mark.parametrize(("percent", "n"), [("80", 8), ("46", 18), ("8", 41)])
@pytest.mark.parametrize("rounding", ["half-up", "half-even", "half-down"])
def test_percentages_that_cannot_be(percent: str, n: int, rounding: str) -> None:
    found = grim(percent, n, percent=True, rounding=rounding)  # type: ignore[arg-type]
    assert not found.possible
    assert f"{percent} % cannot be: nearest are" in found.because


@pytest.mark.parametrize("mean", ["4.75", "4.25"])
def test_means_of_four_that_can_be(mean: str) -> None:
    assert grim(mean, 4).totals == (int(4 * float(mean)),)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 2), st.sampled_from(["half-up", "half-even"]))
def test_every_true_percentage_passes(n: int, x: int, places: int, rounding: str) -> None:
    """Printed by decimal arithmetic in both roundings; x is among the totals."""
    x = min(x, n)
    way = ROUND_HALF_UP if rounding == "half-up" else ROUND_HALF_EVEN
    printed = (Decimal(100 * x) / n).quantize(Decimal(1).scaleb(-places), rounding=way)
    assert x in grim(str(printed), n, percent=True, rounding=rounding).totals  # type: ignore[arg-type]


@given(st.integers(2, 12), st.integers(0, 999))
def test_a_mean_passes_only_if_some_total_is_printed_so(n: int, hundredths: int) -> None:
    printed = f"{Decimal(hundredths) / 100:.2f}"
    true = any(
        (Decimal(total) / n).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) == Decimal(printed)
        for total in range(10 * n + 1)
    )
    assert grim(printed, n).possible == true


@given(st.lists(st.integers(0, 6), min_size=2, max_size=7))
def test_true_means_and_deviations_pass_and_the_sample_is_found(sample: list[int]) -> None:
    n = len(sample)
    mean = str((Decimal(sum(sample)) / n).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    deviation = str(Decimal(repr(statistics.stdev(sample))).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    assert grimmer(mean, deviation, n).possible
    assert tuple(sorted(sample)) in possible_samples(mean, deviation, n, 0, 6, most=10_000)


@pytest.mark.parametrize(("mean", "sd"), [("2.50", "1.00"), ("2.25", "0.96"), ("1.75", "0.40")])
def test_deviations_are_possible_just_where_brute_force_finds_them(mean: str, sd: str) -> None:
    """All samples of four numbers from -6 to 12."""
    found = False
    for sample in itertools.combinations_with_replacement(range(-6, 13), 4):
        same_mean = f"{Decimal(sum(sample)) / 4:.2f}" == mean
        found = found or (same_mean and f"{statistics.stdev(sample):.2f}" == sd)
    assert grimmer(mean, sd, 4).possible == found


def test_a_printed_zero_is_zero_up_to_half_a_unit() -> None:
    assert grim("0.0", 20).totals == (0,)
    assert grim("0", 200, percent=True).totals == (0,)
    assert grim("0", 2, rounding="up").totals == (0,)
    assert grim("0", 2, rounding="down").totals == (-1, 0, 1)
    assert grim("0.0", 20, rounding="half-down").totals == (-1, 0, 1)


def test_the_searched_range_is_kept() -> None:
    assert possible_samples("2.0", None, 3, 1, 3) == ((1, 2, 3), (2, 2, 2))
    assert possible_samples("9.0", None, 3, 1, 3) == ()


def test_what_a_mean_of_times_was_made_of() -> None:
    times, seen = [57, 90, 160, 201], [1, 1, 1, 0]
    assert mean_of_times("127", times, seen).lower_bound
    assert mean_of_times("102.3", times, seen).kind == "of events only"
    assert mean_of_times("150", times, seen).kind == "none of these"
    assert mean_of_times("127", times, [1, 1, 1, 1]).because == "every time was an event"


@pytest.mark.parametrize(
    ("text", "rounding", "ends"),
    [
        ("4.5", "half-even", ("4.45", "4.55", False, False)),
        ("4.4", "half-even", ("4.35", "4.45", True, True)),
        ("4.5", "down", ("4.5", "4.6", True, False)),
        ("-4.5", "half-up", ("-4.55", "-4.45", False, True)),
    ],
)
def test_what_is_printed_so(text: str, rounding: str, ends: tuple[str, str, bool, bool]) -> None:
    low, high, with_low, with_high = interval(text, rounding)  # type: ignore[arg-type]
    assert (low, high, with_low, with_high) == (Decimal(ends[0]), Decimal(ends[1]), ends[2], ends[3])


def test_figures_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="'about 4' is not a number as printed"):
        grim("about 4", 4)
    with pytest.raises(ValueError, match="1 or more, got 0"):
        grim("4", 0)
    with pytest.raises(ValueError, match="got 'nearest'"):
        grim("4", 4, rounding="nearest")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs two subjects"):
        grimmer("4", "1", 1)
