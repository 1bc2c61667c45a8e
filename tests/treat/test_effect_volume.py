"""BED over a volume: laws of means, of correspondences and of regions that are even; refusals."""

from __future__ import annotations

import math
from itertools import permutations
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.study.dose_volume_curve import DoseVolumeCurve
from hevesy.study.limits import Limit
from hevesy.treat.dose_rate import DoseRate, course
from hevesy.treat.dose_volume import dose_volume
from hevesy.treat.effect import ExternalBeam, Tissue, effect_of
from hevesy.treat.effect_volume import (
    Correspondence,
    effect_by_voxel,
    effect_of_histograms,
    elements_of,
    even,
    histograms_together,
    left_over_volume,
)

CORD = Tissue(alpha_beta_Gy=2.0, repair_half_life_h=4.0, source="a test")
CURVE = course(DoseRate(doses_Gy=(10.0, -0.3), half_lives_h=(60.0, 2.5)), 2, 168.0)
BEAM = ExternalBeam(dose_Gy=50.0, fractions=25)
voxels = st.lists(st.tuples(st.floats(0, 60), st.floats(0, 80)), min_size=2, max_size=40)


def test_an_even_region_has_the_bed_of_its_organ() -> None:
    found = effect_by_voxel(np.full(8, CURVE.dose_Gy), np.full(8, 50.0), CURVE, BEAM, CORD, 0.1)
    organ = effect_of("cord", CURVE, CORD, external=(BEAM,))
    assert found.bed.falling_Gy.tolist() == pytest.approx([organ.bed_Gy] * 8, rel=1e-12)
    assert found.eqd2.mean_Gy == pytest.approx(organ.eqd2_Gy, rel=1e-12)


@given(voxels)
def test_the_mean_bed_is_that_of_the_mean_dose_and_of_its_spread(pairs: list[tuple[float, float]]) -> None:
    """Mean of d + c d^2 = m + c (m^2 + variance), of both doses, whatever the order of their places."""
    own, other = (np.array(column) for column in zip(*pairs, strict=True))
    per_own = CURVE.lea_catcheside(4.0) / 2.0
    per_other = 1 / (25 * 2.0)
    mean = own.mean() + per_own * (own.mean() ** 2 + own.var())
    mean += other.mean() + per_other * (other.mean() ** 2 + other.var())
    by_voxel = effect_by_voxel(own, other, CURVE, BEAM, CORD, 0.1)
    assert by_voxel.mean_bed_Gy == pytest.approx(mean, rel=1e-9, abs=1e-12)
    for correspondence in ("hottest on hottest", "hottest on coldest"):
        found = effect_of_histograms(dose_volume(own, 0.1), dose_volume(other, 0.1), CURVE, BEAM, CORD, correspondence)
        assert found.mean_bed_Gy == pytest.approx(mean, rel=1e-9, abs=1e-12)


@given(voxels)
def test_any_registration_lies_between_the_two_correspondences(pairs: list[tuple[float, float]]) -> None:
    own, other = (np.array(column) for column in zip(*pairs, strict=True))
    histograms = dose_volume(own, 0.1), dose_volume(other, 0.1)
    true = effect_by_voxel(own, other, CURVE, BEAM, CORD, 0.1).bed
    widest = effect_of_histograms(*histograms, CURVE, BEAM, CORD, "hottest on hottest").bed
    narrowest = effect_of_histograms(*histograms, CURVE, BEAM, CORD, "hottest on coldest").bed
    slack = 1e-9 * (1 + true.falling_Gy[0])
    for least, most in ((narrowest, true), (true, widest)):
        assert least.falling_Gy[0] <= most.falling_Gy[0] + slack
        assert least.falling_Gy[-1] >= most.falling_Gy[-1] - slack
        assert least.falling_Gy.var() <= most.falling_Gy.var() * (1 + 1e-9) + slack
        assert least.eud_Gy(8) <= most.eud_Gy(8) + slack


def test_histograms_of_different_voxels_are_met_element_by_element() -> None:
    """Two voxels of 30 mL beside three of 20 mL: six elements of 10 mL, added up by hand."""
    own, other = dose_volume([20.0, 10.0], 30.0), dose_volume([50.0, 25.0, 0.0], 20.0)
    found = effect_of_histograms(own, other, CURVE, BEAM, CORD, "hottest on coldest")
    per_own, per_other = CURVE.lea_catcheside(4.0) / 2.0, 1 / 50.0
    by_hand = sorted(
        (d + per_own * d * d + e + per_other * e * e for d, e in
         zip((20, 20, 20, 10, 10, 10), (0, 0, 25, 25, 50, 50), strict=True)), reverse=True,
    )  # fmt: skip
    assert found.bed.falling_Gy.tolist() == pytest.approx(by_hand, rel=1e-12)
    assert found.bed.volume_mL == pytest.approx(60)
    assert "where the doses lie is not known" in found.because[0]


def test_other_regions_and_grids_are_refused_and_small_differences_told() -> None:
    with pytest.raises(RuleError, match=r"one grid, got shapes \(2,\) and \(3,\)"):
        effect_by_voxel([1.0, 2.0], [1.0, 2.0, 3.0], CURVE, BEAM, CORD, 0.1)
    with pytest.raises(RuleError, match="doses are finite"):
        effect_by_voxel([1.0, -2.0], [1.0, 2.0], CURVE, BEAM, CORD, 0.1)
    one = dose_volume([1.0, 2.0], 10.0)
    with pytest.raises(RuleError, match="got 20 and 40 mL"):
        effect_of_histograms(one, dose_volume([1.0, 2.0], 20.0), CURVE, BEAM, CORD, "hottest on hottest")
    told = effect_of_histograms(one, dose_volume([1.0, 2.0], 12.0), CURVE, BEAM, CORD, "hottest on hottest").because
    assert any("20 mL in one image and 24 mL in the other" in words for words in told)


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 80)), min_size=2, max_size=5), st.integers(1, 5))
def test_what_a_share_receives_lies_within_bounds_that_some_correspondence_reaches(
    pairs: list[tuple[float, float]], place: int
) -> None:
    """Against every correspondence there is, one by one: the bounds are the least and the largest that is found."""
    own, other = (np.array(column) for column in zip(*pairs, strict=True))
    place = min(place, len(own))
    both = histograms_together(dose_volume(own, 0.1), dose_volume(other, 0.1), CURVE, BEAM, CORD)
    found = sorted(
        np.sort(effect_by_voxel(own, np.array(turned), CURVE, BEAM, CORD, 0.1).bed.falling_Gy)[::-1][place - 1]
        for turned in permutations(other.tolist())
    )
    assert both.within_Gy(100 * place / len(own)) == pytest.approx((found[0], found[-1]), rel=1e-9, abs=1e-9)


def test_what_a_share_receives_may_lie_beyond_both_correspondences() -> None:
    """Two of three elements: neither correspondence has the most or the least that they can receive, by hand.

    The most where the first meets the second and the second the first; the least where one has nothing of the first,
    the others 50 and 0: BED of 25 Gy in 25 fractions, 37.5 Gy.
    """
    own, other = dose_volume([20.0, 10.0, 0.0], 10.0), dose_volume([50.0, 25.0, 0.0], 10.0)
    both = histograms_together(own, other, CURVE, BEAM, CORD)
    seconds = [both.as_if(one).falling_Gy[1] for one in get_args(Correspondence)]
    least, most = both.within_Gy(200 / 3)
    assert most > max(seconds) + 1
    assert least == pytest.approx(37.5)
    assert least < min(seconds) - 1


def test_a_curve_by_points_has_its_mean_and_doses_as_elements() -> None:
    curve = DoseVolumeCurve(region="r", doses_Gy=(2.0, 10.0, 10.5, 30.0), shares_percent=(100.0, 60.0, 60.0, 5.0))
    taken = elements_of(curve, 40.0)
    assert taken.volume_mL == pytest.approx(40)
    assert taken.mean_Gy == pytest.approx(curve.mean_Gy, rel=1e-4)
    for percent in (95, 62, 58, 50, 2):
        assert taken.at_least_Gy(percent) == pytest.approx(curve.at_least_Gy(percent), rel=1e-3)


LIMIT = Limit(region="cord", amount_Gy=50.0, of="EQD2", source="a test")


def test_what_an_even_region_has_left_is_what_its_organ_has() -> None:
    """By another way: the organ's own question, and the fractions by its own BED of one fraction."""
    both = histograms_together(even(CURVE.dose_Gy, 20.0), even(0.0, 20.0), CURVE, BEAM, CORD)
    organ = effect_of("cord", CURVE, CORD, limit=LIMIT)
    assert organ.left is not None
    for on in ("mean", "D2"):
        left = left_over_volume(both, LIMIT, on, 2.0, None)
        assert left.surely.bed_Gy == pytest.approx(organ.left.bed_Gy, rel=1e-9)
        assert left.surely == left.at_most
        assert left.beam_fractions is None
    beam = left_over_volume(both, LIMIT, "mean", 2.0, BEAM, even(50.0, 20.0)).beam_fractions
    assert beam == (math.floor(organ.left.bed_Gy / (2.0 * (1 + 2.0 / 2.0))),) * 2


def test_so_many_fractions_of_a_beam_keep_the_limit_and_one_more_does_not() -> None:
    own, other = dose_volume([20.0, 10.0, 5.0], 10.0), dose_volume([50.0, 25.0, 0.0], 10.0)
    both = histograms_together(own, other, CURVE, BEAM, CORD)
    left = left_over_volume(both, LIMIT, "D2", 2.0, BEAM, other)
    assert left.beam_fractions is not None
    for number, place in zip(left.beam_fractions, (1, 0), strict=True):
        for more, kept in ((0, True), (1, False)):
            part = (number + more) / 25
            beam = ExternalBeam(dose_Gy=50 * part, fractions=number + more)
            shrunk = dose_volume([50.0 * part, 25.0 * part, 0.0], 10.0)
            held = histograms_together(own, shrunk, CURVE, beam, CORD).within_Gy(2)[place]
            assert (held <= LIMIT.bed_Gy(2.0) + 1e-9) is kept
