"""Dose maps that are written as objects: on axes in any order and direction, each with the same doses in the patient."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.imaging.volume import Grid, Volume
from tests.files.pet_objects import structure_set

EDGES_mm = (3.0, 2.5, 4.0)
SHAPE = (6, 8, 7)
LARGEST_Gy = 60.0


def straight(
    axes: tuple[int, ...] = (2, 1, 0), signs: tuple[int, ...] = (1, 1, 1), largest_Gy: float = LARGEST_Gy
) -> Volume:
    """The dose of a slope and a hot spot, told on axes along the patient's: `axes` are those that the array's run along."""
    turn = np.eye(3)[:, list(axes)] * np.array(signs)
    affine = np.eye(4)
    shape = tuple(int(SHAPE[2 - axis]) for axis in axes)
    edges = np.array([EDGES_mm[axis] for axis in axes])
    affine[:3, :3] = turn * edges
    affine[:3, 3] = np.array([-12.25, 101.5, -743.125]) - affine[:3, :3] @ (np.array(shape) - 1) / 2
    grid = Grid(shape=(shape[0], shape[1], shape[2]), affine=affine, frame_of_reference="1.2.826.0.1.3680043.8.498.1")
    return Volume(grid=grid, values=doses(grid, largest_Gy), unit="Gy")


def doses(grid: Grid, largest_Gy: float) -> NDArray[np.float32]:
    """The dose at the centre of each voxel by its place in the patient."""
    x, y, z = np.moveaxis(grid.centres_mm(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    slope = 1 + 0.02 * (x + 12.25) + 0.015 * (y - 101.5) - 0.01 * (z + 743.125)
    spot = 4 * np.exp(-((x + 10) ** 2 + (y - 100) ** 2 + (z + 745) ** 2) / 40)
    return np.asarray((slope + spot) / 5.5 * largest_Gy, dtype=np.float32)


CASES = {
    f"{''.join('xyz'[axis] for axis in axes)} {''.join('+-'[sign < 0] for sign in signs)}": (axes, signs)
    for axes in permutations(range(3))
    for signs in product((1, -1), repeat=3)
}
"""Every order and direction of axes along the patient's."""

BOX_mm = ((-18.0, -7.0), (94.0, 107.0), (-756.0, -734.0))
"""A region between these x, y and z: of the planes within it."""


def inside_the_box(grid: Grid) -> NDArray[np.bool_]:
    """Voxels whose centres lie in the region."""
    centres = grid.centres_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    return np.asarray(
        np.logical_and.reduce(
            [(low < one) & (one < high) for one, (low, high) in zip(np.moveaxis(centres, -1, 0), BOX_mm, strict=True)]
        )
    )


def structures(path: Path) -> Path:
    """The region as contours on the planes of the doses."""
    grid = straight().grid
    (x0, x1), (y0, y1), (z0, z1) = BOX_mm
    heights = [
        float(z) for z in grid.centres_mm(np.array([[k, 0, 0] for k in range(grid.shape[0])]))[:, 2] if z0 < z < z1
    ]
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return structure_set(path, [[(x, y, z) for x, y in corners] for z in heights])
