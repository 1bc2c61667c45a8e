"""Uptake of regions: a real tumour against another program's values, spheres by a slow search, edges of a known object."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from hevesy.conduct.images import region_of, suv_image
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.find.delineation import (
    above_background,
    confined,
    grown,
    mirrored,
    share_of_maximum,
    steepest_edge,
)
from hevesy.find.recovery import RecoveryCurve, recovered, recovery_curve
from hevesy.find.uptake import PEAK_RADIUS_MM, measured
from hevesy.imaging.region import Region
from hevesy.imaging.volume import Grid, Volume
from tests.conftest import reference
from tests.imaging.phantoms import grid, phantom, spot


@pytest.fixture(scope="module")
def tumour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tumour")
    with tarfile.open(reference("imaging/ibsi_sts_002.tar.xz")) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("mask", ["contours", "voxels"])
def test_a_real_tumour_has_the_uptake_that_another_program_finds(tumour: Path, mask: str) -> None:
    """MIRP on IBSI's STS_002: statistics and both peaks of the PET, by contours and by a NIfTI mask."""
    file = next((tumour / "STS_002" / "PET" / "mask").iterdir())
    if mask == "voxels":
        file = tumour / "STS_002_nifti" / "PET_mask.nii.gz"
    image = suv_image([tumour / "STS_002" / "PET" / "image"])
    found = measured(image.volume, region_of(file, image.volume.grid))
    assert found.voxels == 555
    assert found.volume_mL == pytest.approx(54.27712981036166, rel=1e-7)
    assert found.largest == pytest.approx(21.67574691772461, abs=1e-4)
    assert found.peak == pytest.approx(18.762666702270508, abs=1e-4)
    assert found.peak_at_maximum == pytest.approx(17.393320083618164, abs=1e-4)
    assert found.mean == pytest.approx(7.369624137878418, abs=1e-4)
    assert found.median == pytest.approx(5.354791164398193, abs=1e-4)
    assert found.least == pytest.approx(0.6946545839309692, abs=1e-4)


def test_isocontours_of_the_tumour_are_those_of_another_program(tumour: Path) -> None:
    image = suv_image([tumour / "STS_002" / "PET" / "image"])
    drawn = region_of(tumour / "STS_002_nifti" / "PET_mask.nii.gz", image.volume.grid)
    for share, volume_mL, mean, total in (
        (0.41, 21.613055, 13.979071, 302.130427),
        (0.5, 16.918817, 15.147365, 256.275491),
    ):
        region = grown(image.volume, drawn, share_of_maximum(image.volume, drawn, share))
        found = measured(image.volume, region)
        assert (found.volume_mL, found.mean, found.total) == pytest.approx((volume_mL, mean, total), rel=1e-6)
    within = confined(image.volume, drawn, share_of_maximum(image.volume, drawn, 0.41))
    assert not (within.mask & ~drawn.mask).any()
    assert within.voxels == 192  # counted with nibabel alone
    assert within.volume_mL == pytest.approx(18.776953, rel=1e-6)


@pytest.mark.parametrize("oblique", [False, True])
def test_the_peak_is_that_of_a_slow_search(oblique: bool) -> None:
    """Every voxel's distance to every voxel of the region, in mm."""
    volume = phantom(grid((4.0, 3.0, 5.0), oblique=oblique))
    region = spot(volume)
    every = volume.grid.centres_mm(np.moveaxis(np.indices(volume.grid.shape), 0, -1)).reshape(-1, 3)
    values = volume.values.reshape(-1)
    means = [
        values[np.linalg.norm(every - centre, axis=1) <= PEAK_RADIUS_MM].mean(dtype=np.float64)
        for centre in volume.grid.centres_mm(np.argwhere(region.mask))
    ]
    assert measured(volume, region).peak == pytest.approx(max(means), rel=1e-9)


def test_a_peak_at_the_border_says_that_its_sphere_is_cut() -> None:
    on = Grid(shape=(6, 6, 6), affine=np.diag([4.0, 4.0, 4.0, 1.0]))
    values = np.ones(on.shape, dtype=np.float32)
    values[0, 0, 0] = 9.0
    mask = np.zeros(on.shape, dtype=bool)
    mask[0, 0, 0] = True
    found = measured(Volume(grid=on, values=values, unit=""), Region(name="r", grid=on, mask=mask, rule=""))
    assert found.cut_peak
    assert found.standard_deviation is None


def blurred_sphere() -> tuple[Volume, Region, Region]:
    """A sphere of 14 mm radius, 5 above a background of 1, blurred by 2 mm (standard deviation)."""
    from scipy.ndimage import gaussian_filter

    on = Grid(shape=(40, 40, 40), affine=np.diag([2.0, 2.0, 2.0, 1.0]))
    apart = np.linalg.norm(on.centres_mm(np.moveaxis(np.indices(on.shape), 0, -1)) - 39.0, axis=-1)
    values = gaussian_filter(np.where(apart <= 14, 6.0, 1.0), 1.0).astype(np.float32)
    volume = Volume(grid=on, values=values, unit="g/mL")
    near = Region(name="near", grid=on, mask=apart <= 20, rule="")
    far = Region(name="far", grid=on, mask=(apart > 28) & (apart < 33), rule="")
    return volume, near, far


def test_the_half_above_the_background_and_the_steepest_edge_find_a_sphere() -> None:
    """Halfway up a blurred edge lies the true edge, and there it is steepest; 41 % of the maximum includes more."""
    volume, near, far = blurred_sphere()
    behind = measured(volume, far).mean
    true_mL = 4 / 3 * np.pi * 1.4**3
    half = grown(volume, near, above_background(volume, near, 0.5, behind))
    steepest = grown(volume, near, steepest_edge(volume, near, behind))
    share = grown(volume, near, share_of_maximum(volume, near, 0.41))
    assert half.volume_mL == pytest.approx(true_mL, rel=0.1)
    assert steepest.volume_mL == pytest.approx(true_mL, rel=0.15)
    assert share.volume_mL > half.volume_mL


def test_what_is_no_threshold_is_refused() -> None:
    volume, near, _ = blurred_sphere()
    with pytest.raises(RuleError, match="not below the maximum"):
        above_background(volume, near, 0.5, 99.0)
    with pytest.raises(RuleError, match="between 0 and 100 %"):
        share_of_maximum(volume, near, 1.5)
    with pytest.raises(RuleError, match="no value of"):
        confined(volume, near, share_of_maximum(volume, near, 0.999999).__class__(value=99.0, because="as given"))


def test_a_region_mirrored_twice_is_itself() -> None:
    volume = phantom(grid())
    region = spot(volume)
    there = mirrored(region, 0.0)
    assert measured(volume, there).largest < 9
    assert (mirrored(there, 0.0).mask == region.mask).all()
    with pytest.raises(RuleError, match="leaves the image"):
        mirrored(region, 500.0)
    with pytest.raises(RuleError, match="meets itself"):
        mirrored(region, 40.0)


def test_recovery_of_a_phantom_gives_back_what_was_filled() -> None:
    """Six spheres of one concentration above a background; between spheres the curve rises as they do."""
    volumes, coefficients = (0.5, 1.2, 2.6, 5.6, 11.5, 26.5), (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
    curve = recovery_curve(volumes, [1 + 7 * one for one in coefficients], true=8.0, background=1.0)
    assert curve.coefficients == pytest.approx(coefficients)
    for volume, coefficient in zip(volumes, coefficients, strict=True):
        assert recovered(1 + 7 * coefficient, 1.0, curve.at(volume)) == pytest.approx(8.0)
    between = [curve.at(volume) for volume in np.geomspace(0.5, 26.5, 50)]
    assert between == sorted(between)
    with pytest.raises(CannotAnswerError, match="outside the spheres"):
        curve.at(0.4)
    with pytest.raises(RuleError, match="each once"):
        RecoveryCurve(volumes_mL=(1.0, 1.0), coefficients=(0.5, 0.6))
