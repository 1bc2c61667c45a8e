"""Regions: contours against a rule written differently, masks by position whatever the order of axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.imaging.contours import region_of_contours
from hevesy.imaging.region import Region, onto
from hevesy.imaging.volume import Grid
from tests.imaging.phantoms import grid, phantom, relaid, spot


def winding(point: tuple[float, float], corners: Sequence[tuple[float, float]]) -> float:
    """How often a polygon goes round a point, by the angles it is seen under."""
    around = np.array([complex(x - point[0], y - point[1]) for x, y in corners])
    return float(np.angle(np.roll(around, -1) / around).sum() / (2 * np.pi))


def on_slices(edges: tuple[float, float, float] = (3.0, 2.0, 2.5)) -> Grid:
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *edges, 1
    affine[:3, 3] = (-10.0, -8.0, 40.0)
    return Grid(shape=(5, 12, 14), affine=affine)


def drawn(grid: Grid, corners: Sequence[tuple[float, float]], place: float) -> NDArray[np.float64]:
    """A contour by rows and columns on a slice, in mm."""
    return grid.centres_mm(np.array([[place, row, column] for row, column in corners]))


@given(
    st.lists(st.tuples(st.floats(-1, 12), st.floats(-1, 14)), min_size=3, max_size=9),
    st.integers(0, 4),
)
@settings(max_examples=150, deadline=None)
def test_a_star_of_corners_holds_the_centres_that_it_goes_round(corners: list[tuple[float, float]], place: int) -> None:
    """Corners in the order of their angle make a polygon that does not cross itself; on its edge either is right."""
    middle = np.mean(corners, axis=0)
    ordered = sorted(corners, key=lambda one: np.arctan2(one[0] - middle[0], one[1] - middle[1]))
    on = on_slices()
    inside, decided = np.zeros(on.shape[1:], dtype=bool), np.zeros(on.shape[1:], dtype=bool)
    for row in range(on.shape[1]):
        for column in range(on.shape[2]):
            decided[row, column] = distance((row, column), ordered) > 1e-6
            inside[row, column] = decided[row, column] and abs(winding((row, column), ordered)) > 0.5
    if inside.any():
        found = region_of_contours("r", on, [drawn(on, ordered, place)]).mask
        assert (found[place] == inside)[decided].all()
        assert not np.delete(found, place, axis=0).any()


def distance(point: tuple[float, float], corners: Sequence[tuple[float, float]]) -> float:
    """From a point to the nearest edge."""
    at, nearest = np.array(point), np.inf
    for begin, end in zip(np.array(corners), np.roll(np.array(corners), -1, axis=0), strict=True):
        along = end - begin
        length = float(along @ along)
        share = 0.0 if length == 0 else float(np.clip((at - begin) @ along / length, 0, 1))
        nearest = min(nearest, float(np.linalg.norm(at - begin - share * along)))
    return nearest


def test_a_contour_within_another_is_a_hole() -> None:
    on = on_slices()
    outer, inner = [(0.5, 0.5), (0.5, 9.5), (9.5, 9.5), (9.5, 0.5)], [(3.5, 3.5), (3.5, 6.5), (6.5, 6.5), (6.5, 3.5)]
    found = region_of_contours("ring", on, [drawn(on, outer, 2), drawn(on, inner, 2)])
    assert found.voxels == 81 - 9
    assert found.volume_mL == pytest.approx(72 * 3.0 * 2.0 * 2.5 / 1000)


@pytest.mark.parametrize(("rule", "voxels"), [("centre", 25), ("half", 25), ("touched", 49)])
def test_the_rule_decides_what_an_edge_through_voxels_holds(rule: str, voxels: int) -> None:
    """A square from 2.1 to 7.6: the centres 3 to 7 lie inside; of 2 and of 8 less than half does, but some of each."""
    on = on_slices()
    square = [(2.1, 2.1), (2.1, 7.6), (7.6, 7.6), (7.6, 2.1)]
    found = region_of_contours("square", on, [drawn(on, square, 1)], rule)  # type: ignore[arg-type]  # a rule in words
    assert found.voxels == voxels


def test_planes_between_slices_belong_to_the_nearest() -> None:
    on = on_slices()
    square = [(0.5, 0.5), (0.5, 4.5), (4.5, 4.5), (4.5, 0.5)]
    found = region_of_contours("r", on, [drawn(on, square, place) for place in (0.2, 1.2, 2.2)])
    assert found.mask.any(axis=(1, 2)).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("corners", "told"),
    [
        ([(0.0, 0.0, 0.0), (0.0, 4.0, 0.0), (1.5, 4.0, 4.0)], "leaves the plane"),
        ([(0.0, 90.0, 90.0), (0.0, 90.0, 95.0), (0.0, 95.0, 95.0)], "outside the image"),
        ([(0.0, 1.0, 1.0), (0.0, 2.0, 2.0)], "three points"),
    ],
)
def test_what_no_slice_holds_is_refused(corners: list[tuple[float, float, float]], told: str) -> None:
    on = on_slices()
    with pytest.raises(RuleError, match=told):
        region_of_contours("r", on, [on.centres_mm(np.array(corners))])


@pytest.mark.parametrize("oblique", [False, True])
def test_a_mask_lies_where_it_lies_whatever_the_order_of_its_axes(oblique: bool) -> None:
    volume = phantom(grid(oblique=oblique))
    here = spot(volume)
    for other in relaid(volume)[::5]:
        there = onto(spot(other), volume.grid)
        assert (there.mask == here.mask).all()
        assert "nearest" not in there.rule
        assert there.within(volume).tolist() == here.within(volume).tolist()


def test_a_mask_of_another_lattice_is_taken_by_the_nearest_voxel_and_says_so() -> None:
    fine, coarse = phantom(grid((2.0, 2.0, 3.0))), grid((3.0, 3.5, 4.0))
    found = onto(spot(fine), coarse)
    assert "falls into a voxel of the mask" in found.rule
    assert found.volume_mL == pytest.approx(spot(fine).volume_mL, rel=0.15)


def test_a_mask_outside_the_image_or_of_another_frame_is_refused() -> None:
    on = grid()
    mask = np.zeros(on.shape, dtype=bool)
    mask[0, 0, 0] = True
    small, moved = Grid(shape=(4, 4, 4), affine=on.affine), on.affine.copy()
    moved[0, 3] -= 50
    with pytest.raises(RuleError, match="outside the image"):
        onto(Region(name="r", grid=Grid(shape=on.shape, affine=moved), mask=mask, rule=""), small)
    with pytest.raises(RuleError, match="two frames of reference"):
        onto(
            Region(name="r", grid=Grid(shape=on.shape, affine=on.affine, frame_of_reference="1"), mask=mask, rule=""),
            Grid(shape=on.shape, affine=on.affine, frame_of_reference="2"),
        )
    with pytest.raises(RuleError, match="no voxel"):
        onto(Region(name="r", grid=on, mask=np.zeros_like(mask), rule=""), on)
