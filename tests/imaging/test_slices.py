"""Planes lie where the affine says, whatever the order and direction of an array's axes."""

from __future__ import annotations

import numpy as np
import pytest

from hevesy.errors import RuleError
from hevesy.imaging.region import Region
from hevesy.imaging.slices import MOST_PIXELS, box_mm, highest, place_of, three_slices
from hevesy.imaging.volume import Grid, Volume
from tests.imaging.phantoms import SPOTS, grid, phantom, relaid, spot

AXES = {"axial": (1, 1, 0, 2), "coronal": (2, -1, 0, 1), "sagittal": (2, -1, 1, 0)}
LEFT_FRONT_HEAD = SPOTS["left front head"][0]


@pytest.mark.parametrize("oblique", [False, True])
def test_a_pixel_shows_the_voxel_that_its_centre_lies_in(oblique: bool) -> None:
    on = grid(oblique=oblique)
    numbered = np.arange(np.prod(on.shape), dtype=np.float32).reshape(on.shape)
    point = (11.3, -7.1, 4.9)
    low, high = box_mm(on)
    for plane in three_slices(Volume(grid=on, values=numbered, unit=""), point):
        down, direction, right, across = AXES[plane.plane]
        rows, columns = plane.values.shape
        assert plane.pixel_mm == pytest.approx(2.0)
        points = np.empty((rows, columns, 3))
        middle = (low + high) / 2
        points[..., down] = (middle[down] + direction * plane.pixel_mm * (np.arange(rows) - (rows - 1) / 2))[:, None]
        points[..., right] = middle[right] + plane.pixel_mm * (np.arange(columns) - (columns - 1) / 2)
        points[..., across] = point[across]
        places = points @ np.linalg.inv(on.affine)[:3, :3].T + np.linalg.inv(on.affine)[:3, 3]
        known = np.isfinite(plane.values)
        shown = np.stack(np.unravel_index(plane.values[known].astype(int), on.shape), axis=-1)
        assert np.abs(shown - places[known]).max() <= 0.5 + 1e-5
        beside = (places[~known] < -0.5 + 1e-5) | (places[~known] > np.array(on.shape) - 0.5 - 1e-5)
        assert beside.any(axis=-1).all()
        row, column = plane.point
        assert np.abs(points[row, column] - point).max() <= plane.pixel_mm / 2
        assert known.mean() > 0.3


@pytest.mark.parametrize("oblique", [False, True])
def test_the_same_image_in_any_array_is_the_same_picture(oblique: bool) -> None:
    # No centre of a pixel lies between two voxels here: which of the two is shown depends on the direction of the axis.
    volume = phantom(grid(edges=(2.0, 2.0, 3.2), oblique=oblique))
    point = (39.37, -29.11, 19.53)
    wanted = three_slices(volume, point, [spot(volume)])
    for other in relaid(volume):
        found = three_slices(other, point, [spot(other)])
        for one, same in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one.values, same.values)
            np.testing.assert_array_equal(one.masks[0], same.masks[0])
            assert one.point == same.point


@pytest.mark.parametrize("oblique", [False, True])
def test_left_front_and_head_stand_on_the_right_at_the_top_and_on_the_left(oblique: bool) -> None:
    volume = phantom(grid(oblique=oblique))
    axial, coronal, sagittal = three_slices(volume, LEFT_FRONT_HEAD)
    for plane, right, low in ((axial, True, False), (coronal, True, False), (sagittal, False, False)):
        rows, columns = np.nonzero(plane.values == SPOTS["left front head"][1])
        assert len(rows) > 20
        assert (rows.mean() > plane.values.shape[0] / 2) == low
        assert (columns.mean() > plane.values.shape[1] / 2) == right
    assert (axial.left, axial.right, axial.top, axial.bottom) == ("R", "L", "A", "P")
    assert (coronal.left, coronal.right, coronal.top, coronal.bottom) == ("R", "L", "H", "F")
    assert (sagittal.left, sagittal.right, sagittal.top, sagittal.bottom) == ("A", "P", "H", "F")
    assert (axial.across_mm, coronal.across_mm, sagittal.across_mm) == (20.0, -30.0, 40.0)


def test_a_mask_is_cut_as_its_values_are() -> None:
    volume = phantom(grid(oblique=True))
    for plane in three_slices(volume, LEFT_FRONT_HEAD, [spot(volume)]):
        np.testing.assert_array_equal(plane.masks[0], plane.values == SPOTS["left front head"][1])


def test_a_large_image_has_larger_pixels_not_more() -> None:
    values = np.zeros((3, 4, 2000), dtype=np.float32)
    affine = np.diag([1.0, 1.0, 0.5, 1.0])
    _, coronal, _ = three_slices(
        Volume(grid=Grid(shape=values.shape, affine=affine), values=values, unit=""), (1, 1, 9)
    )
    assert coronal.values.shape == (MOST_PIXELS, 2)
    assert coronal.pixel_mm == pytest.approx(1000 / MOST_PIXELS)


def test_the_highest_value_is_found_in_a_region_and_past_what_is_no_number() -> None:
    volume = phantom(grid())
    assert volume.values[highest(volume)] == 9.0
    low = spot(volume, "right back feet")
    place = highest(volume, low)
    assert low.mask[place]
    values = volume.values.copy()
    values[0, 0, 0], values[1, 1, 1] = np.nan, np.inf
    assert highest(Volume(grid=volume.grid, values=values, unit="")) == highest(volume)


def test_what_has_no_highest_value_and_a_point_beside_the_image_are_refused() -> None:
    on = grid()
    nothing = Volume(grid=on, values=np.full(on.shape, np.nan, dtype=np.float32), unit="")
    with pytest.raises(RuleError, match="no finite value"):
        highest(nothing)
    empty = Region(name="lesion", grid=on, mask=np.zeros(on.shape, dtype=np.bool_), rule="")
    with pytest.raises(RuleError, match="'lesion' has no voxel"):
        highest(phantom(on), empty)
    with pytest.raises(
        RuleError, match=r"\(61, 0, 0\) mm lies outside the image, whose corners lie within x -60 to 60; y -50 to 50"
    ):
        place_of(on, (61.0, 0.0, 0.0))
    with pytest.raises(RuleError, match="outside the image"):
        three_slices(phantom(on), (0.0, 0.0, 60.1))
    assert place_of(on, (-60.0, -50.0, -60.0)) == (0, 0, 0)
