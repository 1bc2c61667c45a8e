"""Xenografts: exact exponentials, a mixed model against each animal's own line and a known truth, many models with exceptions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.preclinical.xenograft import Animal, ModelResult, ellipsoid_mm3, selectivity, study, time_to_volume
from hevesy.stats.growth import growth_rate, mixed_growth

DAYS = tuple(float(day) for day in range(0, 43, 3))


def exponential(name: str, group: str, doubling_d: float, delay_d: float = 0.0, start: float = 100.0) -> Animal:
    """Grows by doubling times, after a pause."""
    return Animal(
        id=name,
        group=group,
        day=DAYS,
        volume_mm3=tuple(start * 2 ** (max(day - delay_d, 0) / doubling_d) for day in DAYS),
    )


def test_exponential_tumours_have_their_delay_and_cell_kill() -> None:
    """Doubling in 5 days, held for 12: fourfold after 10 and 22 days; 12 / (3.3219 x 5) decades of cells."""
    animals = [exponential(f"c{n}", "control", 5.0, 0.0, 80.0 + 10 * n) for n in range(5)] + [
        exponential(f"t{n}", "I-131", 5.0, 12.0) for n in range(5)
    ]
    found = study("A375", animals, "control")
    treated = found.treatments[0]
    assert found.control_doubling_d == pytest.approx(5.0)
    assert treated.growth_delay_d == pytest.approx(12.0)
    assert treated.log_cell_kill == pytest.approx(12 / (math.log2(10) * 5))
    assert treated.tc_day == 42.0
    assert treated.tc_percent == pytest.approx(100 * 2 ** (-12 / 5))
    assert treated.log_rank is not None
    assert treated.log_rank.p_value < 0.01


@given(st.floats(1.5, 8), st.floats(2, 12))
def test_time_to_a_multiple_is_that_of_the_exponential(multiple: float, doubling: float) -> None:
    found = time_to_volume(exponential("a", "g", doubling), multiple)
    expected = doubling * math.log2(multiple)
    if expected <= 42:
        assert found.observed
        assert found.time_d == pytest.approx(expected)
    else:
        assert (found.observed, found.time_d) == (False, 42.0)


def test_a_delay_that_was_not_reached_is_not_invented() -> None:
    animals = [exponential(f"c{n}", "control", 5.0) for n in range(3)] + [
        exponential(f"t{n}", "drug", 5.0, 40.0) for n in range(3)
    ]
    treated = study("A", animals, "control").treatments[0]
    assert (treated.growth_delay_d, treated.log_cell_kill, treated.median_time.estimate) == (None, None, None)
    assert "not reached in drug" in treated.because[0]


def simulated(seed: int, animals: int = 12) -> tuple[list[str], list[str], list[float], list[float]]:
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, float, float]] = []
    for group, rate in (("control", 0.14), ("drug", 0.07)):
        for number in range(animals):
            start, slope = math.log(100) + 0.3 * rng.normal(), rate + 0.02 * rng.normal()
            rows += [
                (f"{group}{number}", group, day, math.exp(start + slope * day + 0.1 * rng.normal())) for day in DAYS
            ]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows]


def test_a_balanced_mixed_model_is_the_mean_of_each_animals_own_line() -> None:
    """Same days for all: group slopes are means of the animals' slopes, their error the slopes' spread over the root of the number."""
    rows = simulated(3)
    found = mixed_growth(*rows)
    spread = []
    for place, name in enumerate(("control", "drug")):
        slopes = []
        for animal in sorted({one for one, own in zip(rows[0], rows[1], strict=True) if own == name}):
            inside = [n for n, one in enumerate(rows[0]) if one == animal]
            slopes.append(growth_rate([rows[2][n] for n in inside], [rows[3][n] for n in inside]))
        assert found.groups[place].rate_per_day == pytest.approx(np.mean(slopes), abs=1e-9)
        spread += [slope - np.mean(slopes) for slope in slopes]
    pooled = math.sqrt(sum(one**2 for one in spread) / 22 / 12)
    assert [one.standard_error for one in found.groups] == pytest.approx([pooled, pooled], rel=0.05)
    assert found.groups[1].p_value is not None
    assert found.groups[1].p_value < 1e-6
    assert (found.animals, found.measurements) == (24, 24 * len(DAYS))


def test_variances_come_back_from_many_animals() -> None:
    found = mixed_growth(*simulated(5, animals=120))
    assert found.sd_residual == pytest.approx(0.1, rel=0.05)
    assert found.sd_start == pytest.approx(0.3, rel=0.15)
    assert found.sd_rate == pytest.approx(0.02, rel=0.15)
    assert found.groups[1].difference == pytest.approx(-0.07, abs=4 * 0.02 * math.sqrt(2 / 120))


def test_exceptions_show_among_many_models() -> None:
    """Seventy models and two of hepatocellular carcinoma that did not take it up: both are named."""
    models = [
        ModelResult(model=f"M{n}", tumour_type="glioma" if n % 2 else "breast", selective=True) for n in range(70)
    ]
    models += [
        ModelResult(model=name, tumour_type="hepatocellular carcinoma", selective=False) for name in ("HepG2", "Hep3B")
    ]
    models.append(ModelResult(model="X1", tumour_type="lung", selective=None))
    found = selectivity(models)
    assert (found.selective, found.determined, found.not_determined) == (70, 72, 1)
    assert (
        found.sentence
        == "70 of 72 models; not HepG2 (hepatocellular carcinoma), Hep3B (hepatocellular carcinoma); 1 not determined"
    )
    assert ("hepatocellular carcinoma", 0, 2) in found.by_type
    assert found.interval.upper < 1


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: Animal(id="a", group="g", day=(0, 1), volume_mm3=(100,)), "lists of one length above 0, got 2 and 1"),
        (lambda: Animal(id="a", group="g", day=(1, 0), volume_mm3=(100, 90)), "a: days rise"),
        (lambda: Animal(id="a", group="g", day=(0, 1), volume_mm3=(100, -5)), "0 mm3 or more, got -5 on day 1"),
        (
            lambda: Animal(id="a", group="g", day=(0, 1), volume_mm3=(0, 5)),
            "the first volume is the baseline and above 0",
        ),
        (
            lambda: study("A", [exponential("a", "g", 5)], "control"),
            "no animal is in the control group 'control'; groups are g",
        ),
        (lambda: time_to_volume(exponential("a", "g", 5), 1.0), "above 1, got 1"),
        (lambda: ellipsoid_mm3(5, 6), "at most the length, got 5 and 6 mm"),
        (lambda: growth_rate([0], [1]), "two volumes above 0 on two days"),
        (lambda: mixed_growth(["a", "a"], ["g", "h"], [0, 1], [1, 2]), "a is in two groups, g and h"),
        (lambda: selectivity([ModelResult(model="M", tumour_type="t", selective=True)] * 2), "M stands twice"),
    ],
)
def test_what_cannot_be_is_refused(action: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        action()
