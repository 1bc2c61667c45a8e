"""The mean over voxels of another grid: against voxels cut into small ones, and laws that hold in any orientation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hevesy.errors import RuleError
from hevesy.imaging.resample import mean_onto
from hevesy.imaging.volume import Grid, Volume
from tests.tiers import cases

Axes = st.permutations([0, 1, 2])
Signs = st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3)
Edges = st.tuples(*[st.floats(0.7, 5.0)] * 3)


def affine_of(
    turn: NDArray[np.float64], edges: tuple[float, ...], shape: tuple[int, ...], centre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """An affine whose grid of a shape has its middle at a point."""
    found = np.eye(4)
    found[:3, :3] = turn @ np.diag(edges)
    found[:3, 3] = centre - found[:3, :3] @ (np.array(shape) - 1) / 2
    return found


def of_axes(axes: list[int], signs: tuple[float, ...]) -> NDArray[np.float64]:
    """Directions along the patient's axes in some order, some of them turned round."""
    return np.asarray(np.eye(3)[:, axes] * np.array(signs))


@settings(max_examples=cases(200))
@given(axes=Axes, signs=Signs, edges=Edges, offset=st.tuples(*[st.floats(-6, 6)] * 3), seed=st.integers(0, 2**32))
def test_the_mean_is_that_of_voxels_cut_into_small_ones(
    axes: list[int], signs: tuple[float, ...], edges: tuple[float, ...], offset: tuple[float, ...], seed: int
) -> None:
    """4,096 points of each voxel, each asked which voxel of the volume it lies in, to a hundredth of the values."""
    rng = np.random.default_rng(seed)
    own = Grid(shape=(9, 8, 7), affine=affine_of(np.eye(3), (2.0, 3.0, 2.5), (9, 8, 7), np.zeros(3)))
    volume = Volume(grid=own, values=rng.random(own.shape).astype(np.float32), unit="")
    wanted = Grid(shape=(3, 4, 2), affine=affine_of(of_axes(axes, signs), edges, (3, 4, 2), np.array(offset)))
    found = mean_onto(volume, wanted)
    within = (np.arange(16) + 0.5) / 16 - 0.5
    cut = np.stack(np.meshgrid(within, within, within, indexing="ij"), axis=-1).reshape(-1, 3)
    for place in np.ndindex(*wanted.shape):
        points = np.rint(own.places(wanted.centres_mm(np.array(place) + cut))).astype(int)
        inside = ((points >= 0) & (points < own.shape)).all(axis=1)
        assert found.covered[place] == pytest.approx(inside.mean(), abs=0.13)
        if inside.mean() > 0.3:
            assert found.volume.values[place] == pytest.approx(volume.values[tuple(points[inside].T)].mean(), abs=0.12)


@settings(max_examples=cases(400))
@given(axes=Axes, signs=Signs, edges=Edges, seed=st.integers(0, 2**32))
def test_nothing_is_lost_where_the_grid_holds_the_whole_volume(
    axes: list[int], signs: tuple[float, ...], edges: tuple[float, ...], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    own = Grid(shape=(6, 5, 7), affine=affine_of(np.eye(3), (2.0, 3.0, 2.5), (6, 5, 7), np.array([3.0, -40, 7])))
    volume = Volume(grid=own, values=rng.random(own.shape).astype(np.float32), unit="")
    shape = tuple(int(24 / edge) + 2 for edge in edges)
    wanted = Grid(
        shape=(shape[0], shape[1], shape[2]),
        affine=affine_of(of_axes(axes, signs), edges, shape, np.array([3.3, -39.6, 6.9])),
    )
    found = mean_onto(volume, wanted)
    held = float((found.volume.values.astype(np.float64) * found.covered).sum()) * wanted.voxel_mL
    assert held == pytest.approx(float(volume.values.sum(dtype=np.float64)) * own.voxel_mL, rel=1e-5)


@settings(max_examples=cases(200))
@given(
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
    slope=st.tuples(*[st.floats(-3, 3)] * 3),
    edges=st.tuples(*[st.floats(1.0, 4.0)] * 3),
)
def test_an_even_slope_is_the_same_slope_on_any_oblique_grid(
    angles: tuple[float, ...], slope: tuple[float, ...], edges: tuple[float, ...]
) -> None:
    """The mean of a linear field over a voxel is its value at the voxel's centre, whatever the directions."""
    own = Grid(shape=(24, 24, 24), affine=affine_of(np.eye(3), (2.0, 2.0, 2.0), (24, 24, 24), np.zeros(3)))
    places = np.moveaxis(np.indices(own.shape), 0, -1)
    volume = Volume(grid=own, values=(own.centres_mm(places) @ np.array(slope)).astype(np.float32), unit="")
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    wanted = Grid(shape=(4, 3, 5), affine=affine_of(turn, edges, (4, 3, 5), np.array([0.7, -0.3, 1.1])))
    found = mean_onto(volume, wanted)
    expected = wanted.centres_mm(np.moveaxis(np.indices(wanted.shape), 0, -1)) @ np.array(slope)
    assert found.covered == pytest.approx(1.0)
    if "points" in found.rule:
        assert found.volume.values == pytest.approx(expected, abs=2e-4)
    else:  # a voxel's value holds throughout it: at most half a voxel of slope away
        assert found.volume.values == pytest.approx(expected, abs=float(np.abs(slope).sum()) + 1e-3)


def test_what_is_on_the_same_grid_is_left_alone_and_what_cannot_be_is_refused() -> None:
    grid = Grid(shape=(2, 2, 2), affine=np.eye(4), frame_of_reference="1.2")
    volume = Volume(grid=grid, values=np.ones((2, 2, 2), np.float32), unit="")
    assert mean_onto(volume, grid).volume.values is volume.values
    away = np.eye(4)
    away[0, 3] = 100.0
    assert mean_onto(volume, Grid(shape=(2, 2, 2), affine=away)).covered.max() == 0
    with pytest.raises(RuleError, match="two frames of reference"):
        mean_onto(volume, Grid(shape=(2, 2, 2), affine=np.eye(4), frame_of_reference="1.3"))
    values = volume.values.copy()
    values[1, 0, 1] = np.nan
    with pytest.raises(RuleError, match=r"voxel \(1, 0, 1\) is nan"):
        mean_onto(Volume(grid=grid, values=values, unit=""), grid)
