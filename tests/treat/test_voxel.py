"""From images to decays and matter in voxels: closed forms of time, masses that are kept, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.imaging.region import Region
from hevesy.imaging.volume import Grid, Volume
from hevesy.matter.ct import Calibration, clamped
from hevesy.treat.activity_unit import map_unit
from hevesy.treat.voxel import (
    BEFORE,
    Scan,
    at_time,
    decays_of,
    half_lives_h,
    like_contrast,
    matter_of,
    refuse_no_activity,
    scene_of,
    size_cm_of,
)
from tests.tiers import cases

GRID = Grid(shape=(4, 5, 6), affine=np.diag([4.0, 4.0, 4.0, 1.0]))
PHYSICAL_H = 192.6


def volume(values: object, unit: str = "Bq/mL", grid: Grid = GRID) -> Volume:
    return Volume(grid=grid, values=np.broadcast_to(np.asarray(values, np.float32), grid.shape).copy(), unit=unit)


def region(name: str, *slices: slice) -> Region:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[slices] = True
    return Region(name=name, grid=GRID, mask=mask, rule="a test")


@settings(max_examples=cases(400))
@given(
    half_life_h=st.floats(1, 500),
    times_h=st.lists(st.floats(0, 200), min_size=1, max_size=5, unique=True).map(sorted),
    start=st.floats(1, 1e6),
)
def test_one_exponential_is_integrated_exactly_outside_the_scans_and_by_trapezoids_between(
    half_life_h: float, times_h: list[float], start: float
) -> None:
    """A(t) = A 2^(-t/T): before and after in closed form, between by numpy's own trapezoid; its error is of one sign."""
    times_h = [time for place, time in enumerate(times_h) if place == 0 or time - times_h[place - 1] > 0.01]
    times_h = [min(times_h[0], 9 * half_life_h), *times_h[1:]]
    then = [start * 2 ** (-time / half_life_h) for time in times_h]
    scans = [Scan(elapsed_h=time, activity=volume(one)) for time, one in zip(times_h, then, strict=True)]
    found = decays_of(scans, half_life_h, "decay")
    life_h = half_life_h / math.log(2)
    between = float(np.trapezoid(then, times_h))
    closed = start * life_h * (1 - 2 ** (-times_h[0] / half_life_h)) + between + then[-1] * life_h
    assert found.per_mL == pytest.approx(3600 * closed, rel=1e-5)
    assert found.per_mL.min() >= 3600 * start * life_h * (1 - 1e-5)
    before, after = found.shares(np.ones(GRID.shape, dtype=bool))
    assert after == pytest.approx(then[-1] * life_h / closed, rel=1e-5)
    assert before is not None
    assert before + (after or 0) + between / closed == pytest.approx(1, abs=1e-5)


def test_what_was_before_the_first_scan_is_as_told() -> None:
    scans = [Scan(elapsed_h=10.0, activity=volume(100.0)), Scan(elapsed_h=30.0, activity=volume(60.0))]
    early = {"rise": 100 * 10 / 2, "level": 100 * 10, "decay": 100 * (2 ** (10 / 40) - 1) * 40 / math.log(2)}
    for way, wanted in early.items():
        found = decays_of(scans, 40.0, way)  # type: ignore[arg-type]
        assert found.before_per_mL == pytest.approx(3600 * wanted, rel=1e-6)
        assert any(BEFORE[way] in sentence for sentence in found.because)  # type: ignore[index]
    assert decays_of(scans, 40.0).before_per_mL == pytest.approx(3600 * early["rise"])
    assert decays_of(scans[:1], 40.0).before_per_mL == pytest.approx(3600 * early["decay"])
    assert at_time(scans, 40.0, 20.0) == pytest.approx(80.0)
    assert at_time(scans, 40.0, 70.0) == pytest.approx(30.0)
    assert at_time(scans, 40.0, 0.0, "decay") == pytest.approx(100 * 2**0.25)
    assert at_time(scans, 40.0, 2.0) == pytest.approx(20.0)
    assert at_time(scans, 40.0, 2.0, "level") == pytest.approx(100.0)
    assert at_time(scans[:1], 40.0, 0.0) == pytest.approx(100 * 2**0.25)


def test_nothing_is_told_backwards_over_more_than_ten_half_lives() -> None:
    late = [Scan(elapsed_h=100.0, activity=volume(1.0))]
    with pytest.raises(RuleError, match=r"100 h after the injection, 12.5 half-lives of 8 h") as refusal:
        decays_of(late, 8.0)
    assert refusal.value.field == "before"
    assert decays_of(late, 8.0, "rise").per_mL == pytest.approx(3600 * (50 + 8 / math.log(2)))


def test_scans_that_are_of_no_order_of_time_are_refused() -> None:
    one = volume(1.0)
    for times in ((4.0, 4.0), (24.0, 4.0), (-1.0,), (math.nan,)):
        with pytest.raises(RuleError, match="got") as refusal:
            decays_of([Scan(elapsed_h=time, activity=one) for time in times], 10.0)
        assert refusal.value.field == "times"
    with pytest.raises(RuleError, match="there is no scan"):
        decays_of([], 10.0)
    other = Scan(elapsed_h=9.0, activity=volume(1.0, grid=Grid(shape=(4, 5, 6), affine=np.diag([4.0, 4.0, 5.0, 1.0]))))
    with pytest.raises(RuleError, match="one grid"):
        decays_of([Scan(elapsed_h=4.0, activity=one), other], 10.0)
    with pytest.raises(RuleError, match="after the injection"):
        at_time([Scan(elapsed_h=4.0, activity=one)], 10.0, -2.0)


def test_every_voxel_has_the_half_life_of_its_region_and_the_smallest_counts() -> None:
    liver, lesion = region("liver", slice(0, 3)), region("lesion", slice(0, 1), slice(0, 1))
    activity = volume(1.0).values
    found, told = half_lives_h(GRID, [liver, lesion], {"liver": 40, "lesion": 90, "rest": 20}, PHYSICAL_H, activity)
    assert (found[lesion.mask] == 90).all()
    assert (found[liver.mask & ~lesion.mask] == 40).all()
    assert (found[~liver.mask] == 20).all()
    assert "6 voxels lie in several regions" in told[1]
    everywhere, _ = half_lives_h(GRID, [liver], {"": 33, "liver": 44}, PHYSICAL_H, activity)
    assert set(np.unique(everywhere)) == {33, 44}
    nothing_outside = np.where(liver.mask, activity, 0)
    alone, _ = half_lives_h(GRID, [liver], {"liver": 40}, PHYSICAL_H, nothing_outside)
    assert (alone[liver.mask] == 40).all()


@pytest.mark.parametrize(
    ("told_h", "sentence"),
    [
        ({"liver": 40.0}, "40 % of the activity lie in no region"),
        ({"rest": 40.0}, "region 'liver' has no half-life"),
        ({"liver": 40.0, "rest": 20.0, "spleen": 3.0}, "'spleen', which is no region: there are 'liver', 'rest'"),
        ({"liver": 400.0, "rest": 20.0}, "of liver is 400 h; it is above 0 and not longer than the nuclide's, 192.6 h"),
        ({"liver": 0.0, "rest": 20.0}, "of liver is 0 h"),
    ],
)
def test_a_half_life_that_is_missing_or_cannot_be_is_refused(told_h: dict[str, float], sentence: str) -> None:
    liver = region("liver", slice(0, 4), slice(0, 3))
    with pytest.raises(RuleError, match=sentence):
        half_lives_h(GRID, [liver], told_h, PHYSICAL_H, volume(1.0).values)


def fine(values_HU: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Volume:
    """A CT in voxels of 2 mm around the grid of 4 mm."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -1.0
    grid = Grid(shape=(8, 10, 12), affine=affine)
    return Volume(grid=grid, values=np.broadcast_to(values_HU, grid.shape).astype(np.float32), unit="HU")


@settings(max_examples=cases(200))
@given(st.integers(0, 2**32))
def test_mass_is_kept_from_the_ct_to_the_voxels_of_the_activity(seed: int) -> None:
    """Masses of eight voxels of the CT, by the calibration of each, add up to that of one voxel of the activity."""
    rng = np.random.default_rng(seed)
    ct = fine(rng.uniform(-1000, 1500, (8, 10, 12)))
    matter = matter_of(ct, GRID, volume(1.0).values)
    masses = Calibration().density_g_per_cm3(ct.values.astype(np.float64)) * 0.008
    wanted = masses.reshape(4, 2, 5, 2, 6, 2).sum(axis=(1, 3, 5))
    assert scene_of(matter, volume(1.0).values).mass_g == pytest.approx(wanted, rel=1e-5)
    assert matter.ct.values == pytest.approx(ct.values.reshape(4, 2, 5, 2, 6, 2).mean(axis=(1, 3, 5)), abs=1e-2)


def test_padding_and_metal_are_told_and_never_taken_in_silence() -> None:
    values = np.zeros((8, 10, 12))
    values[:2] = -3024
    values[7, 9, 11] = 5000
    activity = volume(1.0).values
    with pytest.raises(RuleError, match=r"240 voxels of the CT lie below -1024 HU, down to -3024") as below:
        matter_of(fine(values), GRID, activity)
    with pytest.raises(RuleError, match=r"1 voxels of the CT lie above 3071 HU, up to 5000") as above:
        matter_of(fine(values), GRID, activity, padding="air")
    assert (below.value.field, above.value.field) == ("padding", "metal")
    found = matter_of(fine(values), GRID, activity, padding="air", metal="clamp")
    assert (found.padding, found.metal) == (240, 1)
    assert found.density_g_per_cm3[0] == pytest.approx(0.00121)
    assert any("240 voxels of the CT below -1024 HU" in sentence for sentence in found.because)
    values[0, 0, 0] = math.inf
    with pytest.raises(RuleError, match=r"the CT has inf at voxel \(0, 0, 0\)"):
        matter_of(fine(values), GRID, activity, padding="air", metal="clamp")
    inside = clamped(np.array([-1024.0, 3071.0]), Calibration())
    assert (inside.padding, inside.metal, inside.because) == (0, 0, ())


def test_a_ct_that_does_not_cover_the_activity_is_refused_with_figures() -> None:
    ct = fine(np.zeros((8, 10, 12)))
    smaller = Volume(
        grid=Grid(shape=(4, 10, 12), affine=ct.grid.affine), values=np.ascontiguousarray(ct.values[:4]), unit="HU"
    )
    activity = volume(1.0).values
    with pytest.raises(RuleError, match=r"does not cover 60 voxels .* \(50 % of them, with 50 % of the activity\)"):
        matter_of(smaller, GRID, activity)
    found = matter_of(smaller, GRID, activity, outside="air")
    assert found.outside == 60
    assert found.density_g_per_cm3[2:] == pytest.approx(0.00121)
    assert found.density_g_per_cm3[:2] == pytest.approx(1.018, abs=1e-3)


def test_contrast_that_is_read_as_bone_is_told_of_regions_that_are_none() -> None:
    values = np.zeros((8, 10, 12))
    values[:4] = 300
    matter = matter_of(fine(values), GRID, volume(1.0).values)
    vessel, marrow, muscle = (
        region("aorta", slice(1, 3)),
        region("red marrow", slice(0, 2)),
        region("muscle", slice(2, 4)),
    )
    told = like_contrast(matter, [vessel, marrow, muscle, replace(vessel, name="rest of the body")])
    assert len(told) == 1
    named = ("left breast", "renal cortex", "7", "spine L3", "Ribs", "whole body")
    one_each = [like_contrast(matter, [replace(vessel, name=name)]) for name in named]
    assert [len(sentences) for sentences in one_each] == [1, 1, 1, 0, 0, 0]
    assert "50 % of region 'aorta' lie above 120 HU and are taken as bone of 1.23 g/cm3" in told[0]


def test_a_grid_that_no_patient_has_is_refused() -> None:
    """40 mm, which is 4 mm told as cm; 0.004 mm; axes that lean."""
    assert size_cm_of(GRID) == pytest.approx((0.4, 0.4, 0.4))
    for edge in (40.0, 0.004):
        with pytest.raises(RuleError, match=f"of the activity are 4 x {edge:g} x 4 mm, no image of a patient"):
            size_cm_of(Grid(shape=(2, 2, 2), affine=np.diag([4.0, edge, 4.0, 1.0])))
    leaning = np.diag([4.0, 4.0, 4.0, 1.0])
    leaning[0, 1] = 4 * math.tan(math.radians(10))
    with pytest.raises(RuleError, match="lean by 10 degrees"):
        size_cm_of(Grid(shape=(2, 2, 2), affine=leaning))


def test_densities_that_nothing_has_are_refused() -> None:
    for density in (0.0001, 50.0, math.nan):
        with pytest.raises(RuleError, match=r"densities lie in 0.001..20 g/cm3"):
            Calibration(density=((-1000, 0.00121), (3000, density)))


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_what_is_no_activity_is_refused_with_its_place(value: float) -> None:
    held = volume(1.0)
    held.values[1, 2, 3] = value
    with pytest.raises(
        RuleError, match=rf"scan.nii: 1 voxels hold no activity, the first at \(3, 2, 1\) .* is {value:g}"
    ):
        refuse_no_activity(held, "scan.nii")
    with pytest.raises(RuleError, match="no activity anywhere"):
        refuse_no_activity(volume(0.0), "scan.nii")


@pytest.mark.parametrize(
    ("words", "per_mL_of_a_voxel_of_half_a_mL", "integrated"),
    [
        ("Bq/mL", 1.0, False),
        ("kBq/ml", 1e3, False),
        ("MBq/voxel", 2e6, False),
        ("Bq s/mL", 1.0, True),
        ("Bq*s/cm3", 1.0, True),
        ("MBq h/mL", 3.6e9, True),
        ("MBq.h/voxel", 7.2e9, True),
        ("uCi h / voxel", 2 * 3.7e4 * 3600, True),
    ],
)
def test_units_of_maps(words: str, per_mL_of_a_voxel_of_half_a_mL: float, integrated: bool) -> None:
    found = map_unit(words)
    assert found.per_mL(0.5) == pytest.approx(per_mL_of_a_voxel_of_half_a_mL)
    assert found.integrated is integrated


@pytest.mark.parametrize("words", ["", "SUV", "Bq", "g/mL", "MBq h", "Bq/kg", "h/mL"])
def test_what_is_no_unit_of_a_map_is_refused(words: str) -> None:
    with pytest.raises(RuleError, match="no unit of a map of activity"):
        map_unit(words)
