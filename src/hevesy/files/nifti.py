"""NIfTI in and out: a volume or a mask with its place in the patient."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import DeliveryError, RuleError
from hevesy.imaging.region import Region
from hevesy.imaging.volume import SAME_PLACE_MM, Grid, Volume

MOST_VOXELS = 2**29
MOST_REGIONS = 1_000
RULE = "voxels of the mask, which tells no frame of reference and is believed to be of this image"
TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""NIfTI tells coordinates to the right, front and head."""
PER_MM = {"meter": 1000.0, "mm": 1.0, "micron": 1e-3}


def read_nifti(path: Path, unit: str = "") -> Volume:
    """A volume of a NIfTI file, its axes in reverse order (so that slices come first), its unit as told by who asks.

    Refused is what is no NIfTI file, has no place in the patient, more than three axes or values that are no numbers.
    """
    image, grid = _opened(path)
    try:
        values = np.asarray(image.get_fdata(dtype=np.float32, caching="unchanged"))
    except Exception as error:
        raise DeliveryError(f"{path.name}: its values cannot be read ({type(error).__name__})") from None
    values = np.ascontiguousarray(values.reshape(grid.shape[::-1]).T)
    return Volume(grid=grid, values=values, unit=unit)


def read_nifti_regions(path: Path) -> tuple[Region, ...]:
    """The regions of a mask, each the voxels of one whole number above 0 under that number as a name.

    Refused: values that are no whole numbers from 0, more than 1,000 regions, an empty mask.
    """
    volume = read_nifti(path)
    values = volume.values
    if not np.isfinite(values).all() or (values < 0).any() or (values != np.rint(values)).any():
        raise DeliveryError(f"{path.name}: a mask holds whole numbers from 0, one for each region")
    labels = [int(one) for one in np.unique(values) if one]
    if not labels:
        raise DeliveryError(f"{path.name}: holds no region: every voxel is 0")
    if len(labels) > MOST_REGIONS:
        raise DeliveryError(f"{path.name}: holds {len(labels):,} values; a mask has at most {MOST_REGIONS:,} regions")
    return tuple(Region(name=str(label), grid=volume.grid, mask=values == label, rule=RULE) for label in labels)


def nifti(volume: Volume) -> bytes:
    """A volume as the bytes of a packed NIfTI file (.nii.gz), single precision, its axes again columns first.

    It lies where the volume lies, to the single precision of the header; it tells no unit and no frame of reference.
    Refused: axes that do not stand at right angles, of which NIfTI tells the place in one way only.
    """
    import gzip

    import nibabel

    affine = TO_LPS @ volume.grid.affine[:, [2, 1, 0, 3]]
    header: Any = nibabel.Nifti1Header()  # type: ignore[no-untyped-call]  # nibabel has no types
    header.set_xyzt_units("mm")
    header["descrip"] = volume.unit.encode("ascii", "replace")[:79]
    image: Any = nibabel.Nifti1Image(volume.values.T.astype(np.float32), affine, header)  # type: ignore[no-untyped-call]
    image.set_sform(affine, code=1)
    try:
        image.set_qform(affine, code=1, strip_shears=False)
    except nibabel.spatialimages.HeaderDataError:
        raise RuleError("the axes of a NIfTI file stand at right angles; those of this grid do not") from None
    if _apart_mm(volume.grid.shape[::-1], affine, image.get_qform()) > SAME_PLACE_MM:
        image.set_qform(None, code=0)  # a turn by nearly half a circle is lost in the single precision of a quaternion
    return gzip.compress(image.to_bytes(), compresslevel=4, mtime=0)


def _opened(path: Path) -> tuple[Any, Grid]:
    """The image, not read yet, and its grid; every fault is a sentence."""
    try:
        import nibabel
    except ImportError:
        raise DeliveryError(
            f"{path.name}: images are read with the extra `imaging`: pip install 'hevesy[imaging]'"
        ) from None
    said = logging.getLogger("nibabel.global")
    level = said.level
    said.setLevel(logging.CRITICAL)  # what it mends by itself is told below, or does not matter
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image: Any = nibabel.load(path)
            header, shape = image.header, tuple(int(one) for one in image.shape)
            affine = np.array(image.affine, dtype=np.float64)
            forms = int(header["sform_code"]), int(header["qform_code"])
            other = np.array(header.get_qform() if all(forms) else affine, dtype=np.float64)
            kind = image.get_data_dtype().kind
            scale = PER_MM.get(header.get_xyzt_units()[0], 1.0)
        except Exception as error:
            raise DeliveryError(f"{path.name}: cannot be read as NIfTI ({type(error).__name__})") from None
        finally:
            said.setLevel(level)
    if kind not in "iuf":
        raise DeliveryError(f"{path.name}: one real number for each voxel is needed, these are complex or colours")
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3 or min(shape) < 1:
        raise DeliveryError(f"{path.name}: a volume has three axes, got {' x '.join(map(str, shape))}")
    if int(np.prod([float(one) for one in shape])) > MOST_VOXELS:
        raise DeliveryError(f"{path.name}: {' x '.join(map(str, shape))} voxels are more than are read")
    if not any(forms):
        raise DeliveryError(f"{path.name}: does not tell where it lies in the patient (neither qform nor sform)")
    if (forms[0] or forms[1]) in (3, 4):
        raise DeliveryError(
            f"{path.name}: lies in the space of an atlas (form code {forms[0] or forms[1]}), not the patient's"
        )
    _refuse_two_places(path, shape, affine, other)
    return image, Grid(shape=(shape[2], shape[1], shape[0]), affine=_reversed(affine, scale))


def _refuse_two_places(
    path: Path, shape: tuple[int, ...], affine: NDArray[np.float64], other: NDArray[np.float64]
) -> None:
    """Refuse an sform and a qform that put a voxel more than half a voxel apart."""
    apart_mm = _apart_mm(shape, affine, other)
    if apart_mm > 0.5 * np.linalg.norm(affine[:3, :3], axis=0).min():
        raise DeliveryError(f"{path.name}: sform and qform tell two places, up to {apart_mm:.3g} mm apart")


def _apart_mm(shape: tuple[int, ...], affine: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How far apart two affines put a corner of an image, at most."""
    corners = np.array([[*place, 1.0] for place in np.ndindex(2, 2, 2)]) * [*(n - 1 for n in shape), 1]
    return float(np.linalg.norm(corners @ (affine - other).T, axis=1).max())


def _reversed(affine: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """The affine of reversed axes, in mm to the left, back and head."""
    told = TO_LPS @ affine
    told[:3] *= scale
    return np.asarray(told[:, [2, 1, 0, 3]], dtype=np.float64)
