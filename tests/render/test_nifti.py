"""Voxels as NIfTI, read by nibabel: the same values at the same places, and nothing else is told."""

from __future__ import annotations

import numpy as np
import pytest
from nibabel import Nifti1Image

from hevesy.blocks.picture import Voxels
from hevesy.errors import RuleError
from hevesy.render.nifti import as_nifti, regions_as_nifti
from tests.imaging.phantoms import grid, phantom, relaid, spot

TO_RAS = np.diag([-1.0, -1.0, 1.0])


def test_another_program_reads_the_same_values_at_the_same_places() -> None:
    for volume in relaid(phantom(grid(oblique=True)))[::7]:
        regions = spot(volume).mask.astype(np.uint8)
        voxels = Voxels(values=volume.values, affine=volume.grid.affine, at=(0, 0, 0), regions=regions)
        read = Nifti1Image.from_bytes(b"".join(as_nifti(voxels)))
        assert read.header["datatype"] == 16
        np.testing.assert_array_equal(np.asarray(read.dataobj), volume.values)
        numbers = Nifti1Image.from_bytes(b"".join(regions_as_nifti(voxels)))
        np.testing.assert_array_equal(np.asarray(numbers.dataobj), regions)
        for place in ((0, 0, 0), (7, 11, 3), tuple(size - 1 for size in volume.values.shape)):
            centre = (read.affine @ [*place, 1])[:3]
            np.testing.assert_allclose(TO_RAS @ centre, volume.grid.centres_mm(np.array(place)), atol=1e-4)
        np.testing.assert_array_equal(read.affine, numbers.affine)
        assert read.header["xyzt_units"] == 2
        assert [
            read.header[name].tobytes().strip(b"\0") for name in ("descrip", "aux_file", "db_name", "intent_name")
        ] == [b""] * 4


def test_what_the_format_cannot_tell_is_refused() -> None:
    long = Voxels(values=np.zeros((1, 40_000, 1), dtype=np.float32), affine=np.eye(4), at=(0, 0, 0))
    with pytest.raises(RuleError, match="at most 32767 voxels along an axis, got 40000"):
        as_nifti(long)
    with pytest.raises(RuleError, match="no regions"):
        regions_as_nifti(long)
