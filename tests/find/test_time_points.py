"""Which dose and time separate best: chances by integration, hand-made tables, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from hevesy.find.time_points import Comparison, Scan, TimePoints, time_points

TIMES = (6.0, 24.0, 48.0)


def scans(
    seed: int = 1, doses: Sequence[float] = (5.0, 7.5), subjects: int = 8, better: float = 0.4, turn: float = 1.0
) -> list[Scan]:
    """Ratios of subjects that rise with time."""
    stream = np.random.default_rng(seed)
    return [
        Scan(
            subject=f"{dose}-{subject}",
            dose=dose,
            time_h=time,
            value=math.exp(turn * (better * place + start + stream.normal(0, 0.1))),
            place=f"line {place + 2}",
        )
        for dose in doses
        for subject in range(subjects)
        for start in [stream.normal(0, 0.3)]
        for place, time in enumerate(TIMES)
    ]


def changed(at: int, **values: Any) -> list[Scan]:
    """The scans with one of them changed."""
    found = scans()
    own = {name: getattr(found[at], name) for name in ("subject", "dose", "time_h", "value", "place")}
    return [*found[:at], Scan(**(own | values)), *found[at + 1 :]]


def cells(found: TimePoints) -> list[tuple[float, float]]:
    return [(cell.dose, cell.time_h) for cell in found.cells]


def test_the_same_seed_gives_the_same_chances_and_another_nearly() -> None:
    one, same, other = (time_points(scans(), Comparison(seed=seed)) for seed in (1, 1, 2))
    assert [cell.p_best for cell in one.cells] == [cell.p_best for cell in same.cells]
    assert [cell.p_best for cell in one.cells] != [cell.p_best for cell in other.cells]
    for mine, its in zip(one.cells, other.cells, strict=True):
        assert abs(mine.p_best - its.p_best) < 6 * max(mine.p_best_error, its.p_best_error, 1e-4)


def test_ratios_have_geometric_means_and_scores_their_own() -> None:
    ratio, score = (time_points(scans(), Comparison(scale=scale)) for scale in ("ratio", "score"))
    values = np.array([scan.value for scan in scans()]).reshape(2, 8, 3)
    assert [cell.mean for cell in ratio.cells] == pytest.approx(np.exp(np.log(values).mean(axis=1)).ravel())
    assert [cell.mean for cell in score.cells] == pytest.approx(values.mean(axis=1).ravel())
    assert all(cell.lower < cell.mean < cell.upper for cell in (*ratio.cells, *score.cells))


def test_upside_down_the_lowest_is_the_best() -> None:
    high = time_points(scans())
    low = time_points(scans(turn=-1.0), Comparison(wanted="lowest"))
    assert (low.choice.dose, low.choice.time_h) == (high.choice.dose, high.choice.time_h)
    assert low.choice.p_best == pytest.approx(high.choice.p_best, abs=0.01)
    assert low.to_the_choice[0].value == pytest.approx(1 / high.to_the_choice[0].value)


def test_an_earlier_time_is_preferred_where_it_is_hardly_worse() -> None:
    flat = time_points(scans(better=0.04, doses=(5.0,), subjects=30), Comparison(margin=0.15))
    assert flat.choice.time_h > 6
    assert flat.earlier is not None
    assert flat.earlier.time_h == 6
    assert flat.earlier.p_within >= 0.9
    assert flat.earlier.dose == 5
    steep = time_points(scans(better=0.8, doses=(5.0,)))
    assert (steep.choice.time_h, steep.earlier) == (48, None)


def test_an_earlier_time_of_a_larger_dose_asks_no_less_of_a_patient() -> None:
    """The smaller dose is a little better and both doses are flat over time: only the smaller one is offered."""
    small = scans(better=0.02, doses=(5.0,), subjects=40)
    large = [
        Scan(subject=f"large {one.subject}", dose=7.5, time_h=one.time_h, value=(one.value or 0) * 0.99)
        for one in small
    ]
    found = time_points([*small, *large], Comparison(margin=0.3))
    assert (found.choice.dose, found.choice.time_h) == (5, 48)
    assert {cell.p_within > 0.9 for cell in found.cells} == {True}
    assert found.earlier is not None
    assert (found.earlier.dose, found.earlier.time_h) == (5, 6)


def test_differences_are_against_the_choice_and_within_each_dose() -> None:
    found = time_points(scans())
    best = (found.choice.dose, found.choice.time_h)
    assert {one.one for one in found.to_the_choice} == set(cells(found)) - {best}
    assert {one.other for one in found.to_the_choice} == {best}
    assert [(one.one, one.other) for one in found.within_dose] == [
        ((dose, one), (dose, other)) for dose in (5.0, 7.5) for one, other in ((6.0, 24.0), (6.0, 48.0), (24.0, 48.0))
    ]
    assert {one.means for one in found.to_the_choice} == {6}
    assert {one.means for one in found.within_dose} == {3}
    assert all(one.p_tukey >= one.found.p_value for one in (*found.to_the_choice, *found.within_dose))


def test_what_is_missing_is_named() -> None:
    some = changed(4, value=None)
    found = time_points([*some[:10], *some[11:]])
    assert found.missing == (
        "subject 5.0-1, dose 5 at 24 h: no value (line 3)",
        "subject 5.0-3, dose 5 at 24 h: no scan",
    )
    assert [cell.scans for cell in found.cells] == [8, 6, 8, 8, 8, 8]
    assert (found.subjects, found.scans) == (16, 46)


def test_a_cell_without_a_value_is_named_and_effects_are_not_tested() -> None:
    found = time_points([scan for scan in scans() if (scan.dose, scan.time_h) != (7.5, 24.0)])
    assert found.empty == ((7.5, 24.0),)
    assert found.effects == ()
    assert len(found.cells) == 5
    assert "no value at dose 7.5 at 24 h: time, dose and interaction are not tested" in found.because


@pytest.mark.parametrize(
    ("kept", "names"),
    [
        (lambda scan: True, ["time", "dose", "interaction"]),
        (lambda scan: scan.dose == 5, ["time"]),
        (lambda scan: scan.time_h == 24, ["dose"]),
    ],
)
def test_effects_are_those_that_the_grid_has(kept: Any, names: list[str]) -> None:
    found = time_points([scan for scan in scans() if kept(scan)])
    assert [effect.name for effect in found.effects] == names
    assert found.between is None if names == ["dose"] else found.between is not None
    assert any("scanned once" in line for line in found.because) == (names == ["dose"])


def test_of_two_doses_each_scanned_once_the_test_is_students() -> None:
    """One scan a subject: F is the square of the t of two samples, on n - 2 degrees of freedom."""
    some = [scan for scan in scans() if scan.time_h == 24]
    values = np.log([scan.value for scan in some if scan.value]).reshape(2, 8)
    pooled = math.sqrt(values.var(axis=1, ddof=1).mean() * 2 / 8)
    t = (values[1].mean() - values[0].mean()) / pooled
    (effect,) = time_points(some).effects
    assert (effect.satterthwaite.f, effect.satterthwaite.denominator_df) == pytest.approx((t * t, 14))


def test_an_unstructured_covariance_says_no_standard_deviation_of_subjects() -> None:
    found = time_points(scans(subjects=12), Comparison(covariance="unstructured"))
    assert (found.between, found.residual) == (None, None)
    assert len(found.fit.components) == 6


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            changed(1, value=0.0),
            "line 3: subject 5.0-0, dose 5 at 24 h: a ratio is above 0 on the logarithmic scale, got 0",
        ),
        (changed(1, value=-1.5), "got -1.5"),
        (changed(1, value=math.inf), "a value is a finite number, got inf"),
        (changed(1, time_h=6.0), "line 3: subject 5.0-0, dose 5 at 6 h, stands twice, first in line 2"),
        (changed(1, dose=7.5), r"line 3: subject 5.0-0 is at two doses, 5 and 7.5 \(line 2\)"),
        (changed(1, time_h=-1.0), "a dose is above 0 and a time after the injection not below, got 5 and -1 h"),
        (changed(1, dose=-5.0), "got -5 and 24 h"),
        ([], "no scan has a value"),
        ([scan for scan in scans() if (scan.dose, scan.time_h) == (5, 6)], "two doses or times .* got one"),
        ([scan for scan in scans() if scan.subject == "5.0-0"], "more responses than coefficients"),
        (scans()[:4], "do not tell the variance of subjects from that of a scan"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(given: list[Scan], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        time_points(given)


def test_two_times_that_no_subject_has_both_of_have_no_covariance() -> None:
    apart = [scan for place, scan in enumerate(scans()) if scan.time_h == 6 or (place // 3 % 2) == (scan.time_h == 24)]
    with pytest.raises(ValueError, match="no subject has a value both at 24 h and at 48 h"):
        time_points(apart, Comparison(covariance="unstructured"))
    assert time_points(apart).scans == len(apart)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"level": 1.0}, "level must lie between 0 and 1, got 1"),
        ({"margin": 1.0}, "a margin is a share .* got 1"),
        ({"sure": 0.0}, "how sure is a probability above 0 and at most 1, got 0"),
        ({"draws": 10}, "draws are 100 to 10,000,000, got 10"),
    ],
)
def test_a_comparison_that_compares_nothing_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Comparison(**given)
