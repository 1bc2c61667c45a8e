"""From image files to what is looked at: one volume of any kind, its regions, and three planes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hevesy.blocks.picture import Voxels
from hevesy.conduct.images import suv_image
from hevesy.errors import CannotAnswerError, DeliveryError
from hevesy.files.dicom.series import look_into, values_of
from hevesy.files.nifti import read_nifti
from hevesy.find.body import Kind
from hevesy.imaging.region import Region
from hevesy.imaging.slices import Place
from hevesy.imaging.volume import Volume

UNITS = {"BQML": "Bq/mL", "CM2ML": "cm2/mL", "CNTS": "counts", "GML": "g/mL", "HU": "HU", "MGML": "mg/mL"}
"""How the units of a header are told; another one is not."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """An image as it is looked at, what its values are, and what was noticed."""

    volume: Volume
    values: str
    warnings: tuple[str, ...] = ()


def image_of(places: Sequence[Path], kind: Kind | None = None) -> Seen:
    """The one image of a NIfTI file or a DICOM series: as SUV of a kind, or in the unit that it is stored in.

    Refused: several images, none, and what is read from no file of this sort.
    """
    if len(places) == 1 and places[0].name.casefold().endswith((".nii", ".nii.gz")):
        if kind is not None:
            raise CannotAnswerError(f"{places[0].name}: NIfTI tells no dose, so that its values become no SUV")
        return Seen(volume=read_nifti(places[0]), values="the values of the file, whose unit NIfTI does not tell")
    if kind is not None:
        image = suv_image(places, kind)
        return Seen(volume=image.volume, values=f"SUV ({kind})", warnings=image.warnings)
    found = look_into(places)
    if found.refused:
        more = f" (and {len(found.refused) - 1} more)" if len(found.refused) > 1 else ""
        raise DeliveryError(f"{found.refused[0]}{more}")
    if len(found.series) != 1:
        told = ", ".join(f"{one.modality or 'untold'} of {len(one.slices)} slices" for one in found.series[:6])
        raise CannotAnswerError(f"one image is looked at; here {'are ' + told if told else 'is none'}")
    (series,) = found.series
    volume = Volume(grid=series.grid, values=values_of(series), unit=UNITS.get(series.unit, ""))
    return Seen(volume=volume, values="the values as stored, with slope and intercept", warnings=series.notes)


def voxels_of(volume: Volume, place: Place, regions: Sequence[Region] = ()) -> Voxels:
    """All of an image for a viewer, with column, row and slice in the order that image files count them in.

    Of a voxel that lies in several regions the last is told. Refused: more regions than a byte can number.
    """
    numbers = None
    if regions:
        if len(regions) > 255:
            raise CannotAnswerError(f"at most 255 regions are shown at once, got {len(regions)}")
        numbers = np.zeros(volume.grid.shape, dtype=np.uint8)
        for number, region in enumerate(regions, start=1):
            numbers[region.mask] = number
    i, j, k = place
    return Voxels(
        values=volume.values.T,
        affine=volume.grid.affine[:, [2, 1, 0, 3]],
        at=(k, j, i),
        regions=None if numbers is None else numbers.T,
    )
