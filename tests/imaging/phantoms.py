"""Grids as scanners write them, and a phantom that is the same in no mirror."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from hevesy.imaging.region import Region
from hevesy.imaging.volume import Affine, Grid, Volume

SPOTS = {"left front head": ((40.0, -30.0, 20.0), 9.0), "right back feet": ((-30.0, 25.0, -15.0), 5.0)}
"""Where the spots of the phantom are, in mm to the left, back and head, and their value."""
SIZE = (60, 50, 40)


def turned(degrees: float, about: tuple[float, float, float]) -> Affine:
    """The turn about an axis, after Rodrigues."""
    x, y, z = np.array(about) / np.linalg.norm(about)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(degrees)
    full = np.eye(4)
    full[:3, :3] = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return full


def grid(edges: tuple[float, float, float] = (2.0, 2.0, 3.0), oblique: bool = False) -> Grid:
    """A grid about the origin, its axes along the patient's or oblique to all of them."""
    affine = np.diag([*edges, 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(SIZE) - 1) / 2)
    return Grid(shape=SIZE, affine=turned(25.0, (1.0, 2.0, 3.0)) @ affine if oblique else affine)


def phantom(on: Grid) -> Volume:
    """Two spots of 8 mm radius in a slope that grows to the left, back and head."""
    centres = on.centres_mm(np.moveaxis(np.indices(on.shape), 0, -1))
    values = 1 + centres @ np.array([0.002, 0.001, 0.003])
    for at, height in SPOTS.values():
        values[np.linalg.norm(centres - at, axis=-1) <= 8] = height
    return Volume(grid=on, values=values.astype(np.float32), unit="g/mL")


def spot(volume: Volume, name: str = "left front head") -> Region:
    """The voxels of a spot."""
    return Region(name=name, grid=volume.grid, mask=volume.values == SPOTS[name][1], rule="the value of the spot")


def relaid(volume: Volume) -> list[Volume]:
    """The same image with its array's axes in every order and direction, 48 in all."""
    found = []
    for order, flips in product(permutations(range(3)), product((False, True), repeat=3)):
        values, affine = volume.values.transpose(order), volume.grid.affine[:, [*order, 3]].copy()
        for axis, flipped in enumerate(flips):
            if flipped:
                affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
                affine[:3, axis] *= -1
                values = np.flip(values, axis)
        found.append(
            Volume(grid=Grid(shape=values.shape, affine=affine), values=np.ascontiguousarray(values), unit=volume.unit)
        )
    return found
